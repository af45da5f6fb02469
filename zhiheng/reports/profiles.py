"""What is known of one product type, maker, site or test item, beside all others: counts, rates, periods, signals."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any

import ibis
import ibis.expr.types as ir

from zhiheng import surveillance
from zhiheng.decision import FINDINGS, SAMPLES
from zhiheng.errors import NothingThereYet, UsageError
from zhiheng.reports.shelf import Shelf
from zhiheng.surveillance import SIGNALS
from zhiheng.surveillance.rates import STEPS, beginning, counted
from zhiheng.surveillance.signals import calendar

Rows = tuple[dict[str, Any], ...]

DIMENSIONS = ("product_type", "analyte", "maker", "site", "origin", "region", "province", "laboratory")
PERIOD = "period"
FORCES = ("legal", "guidance")
NEWEST = 12


def dimensions(shelf: Shelf, dataset: str) -> tuple[str, ...]:
    """The dimensions in which a data set has at least one value; time is always one of them."""
    return present(shelf, dataset, shelf.open(dataset).key)


@lru_cache(maxsize=64)
def present(shelf: Shelf, dataset: str, key: str) -> tuple[str, ...]:
    """The dimensions of one turn; `key` names the turn, so that a new one is looked at again."""
    del key
    table = FINDINGS.unbound()
    counts = shelf.rows(dataset, table.agg(**{name: table[name].count() for name in DIMENSIONS}))[0]
    return (*(name for name in DIMENSIONS if counts[name]), PERIOD)


def checked(shelf: Shelf, dataset: str, *, dimension: str, force: str, step: str) -> None:
    """Refuse what no page can show, and say what can be shown."""
    known = dimensions(shelf, dataset)
    if dimension not in known:
        raise UsageError(
            f"'{dataset}' has nothing to show by '{dimension[:40]}'; it can be shown by {', '.join(known)}"
        )
    if force not in FORCES:
        raise UsageError(f"force: '{force[:40]}' is neither of {', '.join(FORCES)}")
    if step not in STEPS:
        raise UsageError(f"step: '{step[:40]}' is none of {', '.join(STEPS)}")


def cells(shelf: Shelf, dataset: str, *, dimension: str, force: str = "legal", step: str = "year") -> Rows:
    """Counts, and rates where the sample supports them, of every value of a dimension."""
    checked(shelf, dataset, dimension=dimension, force=force, step=step)
    opened = shelf.open(dataset)
    return all_cells(shelf, dataset, opened.key, dimension, force, step)


@lru_cache(maxsize=128)
def all_cells(shelf: Shelf, dataset: str, key: str, dimension: str, force: str, step: str) -> Rows:
    """The cells of one turn, kept: what a turn made never changes."""
    del key
    table = FINDINGS.unbound()
    asked = (
        periods(table, force=force, step=step)
        if dimension == PERIOD
        else surveillance.cells(table, by=dimension, force=force)
    )
    return rated(shelf, dataset, asked)


def rated(shelf: Shelf, dataset: str, counts: ir.Table) -> Rows:
    """Counts with their rates, as far as the data set supports one."""
    supports = shelf.open(dataset).summary["card"]["supports"]
    return tuple(surveillance.with_intervals(shelf.rows(dataset, counts), supports=supports))


def total(shelf: Shelf, dataset: str, *, force: str = "legal") -> dict[str, Any]:
    """The counts of a whole data set."""
    return whole(shelf, dataset, shelf.open(dataset).key, force)


@lru_cache(maxsize=64)
def whole(shelf: Shelf, dataset: str, key: str, force: str) -> dict[str, Any]:
    """The counts of one turn, kept."""
    del key
    return rated(shelf, dataset, surveillance.totals(FINDINGS.unbound(), force=force))[0]


def periods(table: ir.Table, *, force: str, step: str) -> ir.Table:
    """Counts by verdict of each period; results without any day stand under a blank."""
    chosen = counted(table, force=force)
    day = ibis.coalesce(chosen.sampled_on, chosen.made_on, chosen.day)
    dated = chosen.mutate(value=beginning(day, step).cast("string").fill_null(""))
    return dated.group_by("value").agg(**surveillance.verdict_counts(dated)).order_by("value")


def of(dimension: str, value: str) -> ir.Table:
    """The findings of one value."""
    table = FINDINGS.unbound()
    return table.filter(table[dimension].cast("string").fill_null("") == value)


def figures(shelf: Shelf, dataset: str, *, dimension: str, value: str, force: str = "legal") -> dict[str, Any]:
    """The counts of one value; a value that no result has is refused."""
    found = next(
        (row for row in cells(shelf, dataset, dimension=dimension, force=force) if row["value"] == value), None
    )
    if found is None:
        told = rated(shelf, dataset, surveillance.totals(of(dimension, value), force=force))[0]
        if not shelf.scalar(dataset, of(dimension, value).count()):
            raise NothingThereYet(f"no result in '{dataset}' has the value '{value[:80]}' for {dimension}")
        return told
    return found


def over_time(shelf: Shelf, dataset: str, *, dimension: str, value: str, step: str, force: str = "legal") -> Rows:
    """The counts of one value by period, without results that have no day."""
    return kept_periods(shelf, dataset, shelf.open(dataset).key, dimension, value, step, force)


@lru_cache(maxsize=512)
def kept_periods(shelf: Shelf, dataset: str, key: str, dimension: str, value: str, step: str, force: str) -> Rows:
    """The periods of one value in one turn, kept."""
    del key
    rows = rated(shelf, dataset, periods(of(dimension, value), force=force, step=step))
    return tuple(row for row in rows if row["value"])


def within(shelf: Shelf, dataset: str, *, dimension: str, value: str, by: str, force: str = "legal") -> Rows:
    """The counts of one value by another dimension, most nonconforming first."""
    return kept_within(shelf, dataset, shelf.open(dataset).key, dimension, value, by, force)


@lru_cache(maxsize=512)
def kept_within(shelf: Shelf, dataset: str, key: str, dimension: str, value: str, by: str, force: str) -> Rows:
    """The counts inside one value in one turn, kept."""
    del key
    rows = rated(shelf, dataset, surveillance.cells(of(dimension, value), by=by, force=force))
    return tuple(sorted(rows, key=lambda row: (-row["nonconforming"], -row["judged"], -row["results"], row["value"])))


def samples(shelf: Shelf, dataset: str, *, dimension: str, value: str) -> Rows:
    """The newest samples of one value, nonconforming ones first."""
    return kept_samples(shelf, dataset, shelf.open(dataset).key, dimension, value)


@lru_cache(maxsize=512)
def kept_samples(shelf: Shelf, dataset: str, key: str, dimension: str, value: str) -> Rows:
    """The samples of one value in one turn, kept."""
    del key
    table = SAMPLES.unbound()
    if dimension in table.columns:
        chosen = table.filter(table[dimension].cast("string").fill_null("") == value)
    else:
        chosen = table.semi_join(of(dimension, value), "sample_id")
    failed = ibis.ifelse(chosen.verdict == "nonconforming", 0, 1)
    ordered = chosen.order_by([failed, ibis.desc("day", nulls_first=False), "sample_id"])
    return tuple(shelf.rows(dataset, ordered.limit(NEWEST)))


def signals(shelf: Shelf, dataset: str, *, dimension: str = "", series: str = "") -> Rows:
    """The signals of a data set, or of one series, newest first."""
    found = kept_signals(shelf, dataset, shelf.open(dataset).key)
    return (
        tuple(row for row in found if row["dimension"] == dimension and row["series"] == series) if dimension else found
    )


@lru_cache(maxsize=32)
def kept_signals(shelf: Shelf, dataset: str, key: str) -> Rows:
    """Every signal of one turn, kept."""
    del key
    table = SIGNALS.unbound()
    return tuple(shelf.rows(dataset, table.order_by([table.period.desc(), table.score.desc(), "signal_id"])))


def all_signals(shelf: Shelf) -> list[dict[str, Any]]:
    """The signals of every data set, newest first."""
    found = [row for dataset in shelf.datasets() for row in signals(shelf, dataset)]
    return sorted(found, key=lambda row: (-row["period"].toordinal(), -row["score"], row["series"]))


def labelled(shelf: Shelf, dataset: str, signal_id: str) -> dict[str, Any]:
    """One signal by its number."""
    found = next((row for row in signals(shelf, dataset) if row["signal_id"] == signal_id), None)
    if found is None:
        raise NothingThereYet(
            f"no signal of '{dataset}' has the number '{signal_id[:40]}'; a new turn may have withdrawn it"
        )
    return found


def ranked(rows: Rows, *, sort: str) -> Rows:
    """Rows in the order of a column, `-` for the largest first; what has no value stands last."""
    name = sort.lstrip("-")
    known = [row for row in rows if row[name] is not None]
    unknown = [row for row in rows if row[name] is None]
    known.sort(key=lambda row: row["value"])
    known.sort(key=lambda row: row[name], reverse=sort.startswith("-"))
    return (*known, *unknown)


def filled(rows: Rows, *, step: str) -> list[tuple[date, dict[str, Any] | None]]:
    """Every period from the first to the last, with its row or with nothing."""
    known = {date.fromisoformat(row["value"]): row for row in rows}
    if not known:
        return []
    return [(period, known.get(period)) for period in calendar(min(known), max(known), step=step)]


def signal_rows(shelf: Shelf, signal: Mapping[str, Any], *, most: int = 50) -> list[dict[str, Any]]:
    """The nonconforming results that a signal counts."""
    chosen = counted(of(signal["dimension"], signal["series"]))
    day = ibis.coalesce(chosen.sampled_on, chosen.made_on, chosen.day)
    inside = chosen.filter((beginning(day, signal["step"]) == signal["period"]) & (chosen.verdict == "nonconforming"))
    return shelf.rows(
        signal["dataset"], inside.order_by([ibis.desc("exceedance", nulls_first=False), "result_id"]).limit(most)
    )


def understood(shelf: Shelf, dataset: str) -> dict[str, Any]:
    """What was read out of the source files: values of each kind, first and last day, forms of results."""
    return read_from(shelf, dataset, shelf.open(dataset).key)


@lru_cache(maxsize=32)
def read_from(shelf: Shelf, dataset: str, key: str) -> dict[str, Any]:
    """What one turn read, kept."""
    del key
    table = FINDINGS.unbound()
    told = shelf.rows(
        dataset,
        table.agg(
            **{name: table[name].nunique() for name in DIMENSIONS},
            samples=table.sample_id.nunique(),
            first=table.day.min(),
            last=table.day.max(),
            sampled_first=table.sampled_on.min(),
            sampled_last=table.sampled_on.max(),
            undated=table.day.isnull().sum(),
        ),
    )[0]
    for name in ("comparator", "sample_kind"):
        counts = table.group_by(value=table[name].fill_null("")).agg(n=table.count())
        told[name] = shelf.rows(dataset, counts.order_by([counts.n.desc(), "value"]))
    return told
