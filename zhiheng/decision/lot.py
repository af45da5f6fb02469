"""From the findings of a sample to its verdict."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

import ibis
import ibis.expr.types as ir

from zhiheng.decision.tables import FINDINGS


def complete(findings: ir.Table, *, bands: Mapping[str, Decimal], keep: Sequence[str] = ()) -> ir.Table:
    """Findings with what a retest replaced and with the severity of each nonconformity.

    A retest is final: where a sample has one for a test item that came to a verdict, the first result stays on record and
    no longer counts. A retest without a usable figure replaces nothing. Columns of a larger table are handed on by `keep`.
    """
    item = ibis.coalesce(findings.analyte, findings.analyte_printed)
    keyed = findings.mutate(item_key=item)
    settled = keyed.verdict.isin(["conforming", "nonconforming"]) | keyed.printed_verdict.isin(
        ["conforming", "nonconforming"]
    ).fill_null(False)
    retested = keyed.filter((keyed.stage == "retest") & settled).select(again="sample_id", what="item_key").distinct()
    joined = keyed.left_join(retested, [keyed.sample_id == retested.again, keyed.item_key == retested.what])
    flagged = joined.select(
        *[keyed[name] for name in findings.columns],
        superseded=((keyed.stage == "first") & retested.again.notnull()).fill_null(False),
    )
    return flagged.mutate(severity=severity(flagged, bands)).select(*FINDINGS.schema.names, *keep)


def graded(findings: ir.Table, *, bands: Mapping[str, Decimal], keep: Sequence[str] = ()) -> ir.Table:
    """Findings with the severity of each nonconformity, before anything is known of retests."""
    flagged = findings.mutate(superseded=ibis.literal(False))
    return flagged.mutate(severity=severity(flagged, bands)).select(*FINDINGS.schema.names, *keep)


def severity(findings: ir.Table, bands: Mapping[str, Decimal]) -> ir.StringValue:
    """How far beyond the limit a nonconforming result lies."""
    ordered = sorted(bands.items(), key=lambda band: -band[1])
    reached = [(findings.exceedance >= float(least), name) for name, least in ordered]
    lightest = ordered[-1][0]
    return ibis.cases(
        (findings.verdict != "nonconforming", ibis.literal(None, type="string")),
        (findings.reason == "found_where_not_allowed", ordered[0][0]),
        ((findings.reason == "plan_failed") & (findings.m == 0), ordered[0][0]),
        (findings.exceedance.isnull(), ibis.literal(None, type="string")),
        *reached,
        else_=lightest,
    )


def decide(findings: ir.Table) -> ir.Table:
    """The verdict of every sample from its findings that count.

    One nonconforming item fails the sample. Guidance values do not: they are counted beside the verdict.
    """
    counted = findings.filter(counts(findings))
    kept = ["dataset", "product_type", "product_name", "maker", "origin", "site", "region", "province", "day"]
    grouped = tallied(counted, by=["sample_id"], **{name: counted[name].min() for name in kept})
    return grouped.select(
        "sample_id",
        *kept,
        verdict=verdict(grouped),
        severity=worst(grouped),
        results="results",
        nonconforming="nonconforming",
        inconclusive="inconclusive",
        not_judged="not_judged",
        guidance_exceeded="guidance_exceeded",
    )


def counts(findings: ir.Table) -> ir.BooleanValue:
    """Whether a finding counts towards the verdict of its sample."""
    return (findings.sample_kind == "regular") & ~findings.superseded


def tallied(findings: ir.Table, *, by: Sequence[str], **more: ir.Value) -> ir.Table:
    """How many findings of each kind every sample, or whatever they are grouped by, has."""
    binding = (findings.force == "legal").fill_null(False)
    guidance = (findings.force == "guidance").fill_null(False)
    return findings.group_by(list(by)).agg(
        **more,
        results=findings.count(),
        nonconforming=(binding & (findings.verdict == "nonconforming")).cast("int64").sum(),
        conforming=(binding & (findings.verdict == "conforming")).cast("int64").sum(),
        inconclusive=(binding & (findings.verdict == "inconclusive")).cast("int64").sum(),
        not_judged=(findings.verdict == "not_judged").cast("int64").sum(),
        unsettled=(binding & findings.reason.isin(["missing_value", "unit_not_comparable"])).cast("int64").sum(),
        guidance_exceeded=(guidance & (findings.verdict == "nonconforming")).cast("int64").sum(),
        worst=ibis.ifelse(binding, rank(findings.severity), None).max(),
    )


def verdict(tally: ir.Table) -> ir.StringValue:
    """The verdict from the tally."""
    return ibis.cases(
        (tally.nonconforming > 0, "nonconforming"),
        (tally.inconclusive > 0, "inconclusive"),
        ((tally.conforming > 0) & (tally.unsettled > 0), "inconclusive"),
        (tally.conforming > 0, "conforming"),
        else_="not_judged",
    )


def worst(tally: ir.Table) -> ir.StringValue:
    """The gravest severity in the tally, in words."""
    return ibis.cases(
        (tally.worst == 3, "serious"),
        (tally.worst == 2, "major"),
        (tally.worst == 1, "minor"),
        else_=ibis.literal(None, type="string"),
    )


def rank(severity: ir.StringValue) -> ir.IntegerValue:
    """Severity words in order."""
    return ibis.cases(
        (severity == "serious", 3),
        (severity == "major", 2),
        (severity == "minor", 1),
        else_=ibis.literal(None, type="int8"),
    )
