"""Lakes opened for reading: the cells of the book in force stand in memory until somebody judges again."""

import weakref
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

import ibis
import ibis.expr.types as ir

from zhiheng import rules, units
from zhiheng.decision.tables import JUDGED
from zhiheng.engines import Engine
from zhiheng.errors import NothingThereYet, StoreError
from zhiheng.evidence.delivered import LAKE
from zhiheng.evidence.lake import Lake, Snapshot
from zhiheng.evidence.snapshot import Workspace, load_json
from zhiheng.evidence.tables import Table
from zhiheng.reports.nation import prepared
from zhiheng.reports.nation.memory import Memory

T = TypeVar("T")
Values = tuple[tuple[str, Any], ...]
LAW = (rules.book, rules.categories, rules.fingerprint, units.registry)
# past days whose figures are kept, of one lake
PAST = 2


@dataclass(eq=False)
class Nation:
    """One lake under one book at one commit; it stays what it is, whatever is judged later."""

    dataset: str
    card: dict[str, Any]
    key: str
    book: Snapshot
    evidence: Snapshot
    engine: Engine
    known: date | None = None
    lock: Lock = field(default_factory=Lock)
    answers: Memory = field(default_factory=Memory)
    statements: dict[Any, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    views: dict[tuple[Path, ...], str] = field(default_factory=dict)

    @property
    def about(self) -> dict[str, Any]:
        """What was said of the last judgement."""
        return self.book.about

    @property
    def made_from(self) -> str:
        """Names the book and its commit: the same name, the same figures."""
        return f"{self.key}-{self.book.number}"

    def rows(self, expression: ir.Table) -> list[dict[str, Any]]:
        """Every row of an expression on the tables in memory and on views of files."""
        return self.engine.cursor().rows(expression)

    def ask(
        self,
        shape: Any,
        values: Values,
        made: Callable[[], ir.Table],
        files: Mapping[str, tuple[ibis.Schema, Sequence[Path]]] | None = None,
    ) -> list[dict[str, Any]]:
        """The rows of a question of some shape: compiled once, asked with the values and of the files of this time."""
        if shape not in self.statements:
            expression = made()
            statement = self.engine.template(expression, [name for name, _ in values])
            self.statements[shape] = statement, tuple(expression.columns)
        statement, names = self.statements[shape]
        return self.engine.cursor().asked(self.engine.over(statement, files or {}), names, dict(values))

    def once(self, question: Any, answer: Callable[[], T]) -> T:
        """An answer that is worked out once: nothing that is asked of a nation ever changes."""
        return self.answers.once(question, answer)

    def view(self, table: Table, files: list[Path]) -> ir.Table:
        """A table read from some of its files."""
        paths = (Path(table.name), *files)
        with self.lock:
            if paths not in self.views:
                name = f"{table.name}_{len(self.views)}"
                self.engine.attach(name, files, table.schema)
                self.views[paths] = name
        return table.unbound(self.views[paths])


@lru_cache(maxsize=4)
def nations(root: Path) -> "Nations":
    """The lakes of a workspace; pages and API share them, so that the cells are in memory once."""
    return Nations(Workspace(root))


class Nations:
    """The lakes of a workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self.root, self.prepared = workspace.root / "lake", workspace.root / "prepared"
        self.held: dict[str, Nation] = {}
        self.past: dict[tuple[str, date], Nation] = {}
        self.others: dict[tuple[str, str], Nation] = {}
        self.stamps: dict[str, Any] = {}
        self.lock = Lock()

    def datasets(self) -> list[str]:
        """The names of the lakes, in order."""
        return sorted(path.parent.name for path in self.root.glob("*/card.json"))

    def card(self, dataset: str) -> dict[str, Any]:
        """What is known of a lake's data set."""
        if dataset not in self.datasets():
            raise NothingThereYet(
                f"there is no lake of '{dataset[:80]}'; there are {', '.join(self.datasets()) or 'none yet'}: "
                "'zhiheng lake append' takes a delivery in and makes one"
            )
        return dict(load_json(self.root / dataset / "card.json"))

    def is_judged(self, dataset: str) -> bool:
        """Whether there are figures of a lake yet."""
        return (self.root / dataset / "judged" / "current.json").exists()

    def open(self, dataset: str, known: date | None = None) -> Nation:
        """A lake as it is judged now, or as it was known at the end of a day; read again when something was judged."""
        card = self.card(dataset)
        if not self.is_judged(dataset):
            raise NothingThereYet(
                f"the lake of '{dataset}' is not judged yet: run 'zhiheng lake judge {dataset}', then there are figures"
            )
        pointer = self.root / dataset / "judged" / "current.json"
        key = str(load_json(pointer)["key"])
        if not whole(pointer.parent / key):
            raise NothingThereYet(
                f"the lake of '{dataset}' was judged by an earlier version, whose cells hold less: run 'zhiheng lake judge {dataset}'"
            )
        book = Lake(self.root / dataset / "judged" / key, JUDGED)
        if known is not None:
            return self.as_known(dataset, card, key, book, known)
        stamp = key, book.chain.last_number()
        held = self.held.get(dataset)
        if held is not None and self.stamps[dataset] == stamp:
            return held
        # one reader loads; who comes meanwhile gets the figures of a moment ago, and waits only when there are none
        if not self.lock.acquire(blocking=held is None):
            return held  # type: ignore[return-value]
        try:
            if self.stamps.get(dataset) != stamp:
                self.held[dataset] = self.load(dataset, card, key, book, stamp[1])
                self.stamps[dataset] = stamp
            return self.held[dataset]
        finally:
            self.lock.release()

    def beside(self, dataset: str) -> dict[str, str]:
        """Books of the same evidence under other limits, which can be compared with the one in force: name of the law, key."""
        ours, found = self.open(dataset), {}
        for folder in sorted((self.root / dataset / "judged").iterdir()):
            if folder.is_dir() and folder.name != ours.key:
                about = Lake(folder, JUDGED).snapshot().about
                if int(about.get("through", -1)) == int(ours.about["through"]) and whole(folder):
                    found[str(about["law"])] = folder.name
        return found

    def under(self, dataset: str, law: str) -> Nation:
        """A lake as another book judges it, by the name of its law."""
        keys = self.beside(dataset)
        if law not in keys:
            raise NothingThereYet(
                f"the lake of '{dataset}' is not judged under '{law[:40]}' up to what it is now; "
                f"{', '.join(sorted(keys)) or 'no other book'} stands beside: 'zhiheng trend {dataset} --limits {law[:40]}' makes it"
            )
        book = Lake(self.root / dataset / "judged" / keys[law], JUDGED)
        stamp = keys[law], book.chain.last_number()
        with self.lock:
            held = self.others.get((dataset, law))
            if held is None or (held.key, held.book.number) != stamp:
                while len(self.others) >= PAST:
                    self.others.pop(next(iter(self.others)))
                self.others[dataset, law] = self.load(dataset, self.card(dataset), stamp[0], book, stamp[1])
            return self.others[dataset, law]

    def as_known(self, dataset: str, card: dict[str, Any], key: str, book: Lake, known: date) -> Nation:
        """The figures that the book gave at the end of a day."""
        number = book.chain.at(known)
        if not number:
            raise NothingThereYet(
                f"nothing of '{dataset}' was judged by {known.isoformat()} under the law of today; "
                f"the first judgement in this book is of {book.chain.load(1).when[:10]}: ask for that day or a later one"
            )
        with self.lock:
            name = dataset, known
            held = self.past.get(name)
            if held is None or (held.key, held.book.number) != (key, number):
                while len(self.past) >= PAST:
                    self.past.pop(next(iter(self.past)))
                self.past[name] = self.load(dataset, card, key, book, number, known=known)
            return self.past[name]

    def prepare(self, dataset: str) -> bool:
        """Make the cells of the book in force, so that the next reader does not wait for them; False: nothing can be written
        beside the lake, and that reader makes them in memory."""
        key = str(load_json(self.root / dataset / "judged" / "current.json")["key"])
        book, lake = (Lake(self.root / dataset / "judged" / key, JUDGED), Lake(self.root / dataset, LAKE))
        with book.reading() as judged, lake.reading(int(judged.about["through"])) as evidence:
            try:
                prepared.made(self.prepared / dataset, key, judged, evidence)
            except (StoreError, OSError):
                return False
        return True

    def load(
        self, dataset: str, card: dict[str, Any], key: str, book: Lake, number: int, *, known: date | None = None
    ) -> Nation:
        """Read the cells of a book at a commit; its files, and those of the evidence behind it, are kept meanwhile."""
        lake, leases = Lake(self.root / dataset, LAKE), ExitStack()
        judged = leases.enter_context(book.reading(number))
        evidence = leases.enter_context(lake.reading(int(judged.about["through"])))
        # past days are few and go again; what is in force, or beside it, is made once for every process
        engine = (
            prepared.in_memory(judged, evidence)
            if known
            else prepared.opened(self.prepared / dataset, key, judged, evidence)
        )
        engine.remember_files()
        for read in LAW:  # the page of a batch names the rule of every line
            read()
        made = Nation(dataset, card, key, judged, evidence, engine, known)
        weakref.finalize(made, leases.close)
        return made


def whole(folder: Path) -> bool:
    """Whether a book has the cells of today: one that an earlier version wrote has others."""
    return all((folder / name).is_dir() for name in JUDGED)
