"""Reports judged by the rules: the same turn of the loop that a file on the command line takes, for many reports at once."""

import csv
import tempfile
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from zhiheng import decision, loop, rules
from zhiheng.dates import CHINA
from zhiheng.errors import SourceError
from zhiheng.evidence import plain
from zhiheng.evidence.profile import Profile
from zhiheng.selection import chain

SAID = ("analyte", "comparator", "value", "unit", "reporting_level", "uncertainty")
ABOUT = ("product_type", "product_name", "sampled_on")
TERMS = ("scheme", "rules", "decision", "edition_on")
STATED = (*TERMS, "product_type")  # what an officer states of the judgement when a case is opened
Found = list[dict[str, Any]]
MOST_KEPT = 2000
_kept: OrderedDict[str, Found] = OrderedDict()


@dataclass(frozen=True)
class Asked:
    """A report to be judged: what its case says of the sample (product type and name, day) and of how it is judged (scheme, rules,
    decision rule, the day of the edition where it is not the day of sampling), and its results."""

    evidence: Mapping[str, Any]
    lines: Sequence[Mapping[str, str]]

    def key(self, on: date) -> str:
        """What makes its findings: its content, the law, and the day whose conventions hold."""
        told = {name: str(self.evidence.get(name, "")) for name in (*ABOUT, *TERMS)}
        return chain.digest(
            [told, [[line.get(name, "") for name in SAID] for line in self.lines], rules.fingerprint(), str(on)]
        )


def findings(asked: Sequence[Asked]) -> list[Found]:
    """The findings of each report, in the order of its lines; what was judged before under the same law is not judged again.

    Each result is judged by the law of the day of sampling, or of the edition that its case names. Our own conventions (severity,
    coverage factor) are those of today.
    Raises SourceError when a result cannot be read.
    """
    on = datetime.now(CHINA).date()
    groups: dict[tuple[str, tuple[str, ...], str], dict[str, Asked]] = defaultdict(dict)
    known: dict[str, Found] = {}  # held here, as another thread may drop what is kept meanwhile
    for one in asked:
        found, said = _kept.get(one.key(on)), one.evidence
        if found is None:
            families = tuple(said.get("rules", ()))
            groups[said.get("scheme", ""), families, str(said.get("decision", ""))][one.key(on)] = one
        else:
            known[one.key(on)] = found
    fresh: dict[str, Found] = {}
    for (scheme, families, rule), alike in groups.items():
        fresh |= together(alike, scheme=scheme, families=families, decision_rule=rule, on=on)
    _kept.update(fresh)
    while len(_kept) > MOST_KEPT:
        with suppress(KeyError):  # another thread was quicker
            _kept.popitem(last=False)
    known |= fresh
    return [known[one.key(on)] for one in asked]


def together(
    asked: Mapping[str, Asked], *, scheme: str, families: tuple[str, ...], decision_rule: str, on: date
) -> dict[str, Found]:
    """The findings of reports that are judged by the same families of rules and one decision rule, by their key."""
    with tempfile.TemporaryDirectory(prefix="zhiheng-") as folder:
        path = Path(folder) / "reports.csv"
        written(path, asked)
        known = read_as()
        known = replace(known, scheme=scheme or known.scheme, rules=families or known.rules)
        terms = loop.Terms(on=loop.EACH_DAY, decision=decision_rule)
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


@lru_cache(maxsize=1)
def read_as() -> Profile:
    """How such a file is read; every one has the same columns."""
    with tempfile.TemporaryDirectory(prefix="zhiheng-") as folder:
        path = Path(folder) / "reports.csv"
        written(path, {"": Asked({}, [dict.fromkeys(SAID, "")])})
        return plain.fitted(path)


def written(path: Path, asked: Mapping[str, Asked]) -> None:
    """Results as the file that the loop takes in."""
    with path.open("w", encoding="utf-8", newline="") as opened:
        table = csv.DictWriter(opened, ("reference", "sample_id", *ABOUT, *SAID))
        table.writeheader()
        for key, one in asked.items():
            about = {name: str(one.evidence.get(name, "")) for name in ABOUT}
            about["sampled_on"] = str(one.evidence.get("edition_on") or about["sampled_on"])
            for place, line in enumerate(one.lines):
                said = {name: line.get(name, "") for name in SAID}
                table.writerow({"reference": f"{key}/{place}", "sample_id": key, **about, **said})


@dataclass(frozen=True)
class Basis:
    """What results can be judged by: a standard by its names, its tree of categories and its families of rules."""

    key: str
    names: Mapping[str, str]
    scheme: str
    rules: tuple[str, ...]

    @property
    def categories(self) -> Mapping[str, str]:
        """The categories of its tree, with their English names."""
        return rules.categories().trees[self.scheme]


def bases(*, on: date) -> dict[str, Basis]:
    """What can be chosen on a day (law/cn/judging.yaml)."""
    told = rules.settings("judging", on=on, place="cn")["bases"]
    return {
        key: Basis(key, {one: said[one] for one in ("zh", "en")}, said["scheme"], tuple(said["rules"]))
        for key, said in told.items()
    }


def decisions(*, on: date) -> tuple[str, ...]:
    """The decision rules that can be chosen on a day; empty is the standard's own."""
    return tuple(rules.settings("judging", on=on, place="cn")["decisions"])


def basis(evidence: Mapping[str, Any], *, on: date) -> tuple[Basis, bool]:
    """What the results of a case are judged by, and whether the case names it; one that names nothing has what holds otherwise."""
    known = bases(on=on)
    scheme, families = str(evidence.get("scheme", "")), tuple(evidence.get("rules", ()))
    if not scheme and not families:
        return known[rules.settings("judging", on=on, place="cn")["otherwise"]], False
    found = next((one for one in known.values() if (one.scheme, one.rules) == (scheme, families)), None)
    name = ", ".join(families) or scheme
    return found or Basis("", {"zh": name, "en": name}, scheme, families), True


def overall(found: Iterable[Mapping[str, Any]]) -> str:
    """The verdict of a sample from its findings: one that fails legal limits fails all; what is open leaves the whole open."""
    words = {one["verdict"] for one in found if one["force"] != "guidance"}
    for word in ("nonconforming", "inconclusive", "not_judged"):
        if word in words:
            return word
    return "conforming" if words else "not_judged"
