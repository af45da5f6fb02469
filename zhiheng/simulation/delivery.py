"""One delivery on disk: the lines of a day joined to their reports and cells, as Parquet."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np

from zhiheng.engines import Engine
from zhiheng.simulation.cells import FINEST, PLAN, Cells
from zhiheng.simulation.columns import columns
from zhiheng.simulation.lines import (
    ABSENCE,
    COMPARATORS,
    LESS,
    MISSING_SAMPLE,
    NO_FIGURE,
    STRANGE,
    UNKNOWN_KIND,
    Lines,
    Singles,
)
from zhiheng.simulation.reports import Day
from zhiheng.simulation.tables import DELIVERED, DELIVERED_UNITS, FIGURE
from zhiheng.simulation.world import World

NINE = 9
STRANGE_KIND = "mg/apple"
SEVERAL = "见逐件结果"
# NumPy's days reach the engine as moments
REPORTS = {
    name: "timestamp" if str(kind) == "date" else kind
    for name, kind in DELIVERED.schema.items()
    if name in DELIVERED.schema.names[: DELIVERED.schema.names.index("item")] and name != "sample_kind"
}
CELLS = ibis.schema(
    {
        "cell": "int64",
        "analyte": "string",
        "analyte_printed": "string",
        "kind": "string",
        "form": "int8",
        "decimals": "int8",
        "tested": "int32",
    }
)
LINES = ibis.schema(
    {
        "report": "int64",
        "item": "int32",
        "cell": "int64",
        "fault": "int8",
        "sign": "int8",
        "digits": "int64",
        "value": "int64",
        "reporting": "int64",
        "doubt": "int64",
    }
)
UNITS = ibis.schema({"report": "int64", "item": "int32", "number": "int32", "sign": "int8", "value": "int64"})


def put_cells(engine: Engine, cells: Cells) -> None:
    """Give the engine the cells, once for all days."""
    engine.arrays(
        "cells",
        {
            "cell": np.arange(len(cells.form), dtype=np.int64),
            "analyte": cells.analyte,
            "analyte_printed": cells.printed,
            "kind": cells.kind,
            "form": cells.form,
            "decimals": cells.decimals,
            "tested": cells.number,
        },
    )


@dataclass
class Writer:
    """Writes deliveries with one engine; the queries are made once and stand as views over each day's arrays."""

    engine: Engine
    world: World
    ready: bool = False

    def write(self, day: Day, *, number: int, found: Lines, units: Singles, folder: Path) -> None:
        """The two files of a delivery, or of one block of its reports."""
        folder.mkdir(parents=True)
        put_day(self.engine, columns(self.world, day.lot, received=number), found, units)
        if not self.ready:
            put_cells(self.engine, self.world.cells)
            self.engine.joins_as_written()
            self.engine.view("delivered_rows", results())
            self.engine.view("delivered_singles", single_units())
            self.ready = True
        self.engine.write(DELIVERED.unbound("delivered_rows"), folder / "results.parquet")
        self.engine.write(DELIVERED_UNITS.unbound("delivered_singles"), folder / "units.parquet")


def merge(engine: Engine, blocks: Sequence[Path], folder: Path) -> None:
    """One delivery out of its blocks, in their order."""
    for table, name in ((DELIVERED, "results.parquet"), (DELIVERED_UNITS, "units.parquet")):
        engine.attach("blocks", [block / name for block in blocks], table.schema)
        engine.write(table.unbound("blocks"), folder / name)
    for block in blocks:
        shutil.rmtree(block)


def put_day(engine: Engine, reports: dict[str, Any], found: Lines, units: Singles) -> None:
    """Give the engine the arrays of a day; they take the place of the day before."""
    engine.arrays("reports", reports)
    engine.arrays(
        "lines",
        {
            "report": found.report,
            "item": found.item,
            "cell": found.cell,
            "fault": found.fault,
            "sign": found.comparator,
            "digits": found.digits,
            "value": found.value,
            "reporting": found.reporting,
            "doubt": found.uncertainty,
        },
    )
    engine.arrays(
        "singles",
        {
            "report": units.report,
            "item": units.item,
            "number": units.number,
            "sign": units.comparator,
            "value": units.value,
        },
    )


def results() -> ir.Table:
    """The rows of results.parquet, in the order of the lines."""
    reports = ibis.table(ibis.schema({"report": "int64", **REPORTS}), name="reports")
    joined = ibis.table(LINES, name="lines").join(reports, "report").join(ibis.table(CELLS, name="cells"), "cell")
    none = ibis.literal(None, type=FIGURE)
    made = joined.select(
        *[joined[name] for name in REPORTS if name != "sample_id"],
        sample_id=ibis.ifelse(joined.fault == MISSING_SAMPLE, None, joined.sample_id),
        sample_kind=ibis.literal("regular"),
        item="item",
        analyte="analyte",
        analyte_printed="analyte_printed",
        printed=printed(joined),
        comparator=comparator(joined.sign),
        value=figure(joined.value),
        kind=ibis.ifelse(joined.fault == UNKNOWN_KIND, STRANGE_KIND, joined.kind),
        units_tested=ibis.ifelse(joined.form == PLAN, joined.tested, ibis.literal(None, type="int32")),
        reporting_level=figure(joined.reporting),
        uncertainty=figure(joined.doubt),
        lower=none,
        upper=none,
    )
    return made.select(**{name: made[name].cast(kind) for name, kind in DELIVERED.schema.items()})


def single_units() -> ir.Table:
    """The rows of units.parquet."""
    reports = ibis.table(
        ibis.schema({"report": "int64", "sample_id": "string", "version": "int32", "stage": "string"}), name="reports"
    )
    joined = ibis.table(UNITS, name="singles").join(reports, "report")
    made = joined.select(
        "sample_id",
        "version",
        "stage",
        "item",
        "number",
        comparator=comparator(joined.sign),
        value=figure(joined.value),
    )
    return made.select(**{name: made[name].cast(kind) for name, kind in DELIVERED_UNITS.schema.items()})


def figure(whole: ir.IntegerValue) -> ir.DecimalValue:
    """A whole number of 1e-9 as an exact decimal; the mark for no figure becomes none."""
    return shifted(whole.nullif(ibis.literal(NO_FIGURE, type="int64")), NINE)


def shifted(whole: ir.IntegerValue, places: int) -> ir.DecimalValue:
    """A whole number of the last of so many decimals. Exact below 2**53, under which the lines keep their figures."""
    return (whole / ibis.literal(float(10**places))).cast(f"decimal(18, {places})")


def comparator(sign: ir.IntegerValue) -> ir.StringValue:
    """The comparator that a code stands for."""
    named = [(sign == code, text) for code, text in enumerate(COMPARATORS) if text is not None]
    return ibis.cases(*named, else_=ibis.literal(None, type="string"))


def printed(joined: ir.Table) -> ir.StringValue:
    """The result as the laboratory prints it, with the decimals of its method."""
    digits = joined.digits.nullif(ibis.literal(NO_FIGURE, type="int64"))
    text = ibis.cases(
        *[(joined.decimals == places, shifted(digits, places).cast("string")) for places in range(1, FINEST + 1)],
        else_=digits.cast("string"),
    )
    before = ibis.cases((joined.sign == LESS, "<"), (joined.sign == STRANGE, "≈"), else_="")
    return ibis.cases((joined.form == PLAN, SEVERAL), (joined.sign == ABSENCE, "未检出"), else_=before + text)
