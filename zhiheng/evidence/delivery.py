"""A delivery into the lake: every row is taken in, known again as a duplicate, or turned away with a reason."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir

from zhiheng import units
from zhiheng.engines import Engine
from zhiheng.errors import FileUnreadable, UnitError
from zhiheng.evidence import checking, coding, source
from zhiheng.evidence.checking import KEY, ROW
from zhiheng.evidence.delivered import (
    DELIVERED,
    DELIVERED_UNITS,
    LINES,
    NEEDED,
    PANELS,
    PIECES,
    REFUSED,
    REPORTED,
    REPORTS,
    SUBJECTS,
)
from zhiheng.evidence.lake import Change, Lake, Snapshot
from zhiheng.rules import Analytes

CONFLICT = ("sample_id", "conflicting_report", "another report of this sample has the same version and says otherwise")
DISAGREES = ("sample_id", "report_disagrees", "the rows of the report say different things of the sample")
TWICE = ("item", "item_twice", "the report has this line twice, saying different things")


@dataclass(frozen=True)
class Delivery:
    """What was sent: where it lies, what it is called, and the day on which it was received."""

    results: Path
    units: Path | None
    name: str
    sha256: str
    received: date
    about: dict[str, Any] = field(default_factory=dict)

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
    with_units = beside if folder.is_dir() and beside.is_file() else None
    digest = hashlib.sha256(
        "".join(source.checksum(path) for path in (results, with_units) if path).encode()
    ).hexdigest()
    return Delivery(results, with_units, folder.name, digest, received or day_of(folder.name))


def day_of(name: str) -> date:
    """The day that a delivery's name begins with."""
    try:
        return date.fromisoformat(name[:10])
    except ValueError as error:
        raise FileUnreadable(
            f"{name}: the name does not begin with a day such as 2026-11-22: name the day with --received"
        ) from error


def prepare(engine: Engine, delivery: Delivery, *, analytes: Analytes) -> None:
    """Make `good` (rows that pass every test) and `refused` from the delivery; the lake is not looked at."""
    read(engine, "delivered", delivery.results, DELIVERED.schema, NEEDED)
    engine.attach("delivered_units", [delivery.units] if delivery.units else [], DELIVERED_UNITS.schema)
    raw = DELIVERED.unbound()
    numbered = raw.mutate(**{ROW: ibis.row_number() + 1})
    rules = checking.checks(
        numbered,
        received=delivery.received,
        strange_kinds=strange(engine, raw, "kind", known_kind),
        strange_analytes=strange(engine, raw, "analyte", analytes.by_code.__contains__),
    )
    engine.create("incoming", checking.tested(numbered, rules))
    incoming = ibis.table({**DELIVERED.schema, ROW: "int64", "fault": "int8"}, name="incoming")
    engine.create(
        "refused", checking.turned_away(incoming, rules, delivery=delivery.number, received=delivery.received)
    )
    engine.view("good", incoming.filter(incoming.fault.isnull()).drop("fault"))
    engine.table("twins", [], ibis.schema({ROW: "int64"}))
    set_aside_repeated(engine, delivery)
    engine.create("heads", checking.heads(good()))
    set_aside_disagreeing(engine, delivery)


def read(engine: Engine, name: str, path: Path, schema: ibis.Schema, needed: Iterable[str]) -> None:
    """Attach a delivered Parquet file under our columns' names and types."""
    has = engine.parquet_columns(path)
    missing = [column for column in needed if column not in has]
    if missing:
        raise FileUnreadable(
            f"{path.name}: the column '{missing[0]}' is missing; a delivery needs {', '.join(needed)}; the file has {', '.join(has[:40])}"
        )
    engine.attach(name, [path], schema)


def good() -> ir.Table:
    """The rows that are fit to be taken in."""
    return ibis.table({**DELIVERED.schema, ROW: "int64"}, name="good")


def headed() -> ir.Table:
    """The reports of a delivery."""
    return ibis.table({**{c.name: c.type for c in REPORTED}, "first": "int64", "results": "int64"}, name="heads")


def strange(engine: Engine, rows: ir.Table, column: str, known: Any) -> list[str]:
    """The values of a column that nobody knows."""
    return [
        row[column] for row in engine.rows(rows.select(column).distinct()) if row[column] and not known(row[column])
    ]


def known_kind(text: str) -> bool:
    """Whether a text is one of our canonical units."""
    try:
        return units.unit(text).kind == text
    except UnitError:
        return False


def set_aside_repeated(engine: Engine, delivery: Delivery) -> None:
    """Of lines that a report has twice the first is kept; the same again is a duplicate, anything else is turned away."""
    rows = good()
    keys = rows.select(*KEY, "item")
    if engine.scalar(keys.distinct().count()) == engine.scalar(keys.count()):
        return
    engine.create("repeated", checking.repeated_items(rows))
    repeated = ibis.table({ROW: "int64", "same": "boolean"}, name="repeated")
    refuse(engine, delivery, rows.semi_join(repeated.filter(~repeated.same), ROW), TWICE)
    engine.create("twins", repeated.filter(repeated.same).select(ROW))
    narrow(engine, repeated)


def set_aside_disagreeing(engine: Engine, delivery: Delivery) -> None:
    """A report whose rows say different things of the sample cannot be taken in at all."""
    heads = headed()
    several = heads.group_by(KEY).agg(n=heads.count()).filter(lambda table: table.n > 1).select(*KEY)
    if not engine.scalar(several.count()):
        return
    engine.create("disagreeing", several)
    named = ibis.table({name: heads.schema()[name] for name in KEY}, name="disagreeing")
    refuse(engine, delivery, good().semi_join(named, list(KEY)), DISAGREES)
    engine.create("bad_rows", good().semi_join(named, list(KEY)).select(ROW))
    narrow(engine, ibis.table({ROW: "int64"}, name="bad_rows"))
    engine.create("heads", checking.heads(good()))


def narrow(engine: Engine, without: ir.Table) -> None:
    """Take rows out of `good`."""
    engine.create("narrowed", good().anti_join(without, ROW))
    engine.view("good", ibis.table(good().schema(), name="narrowed"))


def refuse(engine: Engine, delivery: Delivery, rows: ir.Table, why: tuple[str, str, str]) -> None:
    """Add rows to the table of rows turned away."""
    column, code, reason = why
    more = rows.select(
        delivery=ibis.literal(delivery.number, type="int64"),
        received=ibis.literal(delivery.received),
        row=rows[ROW],
        column=ibis.literal(column),
        code=ibis.literal(code),
        reason=ibis.literal(reason),
        remedy=ibis.literal(checking.ADVICE),
        text=checking.as_text(rows),
    )
    engine.create("refused_more", REFUSED.unbound().union(more))
    engine.create("refused", REFUSED.unbound("refused_more"))
    engine.drop("refused_more")


def attach_held(engine: Engine, snapshot: Snapshot) -> None:
    """Name what the lake holds: each table's name after `held_`."""
    for table in (REPORTS, LINES, PIECES, REFUSED, SUBJECTS, PANELS):
        engine.attach(f"held_{table.name}", snapshot.files(table.name), table.schema)


def encode(engine: Engine, delivery: Delivery) -> None:
    """Make `new_reports`, `new_lines`, `new_pieces`, `new_subjects`, `new_panels` from `good` against what is held."""
    heads, held = headed(), REPORTS.unbound("held_reports")
    engine.create("met", held.select("delivery", "report", *KEY).semi_join(heads, "sample_id"))
    met = ibis.table({name: REPORTS.schema[name] for name in ("delivery", "report", *KEY)}, name="met")
    engine.create("numbered", numbered_reports(heads, met, delivery))
    wanted = coding.subjects_of(good())
    engine.create(
        "new_subjects", coding.new_codes(wanted, SUBJECTS.unbound("held_subjects"), name="subject", by=coding.SUBJECT)
    )
    engine.create("all_subjects", SUBJECTS.unbound("held_subjects").union(SUBJECTS.unbound("new_subjects")))
    places = numbered().select(*KEY, "delivery", "report")
    tops = coding.summed(DELIVERED_UNITS.unbound())
    engine.create(
        "new_lines",
        coding.coded(good(), places, SUBJECTS.unbound("all_subjects"), tops, received=delivery.received),
    )
    drop_known(engine, delivery)
    attached_units = DELIVERED_UNITS.unbound()
    kept = numbered().select(*KEY, "delivery", "report")
    engine.create(
        "new_pieces",
        attached_units.inner_join(kept, list(KEY))
        .semi_join(LINES.unbound("new_lines"), ["delivery", "report", "item"])
        .mutate(received=ibis.literal(delivery.received))
        .select(*PIECES.schema.names)
        .cast(dict(PIECES.schema)),
    )
    panels(engine)
    engine.create("new_reports", finished_reports())


def numbered() -> ir.Table:
    """The reports of a delivery with their numbers."""
    return ibis.table(
        {
            **headed().schema(),
            "delivery": "int64",
            "report": "int32",
            "known": "boolean",
            "again": "int8",
        },
        name="numbered",
    )


def numbered_reports(heads: ir.Table, met: ir.Table, delivery: Delivery) -> ir.Table:
    """Reports in the order of the delivery, with whether the sample, or the very report, is known."""
    place = (ibis.row_number().over(ibis.window(order_by="first")) + 1).cast("int32")
    same = met.select(*KEY, known=ibis.literal(True)).distinct()
    samples = met.select("sample_id", seen=ibis.literal(True)).distinct()
    several = heads.count().over(ibis.window(group_by="sample_id")) > 1
    placed = heads.mutate(report=place, several=several)
    joined = placed.left_join(same, list(KEY)).drop(*[f"{name}_right" for name in KEY])
    full = joined.left_join(samples, "sample_id").drop("sample_id_right")
    again = full.seen.fill_null(False) | full.several | (full.version > 0) | (full.stage != "first")
    return full.select(
        *heads.columns,
        delivery=ibis.literal(delivery.number, type="int64"),
        report="report",
        known=full.known.fill_null(False),
        again=again.cast("int8"),
    )


def drop_known(engine: Engine, delivery: Delivery) -> None:
    """A report that is known and says the same is a duplicate; one that says otherwise is turned away."""
    engine.table("duplicate_reports", [], ibis.schema({"report": "int32", "results": "int64"}))
    all_reports = numbered()
    if not engine.scalar(all_reports.filter(all_reports.known).count()):
        return
    met = ibis.table({name: REPORTS.schema[name] for name in ("delivery", "report", *KEY)}, name="met")
    twins = (
        all_reports.filter(all_reports.known).select(*KEY, ours="report", results="results").inner_join(met, list(KEY))
    )
    engine.create("twin_reports", twins.select("ours", "results", theirs=met.report, sent=met.delivery))
    twin = ibis.table({"ours": "int32", "results": "int64", "theirs": "int32", "sent": "int64"}, name="twin_reports")
    engine.create("duplicate_reports", same_reports(twin, LINES.unbound("new_lines"), LINES.unbound("held_lines")))
    same = ibis.table({"report": "int32", "results": "int64"}, name="duplicate_reports")
    conflicting = twin.anti_join(same, twin.ours == same.report)
    engine.create("conflicting", conflicting.select(report="ours").distinct())
    clash = ibis.table({"report": "int32"}, name="conflicting")
    keys = all_reports.semi_join(clash, "report").select(*KEY)
    refuse(engine, delivery, good().semi_join(keys, list(KEY)), CONFLICT)
    engine.create(
        "kept_lines", LINES.unbound("new_lines").anti_join(twin, LINES.unbound("new_lines").report == twin.ours)
    )
    engine.create("new_lines", LINES.unbound("kept_lines"))
    engine.create("kept_reports", all_reports.filter(~all_reports.known))
    engine.create("numbered", ibis.table(numbered().schema(), name="kept_reports"))
    engine.drop("kept_lines", "kept_reports")


def same_reports(twin: ir.Table, new: ir.Table, held: ir.Table) -> ir.Table:
    """Reports all of whose lines are held already, digit for digit."""
    content = [name for name in LINES.schema.names if name not in ("delivery", "report", "received")]
    old = held.inner_join(twin, [held.report == twin.theirs, held.delivery == twin.sent]).select(
        *content, ours=twin.ours
    )
    ours = new.semi_join(twin, new.report == twin.ours).select(*content, ours="report")
    both = ours.inner_join(old, [ours.ours == old.ours, ours.item == old.item]).select(
        ours=ours.ours, same=all_same(ours, old, content)
    )
    matched = both.group_by("ours").agg(n=both.same.cast("int64").sum())
    counts = old.group_by("ours").agg(held=old.count())
    joined = twin.inner_join(matched, "ours").inner_join(counts, "ours")
    return joined.filter((joined.n == joined.results) & (joined.held == joined.results)).select(
        report="ours", results="results"
    )


def all_same(one: ir.Table, other: ir.Table, columns: Iterable[str]) -> ir.BooleanValue:
    """Whether two rows agree in every column, nothing being like nothing."""
    same = ibis.literal(True)
    for name in columns:
        same = same & one[name].identical_to(other[name])
    return same


def panels(engine: Engine) -> None:
    """Give each report the code of its set of test items; sets that are new get a new code."""
    held = PANELS.unbound("held_panels")
    engine.create("report_keys", coding.panel_keys(LINES.unbound("new_lines")))
    keys = ibis.table({"delivery": "int64", "report": "int32", "key": "string"}, name="report_keys")
    engine.create("known_panels", coding.keyed_panels(held, ["panel"]))
    known = ibis.table({"panel": "int32", "key": "string"}, name="known_panels")
    engine.create("fresh_panels", coding.new_codes(keys.select("key").distinct(), known, name="panel", by=("key",)))
    fresh = ibis.table({"panel": "int32", "key": "string"}, name="fresh_panels")
    engine.create("all_panels", known.union(fresh))
    example = keys.inner_join(fresh, "key").group_by("panel").agg(report=keys.report.min())
    lines = LINES.unbound("new_lines")
    chosen = lines.inner_join(example, "report")
    content = chosen.group_by(["panel", "subject"]).agg(times=lambda table: table.count())
    engine.create("new_panels", content.select(*PANELS.schema.names).cast(dict(PANELS.schema)))


def finished_reports() -> ir.Table:
    """The reports as the lake keeps them."""
    rows = numbered()
    keys = ibis.table({"delivery": "int64", "report": "int32", "key": "string"}, name="report_keys")
    codes = ibis.table({"panel": "int32", "key": "string"}, name="all_panels")
    panel = keys.inner_join(codes, "key").select(number="report", panel=codes.panel)
    joined = rows.inner_join(panel, rows.report == panel.number)
    return joined.mutate(received=RECEIVED).select(*REPORTS.schema.names).cast(dict(REPORTS.schema))


RECEIVED = ibis.table({"received": "date"}, name="receipt").received.max().as_scalar()


def append(engine: Engine, lake: Lake, delivery: Delivery, *, analytes: Analytes) -> dict[str, Any]:
    """Take a delivery in: all of it in one commit. A delivery that is in the lake already changes nothing."""
    prepare(engine, delivery, analytes=analytes)
    engine.table("receipt", [(delivery.received,)], ibis.schema({"received": "date"}))
    with lake.change("append") as change:
        attach_held(engine, change.base)
        if holds(engine, delivery.number):
            change.nothing()
            return {"delivery": delivery.number, "name": delivery.name, "changed": False}
        encode(engine, delivery)
        counts = counted(engine)
        change.about |= {
            "delivery": delivery.number,
            "name": delivery.name,
            "sha256": delivery.sha256,
            "received": delivery.received.isoformat(),
            **delivery.about,
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
    duplicates = ibis.table({"report": "int32", "results": "int64"}, name="duplicate_reports")
    twins = ibis.table({ROW: "int64"}, name="twins")
    return {
        "received_rows": int(engine.scalar(ibis.table({ROW: "int64"}, name="incoming").count())),
        "accepted": int(engine.scalar(LINES.unbound("new_lines").count())),
        "rejected": int(engine.scalar(REFUSED.unbound().count())),
        "duplicate": int(engine.scalar(duplicates.results.sum()) or 0) + int(engine.scalar(twins.count())),
        "reports": int(engine.scalar(REPORTS.unbound("new_reports").count())),
        "duplicate_reports": int(engine.scalar(duplicates.count())),
        "corrections": int(engine.scalar((REPORTS.unbound("new_reports").version > 0).cast("int64").sum()) or 0),
        "again": int(engine.scalar(REPORTS.unbound("new_reports").again.cast("int64").sum()) or 0),
    }
