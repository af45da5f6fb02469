"""What moved the rate between two periods: the answer in words, a waterfall, and the cells behind each part."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from zhiheng.errors import StatisticsError, UsageError
from zhiheng.reports.browse import single
from zhiheng.reports.nation import Nation, figures
from zhiheng.reports.nation import moved as movements
from zhiheng.reports.nation.amendments import amendments
from zhiheng.reports.nation.moved import Told
from zhiheng.reports.nation.periods import Period, end_of_month, period
from zhiheng.reports.nation.ranked import terms
from zhiheng.stats.decomposition import Part
from zhiheng.surveillance import margins
from zhiheng.web.access import access
from zhiheng.web.pages import common, words
from zhiheng.web.pages.nation.address import crumbs, opened, province_said, rows_url, source, table_urls, told
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
SHOWN = 12
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


@access("public")
def moved(request: HttpRequest, dataset: str) -> HttpResponse:
    """What moved the rate from one period to another."""
    nation = opened(request, dataset)
    question = asked(nation, common.given(request))
    title = gettext("What moved the rate?")
    page = {
        "title": title,
        "question": gettext("From %(before)s to %(after)s: was it another mix, other limits, or did the goods change?")
        % {"before": question.before, "after": question.after},
        "crumbs": crumbs(nation, (title, "")),
        "chooser": chooser(nation, question),
        **told(nation),
    }
    try:
        answer = found(nation, question)
    except StatisticsError as error:
        notice = {"title": gettext("Nothing to compare"), "text": str(error)}
        return render(request, "nation.html", page | {"notice": notice})
    return render(
        request,
        "nation.html",
        page
        | {
            "bigs": bigs(nation, question, answer),
            "sentences": sentences(nation, question, answer),
            "figures": [waterfall(nation, question, answer)],
            "sections": [section(nation, question, answer, name) for name in answer.movement.by],
        },
    )


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


def dimension(name: str) -> str:
    """A dimension in words."""
    own = {
        "category": gettext("categories of goods"),
        "product_type": gettext("product types"),
        "province": gettext("provinces"),
        "region": gettext("regions"),
        "channel": gettext("channels"),
        "arm": gettext("targeted and random samples"),
    }
    return own[name]


def said(part: Part) -> str:
    """A part in words."""
    if part.name == "rates":
        return gettext("The goods themselves")
    if part.name == "limits":
        return gettext("Changed limits")
    return gettext("Mix of %(what)s") % {"what": dimension(part.name)}


def points(value: float) -> str:
    """A difference of rates in percentage points."""
    return f"{100 * value:+.2f}".replace("-", "−")


def span(part: Part) -> str:
    """The interval of a part."""
    return gettext("%(lower)s to %(upper)s") % {"lower": points(part.lower), "upper": points(part.upper)}


def bigs(nation: Nation, question: Question, answer: Told) -> list[dict[str, Any]]:
    """The two rates and their difference."""
    move = answer.movement
    rates = (move.first, move.moved.after)
    shown = []
    for at, (stretch, rate) in enumerate(zip((question.before, question.after), rates, strict=True)):
        shown.append(
            {
                "name": stretch.name,
                "value": words.percent(rate, digits=2),
                "n": words.number(move.judged[at]),
                "url": rows_of(nation, question, answer, stretch, verdict="nonconforming"),
                "note": gettext("%(n)s batches failed") % {"n": words.number(move.nonconforming[at])},
            }
        )
    difference = move.moved.difference
    shown.append(
        {
            "name": gettext("Difference, percentage points"),
            "value": points(move.moved.after - move.first),
            "interval": "" if move.limits else span(difference),
            "note": of(answer),
        }
    )
    return shown


def of(answer: Told) -> str:
    """What the figures are of."""
    move = answer.movement
    if move.weighted:
        return gettext("of the population: random arm, each batch weighs 1 / its inclusion probability")
    if move.figure == "targeted":
        return gettext("of the items tested, taken where failures are expected; not a rate of the market")
    if move.figure == "all":
        return gettext("of the items tested, both arms together: the share of the arms is one of the parts")
    return gettext("of the items tested: not every inclusion probability is known")


def sentences(nation: Nation, question: Question, answer: Told) -> list[str]:
    """What moved it, in words: the parts that are surely not nothing first, and what cannot be told from chance."""
    move = answer.movement
    sure = sorted((part for part in move.parts if part.lower > 0 or part.upper < 0), key=lambda part: -abs(part.effect))
    unsure = [part for part in move.parts if part not in sure]
    told_ = []
    for part in sure:
        text = (
            gettext("%(part)s raised the rate by %(points)s percentage points (95%% interval %(span)s).")
            if part.effect > 0
            else gettext("%(part)s lowered the rate by %(points)s percentage points (95%% interval %(span)s).")
        )
        told_.append(text % {"part": said(part), "points": f"{100 * abs(part.effect):.2f}", "span": span(part)})
    if unsure:
        names = gettext(", ").join(said(part) for part in unsure)
        told_.append(gettext("Not to be told from chance: %(names)s.") % {"names": names})
    if max(move.moved.alone) > float(terms(nation)["sparse_share"]):
        text = gettext(
            "%(first)s and %(second)s of the batches are of kinds that only one period has: "
            "with so many kinds chance looks like mix. Take fewer mixes at once, or longer periods."
        )
        shares = [words.percent(share, digits=0) for share in move.moved.alone]
        told_.append(text % {"first": shares[0], "second": shares[1]})
    if question.province:
        told_.append(gettext("Only batches sampled in %(province)s.") % {"province": province_said(question.province)})
    acts = amendments(nation, question.before.first, question.after.last)
    if acts and not question.limits:
        n = sum(int(row["rules"]) for row in acts)
        text = gettext(
            "%(n)s limits changed in between; their part stands in that of the goods until a judgement under the new limits "
            "is made beside: zhiheng trend %(dataset)s --limits DAY"
        )
        told_.append(text % {"n": words.number(n), "dataset": nation.dataset})  # fmt: skip
    return told_


def waterfall(nation: Nation, question: Question, answer: Told) -> dict[str, Any]:
    """The steps from one rate to the other."""
    move = answer.movement
    title = gettext("From %(before)s to %(after)s, step by step") % {"before": question.before, "after": question.after}
    steps = [
        {"name": question.before.name, "value": round(100 * move.first, 3), "total": True},
        *[
            {
                "name": said(part), "value": round(100 * part.effect, 3),
                "low": round(100 * part.lower, 3), "high": round(100 * part.upper, 3),
            }
            for part in move.parts
        ],
        {"name": question.after.name, "value": round(100 * move.moved.after, 3), "total": True},
    ]  # fmt: skip
    listed_ = gettext(", ").join(f"{said(part)} {points(part.effect)}" for part in move.parts)
    weeks = gettext("Whole weeks that begin within a period.") if answer.when == "week" else gettext("Whole months.")
    alone = gettext("Kinds that only one period has (%(first)s and %(second)s of the batches) count as mix.") % {
        "first": words.percent(move.moved.alone[0]),
        "second": words.percent(move.moved.alone[1]),
    }
    every = gettext("Each part is its mean over all orders of change; bars carry 95% intervals.")
    return {
        "id": "waterfall",
        "title": title,
        "heading": 2,
        "unit": gettext("% of the batches judged"),
        "n": words.number(sum(move.judged)),
        "chart": {"kind": "waterfall", "unit": "%", "step_unit": gettext("pp"), "digits": 2, "steps": steps},
        "supports": " ".join([every, alone, weeks]),
        "source": source(nation),
        "describe": gettext("%(title)s: %(list)s.") % {"title": title, "list": listed_},
        "table": parts_table(answer, title),
        **table_urls(nation, "moved", **dict(question.parts)),
        "api_url": f"/api/lakes/{nation.dataset}/moved?" + urlencode(question.parts),
    }


def parts_table(answer: Told, label: str) -> dict[str, Any]:
    """The parts as a table."""
    columns = [
        {"label": gettext("Part"), "wide": True},
        {"label": gettext("Percentage points"), "numeric": True},
        {"label": gettext("95% interval"), "numeric": True},
    ]
    lines = [
        [{"text": said(part), "main": True}, {"text": points(part.effect)}, {"text": span(part)}]
        for part in answer.movement.parts
    ]
    return common.table(columns, lines, label=label, cards=False)


def section(nation: Nation, question: Question, answer: Told, name: str) -> dict[str, Any]:
    """The shares and rates of one mix, the largest changes first; each count opens to its rows."""
    rows = margins(answer.before, answer.after, name, weighted=answer.movement.weighted)
    columns = [
        {"label": dimension(name), "wide": True},
        {"label": gettext("Share, %(period)s") % {"period": question.before}, "numeric": True},
        {"label": gettext("Share, %(period)s") % {"period": question.after}, "numeric": True},
        {"label": gettext("Rate, %(period)s") % {"period": question.before}, "numeric": True},
        {"label": gettext("Rate, %(period)s") % {"period": question.after}, "numeric": True},
    ]
    lines = [
        [
            {"text": words.said(name, row["value"]), "main": True},
            {"text": words.percent(row["share_before"])},
            {"text": words.percent(row["share_after"])},
            rate_cell(nation, question, answer, question.before, name, row, "before"),
            rate_cell(nation, question, answer, question.after, name, row, "after"),
        ]
        for row in rows[:SHOWN]
    ]
    left = len(rows) - SHOWN
    return {
        "title": gettext("Mix of %(what)s") % {"what": dimension(name)},
        "text": gettext("Where the share of what was sampled changed most. Each value stands with its own rate in both periods."),
        "table": common.table(columns, lines, label=dimension(name), cards=True),
        "note": gettext("%(n)s more values are in the files.") % {"n": left} if left > 0 else "",
        **table_urls(nation, "mix", **dict(question.parts), of=name),
    }  # fmt: skip


def rate_cell(
    nation: Nation, question: Question, answer: Told, stretch: Period, name: str, row: Mapping[str, Any], word: str
) -> dict[str, Any]:
    """A rate with what it rests on, leading to its failed batches."""
    if row[f"rate_{word}"] is None:
        return {"text": words.MISSING}
    return {
        "text": words.percent(row[f"rate_{word}"], digits=2),
        "note": f"/ {words.number(row[f'judged_{word}'])}",
        "url": rows_of(nation, question, answer, stretch, verdict="nonconforming", **{name: row["value"]}),
    }


def rows_of(nation: Nation, question: Question, answer: Told, stretch: Period, **where: Any) -> str:
    """The batches of a period, as the cells count them: whole weeks or months that begin within it."""
    first, last = cut(stretch, answer.when)
    more = {"arm": question.arm} if question.arm != "all" else {}
    place = {"province": question.province} if question.province else {}
    return rows_url(nation, since=first.isoformat(), until=last.isoformat(), **more | place | where)


def cut(stretch: Period, when: str) -> tuple[date, date]:
    """The days that the weeks or months beginning within a period span.

    >>> cut(Period(date(2025, 4, 1), date(2025, 4, 30), "2025-04"), "week")
    (datetime.date(2025, 4, 7), datetime.date(2025, 5, 4))
    """
    if when == "week":
        first = stretch.first + timedelta(days=-stretch.first.weekday() % 7)
        return first, stretch.last - timedelta(days=stretch.last.weekday()) + timedelta(days=6)
    first = stretch.first if stretch.first.day == 1 else end_of_month(stretch.first.replace(day=1)) + timedelta(days=1)
    return first, end_of_month(stretch.last.replace(day=1))
