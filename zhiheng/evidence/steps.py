"""The steps from a delivery to rows of the lake, each an expression over named tables.

They name no delivery: its number and day stand in the table `receipt`. So each is built and compiled once a process,
however many deliveries follow one another.
"""

from functools import cache

import ibis
import ibis.expr.types as ir

from zhiheng.evidence import checking, coding
from zhiheng.evidence.checking import KEY, ROW
from zhiheng.evidence.delivered import (
    DELIVERED,
    DELIVERED_UNITS,
    LINES,
    PANELS,
    PIECES,
    REFUSED,
    REPORTED,
    REPORTS,
    SUBJECTS,
)

HEADS = {**{column.name: column.type for column in REPORTED}, "first": "int64", "results": "int64"}
NAMED = {name: REPORTS.schema[name] for name in ("delivery", "report", *KEY)}
TWINS = {"ours": "int32", "results": "int64", "theirs": "int32", "sent": "int64"}
KEYED = {"delivery": "int64", "report": "int32", "key": "string"}
SHAPES = {
    "receipt": {"delivery": "int64", "received": "date"},
    "incoming": {**DELIVERED.schema, ROW: "int64"},
    "faulty": {ROW: "int64", "fault": "int8"},
    "set_aside": {ROW: "int64"},
    "good": {**DELIVERED.schema, ROW: "int64"},
    "repeated": {ROW: "int64", "same": "boolean"},
    "twins": {ROW: "int64"},
    "heads": HEADS,
    "disagreeing": {name: HEADS[name] for name in KEY},
    "met": NAMED,
    "numbered": {**HEADS, "delivery": "int64", "report": "int32", "known": "boolean", "again": "int8"},
    "twin_reports": TWINS,
    "duplicate_reports": {"report": "int32", "results": "int64"},
    "conflicting": {"report": "int32"},
    "report_keys": KEYED,
    "known_panels": {"panel": "int32", "key": "string"},
    "fresh_panels": {"panel": "int32", "key": "string"},
}
CONFLICT = ("sample_id", "conflicting_report", "another report of this sample has the same version and says otherwise")
DISAGREES = ("sample_id", "report_disagrees", "the rows of the report say different things of the sample")
TWICE = ("item", "item_twice", "the report has this line twice, saying different things")


def named(name: str, shape: str = "") -> ir.Table:
    """A table that a step made."""
    return ibis.table(SHAPES[shape or name], name=name)


@cache
def number() -> ir.IntegerScalar:
    """The number of the delivery at hand."""
    return named("receipt").delivery.max().as_scalar()


@cache
def received() -> ir.DateScalar:
    """The day on which the delivery at hand was received."""
    return named("receipt").received.max().as_scalar()


@cache
def rules(strange_kinds: tuple[str, ...], strange_analytes: tuple[str, ...]) -> tuple[checking.Check, ...]:
    """The tests of a delivered row."""
    return tuple(
        checking.checks(
            named("incoming"), received=received(), strange_kinds=strange_kinds, strange_analytes=strange_analytes
        )
    )


@cache
def faulty(strange_kinds: tuple[str, ...], strange_analytes: tuple[str, ...]) -> ir.Table:
    """The rows that fail a test."""
    return checking.tested(named("incoming"), rules(strange_kinds, strange_analytes))


@cache
def refused(strange_kinds: tuple[str, ...], strange_analytes: tuple[str, ...]) -> ir.Table:
    """The same for the table of rows turned away."""
    return checking.turned_away(
        named("faulty"),
        named("incoming"),
        rules(strange_kinds, strange_analytes),
        delivery=number(),
        received=received(),
    )


@cache
def remaining() -> ir.Table:
    """The rows that nothing set aside."""
    return named("incoming").anti_join(named("set_aside"), ROW)


@cache
def set_aside_more(why: str) -> ir.Table:
    """The rows set aside, with those of another kind."""
    more = {
        "faulty": named("faulty").select(ROW),
        "repeated": named("repeated").select(ROW),
        "disagreeing": named("good").semi_join(named("disagreeing"), list(KEY)).select(ROW),
    }[why]
    return named("set_aside").union(more)


@cache
def refused_more(which: str) -> ir.Table:
    """The rows turned away, with those of a second kind."""
    rows, (column, code, reason) = {
        "twice": (named("good").semi_join(named("repeated").filter(~named("repeated").same), ROW), TWICE),
        "disagrees": (named("good").semi_join(named("disagreeing"), list(KEY)), DISAGREES),
        "conflict": (named("good").semi_join(clashing(), list(KEY)), CONFLICT),
    }[which]
    more = rows.select(
        delivery=number(),
        received=received(),
        row=rows[ROW],
        column=ibis.literal(column),
        code=ibis.literal(code),
        reason=ibis.literal(reason),
        remedy=ibis.literal(checking.ADVICE),
        text=checking.as_text(rows),
    )
    return REFUSED.unbound().union(more)


def clashing() -> ir.Table:
    """The keys of reports that say otherwise than one of the same version that is held."""
    reports = named("numbered")
    return reports.semi_join(named("conflicting"), "report").select(*KEY)


@cache
def repeated() -> ir.Table:
    """Lines that a report has already."""
    return checking.repeated_items(named("good"))


@cache
def heads() -> ir.Table:
    """The reports of the delivery."""
    return checking.heads(named("good"))


@cache
def disagreeing() -> ir.Table:
    """Reports whose rows say different things of the sample."""
    rows = named("heads")
    return rows.group_by(KEY).agg(n=rows.count()).filter(lambda table: table.n > 1).select(*KEY)


@cache
def met() -> ir.Table:
    """The reports that are held of the delivery's samples."""
    return REPORTS.unbound("held_reports").select(*NAMED).semi_join(named("heads"), "sample_id")


@cache
def numbered() -> ir.Table:
    """Reports in the order of the delivery, with whether the sample, or the very report, is known."""
    rows, seen_reports = named("heads"), named("met")
    place = (ibis.row_number().over(ibis.window(order_by="first")) + 1).cast("int32")
    same = seen_reports.select(*KEY, known=ibis.literal(True)).distinct()
    samples = seen_reports.select("sample_id", seen=ibis.literal(True)).distinct()
    several = rows.count().over(ibis.window(group_by="sample_id")) > 1
    placed = rows.mutate(report=place, several=several)
    joined = placed.left_join(same, list(KEY)).drop(*[f"{name}_right" for name in KEY])
    full = joined.left_join(samples, "sample_id").drop("sample_id_right")
    again = full.seen.fill_null(False) | full.several | (full.version > 0) | (full.stage != "first")
    return full.select(
        *rows.columns,
        delivery=number(),
        report="report",
        known=full.known.fill_null(False),
        again=again.cast("int8"),
    )


@cache
def new_subjects() -> ir.Table:
    """Codes for subjects that have none."""
    held = SUBJECTS.unbound("held_subjects")
    return coding.new_codes(coding.subjects_of(named("good")), held, name="subject", by=coding.SUBJECT)


@cache
def new_lines() -> ir.Table:
    """The delivery's rows as lines of the lake."""
    places = named("numbered").select(*KEY, "delivery", "report")
    tops = coding.summed(DELIVERED_UNITS.unbound())
    return coding.coded(named("good"), places, SUBJECTS.unbound("all_subjects"), tops, received=received())


@cache
def twin_reports() -> ir.Table:
    """Reports of the delivery that are held under the same number, version and stage."""
    reports, held = named("numbered"), named("met")
    twins = reports.filter(reports.known).select(*KEY, ours="report", results="results").inner_join(held, list(KEY))
    return twins.select("ours", "results", theirs=held.report, sent=held.delivery)


@cache
def duplicate_reports() -> ir.Table:
    """Reports all of whose lines are held already, digit for digit."""
    twin, new, held = named("twin_reports"), LINES.unbound("new_lines"), LINES.unbound("held_lines")
    content = [name for name in LINES.schema.names if name not in ("delivery", "report", "received")]
    old = held.inner_join(twin, [held.report == twin.theirs, held.delivery == twin.sent]).select(
        *content, ours=twin.ours
    )
    ours = new.semi_join(twin, new.report == twin.ours).select(*content, ours="report")
    same = ibis.literal(True)
    for name in content:
        same = same & ours[name].identical_to(old[name])
    both = ours.inner_join(old, [ours.ours == old.ours, ours.item == old.item]).select(ours=ours.ours, same=same)
    matched = both.group_by("ours").agg(n=both.same.cast("int64").sum())
    counts = old.group_by("ours").agg(held=old.count())
    joined = twin.inner_join(matched, "ours").inner_join(counts, "ours")
    return joined.filter((joined.n == joined.results) & (joined.held == joined.results)).select(
        report="ours", results="results"
    )


@cache
def conflicting() -> ir.Table:
    """Reports that are held under the same number, version and stage, and say otherwise."""
    twin, same = named("twin_reports"), named("duplicate_reports")
    return twin.anti_join(same, twin.ours == same.report).select(report="ours").distinct()


@cache
def kept_lines() -> ir.Table:
    """Lines of reports that are not held already."""
    lines, twin = LINES.unbound("new_lines"), named("twin_reports")
    return lines.anti_join(twin, lines.report == twin.ours)


@cache
def kept_reports() -> ir.Table:
    """Reports that are not held already."""
    reports = named("numbered")
    return reports.filter(~reports.known)


@cache
def new_pieces() -> ir.Table:
    """The single units of the delivery's lines."""
    kept = named("numbered").select(*KEY, "delivery", "report")
    lines = LINES.unbound("new_lines")
    joined = DELIVERED_UNITS.unbound().inner_join(kept, list(KEY))
    rows = joined.semi_join(lines, ["delivery", "report", "item"]).mutate(received=received())
    return rows.select(*PIECES.schema.names).cast(dict(PIECES.schema))


@cache
def report_keys() -> ir.Table:
    """The set of test items of each report."""
    return coding.panel_keys(LINES.unbound("new_lines"))


@cache
def known_panels() -> ir.Table:
    """The sets that have a code."""
    return coding.keyed_panels(PANELS.unbound("held_panels"), ["panel"])


@cache
def fresh_panels() -> ir.Table:
    """Codes for sets that have none."""
    return coding.new_codes(
        named("report_keys").select("key").distinct(), named("known_panels"), name="panel", by=("key",)
    )


@cache
def new_panels() -> ir.Table:
    """What the new sets consist of, read off a report that has each."""
    keys, fresh, lines = named("report_keys"), named("fresh_panels"), LINES.unbound("new_lines")
    example = keys.inner_join(fresh, "key").group_by("panel").agg(report=lambda table: table.report.min())
    chosen = lines.inner_join(example, "report")
    content = chosen.group_by(["panel", "subject"]).agg(times=lambda table: table.count())
    return content.select(*PANELS.schema.names).cast(dict(PANELS.schema))


@cache
def new_reports() -> ir.Table:
    """The reports as the lake keeps them."""
    rows, keys = named("numbered"), named("report_keys")
    codes = named("known_panels").union(named("fresh_panels"))
    panel = keys.inner_join(codes, "key").select(number="report", panel=codes.panel)
    joined = rows.inner_join(panel, rows.report == panel.number)
    return joined.mutate(received=received()).select(*REPORTS.schema.names).cast(dict(REPORTS.schema))
