"""What moved the rate between two periods: the answer in words, a waterfall, and the cells behind each part."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from zhiheng.errors import StatisticsError
from zhiheng.reports.nation import Nation
from zhiheng.reports.nation.amendments import amendments
from zhiheng.reports.nation.moved import Told
from zhiheng.reports.nation.periods import Period
from zhiheng.reports.nation.ranked import terms
from zhiheng.stats.decomposition import Part
from zhiheng.surveillance import margins
from zhiheng.web.access import access
from zhiheng.web.pages import common, words
from zhiheng.web.pages.nation.address import crumbs, opened, province_said, source, table_urls, told
from zhiheng.web.pages.nation.comparing import Question, asked, chooser, dimension, found, rows_of

SHOWN = 12


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
        "supports": words.joined([every, alone, weeks]),
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
