"""What rows are asked for: the filters of an address, the place of the page before, and the days that a period spans."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from zhiheng.errors import UsageError
from zhiheng.reports.browse import LARGEST_PAGE, a_day, number, single

VERDICTS = ("conforming", "nonconforming", "inconclusive", "not_judged")
EXACT = ("province", "channel", "arm", "laboratory")
# the filters that say when: one week, one month, one day, or from one day to another
WHEN = ("week", "period", "happened", "since", "until")
FILTERS = (
    *WHEN,
    "province",
    "region",
    "category",
    "product_type",
    *EXACT[1:],
    "firm",
    "verdict",
    "analyte",
)
# an empty value in an address asks for what was not stated
BLANK = ""


@dataclass(frozen=True)
class Asked:
    """Which rows: exact values by name, and the last row of the page before."""

    where: Mapping[str, str] = field(default_factory=dict)
    after: str = ""
    size: int = 50

    @property
    def parts(self) -> list[tuple[str, str]]:
        """The question as the parts of an address."""
        return [*self.where.items(), *([("after", self.after)] if self.after else [])]

    @property
    def is_found(self) -> bool:
        """Whether findings of a test item are asked for, and not batches."""
        return "analyte" in self.where and self.where.get("verdict", "") in VERDICTS[1:]


def asked(given: Mapping[str, Sequence[str]]) -> Asked:
    """A question from the parts of an address; what nobody can act on is refused."""
    where = {name: single(given, name) for name in FILTERS if name in given}
    for name in WHEN:
        if where.get(name):
            a_day(where[name], name)
    if where.get("verdict", "nonconforming") not in VERDICTS:
        raise UsageError(f"verdict: '{where['verdict'][:40]}' is none of {', '.join(VERDICTS)}")
    after = single(given, "after")
    if after:
        token(after)
    return Asked(where, after, number(single(given, "size"), "size", 50, LARGEST_PAGE))


def token(text: str) -> tuple[date, int, int, int]:
    """The place of the last row of a page: day, delivery, report, item."""
    parts = text.split("~")
    try:
        return date.fromisoformat(parts[0]), int(parts[1]), int(parts[2]), int(parts[3])
    except (ValueError, IndexError) as error:
        raise UsageError(f"after: '{text[:60]}' is no place in a list; follow the link of the page before") from error


def placed(row: Mapping[str, Any]) -> str:
    """The place of a row in its list."""
    return f"{row['happened'].isoformat()}~{row['delivery']}~{row['report']}~{row.get('item') or 0}"


def window(where: Mapping[str, str]) -> tuple[date | None, date | None]:
    """The first and the last day that a question spans: of a week, a month, a day, or from one day to another.

    >>> window({"week": "2025-04-07"}), window({"period": "2025-12-01"})
    ((datetime.date(2025, 4, 7), datetime.date(2025, 4, 13)), (datetime.date(2025, 12, 1), datetime.date(2025, 12, 31)))
    """
    if where.get("week"):
        first = date.fromisoformat(where["week"])
        return first, first + timedelta(days=6)
    if where.get("period"):
        first = date.fromisoformat(where["period"]).replace(day=1)
        return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    if where.get("happened"):
        return date.fromisoformat(where["happened"]), date.fromisoformat(where["happened"])
    if where.get("since") or where.get("until"):
        return date.fromisoformat(where.get("since") or "0001-01-01"), date.fromisoformat(
            where.get("until") or "9999-12-31"
        )
    return None, None


def narrower(question: Asked, name: str, value: str | None) -> Asked:
    """The question with one filter set, or taken off; from the first page on."""
    kept = {key: held for key, held in question.where.items() if key != name}
    return replace(question, where=kept if value is None else kept | {name: value}, after="")
