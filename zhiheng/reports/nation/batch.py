"""One batch of a nation: all its reports and versions, every line with its verdict, and what replaced what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import ibis
import ibis.expr.types as ir

from zhiheng.decision.ledger import PLACE
from zhiheng.decision.tables import FINDINGS, KEPT_FINDINGS
from zhiheng.engines import mark
from zhiheng.errors import NothingThereYet
from zhiheng.evidence import opening
from zhiheng.evidence.delivered import LINES, PIECES, REPORTS, SUBJECTS
from zhiheng.evidence.lake import Snapshot
from zhiheng.evidence.tables import Table
from zhiheng.reports.nation import limits, rows
from zhiheng.reports.nation.figures import Row
from zhiheng.reports.nation.held import Nation
from zhiheng.reports.nation.loading import ASIDE, BESIDE, INDEX, STANDING

# a line of which no finding was kept conforms, unless no rule held for it; only the law that judged it can tell
CONFORMING, PLAIN = "conforming", "plain"
ORDER = ("stage", "version", "received", "delivery", "report")
# the columns of a finding that a line which was plain has nothing in
RULED = tuple(name for name in FINDINGS.schema.names if name not in ("verdict", "reason", "superseded"))


@dataclass(frozen=True)
class Batch:
    """A batch: its reports in order, under which of them it stands, its lines with verdicts, its single units."""

    sample_id: str
    verdict: str
    severity: str | None
    counts: Row
    head: Row
    reports: list[Row]
    lines: list[Row]
    units: list[Row]


def batch(nation: Nation, sample_id: str) -> Batch:
    """Everything that is known of a batch."""
    reports = reports_of(nation, sample_id)
    if not reports:
        raise NothingThereYet(
            f"there is no batch '{sample_id[:80]}' in the lake of '{nation.dataset}'; "
            "a batch is found by the sample number on its report"
        )
    stood = standing(nation, reports)
    places = {(row["delivery"], row["report"]) for row in stood["aside"]}
    whole = [row | {"stands": (row["delivery"], row["report"]) not in places} for row in reports]
    head = next((row for row in whole if row["stands"] and row["sample_kind"] == "regular"), whole[0])
    entry = next(iter(stood["standing"]), None)
    lines, units = lines_of(nation, whole)
    lines = repeated(lines, marked(whole))
    counts = counted(entry, lines, head)
    return Batch(
        sample_id,
        entry["verdict"] if entry else CONFORMING if head["sample_kind"] == "regular" else "not_judged",
        entry["severity"] if entry else None,
        counts,
        head,
        marked(whole),
        lines,
        units,
    )


def reports_of(nation: Nation, sample_id: str) -> list[Row]:
    """The reports of a sample, the first stage and version first."""
    places = []
    for name, schema in (("index", INDEX), ("beside", BESIDE)):
        table = ibis.table(schema, name=name)
        places += nation.ask(("sample", name), (("sample", sample_id),), partial(of_sample, table))
    if not places:
        return []
    held = rows.at_places(nation, REPORTS.unbound("near"), nation.evidence, "reports", places, REPORTS.schema.names)
    # two sample numbers may share a hash
    return sorted((row for row in held if row["sample_id"] == sample_id), key=lambda row: [row[name] for name in ORDER])


def of_sample(table: ir.Table) -> ir.Table:
    """The places of a sample, which is named when it is asked."""
    return table.filter(table.sample_key == ibis.literal(mark("sample")).hash()).select(*PLACE)


def standing(nation: Nation, reports: Sequence[Row]) -> dict[str, list[Row]]:
    """What memory knows of some reports: the verdict of the batch, and the reports under which it does not stand."""
    return {
        name: rows.at_places(nation, table.unbound(), None, "", reports, table.schema.names)
        for name, table in (("standing", STANDING), ("aside", ASIDE))
    }


def lines_of(nation: Nation, reports: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """The lines of some reports opened again, each with its finding, or with what is plain about it; and their units."""
    names = {"near_lines": LINES, "near_reports": REPORTS, "near_pieces": PIECES}
    numbers = sorted({row["delivery"] for row in reports})

    def near(snapshot: Snapshot, name: str, table: Table) -> dict[str, tuple[ibis.Schema, list[Path]]]:
        held = (path for number in numbers for path in snapshot.within(table.name, {"delivery": (number, number)}))
        return {name: (table.schema, list(dict.fromkeys(held)))}

    def opened() -> ir.Table:
        kept = {name: rows.at_marks(table.unbound(name)) for name, table in names.items()}
        return opening.opened(kept["near_lines"], kept["near_reports"], SUBJECTS.unbound(), dataset=nation.dataset)

    files = {name: held for one, table in names.items() for name, held in near(nation.evidence, one, table).items()}
    values = rows.place_values(reports)
    lines = nation.ask(("opened",), values, opened, files)
    units = nation.ask(
        ("units",), values, lambda: opening.opened_units(rows.at_marks(PIECES.unbound("near_pieces"))), files
    )
    found = rows.at_places(nation, KEPT_FINDINGS.unbound(), None, "", reports, KEPT_FINDINGS.schema.names)
    order = {(row["delivery"], row["report"]): place for place, row in enumerate(reports)}
    lines = sorted(lines, key=lambda row: (order[row["delivery"], row["report"]], row["item"]))
    units = sorted(units, key=lambda row: (row["result_id"], row["number"]))
    return judged(nation, lines, {row["result_id"]: row for row in found}), units


def judged(nation: Nation, lines: Sequence[Row], findings: Mapping[str, Row]) -> list[Row]:
    """Lines with their verdicts: those of their findings, or what is plain of them under the law of the book."""
    nothing = dict.fromkeys(RULED)
    plain = [
        nothing | line | {"verdict": CONFORMING, "reason": None, "superseded": False, "plain": True}
        for line in lines
        if line["result_id"] not in findings
    ]
    known = limits.same_law(nation)
    plain = limits.ruled(nation, plain) if known else [line | {"verdict": PLAIN} for line in plain]
    ruled = {line["result_id"]: line for line in plain}
    return [
        ruled.get(line["result_id"]) or nothing | line | findings[line["result_id"]] | {"plain": False}
        for line in lines
    ]


def repeated(lines: Sequence[Row], reports: Sequence[Row]) -> list[Row]:
    """Lines with whether a retest that came to a verdict replaced them (see `decision.lot.complete`)."""
    current = {(row["delivery"], row["report"]) for row in reports if row["replaced_by"] is None}
    retested = {
        line["analyte"] or line["analyte_printed"]
        for line in lines
        if line["stage"] == "retest"
        and (line["delivery"], line["report"]) in current
        and line["verdict"] in (CONFORMING, "nonconforming")
    }
    return [
        line | {"retested": line["stage"] == "first" and (line["analyte"] or line["analyte_printed"]) in retested}
        for line in lines
    ]


def marked(reports: Sequence[Row]) -> list[Row]:
    """Reports with the version that replaced each."""
    last = {(row["stage"]): row["version"] for row in reports}
    return [
        row | {"replaced_by": last[row["stage"]] if row["version"] < last[row["stage"]] else None} for row in reports
    ]


def counted(entry: Row | None, lines: Sequence[Row], head: Row) -> Row:
    """Results of a batch by verdict."""
    names = ("results", "nonconforming", "inconclusive", "not_judged")
    if entry:
        return {name: entry[name] for name in names}
    own = [line for line in lines if (line["delivery"], line["report"]) == (head["delivery"], head["report"])]
    return {"results": len(own)} | {name: sum(line["verdict"] == name for line in own) for name in names[1:]}
