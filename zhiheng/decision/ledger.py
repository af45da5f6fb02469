"""The ledger of a lake: the verdict of every batch that is not plainly conforming, and each change of a verdict as an
entry that takes back and one that enters anew. Nothing in it is ever edited; sums over it are the figures of a day.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

import ibis
import ibis.expr.types as ir

from zhiheng.decision.envelope import bare
from zhiheng.decision.lot import complete, counts, tallied, verdict, worst
from zhiheng.decision.tables import CUBES, KEPT_FINDINGS, LEDGER, MEASURES, TALLIED, TALLIES
from zhiheng.evidence.delivered import REPORTED
from zhiheng.rules import STEP

PLACE = ("delivery", "report")
EXTRA = KEPT_FINDINGS.schema.names[KEPT_FINDINGS.schema.names.index("delivery") :]


def settled_counts(reports: ir.Table, panels: ir.Table, envelopes: ir.Table) -> ir.Table:
    """How many lines of each panel had no rule on each day: (panel, day, settled)."""
    days = reports.select("panel", "day").distinct()
    content = panels.inner_join(envelopes, "subject").select("panel", "times", "settled_before", "settled_after")
    joined = days.inner_join(content, "panel")
    none = bare(joined.day, joined)
    return joined.group_by(["panel", "day"]).agg(settled=ibis.ifelse(none, joined.times, 0).sum().cast("int64"))


def concluded(reports: ir.Table, findings: ir.Table, settled: ir.Table, *, by: Sequence[str]) -> ir.Table:
    """Verdict and counts of every batch: from its findings, and from what is plain about the rest of its lines."""
    keys = list(by)
    whole = reports.inner_join(settled, ["panel", "day"])
    units = whole.group_by(keys).agg(results=whole.results.sum().cast("int64"), bare=whole.settled.sum())
    counted = findings.filter(counts(findings))
    tally = tallied(counted, by=keys).drop("results")
    full = findings.group_by(keys).agg(
        opened=(~findings.settled).cast("int64").sum(), opened_bare=findings.settled.cast("int64").sum()
    )
    joined = units.left_join(full, keys).drop(*[f"{name}_right" for name in keys])
    joined = joined.left_join(tally, keys).drop(*[f"{name}_right" for name in keys])
    zero = {name: joined[name].fill_null(0) for name in ("opened", "opened_bare", *COUNTS)}
    table = joined.mutate(**zero)
    table = table.mutate(
        conforming=table.conforming + table.results - table.bare - table.opened,
        not_judged=table.not_judged + table.bare - table.opened_bare,
    )
    return table.select(
        *keys,
        verdict=verdict(table),
        severity=worst(table),
        **{name: table[name].cast("int32") for name in ("results", "nonconforming", "inconclusive", "not_judged")},
    )


COUNTS = ("nonconforming", "conforming", "inconclusive", "not_judged", "unsettled", "guidance_exceeded")


def kept(findings: ir.Table) -> ir.Table:
    """The findings that a book keeps: all but the first results that conform to a legal limit, which are plain after all."""
    plain = (
        (findings.verdict == "conforming")
        & (findings.force == "legal")
        & (findings.stage == "first")
        & (findings.sample_kind == "regular")
    )
    return findings.filter(~plain.fill_null(False))


def current(reports: ir.Table) -> ir.Table:
    """The reports in force: of each sample and stage the latest version."""
    place = ibis.row_number().over(
        ibis.window(group_by=["sample_id", "stage"], order_by=[ibis.desc("version"), "delivery", "report"])
    )
    return reports.mutate(place=place).filter(lambda table: table.place == 0).drop("place")


def entries(reports: ir.Table, verdicts: ir.Table, *, by: Sequence[str], sign: int, kind: str) -> ir.Table:
    """Lines of the ledger for batches with their verdicts."""
    joined = reports.inner_join(verdicts.rename(lines="results"), list(by))
    columns = {
        "sign": ibis.literal(sign, type="int8"),
        "kind": ibis.literal(kind),
        **{name: joined[name] for name in (*PLACE, "received", *(column.name for column in REPORTED))},
        "verdict": joined.verdict,
        "severity": joined.severity,
        "results": joined.lines,
        "nonconforming": joined.nonconforming,
        "inconclusive": joined.inconclusive,
        "not_judged": joined.not_judged,
    }
    return joined.select(**columns)


def first_verdicts(reports: ir.Table, findings: ir.Table, settled: ir.Table) -> ir.Table:
    """Ledger lines of batches reported for the first time that are not conforming; the conforming ones are understood."""
    regular = reports.filter((reports.again == 0) & (reports.sample_kind == "regular"))
    ours = findings.filter(findings.again == 0)
    verdicts = concluded(regular, ours, settled, by=PLACE).filter(lambda table: table.verdict != "conforming")
    return entries(regular, verdicts, by=PLACE, sign=1, kind="first")


def standing(reports: ir.Table, findings: ir.Table, settled: ir.Table, *, bands: Mapping[str, Decimal]) -> ir.Table:
    """Where samples with several reports stand: the current reports decide together, a retest replacing what it repeats."""
    ours = current(reports.filter(reports.sample_kind == "regular"))
    held = findings.semi_join(ours, list(PLACE))
    again = complete(held.drop("superseded", "severity"), bands=bands, keep=EXTRA)
    verdicts = concluded(ours, again, settled, by=["sample_id"])
    return entries(heads(ours), verdicts, by=["sample_id"], sign=1, kind="change")


def heads(reports: ir.Table) -> ir.Table:
    """Of the current reports of each sample the one under which the batch stands: the first, or the earliest stage there is."""
    place = ibis.row_number().over(ibis.window(group_by="sample_id", order_by=["stage", "delivery", "report"]))
    return reports.mutate(place=place).filter(lambda table: table.place == 0).drop("place")


def superseded(reports: ir.Table) -> ir.Table:
    """The reports that a later version of theirs replaced."""
    return reports.anti_join(current(reports), list(PLACE))


def taken_back(entered: ir.Table) -> ir.Table:
    """The entries that take back what was entered."""
    return entered.mutate(sign=(-entered.sign).cast("int8"), kind=ibis.literal("change"))


def cells(reports: ir.Table, ledger: ir.Table, settled: ir.Table, name: str) -> ir.Table:
    """One prepared grouping: batches reported for the first time, and what the ledger adds and takes back."""
    by = list(CUBES[name])
    regular = reports.filter((reports.again == 0) & (reports.sample_kind == "regular"))
    plain = placed(regular.inner_join(settled, ["panel", "day"]))
    one = ibis.literal(1, type="int64")
    nothing = ibis.literal(0, type="int64")
    assumed = plain.select(
        *by,
        batches=one,
        nonconforming=nothing,
        inconclusive=nothing,
        not_judged=nothing,
        results=plain.results.cast("int64"),
        results_nonconforming=nothing,
        results_inconclusive=nothing,
        results_not_judged=plain.settled.cast("int64"),
        weight=weight(plain),
        weight_nonconforming=NO_WEIGHT,
        weight_judged=weight(plain),
        square_judged=square(plain),
        square_nonconforming=NO_WEIGHT,
        unweighted=(weight(plain) == 0).cast("int64"),
    )
    placed_ledger = placed(
        ledger.left_join(settled_of(reports, settled), list(PLACE)).drop("delivery_right", "report_right")
    )
    added = ledger_measures(placed_ledger, by)
    both = assumed.union(added.select(*assumed.columns).cast(dict(assumed.schema())))
    return summed(both, by)


def settled_of(reports: ir.Table, settled: ir.Table) -> ir.Table:
    """How many lines of each report had no rule."""
    return reports.inner_join(settled, ["panel", "day"]).select(*PLACE, bare="settled")


def ledger_measures(entered: ir.Table, by: Sequence[str]) -> ir.Table:
    """What each ledger line adds: a first verdict corrects what was assumed of its batch, a change stands alone."""
    sign = entered.sign.cast("int64")
    change = entered.kind == "change"
    is_ = {word: (entered.verdict == word).cast("int64") for word in ("nonconforming", "inconclusive", "not_judged")}
    heavy = (weight(entered) * entered.sign.cast("decimal(1, 0)")).cast("decimal(38, 6)")
    squared = (square(entered) * entered.sign.cast("decimal(1, 0)")).cast("decimal(38, 6)")
    none = NO_WEIGHT
    failed = entered.verdict == "nonconforming"
    judged = entered.verdict.isin(["conforming", "nonconforming"])
    # a batch was assumed to conform, so to be judged: a first verdict that is none takes it out, a change brings its own
    enters, leaves = change & judged, ~change & ~judged
    # of a first verdict the lines without a rule were counted with the batch already
    counted_before = ibis.ifelse(change, 0, entered.bare.fill_null(0))
    return entered.select(
        *by,
        batches=ibis.ifelse(change, sign, 0).cast("int64"),
        **{word: sign * flag for word, flag in is_.items()},
        results=ibis.ifelse(change, sign * entered.results.cast("int64"), 0).cast("int64"),
        results_nonconforming=sign * entered["nonconforming"].cast("int64"),
        results_inconclusive=sign * entered["inconclusive"].cast("int64"),
        results_not_judged=sign * (entered["not_judged"].cast("int64") - counted_before.cast("int64")),
        weight=ibis.ifelse(change, heavy, none),
        weight_nonconforming=ibis.ifelse(failed, heavy, none),
        weight_judged=ibis.cases((enters, heavy), (leaves, -heavy), else_=none).cast("decimal(38, 6)"),
        square_judged=ibis.cases((enters, squared), (leaves, -squared), else_=none).cast("decimal(38, 6)"),
        square_nonconforming=ibis.ifelse(failed, squared, none),
        unweighted=ibis.cases(
            (weight(entered) != 0, 0), (enters, sign), (leaves, -sign), else_=ibis.literal(0, type="int64")
        ).cast("int64"),
    )


def placed(batches: ir.Table) -> ir.Table:
    """Batches with the dimensions of every grouping."""
    happened = ibis.coalesce(batches.sampled_on, batches.day)
    monday = happened - happened.day_of_week.index().cast("int32").as_interval("D")
    return batches.mutate(
        happened=happened,
        # a day less some days is a moment on one engine and a day on the other: by way of the moment it is a day on both
        week=monday.cast("timestamp").cast("date"),
        period=ibis.date(happened.year(), happened.month(), 1),
        category=batches.product_type.split(STEP)[0],
    )


def weight(batches: ir.Table) -> ir.DecimalValue:
    """How many batches of the population one batch stands for: the inverse of its inclusion probability."""
    inverse = ibis.literal(1.0) / batches.inclusion
    return ibis.ifelse((batches.inclusion > 0).fill_null(False), inverse, 0.0).round(6).cast("decimal(38, 6)")


def square(batches: ir.Table) -> ir.DecimalValue:
    """The weight squared, exactly: products of decimals are the same on every engine, those of floats rounded are not."""
    exact = weight(batches).cast("decimal(18, 6)")
    return (exact * exact).cast("decimal(38, 6)")


def summed(rows: ir.Table, by: Sequence[str]) -> ir.Table:
    """Rows of measures added up over their dimensions; groups in which everything cancels are left out."""
    measures = [name for name in rows.columns if name not in by]
    grouped = rows.group_by(list(by)).agg(**{name: rows[name].sum().cast(rows.schema()[name]) for name in measures})
    kept = ibis.literal(False)
    for name in measures:
        kept = kept | (grouped[name] != 0)
    return grouped.filter(kept)


def tallies(
    reports: ir.Table,
    findings: ir.Table,
    panels: ir.Table,
    subjects: ir.Table,
    envelopes: ir.Table,
    *,
    name: str,
    sign: int = 1,
) -> ir.Table:
    """Tests of each test item and what was found: from the panels of reports, and from the findings that are not plain."""
    by = list(TALLIES[name])
    firsts = placed(reports.filter((reports.stage == "first") & (reports.sample_kind == "regular")))
    dimensions = [word for word in by if word != "analyte"]
    extra = [word for word in ("day",) if word not in dimensions]
    groups = firsts.group_by([*dimensions, *extra, "panel"]).agg(n=firsts.count())
    named = panels.inner_join(subjects, "subject").inner_join(envelopes, "subject")
    content = named.select("panel", "times", "settled_before", "settled_after", item=item_name(named))
    tests = groups.inner_join(content, "panel")
    lines = tests.n * tests.times.cast("int64")
    measured = tests.select(
        *dimensions,
        analyte=tests.item,
        tests=lines.cast("int64"),
        nonconforming=ibis.literal(0, type="int64"),
        inconclusive=ibis.literal(0, type="int64"),
        not_judged=ibis.ifelse(bare(tests.day, tests), lines, 0).cast("int64"),
    )
    ours = placed(findings.filter((findings.stage == "first") & (findings.sample_kind == "regular")))
    found = ours.select(
        *dimensions,
        analyte=item_name(ours),
        tests=ibis.literal(0, type="int64"),
        nonconforming=(ours.verdict == "nonconforming").cast("int64"),
        inconclusive=(ours.verdict == "inconclusive").cast("int64"),
        not_judged=((ours.verdict == "not_judged") & ~ours.settled).cast("int64"),
    )
    both = summed(measured.union(found), by)
    return both if sign > 0 else both.mutate(**{column.name: -both[column.name] for column in TALLIED})


def item_name(rows: ir.Table) -> ir.StringValue:
    """The test item's code, or what was printed where nobody has entered it."""
    return ibis.coalesce(rows.analyte.nullif(""), rows.analyte_printed)


NO_WEIGHT = ibis.literal(Decimal(0), type="decimal(38, 6)")
LEDGER_COLUMNS = tuple(LEDGER.schema.names)
MEASURED = tuple(column.name for column in MEASURES)
