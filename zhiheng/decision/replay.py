"""The same results under two states of the law: which requirements differ, and whose verdict changes with them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir

from zhiheng.decision.envelope import PLAIN, SETTLED, marked
from zhiheng.evidence.tables import EXACT, Column, Table

Line = Mapping[str, Any]
WHEN = ("since", "until")
TOUCHED = {"subject": "int32", "since": "date", "until": "date"}

CHANGES = Table(
    "changes",
    "Results whose verdict changes",
    "判定发生变化的检验结果",
    (
        Column("result_id", "string", "Result", "结果编号"),
        Column("sample_id", "string", "Sample", "样品编号"),
        Column("delivery", "int64", "Delivery", "报送批号"),
        Column("report", "int32", "Report in the delivery", "报告序号"),
        Column("day", "date", "Day whose rules apply", "适用规则之日"),
        Column("product_type", "string", "Product type", "产品类别"),
        Column("product_name", "string", "Product", "产品名称"),
        Column("region", "string", "Region of sampling", "抽样地区"),
        Column("province", "string", "Province", "省份"),
        Column("analyte", "string", "Test item code", "检验项目代码"),
        Column("analyte_printed", "string", "Test item as printed", "检验项目（原文）"),
        Column("comparator", "string", "Comparator", "比较符"),
        Column("value", EXACT, "Value in the canonical unit", "换算值"),
        Column("kind", "string", "Canonical unit", "换算单位"),
        Column("verdict_a", "string", "Verdict under the first rules", "规则一下的判定"),
        Column("reason_a", "string", "Reason under the first rules", "规则一下的理由"),
        Column("verdict_b", "string", "Verdict under the second rules", "规则二下的判定"),
        Column("reason_b", "string", "Reason under the second rules", "规则二下的理由"),
    ),
)


def segments(before: Iterable[Line], after: Iterable[Line]) -> Iterator[tuple[date, date]]:
    """The stretches of days on which two histories of one subject require different things."""
    one, other = sorted(before, key=since), sorted(after, key=since)
    days = sorted({line[when] for line in (*one, *other) for when in WHEN})
    begun: date | None = None
    for start, end in zip(days, days[1:], strict=False):
        differs = stated(one, start) != stated(other, start)
        if differs and begun is None:
            begun = start
        if begun is not None and not differs:
            yield begun, start
            begun = None
        if begun is not None and end == days[-1]:
            yield begun, end


def since(line: Line) -> date:
    """The first day of a requirement."""
    return line["since"]  # type: ignore[no-any-return]


def stated(history: Sequence[Line], on: date) -> dict[str, Any]:
    """What a history requires on a day, without the days themselves."""
    found = next((line for line in history if line["since"] <= on < line["until"]), {})
    return {name: value for name, value in found.items() if name not in WHEN}


def touched(
    subjects: Iterable[Mapping[str, Any]],
    before: Mapping[tuple[str, str], Mapping[str, Sequence[Line]]],
    after: Mapping[tuple[str, str], Mapping[str, Sequence[Line]]],
) -> Iterator[tuple[int, date, date]]:
    """Subjects with the days on which their requirement differs, disjoint: (subject, since, until)."""
    for subject in subjects:
        key = subject["product_type"], subject["analyte"]
        ours, theirs = before.get(key, {}), after.get(key, {})
        spans = sorted(span for name in {*ours, *theirs} for span in segments(ours.get(name, ()), theirs.get(name, ())))
        for first, last in merged(spans):
            yield subject["subject"], first, last


def merged(spans: Sequence[tuple[date, date]]) -> list[tuple[date, date]]:
    """Overlapping or adjoining spans as one.

    >>> merged([(date(2025, 1, 1), date(2025, 3, 1)), (date(2025, 2, 1), date(2025, 4, 1))])
    [(datetime.date(2025, 1, 1), datetime.date(2025, 4, 1))]
    """
    found: list[tuple[date, date]] = []
    for first, last in spans:
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return found


def reached(rows: ir.Table, spans: ir.Table) -> ir.Table:
    """The rows, with columns `subject` and `day`, whose requirement differs."""
    near = rows.semi_join(spans.select("subject").distinct(), "subject").view()
    found = near.semi_join(spans, [near.subject == spans.subject, near.day >= spans.since, near.day < spans.until])
    # a relation of its own, to be joined further
    return found.view()


def untouched(rows: ir.Table, spans: ir.Table) -> ir.Table:
    """The rows whose requirement is the same."""
    return rows.anti_join(spans, [rows.subject == spans.subject, rows.day >= spans.since, rows.day < spans.until])


def sides(lines: ir.Table, before: ir.Table, after: ir.Table, *, coverage_factor: Decimal, guarded: bool) -> ir.Table:
    """Lines marked under both laws, those that are plain in the same way under both left out."""
    one = marked(lines, before, coverage_factor=coverage_factor, guarded=guarded)
    both = marked(one, after, coverage_factor=coverage_factor, guarded=guarded, suffix="_b")
    return both.filter((both.plain == 0) | (both.plain_b == 0) | (both.plain != both.plain_b))


def changed(opened: ir.Table, first: ir.Table, second: ir.Table) -> ir.Table:
    """Results whose verdict differs: `opened` has plain, absence and both again for the second law (plain_b, absence_b)."""
    one = first.select(id_a="result_id", full_a=first.verdict, why_a=first.reason)
    other = second.select(id_b="result_id", full_b=second.verdict, why_b=second.reason)
    both = opened.left_join(one, [("result_id", "id_a")]).left_join(other, [("result_id", "id_b")])
    table = both.mutate(
        verdict_a=worded(both.plain, both.full_a),
        reason_a=reasoned(both.plain, both.absence, both.why_a),
        verdict_b=worded(both.plain_b, both.full_b),
        reason_b=reasoned(both.plain_b, both.absence_b, both.why_b),
    )
    return table.filter(table.verdict_a != table.verdict_b).select(*CHANGES.schema.names)


def worded(plain: ir.IntegerValue, full: ir.StringValue) -> ir.StringValue:
    """The verdict of a line: plain, or as judged."""
    return ibis.cases((plain == PLAIN, "conforming"), (plain == SETTLED, "not_judged"), else_=full)


def reasoned(plain: ir.IntegerValue, absence: ir.StringValue, why: ir.StringValue) -> ir.StringValue:
    """The reason of a line's verdict; why a plain one conforms is not asked."""
    none = ibis.literal(None, type="string")
    return ibis.cases((plain == PLAIN, none), (plain == SETTLED, absence), else_=why)


def counted(changes: ir.Table, *, by: Sequence[str]) -> ir.Table:
    """How many results go from which verdict to which."""
    keys = [*by, "verdict_a", "verdict_b"]
    return changes.group_by(keys).agg(n=changes.count()).order_by([ibis.desc("n"), *keys])
