"""Control charts of a laboratory's or a firm's own process: cells pasted from a spreadsheet in, charts and signals in words out.

Nothing is kept: the address of the page holds the data, so that it can be sent to whoever should look at it.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from zhiheng.errors import SourceError, StatisticsError, UsageError
from zhiheng.evidence import grid
from zhiheng.reports import process
from zhiheng.reports.browse import single
from zhiheng.reports.process import Drawn
from zhiheng.stats.aberration.results import WORDS, Reason
from zhiheng.surveillance.process import ALL, FALSE_ALARMS, LARGE, PROVISIONAL, Point
from zhiheng.web.access import access
from zhiheng.web.pages import common, words
from zhiheng.web.pages.watch import shown

MOST = 6000  # characters: what an address may hold; the command takes files
KINDS: Mapping[str, Callable[[], str]] = {
    "p": lambda: gettext("p: share nonconforming"),
    "p-laney": lambda: gettext("Laney p′: share nonconforming, large lots"),
    "u": lambda: gettext("u: nonconformities by unit"),
    "u-laney": lambda: gettext("Laney u′: nonconformities by unit, large lots"),
    "xbar-r": lambda: gettext("x̄-R: means and ranges of subgroups"),
    "xbar-s": lambda: gettext("x̄-S: means and standard deviations of subgroups"),
    "single": lambda: gettext("Single values and moving ranges"),
    "ewma": lambda: gettext("EWMA: small shifts that last"),
    "cusum": lambda: gettext("CUSUM: small shifts that last"),
}
SIGNALS: Mapping[str, Callable[[], str]] = {
    "above": lambda: gettext("above the upper limit"),
    "below": lambda: gettext("below the lower limit"),
    "two_of_three": lambda: gettext("two of three points beyond two deviations on one side: the process has probably moved"),
    "four_of_five": lambda: gettext("four of five points beyond one deviation on one side: a small shift is likely"),
    "eight": lambda: gettext("eight points in a row on one side of the centre line: the level has moved"),
    "high": lambda: gettext("the sum of deviations upwards passed its limit: the level has risen since the sum left zero"),
    "low": lambda: gettext("the sum of deviations downwards passed its limit: the level has fallen since the sum left zero"),
}  # fmt: skip
NAMES: Mapping[str, Callable[[], str]] = {
    "share nonconforming": lambda: gettext("Share nonconforming"),
    "nonconformities by unit": lambda: gettext("Nonconformities by unit"),
    "mean": lambda: gettext("Means of subgroups"),
    "range": lambda: gettext("Ranges of subgroups"),
    "standard deviation": lambda: gettext("Standard deviations of subgroups"),
    "value": lambda: gettext("Single values"),
    "moving range": lambda: gettext("Moving ranges"),
    "weighted mean": lambda: gettext("Weighted mean (EWMA)"),
    "sum of deviations": lambda: gettext("Sum of deviations (CUSUM)"),
}
REASONS: Mapping[str, Callable[[], str]] = {
    WORDS[Reason.EMPTY_BASELINE]: lambda: gettext("judged, but the baseline holds no failure: limits have no width"),
    WORDS[Reason.FULL_BASELINE]: lambda: gettext("judged, but everything in the baseline failed: limits have no width"),
    WORDS[Reason.MISSING_NOW]: lambda: gettext("not judged: the figure is missing"),
    WORDS[Reason.NOTHING_JUDGED]: lambda: gettext("not judged: nothing was tested"),
    WORDS[Reason.NEGATIVE_COUNT]: lambda: gettext("not judged: a count that cannot be, below 0 or above the number tested"),
    WORDS[Reason.MISSING_BASELINE]: lambda: gettext("not judged: the baseline gives no limits"),
    WORDS[Reason.NO_SPREAD]: lambda: gettext("not judged: the baseline has no spread from which limits could be made"),
}  # fmt: skip
FROM_ZERO = ("share nonconforming", "range", "standard deviation", "moving range")
EXAMPLE = "2026-W01\t3\t120\n2026-W02\t2\t115\n2026-W03\t4\t131"


@access("public")
def chart(request: HttpRequest) -> HttpResponse:
    """The form, and the charts of what was pasted into it."""
    given = common.given(request)
    data, kind, first = single(given, "data"), single(given, "kind") or "p", single(given, "baseline")
    page: dict[str, Any] = {
        "title": gettext("Control chart"),
        "question": gettext("Is my process as it was, or has something changed?"),
        "active": "watch",
        "pages": shown.tabs("process"),
        "kinds": [{"value": one, "label": said(), "on": one == kind} for one, said in KINDS.items()],
        "data": data,
        "baseline": first,
        "example": "\t".join((gettext("week"), gettext("failed"), gettext("tested"))) + "\n" + EXAMPLE,
        "most": MOST,
    }
    if not data.strip():
        return render(request, "process.html", page)
    try:
        charts = process.drawn(read(data), kind, on=date.today(), baseline=whole(first))
    except (SourceError, StatisticsError, UsageError) as error:
        return render(request, "process.html", page | {"fault": str(error)}, status=400)
    return render(
        request,
        "process.html",
        page
        | {
            "bigs": bigs(charts),
            "told": [entry for one in charts for entry in signals(one)],
            "figures": [figure(one, at) for at, one in enumerate(charts)],
            "notes": [note(text) for one in charts for text in one.notes],
        },
    )


def read(data: str) -> grid.Grid:
    """The pasted cells. UsageError: more than an address holds."""
    if len(data) > MOST:
        raise UsageError(
            gettext("%(n)s characters were pasted and %(most)s fit into an address: take the command “zhiheng chart FILE” for more.")
            % {"n": words.number(len(data)), "most": words.number(MOST)}
        )  # fmt: skip
    return grid.of_text(data, gettext("what was pasted"))


def whole(text: str) -> int:
    """The number of points of the baseline; nothing: all."""
    if not text.strip():
        return 0
    found = common.whole(text.strip())
    if found is None:
        raise UsageError(
            gettext("Baseline: “%(text)s” is no number of points; write 25, or leave it blank") % {"text": text[:20]}
        )
    return found


def bigs(charts: Sequence[Drawn]) -> list[dict[str, Any]]:
    """How many points signal, and how often that would be for nothing."""
    first = charts[0]
    n = len({point.label for one in charts for point in one.signals})
    found = [
        {
            "name": gettext("Points that signal"),
            "value": f"{words.number(n)} / {words.number(len(first.points))}",
            "note": gettext("look at them: something other than chance is likely")
            if n
            else gettext("no sign of a change"),
        }
    ]
    judged = [point for point in first.points if point.centre is not None]
    if judged and first.run_length is None:
        last = judged[-1]
        found.append(
            {
                "name": gettext("Centre line"),
                "value": plain(last.centre),
                "note": gettext("limits at the last point %(lower)s to %(upper)s") % {"lower": plain(last.lower), "upper": plain(last.upper)},
            }
        )  # fmt: skip
    if first.run_length is not None and first.run_length_shifted is not None:
        found.append(
            {
                "name": gettext("Points until a false alarm, on average"),
                "value": words.number(round(first.run_length)),
                "note": gettext("after a shift of one deviation %(n)s points until it is seen") % {"n": f"{first.run_length_shifted:.1f}"},
            }
        )  # fmt: skip
    return found


def plain(value: float | None) -> str:
    """A figure with the digits that a measurement may have."""
    return words.MISSING if value is None else f"{value:.5g}"


def signals(drawn: Drawn) -> list[dict[str, str]]:
    """Every stretch of points that signal, with the reasons in words: neighbours are told together."""
    name, held = NAMES[drawn.name](), []
    for at, point in enumerate(drawn.points):
        if not point.signals:
            continue
        if held and held[-1][1] == at - 1:
            held[-1] = (held[-1][0], at, held[-1][2] | set(point.signals))
        else:
            held.append((at, at, set(point.signals)))
    labels = [point.label for point in drawn.points]
    return [
        {
            "label": (labels[first] if first == last else f"{labels[first]} – {labels[last]}") + f" · {name}",
            "text": gettext("; ").join(said() for code, said in SIGNALS.items() if code in codes),
        }
        for first, last, codes in held
    ]


def figure(drawn: Drawn, at: int = 0) -> dict[str, Any]:
    """One chart: the statistic, its centre line and limits, points that signal marked."""
    name = NAMES[drawn.name]()
    lines = [("upper", gettext("upper limit")), ("centre", gettext("centre")), ("lower", gettext("lower limit"))]
    series = [
        {
            # the title names it; beside the line a phone has no room
            "name": "",
            "values": [point.statistic for point in drawn.points],
            "marked": [place for place, point in enumerate(drawn.points) if point.signals],
        },
        *(
            {"name": said, "values": [getattr(point, end) for point in drawn.points], "quiet": True}
            for end, said in lines
        ),
    ]
    text = gettext("%(title)s: %(n)s of %(all)s points signal.") % {
        "title": name,
        "n": len(drawn.signals),
        "all": len(drawn.points),
    }
    return {
        "id": f"chart-{at}",
        "title": name,
        "heading": 2,
        "unit": method(drawn.method),
        "n": words.number(len(drawn.points)),
        "chart": {
            "kind": "lines",
            "x": [point.label for point in drawn.points],
            "series": series,
            "digits": digits(drawn),
            "from_zero": drawn.name in FROM_ZERO,
        },
        "describe": text,
        "supports": gettext("Limits from %(n)s points; large marks signal.") % {"n": drawn.baseline},
        "table": table(drawn, name),
    }


def method(said: str) -> str:
    """What kind of chart it is, in the language of the page."""
    kind = said.removesuffix(" chart")
    return gettext("%(kind)s chart") % {"kind": kind} if kind != said else said


def digits(drawn: Drawn) -> int:
    """How many decimals tell points of a chart apart."""
    spans = [point.upper - point.lower for point in drawn.points if point.upper is not None and point.lower is not None]
    span = max(spans, default=1.0)
    return next((n for n in range(7) if span * 10**n >= 100), 6)


def table(drawn: Drawn, name: str) -> dict[str, Any]:
    """The points as a table."""
    columns = [
        {"label": gettext("Point"), "nowrap": True},
        {"label": name, "numeric": True},
        {"label": gettext("Limits"), "numeric": True},
        {"label": gettext("Signal"), "wide": True},
    ]
    lines = [
        [
            {"text": point.label, "main": True},
            {"text": plain(point.statistic)},
            {"text": f"{plain(point.lower)} – {plain(point.upper)}" if point.upper is not None else words.MISSING},
            {"text": why(point)},
        ]
        for point in drawn.points
    ]
    return common.table(columns, lines, label=name, cards=False, tall=True)


def why(point: Point) -> str:
    """The signals of a point, or why it is not judged."""
    said = [SIGNALS[code]() for code in point.signals]
    if point.reason:
        said.append(REASONS[point.reason]() if point.reason in REASONS else point.reason)
    return gettext("; ").join(said)


def note(text: str) -> str:
    """What limits rest on, in the language of the page."""
    if text == ALL:
        return gettext(
            "Limits come from all points, those that signal among them: name a baseline of good points when you know one."
        )
    if text == FALSE_ALARMS:
        return gettext(
            "With all four rules a process in control gives a false alarm about every 92 points (Champ, Woodall 1987)."
        )
    if text.startswith(PROVISIONAL.partition("{")[0]):
        return gettext("Limits from so few points are provisional: 20 and more are usual.")
    if text.startswith(LARGE.partition("{")[0]):
        return gettext(
            "Points scatter less or more than chance alone would make them: for large lots take Laney’s chart."
        )
    return text
