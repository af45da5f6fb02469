"""The limit that a notice prints, held against the same result and against our own rule."""

import ibis
import ibis.expr.types as ir

from zhiheng.decision.verdict import ABSENT, judged, plan_counts

AGREEMENTS = {
    "agree": ("agrees with ours, which was read elsewhere", "与我们的规则一致（独立来源）"),
    "agree_unread": ("agrees with ours, which was inferred or never read", "与我们的规则一致（规则系推定或未读原文）"),
    "agree_same_source": ("agrees with ours, which was read from such notices", "与我们的规则一致（规则读自同类通报）"),
    "differ": ("differs from ours", "与我们的规则不一致"),
    "ours_missing": ("we have no rule", "我们没有规则"),
    "printed_unreadable": ("the printed limit cannot be read", "原文标准值无法读取"),
}
PRINTED = {
    "operator": "limit_operator",
    "low": "limit_low",
    "high": "limit_high",
    "n": "limit_n",
    "c": "limit_c",
    "m": "limit_m",
    "m_max": "limit_m_max",
    "rule_kind": "limit_kind",
}


def compare(findings: ir.Table, tested: ir.Table) -> ir.Table:
    """Findings with the verdict by the printed limit, and whether that limit is ours."""
    own = findings.select(
        "result_id",
        "sample_kind",
        "state",
        "least",
        "most",
        "open",
        "lower",
        "upper",
        "value",
        "kind",
        "comparator",
        "day",
        "analyte_printed",
        **{ours: findings[printed] for ours, printed in PRINTED.items()},
        rule_key=ibis.ifelse(findings.limit_operator.notnull(), "printed", ibis.literal(None, type="string")),
        absence=ibis.literal("no_rule"),
        condition=ibis.literal(None, type="string"),
        met_by=ibis.literal(None, type="string"),
        decision=ibis.literal("simple"),
        checked=ibis.literal(None, type="date"),
    )
    told = judged(plan_counts(own, tested)).select("result_id", printed_verdict="verdict")
    has_printed = findings.printed_limit.notnull() | findings.limit_operator.notnull() | findings.limit_remark.notnull()
    return findings.left_join(told, "result_id").select(
        *[findings[name] for name in findings.columns],
        printed_verdict=ibis.ifelse(has_printed, told.printed_verdict, ibis.literal(None, type="string")),
        agreement=ibis.ifelse(has_printed, agreement(findings), ibis.literal(None, type="string")),
    )


def uncompared(findings: ir.Table) -> ir.Table:
    """Findings of a source that prints no limits."""
    none = ibis.literal(None, type="string")
    return findings.mutate(printed_verdict=none, agreement=none)


def agreement(findings: ir.Table) -> ir.StringValue:
    """Whether the printed limit is the one that our rule gives for the day."""
    same = (findings.operator == findings.limit_operator).fill_null(False)
    figures = same & ibis.ifelse(
        findings.operator.isin(list(ABSENT)),
        True,
        (findings.rule_kind == findings.limit_kind)
        & alike(findings, "low")
        & alike(findings, "high")
        & alike(findings, "n")
        & alike(findings, "c")
        & alike(findings, "m")
        & alike(findings, "m_max"),
    ).fill_null(False)
    return ibis.cases(
        (findings.limit_operator.isnull(), "printed_unreadable"),
        (findings.rule_key.isnull(), "ours_missing"),
        (figures & (findings.confidence == "notice"), "agree_same_source"),
        (figures & findings.confidence.isin(["inferred", "background"]), "agree_unread"),
        (figures, "agree"),
        else_="differ",
    )


def alike(findings: ir.Table, name: str) -> ir.BooleanValue:
    """Whether two figures are equal, or both absent."""
    ours, theirs = findings[name], findings[f"limit_{name}"]
    return (ours.isnull() & theirs.isnull()) | (ours == theirs).fill_null(False)
