"""The days of a lake as a calendar: one square a day, weeks side by side, how many batches and how many of them failed."""

from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext

from zhiheng.reports.nation import Nation, figures
from zhiheng.reports.nation.figures import Row
from zhiheng.reports.nation.ranked import terms
from zhiheng.reports.nation.stated import is_population, stated
from zhiheng.web.pages import words
from zhiheng.web.pages.nation.address import rows_url, source, table_urls

ARM = "random"


def calendar(nation: Nation) -> list[dict[str, Any]]:
    """The rate of the random arm by day of sampling; days with few batches stay empty."""
    # a rate of fewer batches would paint chance
    held, least = figures.days(nation, ARM), int(terms(nation)["least_a_day"])
    usable = {day: row for day, row in held.items() if row["judged"] >= least}
    # one kind of figure in one picture: days that cannot speak of the population stay empty where others do
    speaking = {day: row for day, row in usable.items() if is_population([row], ARM)}
    shown = speaking or usable
    if not shown:
        return []
    first, last = monday(min(shown)), max(shown)
    weeks = [first + timedelta(days=7 * at) for at in range((last - first).days // 7 + 1)]
    days = [[week + timedelta(days=at) for week in weeks] for at in range(7)]
    title = gettext("Nonconforming batches by day of sampling, random arm")
    few = len(held) - len(shown)
    return [
        {
            "id": "calendar",
            "title": title,
            "heading": 2,
            "unit": gettext("% of the batches judged"),
            "period": f"{min(shown).isoformat()} – {last.isoformat()}",
            "n": words.number(sum(row["judged"] for row in shown.values())),
            "size": "tall",
            "chart": {
                "kind": "heat",
                "unit": "%",
                "digits": 1,
                "print": False,
                "x": [f"{week:%m-%d}" for week in weeks],
                "y": weekdays(),
                "values": [[rate(shown.get(day)) for day in line] for line in days],
                "names": [[named(day, held.get(day)) for day in line] for line in days],
                "urls": [[opens(nation, day) if day in held else None for day in line] for line in days],
            },
            "supports": words.joined(supports(few, least, speaks=bool(speaking))),
            "source": source(nation),
            "describe": gettext("%(title)s, %(span)s.") % {"title": title, "span": f"{min(shown)} – {last}"},
            **table_urls(nation, "days"),
        }
    ]  # fmt: skip


def supports(few: int, least: int, *, speaks: bool) -> list[str]:
    """What the calendar rests on."""
    said = [
        gettext("Each square is one day and opens to its batches; a column is a week. Days differ by chance as well.")
    ]
    if few:
        text = gettext(
            "%(n)s days with fewer than %(least)s batches judged, or with an unknown inclusion probability, have no colour."
        )
        said.append(text % {"n": few, "least": least})
    weighs = gettext("Each batch weighs 1 / its inclusion probability.")
    return [*said, weighs if speaks else gettext("Of the items tested: not every inclusion probability is known.")]


def monday(day: date) -> date:
    """The day on which a day's week begins."""
    return day - timedelta(days=day.weekday())


def weekdays() -> list[str]:
    """The days of a week, short."""
    return [
        gettext("Mon"),
        gettext("Tue"),
        gettext("Wed"),
        gettext("Thu"),
        gettext("Fri"),
        gettext("Sat"),
        gettext("Sun"),
    ]


def rate(row: Row | None) -> float | None:
    """The rate of a day in per cent."""
    figure = stated(row, ARM) if row else None
    return None if figure is None or figure.rate is None else round(100 * figure.rate, 2)


def named(day: date, row: Row | None) -> str:
    """A day with its counts."""
    if row is None:
        return day.isoformat()
    return gettext("%(day)s: %(failed)s of %(judged)s batches") % {
        "day": day.isoformat(),
        "failed": words.number(row["nonconforming"]),
        "judged": words.number(row["judged"]),
    }


def opens(nation: Nation, day: date) -> str:
    """The batches of a day."""
    return rows_url(nation, happened=day.isoformat(), arm=ARM)
