"""Administrative divisions by their code (GB/T 2260) through time: law/cn/regions.csv and the changes after it."""

import csv
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from io import StringIO
from typing import Any

from zhiheng.errors import RuleUnknown
from zhiheng.rules import library, reader

LEVELS = ("province", "city", "county")
BEFORE = date.min


@dataclass(frozen=True)
class Region:
    """A division as it was called and bounded over some time.

    `since` and `until` are days of law, the last one excluded; `until` None: it goes on. Where only the year of a change was found
    (`is_sharp` false), the old and the new code both stand in that whole year.
    """

    code: str
    name: str
    level: str
    parent: str
    since: date = BEFORE
    until: date | None = None
    successors: tuple[str, ...] = ()
    predecessors: tuple[str, ...] = ()
    act: str = ""
    is_sharp: bool = True
    checked: date | None = None

    def holds(self, on: date) -> bool:
        """Whether the division was there on a day."""
        return self.since <= on and (self.until is None or on < self.until)


@dataclass(frozen=True)
class Change:
    """What became of some codes: on one day, or on some day from `first` to `last`."""

    first: date
    last: date
    act: str
    gone: dict[str, tuple[str, ...]]
    new: dict[str, str]
    renamed: dict[str, str]
    ceded: dict[str, tuple[str, ...]]
    checked: date | None


@lru_cache(maxsize=1)
def changes() -> tuple[Change, ...]:
    """Every change in the order of time."""
    body = library.bare(reader.load(library.law() / "cn" / "region-changes.yaml", name="cn/region-changes.yaml"))
    return tuple(sorted((change(one, body) for one in body["changes"]), key=lambda one: one.last))


def change(told: dict[str, Any], body: dict[str, Any]) -> Change:
    """One change as the file tells it."""
    day: date | None = told.get("day")
    year = day.year if day else told["within"]
    pairs = ({code: tuple(to) for code, to in told.get(name, {}).items()} for name in ("gone", "ceded"))
    gone, ceded = pairs
    return Change(
        first=day or date(year, 1, 1),
        last=day or date(year, 12, 31),
        act=told.get("act") or "",
        gone=gone,
        new=told.get("new", {}),
        renamed=told.get("renamed", {}),
        ceded=ceded,
        checked=told.get("checked", body["checked"]),
    )


@lru_cache(maxsize=1)
def regions() -> dict[str, tuple[Region, ...]]:
    """Every division that ever was since April 2019, by code, the oldest first."""
    found = listed()
    for one in changes():
        sharp = one.first == one.last
        until = one.first if sharp else one.last + timedelta(days=1)
        for code, to in one.gone.items():
            found[code][-1] = replace(
                found[code][-1], until=until, successors=to, act=one.act, is_sharp=sharp, checked=one.checked
            )
        for code, name in one.new.items():
            found.setdefault(code, []).append(begun(code, name, one, found))
        for code, name in one.renamed.items():
            last = found[code][-1]
            later = replace(last, name=name, since=one.first, act=one.act, is_sharp=sharp, checked=one.checked)
            found[code] = [*found[code][:-1], replace(last, until=until, successors=(code,)), later]
    return {code: tuple(spells) for code, spells in found.items()}


def listed() -> dict[str, list[Region]]:
    """The divisions of regions.csv."""
    text = (library.law() / "cn" / "regions.csv").read_text(encoding="utf-8")
    return {
        row["code"]: [Region(row["code"], row["name"], row["level"], row["parent"])]
        for row in csv.DictReader(StringIO(text))
    }


def begun(code: str, name: str, one: Change, known: dict[str, list[Region]]) -> Region:
    """A division that a change made; a county straight under its province has no code of a city above it."""
    city = code[:4] + "00"
    before = tuple(old for pairs in (one.gone, one.ceded) for old, to in pairs.items() if code in to)
    return Region(
        code,
        name,
        "county",
        city if city in known else code[:2] + "0000",
        since=one.first,
        predecessors=before,
        act=one.act,
        is_sharp=one.first == one.last,
        checked=one.checked,
    )


def is_region(code: str, *, on: date) -> bool:
    """Whether a code stands for a division on a day.

    >>> is_region("330103", on=date(2020, 1, 1)), is_region("330103", on=date(2026, 1, 1))
    (True, False)
    """
    return any(one.holds(on) for one in regions().get(code, ()))


def region(code: str, *, on: date) -> Region:
    """A division as it was on a day; of one that is gone the refusal says what has its land.

    >>> region("330114", on=date(2026, 1, 1)).name
    '钱塘区'
    """
    spells = regions().get(code, ())
    for one in spells:
        if one.holds(on):
            return one
    if not spells:
        raise RuleUnknown(
            f"'{code}' is no code of a division that GB/T 2260 has or had: look it up in law/cn/regions.csv"
        )
    if on < spells[0].since:
        raise RuleUnknown(f"{code} {spells[0].name} was not yet there on {on}: it began on {spells[0].since}")
    raise RuleUnknown(
        f"{code} {spells[-1].name} was gone on {on}: its land is now {', '.join(named(*now(code, on=on)))}"
    )


def now(code: str, *, on: date) -> tuple[str, ...]:
    """The codes that have the land of a division on a day; itself where it goes on.

    >>> now("330104", on=date(2026, 1, 1))
    ('330102', '330114')
    """
    spells = regions().get(code, ())
    if not spells or any(one.holds(on) for one in spells):
        return (code,) if spells else ()
    after = [to for to in spells[-1].successors if to != code]
    return tuple(dict.fromkeys(later for to in after for later in now(to, on=on)))


def ceded(code: str, *, since: date, until: date) -> tuple[str, ...]:
    """The codes to which a division that goes on gave a part of its land between two days.

    >>> ceded("330110", since=date(2021, 1, 1), until=date(2022, 1, 1))
    ('330113',)
    """
    return tuple(to for one in changes() if since <= one.last < until for to in one.ceded.get(code, ()))


def named(*codes: str) -> list[str]:
    """Codes with their latest names.

    >>> named("330114")
    ['330114 钱塘区']
    """
    return [f"{code} {regions()[code][-1].name}" for code in codes]


def called(name: str, *, on: date) -> tuple[str, ...]:
    """The codes of the divisions of a name on a day, alone or with the names of those above it before it; blanks do not matter.

    >>> called("广州市天河区", on=date(2026, 1, 1)), len(called("鼓楼区", on=date(2026, 1, 1)))
    (('440106',), 4)
    """
    asked = "".join(name.split())
    return tuple(sorted(names(on).get(asked, ())))


@lru_cache(maxsize=4)
def names(on: date) -> dict[str, set[str]]:
    """Every spelling of a division that holds on a day, with its codes."""
    holding = {code: one for code, spells in regions().items() for one in spells if one.holds(on)}
    found: dict[str, set[str]] = {}
    for code, one in holding.items():
        above = [holding[up].name for up in (code[:4] + "00", code[:2] + "0000") if up != code and up in holding]
        whole = one.name
        for spelling in (one.name, *(whole := f"{up}{whole}" for up in above), *(f"{up}{one.name}" for up in above)):
            found.setdefault(spelling, set()).add(code)
    return found
