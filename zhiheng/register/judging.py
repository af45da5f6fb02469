"""Reports judged by the rules: the same turn of the loop that a file on the command line takes, for many reports at once."""

import csv
import tempfile
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from zhiheng import decision, loop, rules
from zhiheng.dates import CHINA
from zhiheng.errors import SourceError
from zhiheng.evidence import plain
from zhiheng.selection import chain

SAID = ("analyte", "comparator", "value", "unit", "reporting_level", "uncertainty")
ABOUT = ("product_type", "product_name", "sampled_on")
Found = list[dict[str, Any]]
MOST_KEPT = 2000
_kept: OrderedDict[str, Found] = OrderedDict()


@dataclass(frozen=True)
class Asked:
    """A report to be judged: what its case says of the sample (scheme, rules, product type and name, day), and its results."""

    evidence: Mapping[str, Any]
    lines: Sequence[Mapping[str, str]]

    def key(self, on: date) -> str:
        """What makes its findings: its content, the law, and the day whose conventions hold."""
        told = {name: str(self.evidence.get(name, "")) for name in (*ABOUT, "scheme", "rules")}
        return chain.digest(
            [told, [[line.get(name, "") for name in SAID] for line in self.lines], rules.fingerprint(), str(on)]
        )


def findings(asked: Sequence[Asked]) -> list[Found]:
    """The findings of each report, in the order of its lines; what was judged before under the same law is not judged again.

    Each result is judged by the law of the day of sampling. Our own conventions (severity, coverage factor) are those of today.
    Raises SourceError when a result cannot be read.
    """
    on = datetime.now(CHINA).date()
    groups: dict[tuple[str, tuple[str, ...]], dict[str, Asked]] = defaultdict(dict)
    for one in asked:
        if one.key(on) not in _kept:
            groups[one.evidence.get("scheme", ""), tuple(one.evidence.get("rules", ()))][one.key(on)] = one
    fresh: dict[str, Found] = {}
    for (scheme, families), alike in groups.items():
        fresh |= together(alike, scheme=scheme, families=families, on=on)
    found = [fresh.get(one.key(on)) or _kept[one.key(on)] for one in asked]
    _kept.update(fresh)
    while len(_kept) > MOST_KEPT:
        _kept.popitem(last=False)
    return found


def together(asked: Mapping[str, Asked], *, scheme: str, families: tuple[str, ...], on: date) -> dict[str, Found]:
    """The findings of reports that are judged by the same families of rules, by their key."""
    with tempfile.TemporaryDirectory(prefix="zhiheng-") as folder:
        path = Path(folder) / "reports.csv"
        written(path, asked)
        known = plain.fitted(path)
        known = replace(known, scheme=scheme or known.scheme, rules=families or known.rules)
        terms = loop.Terms(on=loop.EACH_DAY)
        with loop.assessed(path, known=known, terms=terms, today=on) as (engine, outcome):
            rows = {row["reference"]: row for row in engine.rows(decision.FINDINGS.unbound())}
    places = [(key, place, line) for key, one in asked.items() for place, line in enumerate(one.lines)]
    unread = [line for key, place, line in places if f"{key}/{place}" not in rows]
    if unread:
        one = unread[0]
        raise SourceError(
            f"{len(unread)} of {len(places)} results cannot be read, the first: "
            f"{one['analyte']} '{one.get('comparator', '')}{one.get('value', '')} {one.get('unit', '')}' "
            f"({', '.join(outcome.codes)}): correct it and enter it again"
        )
    found: dict[str, Found] = {key: [] for key in asked}
    for key, place, _ in places:
        found[key].append(rows[f"{key}/{place}"])
    return found


def written(path: Path, asked: Mapping[str, Asked]) -> None:
    """Results as the file that the loop takes in."""
    with path.open("w", encoding="utf-8", newline="") as opened:
        table = csv.DictWriter(opened, ("reference", "sample_id", *ABOUT, *SAID))
        table.writeheader()
        for key, one in asked.items():
            about = {name: str(one.evidence.get(name, "")) for name in ABOUT}
            for place, line in enumerate(one.lines):
                said = {name: line.get(name, "") for name in SAID}
                table.writerow({"reference": f"{key}/{place}", "sample_id": key, **about, **said})


def overall(found: Iterable[Mapping[str, Any]]) -> str:
    """The verdict of a sample from its findings: one that fails legal limits fails all; what is open leaves the whole open."""
    words = {one["verdict"] for one in found if one["force"] != "guidance"}
    for word in ("nonconforming", "inconclusive", "not_judged"):
        if word in words:
            return word
    return "conforming" if words else "not_judged"
