"""The trees of series that are watched: of the results of every data set on the shelf, and of every lake that is judged."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np

from zhiheng.decision import FINDINGS
from zhiheng.decision.ledger import PLACE
from zhiheng.decision.tables import CELLS
from zhiheng.evidence.delivered import PANELS, REPORTS, SUBJECTS
from zhiheng.reports.nation import Nation
from zhiheng.reports.nation.loading import FAULTS
from zhiheng.reports.shelf import Shelf
from zhiheng.surveillance.tree import Cells, cells, items, level

LAKE_PARTS = ("product_type", "analyte", "province")
ASIDE = {"delivery": "int64", "report": "int32"}


def of_dataset(shelf: Shelf, dataset: str, terms: Mapping[str, Any]) -> Cells:
    """The tree of a data set on the shelf: of each part in `order` the first column that has two values or more."""
    table = FINDINGS.unbound()
    wanted = [name for choice in terms["order"] for name in choice]
    values = shelf.rows(dataset, table.agg(**{name: table[name].nunique() for name in wanted}))[0]
    chosen = (next((name for name in choice if values[name] > 1), "") for choice in terms["order"])
    parts = [name for name in chosen if name]
    known = items(table, parts)
    supports = str(shelf.open(dataset).summary["card"]["supports"])
    return grown(lambda asked: shelf.columns(dataset, asked), known, parts, supports, float(terms["stray"]))


def of_nation(nation: Nation) -> Cells:
    """The tree of a lake: product type, test item, province, with the weeks of receipt.

    First tests of regular samples by their newest version. Judged are the items of a kind that some rule covers.
    """
    name = f"watched_{nation.made_from.replace('-', '_')}"

    def made() -> Cells:
        nation.engine.create(name, lake_items(nation.view(REPORTS, nation.evidence.files("reports"))))
        known = ibis.table(nation_schema(), name=name)
        return grown(nation.engine.cursor().columns, known, LAKE_PARTS, str(nation.card["supports"]))

    return nation.once(("watched",), made)


def grown(
    ask: Callable[[ir.Table], dict[str, Any]], known: ir.Table, parts: Sequence[str], supports: str, stray: float = 0.0
) -> Cells:
    """The tree from one question a level."""
    levels = [ask(level(known, parts[:depth])) for depth in range(len(parts) + 1)]
    return cells([texts(held, parts) for held in levels], parts, supports=supports, stray=stray)


def texts(held: Mapping[str, Any], parts: Sequence[str]) -> dict[str, Any]:
    """Columns with plain text in them, not NumPy's."""
    return {
        name: [str(one) for one in values] if name in parts else np.asarray(values) for name, values in held.items()
    }


def nation_schema() -> ibis.Schema:
    """What `lake_items` gives."""
    return lake_items(REPORTS.unbound()).schema()


def lake_items(reports: ir.Table) -> ir.Table:
    """Every kind of item of a lake by province, day and day of receipt: how many were judged, how many failed."""
    replaced = ibis.table(ASIDE, name="replaced")
    first = reports.filter((reports.stage == "first") & (reports.sample_kind == "regular")).anti_join(
        replaced, list(PLACE)
    )
    dated = first.mutate(happened=ibis.coalesce(first.sampled_on, first.day))
    by = ["product_type", "province", "panel", "happened", "received"]
    panels = dated.group_by(by).agg(batches=dated.count())
    contents = PANELS.unbound().inner_join(
        SUBJECTS.unbound().select("subject", "analyte", "analyte_printed"), "subject"
    )
    contents = contents.select(
        "panel", "times", analyte=ibis.coalesce(contents.analyte.nullif(""), contents.analyte_printed)
    )
    ruled = CELLS["by_type"].unbound()
    covered = ruled.group_by(["product_type", "analyte"]).agg(left=(ruled.tests - ruled.not_judged).sum())
    tested = panels.inner_join(contents, "panel").semi_join(
        covered.filter(covered.left > 0), ["product_type", "analyte"]
    )
    whole = tested.select(
        *LAKE_PARTS, "happened", "received",
        judged=(tested.batches * tested.times.cast("int64")).cast("int64"), nonconforming=ibis.literal(0, type="int64"),
    )  # fmt: skip
    faults = ibis.table(FAULTS, name="faults")
    dates = reports.select(*PLACE, "received")
    failing = faults.inner_join(dates, list(PLACE))
    failed = failing.select(
        *LAKE_PARTS, "happened", "received",
        # an item in doubt, or without a rule that day, was counted above and takes itself back
        judged=ibis.ifelse(failing.verdict == "nonconforming", 0, -1).cast("int64"),
        nonconforming=(failing.verdict == "nonconforming").cast("int64"),
    )  # fmt: skip
    texted = (
        table.mutate(**{part: table[part].cast("string").fill_null("") for part in LAKE_PARTS})
        for table in (whole, failed)
    )
    return ibis.union(*texted)
