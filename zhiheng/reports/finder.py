"""What one search box finds: exact numbers first, then everything whose name contains the text."""

from collections.abc import Callable
from typing import Any

from zhiheng import rules as law
from zhiheng.decision import SAMPLES
from zhiheng.reports import profiles
from zhiheng.reports.browse import View, page
from zhiheng.reports.facets import tallies
from zhiheng.reports.listings import LISTINGS
from zhiheng.reports.shelf import Shelf

MOST = 8


def has_sample(shelf: Shelf, dataset: str, number: str) -> bool:
    """Whether a data set has a sample of this number."""
    table = SAMPLES.unbound()
    return bool(shelf.scalar(dataset, table.filter(table.sample_id == number).count()))


def has_signal(shelf: Shelf, dataset: str, number: str) -> bool:
    """Whether a data set has a signal of this number."""
    return any(row["signal_id"] == number for row in profiles.signals(shelf, dataset))


def searched(shelf: Shelf, dataset: str) -> tuple[str, ...]:
    """The dimensions whose values are searched."""
    return tuple(name for name in profiles.dimensions(shelf, dataset) if name != profiles.PERIOD)


def rules(text: str) -> list[str]:
    """The keys of the rules whose key, title, or test item contains a text; every word of it must be found."""
    wanted = text.lower().split()
    items = law.analytes().by_code
    found = []
    for key, rule in law.book().rules.items():
        item = items.get(rule.analyte)
        names = (item.zh, item.en, *item.synonyms) if item else ()
        told = " ".join((key, *rule.title.values(), rule.analyte, *names, *rule.applies)).lower()
        if all(word in told for word in wanted):
            found.append(key)
    return found


def values(
    shelf: Shelf, dataset: str, dimension: str, text: str, *, named: Callable[[str], str]
) -> list[dict[str, Any]]:
    """The values of a dimension that contain a text, as stored or as shown; most nonconforming first."""
    wanted = text.lower()
    rows = [
        row
        for row in profiles.cells(shelf, dataset, dimension=dimension)
        if row["value"] and (wanted in row["value"].lower() or wanted in named(row["value"]).lower())
    ]
    return sorted(rows, key=lambda row: (-row["nonconforming"], -row["results"], row["value"]))


def samples(shelf: Shelf, dataset: str, text: str) -> tuple[int, list[dict[str, Any]]]:
    """How many samples contain a text, and the first of them."""
    asked = View(search=text, size=MOST)
    n, _ = tallies(shelf, dataset, "samples", asked)
    return n, shelf.rows(dataset, page(LISTINGS["samples"], asked)) if n else []


def signals(shelf: Shelf, dataset: str, text: str, *, named: Callable[[str, str], str]) -> list[dict[str, Any]]:
    """The signals whose series contains a text, newest first."""
    wanted = text.lower()
    return [
        row
        for row in profiles.signals(shelf, dataset)
        if wanted in row["series"].lower() or wanted in named(row["dimension"], row["series"]).lower()
    ]
