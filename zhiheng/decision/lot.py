"""From the findings of a sample to its verdict."""

from collections.abc import Mapping
from decimal import Decimal

import ibis
import ibis.expr.types as ir

from zhiheng.decision.tables import FINDINGS


def complete(findings: ir.Table, *, bands: Mapping[str, Decimal]) -> ir.Table:
    """Findings with what a retest replaced and with the severity of each nonconformity.

    A retest is final: where a sample has one for a test item that came to a verdict, the first result stays on record and
    no longer counts. A retest without a usable figure replaces nothing.
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
    return flagged.mutate(severity=severity(flagged, bands)).select(*FINDINGS.schema.names)


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
    counted = findings.filter((findings.sample_kind == "regular") & ~findings.superseded)
    binding = (counted.force == "legal").fill_null(False)
    guidance = (counted.force == "guidance").fill_null(False)
    kept = ["dataset", "product_type", "product_name", "maker", "origin", "site", "region", "province", "day"]
    grouped = counted.group_by("sample_id").agg(
        **{name: counted[name].min() for name in kept},
        results=counted.count(),
        nonconforming=(binding & (counted.verdict == "nonconforming")).cast("int64").sum(),
        conforming=(binding & (counted.verdict == "conforming")).cast("int64").sum(),
        inconclusive=(binding & (counted.verdict == "inconclusive")).cast("int64").sum(),
        not_judged=(counted.verdict == "not_judged").cast("int64").sum(),
        unsettled=(binding & counted.reason.isin(["missing_value", "unit_not_comparable"])).cast("int64").sum(),
        guidance_exceeded=(guidance & (counted.verdict == "nonconforming")).cast("int64").sum(),
        worst=ibis.ifelse(binding, rank(counted.severity), None).max(),
    )
    verdict = ibis.cases(
        (grouped.nonconforming > 0, "nonconforming"),
        (grouped.inconclusive > 0, "inconclusive"),
        ((grouped.conforming > 0) & (grouped.unsettled > 0), "inconclusive"),
        (grouped.conforming > 0, "conforming"),
        else_="not_judged",
    )
    word = ibis.cases(
        (grouped.worst == 3, "serious"),
        (grouped.worst == 2, "major"),
        (grouped.worst == 1, "minor"),
        else_=ibis.literal(None, type="string"),
    )
    return grouped.select(
        "sample_id",
        *kept,
        verdict=verdict,
        severity=word,
        results="results",
        nonconforming="nonconforming",
        inconclusive="inconclusive",
        not_judged="not_judged",
        guidance_exceeded="guidance_exceeded",
    )


def rank(severity: ir.StringValue) -> ir.IntegerValue:
    """Severity words in order."""
    return ibis.cases(
        (severity == "serious", 3),
        (severity == "major", 2),
        (severity == "minor", 1),
        else_=ibis.literal(None, type="int8"),
    )
