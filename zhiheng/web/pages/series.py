"""What pages by dimension, place and signal share: names of values and periods, big numbers, pictures."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext

from zhiheng.decision import SAMPLES
from zhiheng.reports import conventions, profiles
from zhiheng.surveillance import RATES
from zhiheng.web.pages import common, words
from zhiheng.web.shell import shelf

SAMPLE_COLUMNS = ("sample_id", "product_name", "day", "verdict", "nonconforming", "results")
LONGEST = 34
PERIODS_SHOWN = 40


def name(dimension: str) -> str:
    """A dimension as it stands above a list."""
    return inside(dimension).capitalize()


def inside(dimension: str) -> str:
    """A dimension as it stands inside a sentence."""
    own = {profiles.PERIOD: gettext("period"), "laboratory": gettext("laboratory")}
    return own.get(dimension) or words.said("dimension", dimension)


def label(dimension: str, value: str, step: str) -> str:
    """A value as a reader calls it; a blank is said."""
    if dimension == profiles.PERIOD:
        return period(date.fromisoformat(value), step) if value else gettext("no day given")
    return words.said(dimension, value)


def short(text: str) -> str:
    """A name that fits beside a bar: the end of a path, cut when it is still too long."""
    last = text.split(" > ")[-1]
    return last if len(last) <= LONGEST else f"{last[: LONGEST - 1]}…"


def period(first: date, step: str) -> str:
    """A period by name.

    >>> period(date(2021, 7, 1), "quarter")
    '2021 Q3'
    """
    if step == "month":
        return f"{first:%Y-%m}"
    return f"{first.year} Q{(first.month + 2) // 3}" if step == "quarter" else str(first.year)


def usual_step(dataset: str) -> str:
    """The length of a period that the data set's profile chose."""
    return str((shelf().open(dataset).summary["card"].get("series") or {}).get("step", "year"))


def no_rate(dataset: str) -> bool:
    """Whether the data set holds failures alone."""
    return bool(shelf().open(dataset).summary["card"]["supports"] == "failures")


def one_url(dataset: str, dimension: str, value: str, force: str = "legal") -> str:
    """The page of one value under rules of one force."""
    kept = [("value", value), *([("force", force)] if force != "legal" else [])]
    return common.url("by_one", dataset, dimension, query=kept)


def counted_url(dataset: str, force: str, **filters: str) -> str:
    """The rows that a count counts: real samples, no result that a retest replaced, one force."""
    return common.rows_url(dataset, **filters, force=force, sample_kind="regular", superseded="false")


def bigs(dataset: str, told: Mapping[str, Any], *, force: str, **filters: str) -> list[dict[str, Any]]:
    """The numbers first: a rate where there is one, then the counts."""

    def how(measure: str) -> str:
        return common.figure_url(dataset, measure, force=force, **filters)

    found = []
    if no_rate(dataset):
        found.append(
            {
                "name": gettext("Results published as failing"),
                "value": words.number(told["results"]),
                "url": how("results"),
            }
        )
    if told["rate"] is not None:
        found.append(
            {
                "name": gettext("Nonconformity rate"),
                "value": words.percent(told["rate"]),
                "url": how("rate"),
                "interval": words.interval(told["lower"], told["upper"]),
                "n": words.number(told["judged"]),
            }
        )
    found.append(
        {
            "name": gettext("Nonconforming by our rules") if no_rate(dataset) else gettext("Nonconforming results"),
            "value": words.number(told["nonconforming"]),
            "url": how("nonconforming"),
            "note": ""
            if no_rate(dataset)
            else gettext("of %(judged)s judged") % {"judged": words.number(told["judged"])},
        }
    )
    bounds = words.interval(told["least"], told["most"]) if told["inconclusive"] else ""
    found.append(
        {
            "name": gettext("Inconclusive"),
            "value": words.number(told["inconclusive"]),
            "url": how("inconclusive"),
            "note": gettext("whatever they truly are, the rate lies in %(bounds)s") % {"bounds": bounds}
            if bounds
            else "",
        }
    )
    found.append(
        {
            "name": gettext("Not judged"),
            "value": words.number(told["not_judged"]),
            "url": how("not_judged"),
            "note": gettext("of %(results)s results") % {"results": words.number(told["results"])},
        }
    )
    return found


def compared(dataset: str, dimension: str, rows: Sequence[Mapping[str, Any]], *, of: int) -> dict[str, Any]:
    """Bars of the values shown: rates with their intervals, or counts where there is no rate."""
    rated = [row for row in rows if row["rate"] is not None]
    if no_rate(dataset) or not rated:
        title = (
            gettext("Failing results by %(dimension)s")
            if no_rate(dataset)
            else gettext("Nonconforming results by %(dimension)s")
        )
        unit = gettext("results")
        chart = {
            "kind": "bars",
            "categories": [short(label(dimension, row["value"], "")) for row in rows],
            "series": [{"name": name_, "values": [row[column] for row in rows]} for name_, column in counts(dataset)],
        }
    else:
        title, unit, rows = gettext("Nonconformity rate by %(dimension)s"), gettext("% of the results judged"), rated
        chart = {
            "kind": "bars",
            "unit": "%",
            "digits": 1,
            "categories": [short(label(dimension, row["value"], "")) for row in rated],
            "series": [{"name": gettext("Nonconformity rate"), **ends(rated)}],
        }
    shown = gettext("%(shown)s of %(all)s values, in the order of the table") % {
        "shown": len(rows),
        "all": words.number(of),
    }
    described = gettext("Bars: %(shown)s.") % {"shown": shown}
    return {
        "id": f"by-{dimension}",
        "title": title % {"dimension": inside(dimension)},
        "unit": unit,
        "period": shown,
        "chart": chart,
        "size": size(len(rows) * len(chart["series"])),
        "describe": described,
        "n": words.number(sum(row["results" if no_rate(dataset) else "judged"] for row in rows)),
    }


def size(bars: int) -> str:
    """The height of a chart for a number of bars."""
    return "taller" if bars > 20 else "tall" if bars > 8 else "" if bars > 4 else "short"


def counts(dataset: str) -> list[tuple[str, str]]:
    """What is counted where there is no rate: in a set of failures, what was published and what our rules confirm."""
    ours = [(gettext("by our rules"), "nonconforming")]
    return [(gettext("published"), "results"), *ours] if no_rate(dataset) else ours


def ends(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[float]]:
    """Rates and the ends of their intervals in per cent."""
    return {
        mark: [round(100 * row[column], 3) for row in rows]
        for mark, column in (("values", "rate"), ("low", "lower"), ("high", "upper"))
    }


def over_time(dataset: str, rows: profiles.Rows, *, step: str, identity: str) -> dict[str, Any]:
    """A rate with its band, or counts, by period; a period without results is a gap or a zero."""
    line = profiles.filled(rows, step=step)
    slots = [period(first, step) for first, _ in line]
    if no_rate(dataset):
        title, unit = gettext("Failing results by period"), gettext("results")
        chart: dict[str, Any] = {
            "kind": "lines",
            "x": slots,
            "from_zero": True,
            "series": [
                {"name": name_, "values": [row[column] if row else 0 for _, row in line]}
                for name_, column in counts(dataset)
            ],
        }
    else:
        title, unit = gettext("Nonconformity rate by period"), gettext("% of the results judged")
        chart = {
            "kind": "band",
            "unit": "%",
            "digits": 1,
            "name": gettext("Nonconformity rate"),
            "x": slots,
            "from_zero": True,
        }
        for mark, column in (("values", "rate"), ("low", "lower"), ("high", "upper")):
            chart[mark] = [
                None if row is None or row[column] is None else round(100 * row[column], 3) for _, row in line
            ]
    span = f"{slots[0]} – {slots[-1]}" if slots else ""
    return {
        "id": identity,
        "title": title,
        "unit": unit,
        "period": span,
        "chart": chart,
        "n": words.number(sum(row["results" if no_rate(dataset) else "judged"] for row in rows)),
        "describe": gettext("%(title)s, %(span)s.") % {"title": title, "span": span},
        "table": period_table(dataset, rows, step),
    }


def period_table(dataset: str, rows: profiles.Rows, step: str) -> dict[str, Any]:
    """The figures of a picture over time."""
    names = ("nonconforming", "results") if no_rate(dataset) else ("rate", "lower", "nonconforming", "judged")
    columns = [
        {"label": gettext("Period"), "nowrap": True},
        *({"label": words.label(RATES, one), "numeric": True} for one in names),
    ]
    if "lower" in names:
        columns[2]["label"] = gettext("95% interval")
    lines = []
    for row in rows[: -PERIODS_SHOWN - 1 : -1]:
        told = {
            "rate": words.percent(row["rate"]),
            "lower": words.interval(row["lower"], row["upper"]) or words.MISSING,
        }
        lines.append(
            [
                {"text": label(profiles.PERIOD, row["value"], step), "main": True},
                *({"text": told[one] if one in told else words.number(row[one])} for one in names),
            ]
        )
    cut = gettext("The newest %(shown)s of %(all)s periods") % {"shown": PERIODS_SHOWN, "all": words.number(len(rows))}
    caption = cut if len(rows) > PERIODS_SHOWN else ""
    return common.table(columns, lines, label=gettext("By period"), caption=caption, cards=False, tall=True)


def samples(dataset: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Samples as a table."""
    columns = {column: common.heading(SAMPLES, column) for column in SAMPLE_COLUMNS}
    lines = [
        [
            common.cell(dataset, column, row, columns[column]) | ({"main": True} if column == "sample_id" else {})
            for column in SAMPLE_COLUMNS
        ]
        for row in rows
    ]
    return {"label": gettext("Samples"), "columns": list(columns.values()), "rows": lines, "cards": True}


def signal_line(signal: Mapping[str, Any]) -> dict[str, Any]:
    """A signal in plain words with its page."""
    return {
        "url": common.url("signal", signal["dataset"], signal["signal_id"]),
        "text": sentence(signal),
        "series": words.said(signal["dimension"], signal["series"]),
    }


def sentence(signal: Mapping[str, Any]) -> str:
    """A signal in one sentence."""
    told = {
        "count": signal["count"],
        "period": period(signal["period"], signal["step"]),
        "expected": decimal(signal["expected"]),
        "threshold": decimal(signal["threshold"]),
    }
    if signal["threshold"] == 0:
        return gettext("%(count)s in %(period)s, none in the baseline before it") % told
    return gettext("%(count)s in %(period)s, %(expected)s expected, threshold %(threshold)s") % told


def decimal(value: float) -> str:
    """A mean or a threshold with one digit after the point.

    >>> decimal(6.2149), decimal(2.0)
    ('6.2', '2.0')
    """
    return f"{value:.1f}"


def convention(name: str) -> dict[str, Any]:
    """The terms of a convention with its citation, in the language of the page."""
    found = conventions.convention(name, on=date.today())
    return found | {
        "title": words.both(found["title"]),
        "since": words.spoken(found["since"]),
        "cited": words.cited(found["act"], found["at"]),
    }
