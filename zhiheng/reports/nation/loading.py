"""What a nation keeps in memory: the cells summed, every batch that is not plainly conforming, and which reports stand aside."""

import ibis
import ibis.expr.types as ir

from zhiheng.decision import ledger
from zhiheng.decision.ledger import PLACE
from zhiheng.decision.tables import CELLS, COUNTED, CUBES, KEPT_FINDINGS, LEDGER, TALLIES
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
# one slim row a batch: enough to find and to count it without opening a file
INDEX = ibis.schema(
    {
        "happened": "date",
        "delivery": "int64",
        "report": "int32",
        **dict.fromkeys(("sample_key", "maker_key", "site_key"), "int64"),
        **dict.fromkeys(
            ("region", "province", "product_type", "channel", "arm", "size", "laboratory", "stage"), "string"
        ),
        "panel": "int32",
        "verdict": "string",
    }
)
BESIDE = ibis.schema({"delivery": "int64", "report": "int32", "sample_key": "int64"})
CODED = ("region", "province", "product_type", "channel", "arm", "size", "laboratory", "stage", "verdict")
# one slim row a first test that did not plainly conform
FAULTS = ibis.schema(
    {
        "happened": "date",
        "delivery": "int64",
        "report": "int32",
        "item": "int32",
        **dict.fromkeys(("maker_key", "site_key"), "int64"),
        **dict.fromkeys(("region", "province", "product_type", "channel", "arm", "size", "laboratory"), "string"),
        "analyte": "string",
        "verdict": "string",
    }
)
# what says which of several reports of a sample counts
ORDERED = (*PLACE, "sample_id", "sample_kind", "stage", "version")
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
    engine.create("touched_reports", reports.semi_join(TOUCHED, "sample_id").select(*ORDERED))
    together = ibis.table({name: REPORTS.schema[name] for name in ORDERED}, name="touched_reports")
    engine.create("aside", aside(together))
    engine.create("replaced", ledger.superseded(together).select(*PLACE))
    engine.drop("entered", "touched", "touched_reports")


def index(engine: Engine, book: Snapshot) -> None:
    """`index`: the batches, each where it stands and with its verdict; `kept_findings`: what was found of their lines;
    `faults`: their results that failed or are in doubt."""
    reports = REPORTS.unbound()
    regular = reports.filter(reports.sample_kind == "regular").anti_join(ASIDE.unbound(), list(PLACE))
    verdicts = STANDING.unbound().select(*PLACE, "verdict")
    joined = regular.left_join(verdicts, list(PLACE)).drop("delivery_right", "report_right")
    names = [name for name in INDEX.names if name in joined.columns and name != "verdict"]
    batches = joined.select(
        *names,
        **keys(joined),
        sample_key=joined.sample_id.hash(),
        verdict=joined.verdict.fill_null("conforming"),
    )
    engine.create_coded("index", batches.select(*INDEX.names), CODED)
    # reports under which no batch stands are found by their sample alone
    others = (
        reports.filter((reports.sample_kind != "regular").fill_null(True))
        .select(*PLACE, "sample_id")
        .union(reports.semi_join(ASIDE.unbound(), list(PLACE)).select(*PLACE, "sample_id"), distinct=True)
    )
    engine.create("beside", others.select(*PLACE, sample_key=others.sample_id.hash()))
    # few beside what they were found among, and every page of a batch asks for some
    engine.attach("kept_findings_files", book.files("kept_findings"), KEPT_FINDINGS.schema)
    engine.create("kept_findings", KEPT_FINDINGS.unbound("kept_findings_files"))
    found = KEPT_FINDINGS.unbound()
    first = found.filter(
        (found.verdict != "conforming") & (found.stage == "first") & (found.sample_kind == "regular")
    ).anti_join(ibis.table(ASIDE.schema, name="replaced"), list(PLACE))
    names = [name for name in FAULTS.names if name in first.columns and name != "analyte"]
    faults = first.select(*names, **keys(first), analyte=ledger.item_name(first))
    engine.create_coded("faults", faults.select(*FAULTS.names), (*CODED[:-2], "analyte", "verdict"))


def keys(rows: ir.Table) -> dict[str, ir.Value]:
    """When a batch happened, and the numbers under which its firms are found."""
    return {
        "happened": ibis.coalesce(rows.sampled_on, rows.day),
        "maker_key": rows.maker_id.hash(),
        "site_key": rows.site_id.hash(),
    }


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
