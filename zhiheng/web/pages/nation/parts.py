"""The parts that pages of a lake are made of: big numbers, courses by arm, tables by place, category, channel and item."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from statistics import median
from typing import Any

from django.utils.translation import gettext

from zhiheng.reports.nation import Nation, figures
from zhiheng.reports.nation.amendments import amendments
from zhiheng.reports.nation.figures import Row
from zhiheng.reports.nation.stated import stated
from zhiheng.surveillance import OF_POPULATION, OF_TESTED, Figure
from zhiheng.web.pages import common, words
from zhiheng.web.pages.nation.address import rows_url, source, table_urls
from zhiheng.web.pages.reasons import why

# weeks at either end with less than this share of the usual number of batches stand in the table and not in the chart
THIN = 0.1
# fewer periods than this are no course: the table says it
LEAST_COURSE = 3
MOST_CHANGES = 4
ARMED = ("province", "region", "category", "product_type", "channel")
Named = Callable[[Any], tuple[str, str]]


def bigs(nation: Nation, **where: Any) -> list[dict[str, Any]]:
    """The numbers first: the random arm, the targeted arm, the weighted rate, and what they rest on."""
    told = figures.arms(nation, **where)
    every = told["all"]
    found = [rate(nation, arm, told[arm], where) for arm in figures.ARMS if arm in told and told[arm]["judged"]]
    if every["weighted"] is not None and len([arm for arm in figures.ARMS if arm in told]) > 1:
        found.append(combined(every))
    found.append(
        {
            "name": gettext("Nonconforming batches"),
            "value": words.number(every["nonconforming"]),
            "url": rows_url(nation, **where, verdict="nonconforming"),
            "note": gettext("of %(n)s batches reported") % {"n": words.number(every["batches"])},
        }
    )
    found.append(
        {
            "name": gettext("Results tested"),
            "value": words.number(every["results"]),
            "url": rows_url(nation, **where),
            "note": gettext("%(n)s of them under no rule of ours, so not judged")
            % {"n": words.number(every["results_not_judged"])},
        }
    )
    return found


def rate(nation: Nation, arm: str, row: Row, where: Mapping[str, Any]) -> dict[str, Any]:
    """The figure of one arm: the population estimate of the random one, what the targeted one found, which has no interval."""
    figure = stated(row, arm)
    names = {
        OF_POPULATION: gettext("Population estimate, random arm"),
        OF_TESTED: gettext("Problems found, targeted arm")
        if arm == "targeted"
        else gettext("Nonconforming, random arm"),
    }
    weighs = gettext("each batch weighs 1 / its inclusion probability")
    return {
        "name": names[figure.of],
        "value": words.percent(figure.rate, digits=2),
        "interval": words.interval(figure.lower, figure.upper, digits=2),
        "n": words.number(row["judged"]),
        "url": rows_url(nation, **where, arm=arm, verdict="nonconforming"),
        "note": "; ".join([*([weighs] if figure.of == OF_POPULATION else []), *map(why, figure.reasons)]),
    }


def combined(every: Row) -> dict[str, Any]:
    """Both arms by inclusion probability; the interval is refused while a probability is not known."""
    unknown = gettext("no interval: the inclusion probability of %(n)s batches is not known")
    note = gettext("each batch weighs 1 / its inclusion probability (Hájek)")
    return {
        "name": gettext("Weighted rate, both arms"),
        "value": words.percent(every["weighted"], digits=2),
        "interval": words.interval(every["weighted_lower"], every["weighted_upper"], digits=2),
        "n": words.number(every["judged"]),
        "note": unknown % {"n": words.number(every["unweighted"])} if every["unweighted"] else note,
    }


def courses(nation: Nation, step: str = "week", **where: Any) -> list[dict[str, Any]]:
    """One figure for each arm: its rate by week or month, never both in one line."""
    rows = [row for row in figures.course(nation, step, **where) if row["value"]]
    return [found for arm in figures.ARMS if (found := course(nation, arm, rows, step, where))]


def course(nation: Nation, arm: str, rows: Sequence[Row], step: str, where: Mapping[str, Any]) -> dict[str, Any] | None:
    """The rate of one arm over time; the random arm carries its interval where it speaks of the population."""
    mine = [(row["value"], row[arm]) for row in rows if arm in row]
    shown = trimmed([one for one in mine if one[1]["judged"]])
    if not shown:
        return None
    title = {
        ("random", "week"): gettext("Nonconforming batches by week of sampling, random arm"),
        ("random", "period"): gettext("Nonconforming batches by month of sampling, random arm"),
        ("targeted", "week"): gettext("Nonconforming batches by week of sampling, targeted arm"),
        ("targeted", "period"): gettext("Nonconforming batches by month of sampling, targeted arm"),
    }[arm, step]
    drawn, notes = line(shown, arm, step)
    span = f"{shown[0][0].isoformat()} – {shown[-1][0].isoformat()}"
    left = len(mine) - len(shown)
    if left and step == "week":
        notes.append(gettext("%(n)s weeks at the ends, with few batches yet, stand in the table only.") % {"n": left})
    return {
        "id": f"course-{arm}",
        "title": title,
        "heading": 2,
        "unit": gettext("% of the batches judged"),
        "period": span,
        "n": words.number(sum(row["judged"] for _, row in shown)),
        **(
            {
                "chart": drawn
                | {"unit": "%", "digits": 2, "from_zero": True, "changes": changes(nation, shown[0][0], shown[-1][0])}
            }
            if len(shown) >= LEAST_COURSE
            else {}
        ),
        "supports": words.joined(notes),
        "source": source(nation),
        "describe": gettext("%(title)s, %(span)s.") % {"title": title, "span": span},
        "table": course_table(nation, arm, mine, step, where, title),
        **table_urls(nation, "months" if step == "period" else "course", **where),
    }


def line(shown: Sequence[tuple[date, Row]], arm: str, step: str) -> tuple[dict[str, Any], list[str]]:
    """The line of one arm with its band, and what it rests on. One line is of one kind: weeks that cannot speak of the population,
    and weeks in which nothing was judged, are gaps in a line that does.
    """
    held = dict(shown)
    slots = list(steps(shown[0][0], shown[-1][0], step))
    figures_ = {day: stated(row, arm) for day, row in held.items()}
    population = any(figure.of == OF_POPULATION for figure in figures_.values())
    kept = {day: one for day, one in figures_.items() if (one.of == OF_POPULATION) == population}

    def per_cent(end: str) -> list[float | None]:
        found = [getattr(kept[day], end) if day in kept else None for day in slots]
        return [None if value is None else round(100 * value, 3) for value in found]

    chart: dict[str, Any] = {"x": [day.isoformat() for day in slots]}
    name = words.said("arm", arm)
    if population:
        chart |= {
            "kind": "band",
            "name": name,
            "values": per_cent("rate"),
            "low": per_cent("lower"),
            "high": per_cent("upper"),
        }
    else:
        chart |= {"kind": "lines", "series": [{"name": name, "values": per_cent("rate")}]}
    notes = [ARM_SUPPORTS[arm if population or arm == "targeted" else "unknown"]()]
    if len(kept) < len(held):
        text = gettext(
            "%(n)s of them have batches whose inclusion probability is not known: they are gaps here, and stand in the table."
        )
        notes.append(text % {"n": len(held) - len(kept)})
    if len(slots) > len(held):
        notes.append(gettext("In %(n)s of them nothing was judged: they are gaps.") % {"n": len(slots) - len(held)})
    return chart, notes


def steps(first: date, last: date, step: str) -> Iterator[date]:
    """Every week or month from one to another, whether anything happened in it or not.

    >>> [day.isoformat() for day in steps(date(2025, 11, 1), date(2026, 1, 1), "period")]
    ['2025-11-01', '2025-12-01', '2026-01-01']
    """
    while first <= last:
        yield first
        first = first + timedelta(days=7) if step == "week" else (first + timedelta(days=31)).replace(day=1)


def changes(nation: Nation, first: date, last: date) -> list[dict[str, str]]:
    """The days on which limits changed, for the axis of time; only those that change much where there are many."""
    found = sorted(amendments(nation, first, last), key=lambda row: -int(row["rules"]))[:MOST_CHANGES]
    return [
        {"at": row["day"].isoformat(), "label": gettext("%(n)s limits change") % {"n": words.number(row["rules"])}}
        for row in sorted(found, key=lambda row: row["day"])
    ]


ARM_SUPPORTS = {
    "random": lambda: gettext(
        "Random arm, an estimate of the population: each batch weighs 1 / its inclusion probability, 95% interval of Korn and Graubard."
    ),
    "unknown": lambda: gettext(
        "Random arm: not every inclusion probability is known, so this is the share of the items tested and has no interval of a population."
    ),
    "targeted": lambda: gettext("Targeted arm: raw share of what was sampled; it moves with where inspectors look."),
}


def trimmed(rows: list[tuple[Any, Row]]) -> list[tuple[Any, Row]]:
    """Weeks without the thin ones at either end."""
    if not rows:
        return rows
    least = THIN * median(row["judged"] for _, row in rows)
    first = next(at for at, (_, row) in enumerate(rows) if row["judged"] >= least)
    last = next(at for at, (_, row) in enumerate(reversed(rows)) if row["judged"] >= least)
    return rows[first : len(rows) - last]


def course_table(
    nation: Nation, arm: str, rows: Sequence[tuple[Any, Row]], step: str, where: Mapping[str, Any], title: str
) -> dict[str, Any]:
    """The figures of a course, the newest first; each count leads to its rows."""
    columns = [
        {"label": gettext("Week beginning") if step == "week" else gettext("Month"), "nowrap": True},
        {"label": gettext("Batches"), "numeric": True},
        {"label": gettext("Nonconforming"), "numeric": True},
        {"label": gettext("Rate"), "numeric": True},
        *([{"label": gettext("95% interval"), "numeric": True}] if arm == "random" else []),
    ]
    lines = []
    for day, row in reversed(rows):
        asked = {**where, step: day.isoformat(), "arm": arm}
        figure = stated(row, arm)
        lines.append(
            [
                {"text": day.isoformat() if step == "week" else f"{day:%Y-%m}", "main": True},
                {"text": words.number(row["batches"]), "url": rows_url(nation, **asked)},
                count(nation, row, asked),
                {"text": words.percent(figure.rate, digits=2)},
                *([interval(figure)] if arm == "random" else []),
            ]
        )
    return common.table(columns, lines, label=title, cards=False, tall=True)


def interval(figure: Figure) -> dict[str, Any]:
    """The limits of a figure, with the reason where there are none or where they are not the usual ones."""
    note = {"note": why(figure.reasons[0])} if figure.reasons else {}
    return {"text": words.interval(figure.lower, figure.upper, digits=2) or words.MISSING} | note


def count(nation: Nation, row: Row, asked: Mapping[str, Any]) -> dict[str, Any]:
    """How many batches failed, leading to them."""
    link = {"url": rows_url(nation, **asked, verdict="nonconforming")} if row["nonconforming"] else {}
    return {"text": words.number(row["nonconforming"])} | link


def by_arm(
    nation: Nation, rows: Sequence[Row], dimension: str, *, head: str, named: Named, where: Mapping[str, Any]
) -> dict[str, Any]:
    """Both arms side by side, each in its own columns: one line for each value of a dimension."""
    columns = [
        {"label": head, "wide": True},
        {"label": gettext("Batches"), "numeric": True},
        {"label": gettext("Random arm, nonconforming"), "numeric": True},
        {"label": gettext("Estimate"), "numeric": True},
        {"label": gettext("95% interval"), "numeric": True},
        {"label": gettext("Targeted arm, nonconforming"), "numeric": True},
        {"label": gettext("Rate, targeted"), "numeric": True},
    ]
    lines = []
    for row in rows:
        name, link = named(row["value"])
        asked = {**where, dimension: row["value"]}
        random, targeted = row.get("random"), row.get("targeted")
        estimate = stated(random, "random") if random else None
        lines.append(
            [
                {"text": name, "main": True, **({"url": link} if link else {})},
                {"text": words.number(row["all"]["batches"]), "url": rows_url(nation, **asked)},
                of_judged(nation, random, asked | {"arm": "random"}),
                {"text": words.percent(estimate.rate) if estimate else words.MISSING},
                interval(estimate) if estimate else {"text": words.MISSING},
                of_judged(nation, targeted, asked | {"arm": "targeted"}),
                {"text": words.percent(targeted["rate"]) if targeted else words.MISSING},
            ]
        )
    return common.table(columns, lines, label=head, cards=True)


def of_judged(nation: Nation, row: Row | None, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Failures of those judged."""
    if not row:
        return {"text": words.MISSING}
    return count(nation, row, asked) | {"note": f"/ {words.number(row['judged'])}"}


def items(nation: Nation, rows: Sequence[Row], where: Mapping[str, Any]) -> dict[str, Any]:
    """Test items: how often each was tested and failed."""
    columns = [
        {"label": gettext("Test item"), "wide": True},
        {"label": gettext("Tests"), "numeric": True},
        {"label": gettext("Judged"), "numeric": True},
        {"label": gettext("Nonconforming"), "numeric": True},
        {"label": gettext("per 1,000 judged"), "numeric": True},
    ]
    lines = []
    for row in rows:
        asked = {**where, "analyte": row["analyte"]}
        link = {"url": rows_url(nation, **asked, verdict="nonconforming")} if row["nonconforming"] else {}
        lines.append(
            [
                {"text": words.analyte(row["analyte"]), "main": True},
                {"text": words.number(row["tests"]), "url": rows_url(nation, **asked)},
                {"text": words.number(row["judged"])},
                {"text": words.number(row["nonconforming"])} | link,
                {"text": f"{1000 * row['rate']:.2f}" if row["rate"] is not None else words.MISSING},
            ]
        )
    return common.table(columns, lines, label=gettext("Test items"), cards=True)


def section(
    title: str, table: dict[str, Any], nation: Nation, name: str, *, text: str = "", note: str = "", **where: Any
) -> dict[str, Any]:
    """A table with its heading, what it says, and its files."""
    return {
        "title": title,
        "text": text,
        "note": note or (rates_of() if name in ARMED else ""),
        "table": table,
        **table_urls(nation, name, **where),
    }


def rates_of() -> str:
    """What the rates of a table with both arms are of."""
    return gettext(
        "The estimate is of the population: batches of the random arm, each weighing 1 / its inclusion probability. "
        "The rate of the targeted arm is of the items tested and says how often looking found something."
    )


def channels(nation: Nation, **where: Any) -> dict[str, Any]:
    """The table of channels."""
    rows = figures.by_arm(nation, "channel", **where)
    table = by_arm(
        nation,
        rows,
        "channel",
        head=gettext("Channel"),
        named=lambda value: (words.said("channel", value), ""),
        where=where,
    )
    return section(gettext("By channel"), table, nation, "channel", **where)


def items_section(nation: Nation, most: int, **where: Any) -> dict[str, Any]:
    """The table of test items."""
    rows = figures.items(nation, most=most, **where)
    text = gettext(
        "First tests of both arms together: this says what fails among what was sampled, and is no rate of the market."
    )
    title = gettext("Test items that failed most")
    if not any(row["nonconforming"] for row in rows):
        title, text = gettext("Test items"), words.joined([gettext("No test item failed."), text])
    return section(title, items(nation, rows, where), nation, "items", text=text, **where)
