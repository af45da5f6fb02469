"""What moved a rate, of a lake or of a small data set: the parts in words, as a waterfall, and as a table."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext

from zhiheng.reports.nation.periods import Period
from zhiheng.stats.decomposition import Part
from zhiheng.surveillance import Movement
from zhiheng.surveillance.trend import LIKE_THESE
from zhiheng.web.pages import common, words
from zhiheng.web.pages.reasons import why


def dimension(name: str) -> str:
    """A dimension in words."""
    own = {
        "category": gettext("categories of goods"),
        "product_type": gettext("product types"),
        "province": gettext("provinces"),
        "region": gettext("regions"),
        "channel": gettext("channels"),
        "arm": gettext("targeted and random samples"),
        "origin": gettext("countries of origin"),
        "maker": gettext("makers"),
        "site": gettext("sites"),
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
    """A difference of rates in percentage points; what rounds to nothing has no sign."""
    return f"{100 * value:+.2f}".replace("-0.00", "0.00").replace("+0.00", "0.00").replace("-", "−")


def span(part: Part) -> str:
    """The interval of a part."""
    return gettext("%(lower)s to %(upper)s") % {"lower": points(part.lower), "upper": points(part.upper)}


def sentences(move: Movement, *, sparse_share: float) -> list[str]:
    """What moved it, in words: the parts that are surely not nothing first, and what cannot be told from chance."""
    sure = sorted((part for part in move.parts if part.lower > 0 or part.upper < 0), key=lambda part: -abs(part.effect))
    unsure = [part for part in move.parts if part not in sure]
    told = []
    for part in sure:
        text = (
            gettext("%(part)s raised the rate by %(points)s percentage points (95%% interval %(span)s).")
            if part.effect > 0
            else gettext("%(part)s lowered the rate by %(points)s percentage points (95%% interval %(span)s).")
        )
        told.append(text % {"part": said(part), "points": f"{100 * abs(part.effect):.2f}", "span": span(part)})
    if unsure:
        names = gettext(", ").join(said(part) for part in unsure)
        told.append(gettext("Not to be told from chance: %(names)s.") % {"names": names})
    if max(move.moved.alone) > sparse_share:
        text = gettext(
            "%(first)s and %(second)s of the batches are of kinds that only one period has: "
            "with so many kinds chance looks like mix. Take fewer mixes at once, or longer periods."
        )
        shares = [words.percent(share, digits=0) for share in move.moved.alone]
        told.append(text % {"first": shares[0], "second": shares[1]})
    if not move.weighted:
        told.append(why(LIKE_THESE))
    return told


def waterfall(move: Movement, before: Period, after: Period, *, cut: Sequence[str]) -> dict[str, Any]:
    """The steps from one rate to the other; `cut` says how the periods were cut."""
    title = gettext("From %(before)s to %(after)s, step by step") % {"before": before, "after": after}
    steps = [
        {"name": before.name, "value": round(100 * move.first, 3), "total": True},
        *[
            {
                "name": said(part), "value": round(100 * part.effect, 3),
                "low": round(100 * part.lower, 3), "high": round(100 * part.upper, 3),
            }
            for part in move.parts
        ],
        {"name": after.name, "value": round(100 * move.moved.after, 3), "total": True},
    ]  # fmt: skip
    listed = gettext(", ").join(f"{said(part)} {points(part.effect)}" for part in move.parts)
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
        "supports": " ".join([every, alone, *cut]),
        "describe": gettext("%(title)s: %(list)s.") % {"title": title, "list": listed},
        "table": parts_table(move, title),
    }


def parts_table(move: Movement, label: str) -> dict[str, Any]:
    """The parts as a table."""
    columns = [
        {"label": gettext("Part"), "wide": True},
        {"label": gettext("Percentage points"), "numeric": True},
        {"label": gettext("95% interval"), "numeric": True},
    ]
    lines = [
        [{"text": said(part), "main": True}, {"text": points(part.effect)}, {"text": span(part)}] for part in move.parts
    ]
    return common.table(columns, lines, label=label, cards=False)


def shares_columns(name: str, before: Period, after: Period) -> list[dict[str, Any]]:
    """The columns of a table of one mix."""
    return [
        {"label": common.capital(dimension(name)), "wide": True},
        {"label": gettext("Share, %(period)s") % {"period": before}, "numeric": True},
        {"label": gettext("Share, %(period)s") % {"period": after}, "numeric": True},
        {"label": gettext("Rate, %(period)s") % {"period": before}, "numeric": True},
        {"label": gettext("Rate, %(period)s") % {"period": after}, "numeric": True},
    ]
