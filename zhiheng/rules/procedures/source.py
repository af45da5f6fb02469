"""The files of procedures and periods: found, laid over one another by region, and every key kept with its file and line."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from importlib.resources.abc import Traversable
from typing import Any

from zhiheng.errors import RuleFileInvalid, RuleUnknown
from zhiheng.rules import reader
from zhiheng.rules.book import Citation
from zhiheng.rules.reader import CITE_KEYS, PLACE, Place

COUNTRY = "cn"
FOLDERS = ("procedures", "deadlines")
REGION_DIGITS = (2, 4, 6)  # province, prefecture and county of a code of GB/T 2260
SOURCE_KEYS = {"act", "url", "source", "checked"}


@dataclass(frozen=True)
class Node:
    """A mapping of a law file: what it says by key, and where each key stands."""

    body: dict[Any, Any]
    places: dict[Any, Place]
    top: Place

    def at(self, key: Any) -> Place:
        """Where a key stands; of a key that is not there, where the mapping begins."""
        return self.places.get(key, self.top)

    def node(self, key: Any) -> "Node":
        """A mapping inside; an empty one where there is none."""
        found = self.body.get(key)
        if found is None:
            return Node({}, {}, self.at(key))
        if not isinstance(found, Node):
            raise self.at(key).fault(f"'{key}' must be a mapping of keys")
        return found

    def nodes(self) -> Iterator[tuple[str, "Node"]]:
        """Every mapping inside, by key."""
        return ((str(key), self.node(key)) for key in self.body)

    def known(self, keys: set[str]) -> None:
        """Refuse a key that nobody reads: it is a slip that would be passed over in silence."""
        for key in self.body:
            if key not in keys:
                raise self.at(key).fault(f"unknown key '{key}'; known are {', '.join(sorted(keys))}")

    def need(self, *keys: str) -> None:
        """Refuse a mapping that lacks a key."""
        for key in keys:
            if key not in self.body:
                raise self.top.fault(f"'{key}' is missing")

    def text(self) -> dict[str, str]:
        """The wording in both languages of a mapping that has `zh` and `en`."""
        self.need("zh", "en")
        return {said: str(self.body[said]) for said in ("zh", "en")}

    def words(self, key: str) -> tuple[str, ...]:
        """A list of words under a key; none where there is none."""
        found = self.body.get(key) or []
        if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
            raise self.at(key).fault(f"'{key}' must be a list of words")
        return tuple(found)

    def day(self, key: str) -> date | None:
        """A day under a key; None where there is none."""
        found = self.body.get(key)
        if found is not None and not isinstance(found, date):
            raise self.at(key).fault(f"'{found}' is not a day; write YYYY-MM-DD")
        return found


def placed(body: Any, name: str, line: int) -> Any:
    """What was loaded, with each mapping as a node."""
    if isinstance(body, list):
        return [placed(one, name, line) for one in body]
    if not isinstance(body, dict):
        return body
    lines = body.get(PLACE, {})
    places = {key: Place(name, number) for key, number in lines.items()}
    inner = {key: placed(value, name, lines.get(key, line)) for key, value in body.items() if key != PLACE}
    return Node(inner, places, Place(name, line))


def laid(below: Node, above: Node) -> Node:
    """A file with a region's own values over it: mappings are laid over one another, anything else is replaced, null removes.

    Dated values are replaced as a whole from the first day of the region's on: a later value of the nation does not come back.
    """
    body, places = dict(below.body), below.places | above.places
    for key, value in above.body.items():
        if value is None:
            body.pop(key, None)
        elif key == "values" and isinstance(value, Node) and isinstance(body.get(key), Node):
            body[key] = dated(body[key], value)
        elif isinstance(value, Node) and isinstance(body.get(key), Node):
            body[key] = laid(body[key], value)
        else:
            body[key] = value
    return Node(body, places, below.top)


def dated(below: Node, above: Node) -> Node:
    """Dated values with a region's own from its first day on."""
    first = min((key for key in above.body if isinstance(key, date)), default=date.max)
    kept = {key: value for key, value in below.body.items() if not isinstance(key, date) or key < first}
    return Node(kept | above.body, below.places | above.places, below.top)


def regions(root: Traversable, region: str) -> list[str]:
    """The folders of a region's own law, the widest first.

    A code is that of GB/T 2260, of two to six digits: 440300 looks in cn, cn/44, cn/4403 and cn/440300.
    """
    if region and not (region.isdigit() and 2 <= len(region) <= REGION_DIGITS[-1]):
        raise RuleUnknown(
            f"'{region[:20]}' is no code of a region; write its digits of GB/T 2260, such as 44 or 440300"
        )
    codes = [region[:digits] for digits in REGION_DIGITS if len(region) >= digits]
    return [COUNTRY, *(f"{COUNTRY}/{code}" for code in codes if (root / COUNTRY / code).is_dir())]


def files(root: Traversable, folder: str, region: str) -> dict[str, list[str]]:
    """The files of a folder by key, the nation's first, then those of ever smaller regions."""
    found: dict[str, list[str]] = {}
    for place in regions(root, region):
        home = root / place / folder
        if home.is_dir():
            for entry in sorted(home.iterdir(), key=lambda one: one.name):
                if entry.name.endswith(".yaml"):
                    found.setdefault(entry.name.removesuffix(".yaml"), []).append(f"{place}/{folder}/{entry.name}")
    return found


def load(root: Traversable, places: list[str]) -> Node:
    """One file, with those of smaller regions laid over it."""
    found: Node | None = None
    for name in places:
        node: Node = placed(reader.load(root / name, name=name), name, 1)
        if found is None and "varies" in node.body:
            raise node.at("varies").fault(f"'varies: {node.body['varies']}', but there is no such file to vary")
        if found is not None and "varies" not in node.body:
            raise node.top.fault(
                "a wider region has a file of this name: say 'varies: <its name>', or take another name"
            )
        own = Node({key: value for key, value in node.body.items() if key != "varies"}, node.places, node.top)
        found = own if found is None else laid(found, own)
    if found is None:
        raise RuleFileInvalid("no file was named")
    return found


def cited(node: Node, sources: Node, *, place: Place) -> tuple[Citation, date | None]:
    """The citation of a mapping, and when its source was last read; `of` names one of the file's sources."""
    cite = node.body.get("cite")
    if not isinstance(cite, Node):
        raise place.fault("there is no citation; add cite: {act: …, at: …}")
    cite.known({*CITE_KEYS, "of"})
    base = Node({}, {}, cite.top)
    if "of" in cite.body:
        if cite.body["of"] not in sources.body:
            raise cite.at("of").fault(
                f"'{cite.body['of']}' is none of the file's sources: {', '.join(map(str, sources.body)) or 'it names none'}"
            )
        base = sources.node(cite.body["of"])
        base.known(SOURCE_KEYS)
    said = base.body | cite.body
    if not said.get("act"):
        raise cite.top.fault("the citation has no 'act'")
    source = said.get("url") or said.get("source") or ""
    return Citation(str(said["act"]), str(said.get("at", "")), str(source)), base.day("checked")
