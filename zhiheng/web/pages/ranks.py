"""Units set beside one another, of a lake or of a small data set: a funnel, and a table in which no rank stands without its interval."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.utils.translation import gettext

from zhiheng.surveillance import OF_POPULATION, Ranking
from zhiheng.surveillance.trend import LIKE_THESE
from zhiheng.web.pages import common, words
from zhiheng.web.pages.reasons import of, why

SHOWN, POINTS, NAMED = 60, 80, 8
Row = Mapping[str, Any]
VERDICTS = {
    "above": lambda: gettext("above the funnel"),
    "below": lambda: gettext("below the funnel"),
    "within": lambda: gettext("within"),
    "unsure": lambda: gettext("outside, may be chance"),
}


@dataclass(frozen=True)
class Beside:
    """A ranking with how its units are called and where they lead; `things` says what is counted, `head` what the units are."""

    found: Ranking
    head: str
    things: str
    title: str
    named: Callable[[str], str]
    opens: Callable[[Row], str]
    failed: Callable[[Row], str]

    @property
    def is_weighted(self) -> bool:
        """Whether the figures are of the population."""
        return self.found.of == OF_POPULATION


def bigs(shown: Beside) -> list[dict[str, Any]]:
    """How many stand out, and how much of the order is more than noise."""
    found = shown.found
    out = [row for row in found.rows if row["verdict"] in ("above", "below")]
    return [
        {
            "name": gettext("Stand out"),
            "value": f"{len(out)} / {len(found.rows)}",
            "note": gettext("outside the funnel, many comparisons allowed for"),
        },
        {
            "name": gettext("Neighbours told apart"),
            "value": words.percent(found.separated, digits=0),
            "note": gettext("of neighbouring pairs in the order; near 0%, the order is mostly chance"),
        },
        {
            "name": gettext("All together"),
            "value": words.percent(found.target, digits=2),
            "n": words.number(sum(row["judged"] for row in found.rows)),
            "note": of(found.of, found.reasons),
        },
    ]


def sentences(shown: Beside, *, false_share: float) -> list[str]:
    """Who stands out, what is promised of the whole list, and what the figures are of."""
    found, said = shown.found, []
    for verdict, text in (
        ("above", gettext("More failures than chance explains: %(names)s.")),
        ("below", gettext("Fewer failures than chance explains: %(names)s.")),
    ):
        names = [shown.named(row["value"]) for row in found.rows if row["verdict"] == verdict]
        if names:
            more = gettext(" and %(n)s more") % {"n": len(names) - NAMED} if len(names) > NAMED else ""
            said.append(text % {"names": gettext(", ").join(names[:NAMED]) + more})
    if not said:
        said.append(gettext("Nothing stands out: such differences arise by chance alone."))
    promise = gettext(
        "%(n)s comparisons at once: of those told to stand out a share of at most %(share)s is expected to be false "
        "(Benjamini, Hochberg 1995)."
    )
    said.append(promise % {"n": len(found.rows), "share": words.percent(false_share, digits=0)})
    if np.isinf(found.concentration):
        said.append(gettext("They differ by no more than chance would make them: every rank is possible for each."))
    said += [why(reason) for reason in found.reasons[1:]]
    if not shown.is_weighted:
        said.append(why(LIKE_THESE))
    if found.left_out:
        said.append(gettext("Left out, because nothing was judged: %(n)s.") % {"n": len(found.left_out)})
    return said


def sized(shown: Beside, row: Row) -> float:
    """How many items a unit counts for: those judged, or as many of equal weight as would say the same."""
    return round(float(row["effective"]), 1) if shown.is_weighted else float(row["judged"])


def funnel(shown: Beside) -> dict[str, Any]:
    """Every unit's rate over its size, between the limits of chance."""
    found = shown.found
    sizes = [sized(shown, row) for row in found.rows]
    grid = np.unique(np.round(np.geomspace(max(min(sizes), 1), max(sizes) * 1.05, POINTS)))
    limits = found.curve(grid.tolist())
    groups = [
        (gettext("within the limits"), ("within", "unsure")),
        (gettext("stands out"), ("above", "below")),
    ]
    series = [
        {"name": name, "points": [point(shown, row) for row in found.rows if row["verdict"] in verdicts]}
        for name, verdicts in groups
    ]
    level = words.percent(limits.level, digits=1)
    edges = [
        {"name": level, "points": [[int(n), round(100 * float(edge), 3)] for n, edge in zip(grid, side, strict=True)]}
        for side in (limits.upper, limits.lower)
    ]
    text = gettext(
        "Few batches scatter widely, many little: between the dashed limits lie %(level)s of what chance makes. "
        "Limits allow for units that differ a little anyway (over-dispersion %(phi)s)."
    )
    weighs = gettext("The size is how many batches of equal weight would say as much (Kish 1965).")
    label = gettext("Effective number judged") if shown.is_weighted else gettext("Number judged")
    return {
        "id": "funnel",
        "title": shown.title,
        "heading": 2,
        "unit": shown.things,
        "n": words.number(sum(row["judged"] for row in found.rows)),
        "size": "tall",
        "chart": {
            "kind": "points",
            "digits": 2,
            "x": {"label": label, "log": True},
            "y": {"label": gettext("Nonconforming"), "unit": "%", "from_zero": True},
            "series": [one for one in series if one["points"]],
            "curves": edges,
            "reference": {
                "value": round(100 * found.target, 3),
                "label": gettext("all together %(rate)s") % {"rate": words.percent(found.target, digits=2)},
            },
        },
        "supports": text % {"level": level, "phi": f"{found.phi:.2f}"} + (f" {weighs}" if shown.is_weighted else ""),
        "describe": shown.title,
        "table_url": "#ranks",
    }


def point(shown: Beside, row: Row) -> dict[str, Any]:
    """One unit in the funnel; who stands out is named."""
    return {
        "x": sized(shown, row),
        "y": round(100 * row["rate"], 3),
        "name": shown.named(row["value"]),
        "url": shown.opens(row),
        "marked": row["verdict"] in ("above", "below"),
    }


def section(shown: Beside) -> dict[str, Any]:
    """The table: the highest rates first, each rank with its interval."""
    limits = [{"label": gettext("95% interval"), "numeric": True}] if shown.is_weighted else []
    columns = [
        {"label": common.capital(shown.head), "wide": True},
        {"label": gettext("Rank, 95% interval"), "numeric": True},
        {"label": gettext("Nonconforming"), "numeric": True},
        {"label": gettext("Estimate") if shown.is_weighted else gettext("Rate of the items tested"), "numeric": True},
        *limits,
        {"label": gettext("Shrunk rate, 95% interval"), "numeric": True},
        {"label": gettext("Funnel"), "nowrap": True},
    ]
    lines = [line(shown, row) for row in reversed(shown.found.rows)][:SHOWN]
    left = len(shown.found.rows) - SHOWN
    return {
        "id": "ranks",
        "title": gettext("In the order of expected ranks, the highest rate first"),
        "text": gettext(
            "Rank 1 is the lowest rate. A rank is the most uncertain of all figures: read its interval, not its place in the list. "
            "The shrunk rate draws small numbers towards what all show."
        ),
        "note": gettext("%(n)s more values are in the files.") % {"n": left} if left > 0 else "",
        "table": common.table(columns, lines, label=shown.head, cards=True),
    }


def line(shown: Beside, row: Row) -> list[dict[str, Any]]:
    """One unit."""
    link = {"url": shown.failed(row)} if row["nonconforming"] else {}
    limits = [{"text": words.interval(row["lower"], row["upper"], digits=2)}] if shown.is_weighted else []
    return [
        {"text": shown.named(row["value"]), "main": True, "url": shown.opens(row)},
        {"text": f"{row['rank_lower']}–{row['rank_upper']}", "note": f"/ {len(shown.found.rows)}"},
        {"text": words.number(row["nonconforming"]), "note": f"/ {words.number(row['judged'])}"} | link,
        {"text": words.percent(row["rate"], digits=2)},
        *limits,
        {
            "text": words.percent(row["shrunk"], digits=2),
            "note": words.interval(row["shrunk_lower"], row["shrunk_upper"], digits=2),
        },
        {"text": VERDICTS[row["verdict"]]()},
    ]
