"""What a nation keeps in memory: the cells summed, every batch that is not plainly conforming, and which reports stand aside."""

import ibis
import ibis.expr.types as ir

from zhiheng.decision import ledger
from zhiheng.decision.ledger import PLACE
from zhiheng.decision.tables import CELLS, COUNTED, CUBES, LEDGER, TALLIES
from zhiheng.engines import Engine
from zhiheng.evidence.delivered import PANELS, REPORTED, REPORTS, SUBJECTS
from zhiheng.evidence.lake import Snapshot
from zhiheng.evidence.tables import Column, Table

COUNTS = tuple(column.name for column in COUNTED)
# a batch with its verdict: what the ledger leaves when it is summed, and what a row of a list holds
STANDING = Table(
    "standing",
    "Batches",
    "批次",
    (
        *(column for column in REPORTS.columns if column.name in (*PLACE, "received")),
        *REPORTED,
        Column("panel", "int32", "Set of test items", "检验项目组"),
        Column("verdict", "string", "Verdict", "综合判定"),
        Column("severity", "string", "Severity", "程度"),
        *COUNTED,
    ),
)
ASIDE = Table("aside", "Reports that stand aside", "不计入的报告", REPORTS.columns[:2])
TOUCHED = ibis.table({"sample_id": "string"}, name="touched")


def cells(engine: Engine, book: Snapshot) -> None:
    """Every grouping of a book with its signed rows summed, as a table in memory."""
    for name, table in CELLS.items():
        engine.attach(f"{name}_entries", book.files(name), table.schema)
        by = (CUBES.get(name) or TALLIES[name])[:]
        engine.create(name, ledger.summed(table.unbound(f"{name}_entries"), by))


def standing(engine: Engine, book: Snapshot, evidence: Snapshot) -> None:
    """`standing`: batches whose verdict the ledger names; `aside`: reports under which no batch stands; `replaced`: reports
    that a later version replaced; the panels and subjects."""
    for table in (PANELS, SUBJECTS):
        engine.attach(f"{table.name}_files", evidence.files(table.name), table.schema)
        engine.create(table.name, table.unbound(f"{table.name}_files"))
    engine.attach("reports", evidence.files("reports"), REPORTS.schema)
    engine.attach("ledger_files", book.files("ledger"), LEDGER.schema)
    engine.create("entered", entered(LEDGER.unbound("ledger_files")))
    names = [name for name in STANDING.schema.names if name != "panel"]
    held = ibis.table({name: STANDING.schema[name] for name in names}, name="entered")
    reports = REPORTS.unbound()
    panels = reports.semi_join(held, list(PLACE)).select(*PLACE, "panel")
    joined = held.inner_join(panels, list(PLACE))
    engine.create("standing", joined.select(*STANDING.schema.names))
    engine.create("touched", reports.filter(reports.again == 1).select("sample_id").distinct())
    engine.create("touched_reports", reports.semi_join(TOUCHED, "sample_id"))
    together = REPORTS.unbound("touched_reports")
    engine.create("aside", aside(together))
    engine.create("replaced", ledger.superseded(together).select(*PLACE))
    engine.drop("entered", "touched", "touched_reports")


def entered(entries: ir.Table) -> ir.Table:
    """What is left of the ledger: each batch under its verdict, everything taken back left out."""
    by = [*PLACE, "verdict"]
    kept = [name for name in entries.columns if name not in (*by, "sign", "kind", *COUNTS)]
    sign = entries.sign.cast("int64")
    grouped = entries.group_by(by).agg(
        left=sign.sum(),
        # what was entered once and taken back leaves nothing of its counts
        **{name: (sign * entries[name].cast("int64")).sum().cast("int32") for name in COUNTS},
        **{name: entries[name].max() for name in kept},
    )
    return grouped.filter(grouped.left > 0).drop("left").select(*(n for n in STANDING.schema.names if n != "panel"))


def aside(together: ir.Table) -> ir.Table:
    """Of samples with several reports those under which no batch stands: replaced ones, and retests beside a first report."""
    ours = ledger.current(together.filter(together.sample_kind == "regular"))
    return together.anti_join(ledger.heads(ours), list(PLACE)).select(*PLACE)
