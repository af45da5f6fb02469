"""A delivery into the lake: every row is taken in, known again as a duplicate, or turned away with a reason."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir

from zhiheng import units
from zhiheng.engines import Engine
from zhiheng.errors import FileUnreadable, UnitError
from zhiheng.evidence import parts, source, steps
from zhiheng.evidence.checking import ROW
from zhiheng.evidence.delivered import (
    DELIVERED,
    DELIVERED_UNITS,
    LINES,
    NEEDED,
    PANELS,
    PIECES,
    REFUSED,
    REPORTS,
    SUBJECTS,
)
from zhiheng.evidence.lake import Change, Lake, Snapshot
from zhiheng.evidence.snapshot import Part, Workspace
from zhiheng.evidence.tables import RESULTS, UNITS
from zhiheng.rules import Analytes


@dataclass(frozen=True)
class Delivery:
    """What was sent: what it is called, its checksum, the day on which it was received, and how to open it."""

    name: str
    sha256: str
    received: date
    attach: Callable[[Engine], None]

    @property
    def number(self) -> int:
        """The delivery's number: the first 60 bits of its checksum, so that the same file has the same number anywhere."""
        return int(self.sha256[:15], 16)


def found(folder: Path, *, received: date | None = None) -> Delivery:
    """The delivery in a folder, or in a single Parquet file; the day is its name's where none is given."""
    results = folder / "results.parquet" if folder.is_dir() else folder
    if not results.is_file():
        raise FileUnreadable(
            f"{folder.name}: no results.parquet in the folder; a delivery is a Parquet file of results"
        )
    beside = results.with_name("units.parquet")
    files = [results, *([beside] if folder.is_dir() and beside.is_file() else [])]

    def attach(engine: Engine) -> None:
        read(engine, "incoming", results, DELIVERED.schema, NEEDED)
        engine.attach("delivered_units", files[1:], DELIVERED_UNITS.schema)

    digest = hashlib.sha256("".join(map(source.admitted, files)).encode()).hexdigest()
    return Delivery(folder.name, digest, received or day_of(folder.name), attach)


def of_part(workspace: Workspace, dataset: str, part: Part, *, received: date) -> Delivery:
    """What one file gave to a data set, as a delivery."""
    folder = workspace.folder(dataset) / part.name

    def attach(engine: Engine) -> None:
        engine.attach("results", [folder / "results.parquet"], RESULTS.schema)
        engine.attach("units", [folder / "units.parquet"], UNITS.schema)
        engine.create("incoming", parts.delivered())
        engine.view("delivered_units", parts.delivered_units())

    return Delivery(part.file, hashlib.sha256(part.name.encode()).hexdigest(), received, attach)


def day_of(name: str) -> date:
    """The day that a delivery's name begins with."""
    try:
        return date.fromisoformat(name[:10])
    except ValueError as error:
        raise FileUnreadable(
            f"{name}: the name does not begin with a day such as 2026-11-22: name the day with --received"
        ) from error


def prepare(engine: Engine, delivery: Delivery, *, analytes: Analytes) -> None:
    """Make `good` (rows that pass every test), `refused` and `heads` from the delivery; the lake is not looked at."""
    delivery.attach(engine)
    engine.table("receipt", [(delivery.number, delivery.received)], ibis.schema(steps.SHAPES["receipt"]))
    rows = steps.named("incoming")
    strange = (
        unknown(engine, rows, "kind", known_kind),
        unknown(engine, rows, "analyte", analytes.by_code.__contains__),
    )
    engine.create("faulty", steps.faulty(*strange))
    engine.create("refused", steps.refused(*strange))
    for name in ("set_aside", "twins"):
        engine.table(name, [], ibis.schema(steps.SHAPES[name]))
    engine.view("good", steps.remaining())
    set_aside(engine, "faulty")
    set_aside_repeated(engine)
    engine.create("heads", steps.heads())
    if engine.scalar(steps.disagreeing().count()):
        engine.create("disagreeing", steps.disagreeing())
        refuse(engine, "disagrees")
        set_aside(engine, "disagreeing")
        engine.create("heads", steps.heads())


def read(engine: Engine, name: str, path: Path, schema: ibis.Schema, needed: Iterable[str]) -> None:
    """Attach a delivered Parquet file under our columns' names and types."""
    has = engine.parquet_columns(path)
    missing = [column for column in needed if column not in has]
    if missing:
        raise FileUnreadable(
            f"{path.name}: the column '{missing[0]}' is missing; a delivery needs {', '.join(needed)}; the file has {', '.join(has[:40])}"
        )
    engine.attach(name, [path], schema, numbered=True)


def unknown(engine: Engine, rows: ir.Table, column: str, known: Callable[[str], bool]) -> tuple[str, ...]:
    """The values of a column that nobody knows."""
    values = [row[column] for row in engine.rows(rows.select(column).distinct())]
    return tuple(sorted(value for value in values if value and not known(value)))


def known_kind(text: str) -> bool:
    """Whether a text is one of our canonical units."""
    try:
        return units.unit(text).kind == text
    except UnitError:
        return False


def set_aside_repeated(engine: Engine) -> None:
    """Of lines that a report has twice the first is kept; the same again is a duplicate, anything else is turned away."""
    engine.create("repeated", steps.repeated())
    repeated = steps.named("repeated")
    if not engine.scalar(repeated.count()):
        return
    refuse(engine, "twice")
    engine.create("twins", repeated.filter(repeated.same).select(ROW))
    set_aside(engine, "repeated")


def set_aside(engine: Engine, why: str) -> None:
    """Take rows out of `good`."""
    engine.create("set_aside_more", steps.set_aside_more(why))
    engine.create("set_aside", steps.named("set_aside_more", "set_aside"))


def refuse(engine: Engine, which: str) -> None:
    """Add rows to the table of rows turned away."""
    engine.create("refused_more", steps.refused_more(which))
    engine.create("refused", REFUSED.unbound("refused_more"))
    engine.drop("refused_more")


def attach_held(engine: Engine, snapshot: Snapshot) -> None:
    """Name what the lake holds: each table's name after `held_`."""
    for table in (REPORTS, LINES, REFUSED, SUBJECTS, PANELS):
        engine.attach(f"held_{table.name}", snapshot.files(table.name), table.schema)


def encode(engine: Engine) -> None:
    """Make `new_reports`, `new_lines`, `new_pieces`, `new_subjects`, `new_panels` from `good` against what is held."""
    engine.create("met", steps.met())
    engine.create("numbered", steps.numbered())
    engine.create("new_subjects", steps.new_subjects())
    engine.create("all_subjects", SUBJECTS.unbound("held_subjects").union(SUBJECTS.unbound("new_subjects")))
    engine.create("new_lines", steps.new_lines())
    engine.table("duplicate_reports", [], ibis.schema(steps.SHAPES["duplicate_reports"]))
    if engine.scalar(steps.kept_reports().count()) < engine.scalar(steps.named("numbered").count()):
        drop_known(engine)
    engine.create("new_pieces", steps.new_pieces())
    engine.create("report_keys", steps.report_keys())
    engine.create("known_panels", steps.known_panels())
    engine.create("fresh_panels", steps.fresh_panels())
    engine.create("new_panels", steps.new_panels())
    engine.create("new_reports", steps.new_reports())


def drop_known(engine: Engine) -> None:
    """A report that is known and says the same is a duplicate; one that says otherwise is turned away."""
    engine.create("twin_reports", steps.twin_reports())
    engine.create("duplicate_reports", steps.duplicate_reports())
    engine.create("conflicting", steps.conflicting())
    refuse(engine, "conflict")
    for name, expression, made in (
        ("new_lines", steps.kept_lines(), LINES.unbound("kept")),
        ("numbered", steps.kept_reports(), steps.named("kept", "numbered")),
    ):
        engine.create("kept", expression)
        engine.create(name, made)
        engine.drop("kept")


def append(engine: Engine, lake: Lake, delivery: Delivery, *, analytes: Analytes) -> dict[str, Any]:
    """Take a delivery in: all of it in one commit. A delivery that is in the lake already changes nothing."""
    nothing = {"delivery": delivery.number, "name": delivery.name, "changed": False}
    attach_held(engine, lake.snapshot())
    if holds(engine, delivery.number):
        return nothing
    prepare(engine, delivery, analytes=analytes)
    with lake.change("append") as change:
        attach_held(engine, change.base)
        if holds(engine, delivery.number):
            change.nothing()
            return nothing
        encode(engine)
        counts = counted(engine)
        change.about |= {
            "delivery": delivery.number,
            "name": delivery.name,
            "sha256": delivery.sha256,
            "received": delivery.received.isoformat(),
            **counts,
        }
        store(engine, change, month=delivery.received.isoformat()[:7])
    return {**change.about, "changed": True}


def holds(engine: Engine, number: int) -> bool:
    """Whether the lake has rows, taken in or turned away, of a delivery."""
    held = (REPORTS.unbound("held_reports"), REFUSED.unbound("held_refused"))
    return any(engine.scalar(table.filter(table.delivery == number).count()) for table in held)


def store(engine: Engine, change: Change, *, month: str) -> None:
    """Write the new rows as files of the lake."""
    orders = {
        "reports": ("new_reports", REPORTS, ["report"]),
        "lines": ("new_lines", LINES, ["report", "item"]),
        "pieces": ("new_pieces", PIECES, ["report", "item", "number"]),
        "refused": ("refused", REFUSED, ["row"]),
        "subjects": ("new_subjects", SUBJECTS, ["subject"]),
        "panels": ("new_panels", PANELS, ["panel", "subject"]),
    }
    for name, (made, table, order) in orders.items():
        rows = table.unbound(made)
        if engine.scalar(rows.count()):
            path = change.new_file(name, month=month)
            engine.write(rows.order_by(order), path)
            change.add(name, path)


def counted(engine: Engine) -> dict[str, int]:
    """The counts of a delivery; they add up: received = accepted + rejected + duplicate."""
    duplicates, twins = steps.named("duplicate_reports"), steps.named("twins")
    return {
        "received_rows": int(engine.scalar(steps.named("incoming").count())),
        "accepted": int(engine.scalar(LINES.unbound("new_lines").count())),
        "rejected": int(engine.scalar(REFUSED.unbound().count())),
        "duplicate": int(engine.scalar(duplicates.results.sum()) or 0) + int(engine.scalar(twins.count())),
        "reports": int(engine.scalar(REPORTS.unbound("new_reports").count())),
        "duplicate_reports": int(engine.scalar(duplicates.count())),
        "corrections": int(engine.scalar((REPORTS.unbound("new_reports").version > 0).cast("int64").sum()) or 0),
        "again": int(engine.scalar(REPORTS.unbound("new_reports").again.cast("int64").sum()) or 0),
    }
