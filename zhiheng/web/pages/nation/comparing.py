"""What is compared with what: the question of an address, the form that asks it, and the rows behind a period."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext

from zhiheng.errors import UsageError
from zhiheng.reports.browse import single
from zhiheng.reports.nation import Nation, figures
from zhiheng.reports.nation import moved as movements
from zhiheng.reports.nation.moved import Told
from zhiheng.reports.nation.periods import Period, cut, end_of_month, period
from zhiheng.web.pages import words
from zhiheng.web.pages.movement import dimension
from zhiheng.web.pages.nation.address import rows_url
from zhiheng.web.shell import nations

BY = (
    "category",
    "category,channel",
    "category,province,channel",
    "province",
    "channel",
    "product_type,province",
    "region",
)
ARMS = ("random", "targeted", "all")
PARTS_OF_A_YEAR = 92  # days from which a span is told in quarters


@dataclass(frozen=True)
class Question:
    """What is compared with what, by which mixes, in which arm, in which province, and under which other limits."""

    before: Period
    after: Period
    by: tuple[str, ...]
    arm: str
    province: str
    limits: str

    @property
    def parts(self) -> list[tuple[str, str]]:
        """The question as the parts of an address."""
        given = {"from": self.before.name, "to": self.after.name, "by": ",".join(self.by), "arm": self.arm}
        more = {"province": self.province, "limits": self.limits}
        return [*given.items(), *((name, value) for name, value in more.items() if value)]


def asked(nation: Nation, given: Mapping[str, Sequence[str]]) -> Question:
    """A question from the parts of an address; left out, the first and the last stretch of the lake are compared."""
    usual = periods(nation)
    arm = single(given, "arm") or "random"
    if arm not in ARMS:
        raise UsageError(f"arm: '{arm[:40]}' is none of {', '.join(ARMS)}")
    by = single(given, "by") or BY[0]
    return Question(
        period(single(given, "from") or usual[0]),
        period(single(given, "to") or usual[-1]),
        movements.dimensions([word.strip() for word in by.split(",") if word.strip()]),
        arm,
        single(given, "province"),
        single(given, "limits"),
    )


def periods(nation: Nation) -> list[str]:
    """The stretches of a lake that can be compared: its months, and its quarters where it is long enough."""
    first, last = figures.span(nation)
    if first is None or last is None:
        return []
    months, at = [], first.replace(day=1)
    while at <= last:
        months.append(at)
        at = end_of_month(at) + timedelta(days=1)
    quarters = list(dict.fromkeys(f"{day.year}-Q{(day.month + 2) // 3}" for day in months))
    names = [f"{day:%Y-%m}" for day in months]
    return [*quarters, *names, *quarters[-1:]] if (last - first).days > PARTS_OF_A_YEAR else names


def found(nation: Nation, question: Question) -> Told:
    """The movement that a question asks for."""
    other = nations().under(nation.dataset, question.limits) if question.limits else None
    return movements.moved(
        nation, question.before, question.after,
        by=question.by, arm=question.arm, province=question.province, other=other,  # type: ignore[arg-type]
    )  # fmt: skip


def chooser(nation: Nation, question: Question) -> dict[str, Any]:
    """The form above the figures."""
    names = list(dict.fromkeys(periods(nation)))

    def options(values: Sequence[str], on: str, said: Any) -> list[dict[str, Any]]:
        held = values if on in values else [on, *values]
        return [{"value": one, "label": said(one), "on": one == on} for one in held]

    arms = {
        "random": words.said("arm", "random"),
        "targeted": words.said("arm", "targeted"),
        "all": gettext("all items tested"),
    }
    laws = sorted(nations().beside(nation.dataset))
    fields = [
        {"name": "from", "label": gettext("From"), "options": options(names, question.before.name, str)},
        {"name": "to", "label": gettext("To"), "options": options(names, question.after.name, str)},
        {"name": "by", "label": gettext("Mix of"), "options": options(BY, ",".join(question.by), listed)},
        {"name": "arm", "label": gettext("Samples"), "options": options(ARMS, question.arm, arms.__getitem__)},
    ]
    if laws:
        said = {
            "": gettext("as they were"),
            **{law: gettext("under the limits of %(law)s") % {"law": law} for law in laws},
        }
        fields.append(
            {
                "name": "limits",
                "label": gettext("First period"),
                "options": options(["", *laws], question.limits, lambda one: said.get(one, one)),
            }
        )
    return {"fields": fields}  # fmt: skip


def listed(by: str) -> str:
    """Some dimensions in words."""
    return gettext(", ").join(dimension(word) for word in by.split(","))


def rows_of(nation: Nation, question: Question, answer: Told, stretch: Period, **where: Any) -> str:
    """The batches of a period, as the cells count them: whole weeks or months that begin within it."""
    first, last = cut(stretch, answer.when)
    more = {"arm": question.arm} if question.arm != "all" else {}
    place = {"province": question.province} if question.province else {}
    return rows_url(nation, since=first.isoformat(), until=last.isoformat(), **more | place | where)
