"""Every file that the commits ever named: from which commit, until which one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from zhiheng.engines.parquet import WORD
from zhiheng.evidence.lake.commits import Chain, Commit, File


@dataclass
class Entry:
    """A file of a table: it counts from the commit `born` on, up to and without the commit `died`."""

    table: str
    file: File
    born: int
    died: int | None = None


class Inventory:
    """The files of a lake by table and path, and the commits that `vacuum` gave up."""

    def __init__(self) -> None:
        self.number = 0
        self.entries: dict[tuple[str, str], Entry] = {}
        self.gone: set[int] = set()
        self.pinned: set[int] = set()
        # table → delivery → rows and digest, as the commits that brought them say
        self.brought: dict[str, dict[str, tuple[int, int]]] = {}
        self.moments: list[tuple[int, str]] = []

    def follow(self, chain: Chain) -> "Inventory":
        """Take in the commits that were made since the last time."""
        for number in range(self.number + 1, chain.last_number() + 1):
            self.take(chain.load(number))
        return self

    def take(self, commit: Commit) -> None:
        """Take in the next commit."""
        for table, files in commit.added.items():
            for file in files:
                self.entries[table, file.path] = Entry(table, file, commit.number)
        for table, paths in commit.removed.items():
            for path in paths:
                self.entries[table, path].died = commit.number
        for table, listed in commit.about.get("digests", {}).items():
            held = self.brought.setdefault(table, {})
            for key, (rows, total) in listed.items():
                before = held.get(key, (0, 0))
                held[key] = before[0] + int(rows), (before[1] + int(total, 16)) % WORD
        for first, last in commit.about.get("gone", []):
            self.gone.update(range(first, last + 1))
        self.pinned.update(int(number) for number in commit.about.get("pins", []))
        self.moments.append((commit.number, commit.when))
        self.number = commit.number

    def live(self, table: str) -> dict[str, File]:
        """The files of a table after the last commit, in the order of their names."""
        return {
            path: entry.file
            for (name, path), entry in sorted(self.entries.items())
            if name == table and entry.died is None
        }

    def needed(self) -> list[Entry]:
        """The files that a readable commit names, in the order of their names."""
        return [entry for _, entry in sorted(self.entries.items()) if self.is_needed(entry, but=self.gone)]

    def is_needed(self, entry: Entry, *, but: set[int]) -> bool:
        """Whether a commit names the file, leaving some commits out of account."""
        return entry.died is None or any(number not in but for number in range(entry.born, entry.died))


def ranges(numbers: Iterable[int]) -> list[list[int]]:
    """Numbers as first and last of each run.

    >>> ranges([1, 2, 3, 7])
    [[1, 3], [7, 7]]
    """
    found: list[list[int]] = []
    for number in sorted(numbers):
        if found and found[-1][1] == number - 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return found


def summed(files: Sequence[File]) -> dict[str, tuple[int, int]]:
    """Rows and digest of each delivery over several files."""
    found: dict[str, tuple[int, int]] = {}
    for file in files:
        for key, (rows, total) in file.digests.items():
            held = found.get(key, (0, 0))
            found[key] = held[0] + int(rows), (held[1] + int(total, 16)) % WORD
    return found
