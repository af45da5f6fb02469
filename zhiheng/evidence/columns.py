"""From a source's text columns to the columns of evidence, as one Ibis expression a source."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir

from zhiheng.engines import Engine, mark
from zhiheng.evidence import reading
from zhiheng.evidence.faults import Fault, cell, mapped, unknown_code
from zhiheng.evidence.profile import Profile
from zhiheng.evidence.quantities import read_analytes, read_quantities, with_quantities
from zhiheng.evidence.source import Source, raw_name
from zhiheng.evidence.tables import RESULTS, UNITS
from zhiheng.rules import Analytes

__all__ = [
    "SOURCE",
    "assembled",
    "card",
    "explain",
    "read_analytes",
    "read_days",
    "read_notices",
    "read_paths",
    "read_quantities",
    "row_text",
    "units_tested",
]
DATES = ("sampled_on", "made_on")
PATHS = {"text": "string", "path": "string"}
SOURCE = "source"
MOST_KEPT = 32
_kept: dict[tuple[str, str], ir.Table] = {}


def read_days(engine: Engine, fresh: ir.Table, *, profile: Profile) -> None:
    """Each distinct printed day, read once."""
    for target in DATES:
        mapping = profile.columns.get(target)
        texts: Iterable[str] = ()
        if mapping and mapping.sources:
            text = cell(fresh, mapping.sources[0])
            texts = (row["text"] for row in engine.stream(fresh.select(text=text).filter(text.notnull()).distinct()))
        engine.table(f"days_{target}", reading.days(texts, mapping.forms if mapping else ()), ibis.schema(reading.DAYS))


def read_paths(engine: Engine, fresh: ir.Table, *, profile: Profile) -> None:
    """Each distinct printed category as a path."""
    for target, mapping in profile.columns.items():
        if mapping.path:
            text = mapped(fresh, mapping)
            texts = [row["text"] for row in engine.rows(fresh.select(text=text).filter(text.notnull()).distinct())]
            engine.table(f"paths_{target}", reading.paths(texts, mapping.path), ibis.schema(PATHS))


def with_paths(table: ir.Table, profile: Profile) -> ir.Table:
    """Join the categories that were made paths."""
    for target, mapping in profile.columns.items():
        if mapping.path:
            known = ibis.table(PATHS, name=f"paths_{target}")
            keyed = table.mutate(path_text=mapped(table, mapping))
            table = keyed.left_join(known, keyed.path_text == known.text).select(
                *[keyed[name] for name in table.columns], **{target: known.path}
            )
    return table


def read_notices(engine: Engine, fresh: ir.Table, *, profile: Profile, analytes: Analytes) -> None:
    """The items of each distinct cell, read once."""
    text = cell(fresh, profile.items["from"])
    cells = [row["text"] for row in engine.rows(fresh.select(text=text).filter(text.notnull()).distinct())]
    items, tested = reading.notices(cells, grammar=profile.items["grammar"], analytes=analytes)
    engine.table("items", items, ibis.schema(reading.ITEMS))
    engine.table("tested_texts", tested, ibis.schema(reading.TESTED))


def assembled(fresh: ir.Table, *, profile: Profile) -> ir.Table:
    """All columns of evidence for every row or item, with the first fault of each; the source is the mark of its name.

    The expression is the same for every file of these columns and this profile, and is kept: to make it and its SQL takes far
    longer than to run it over the few results of one report.
    """
    key = (repr(fresh.schema()), repr(profile))
    if key not in _kept:
        while len(_kept) >= MOST_KEPT:
            _kept.pop(next(iter(_kept)), None)
        _kept[key] = assembling(fresh, profile)
    return _kept[key]


def assembling(fresh: ir.Table, profile: Profile) -> ir.Table:
    """The expression itself."""
    faults: list[Fault] = []
    table = fresh
    for target in DATES:
        table = dated(table, target, profile, faults)
    table = (
        with_items(table, profile, faults) if profile.layout == "notices" else with_quantities(table, profile, faults)
    )
    table = with_paths(table, profile)
    result_id = table.row_hash.left(16) + "-" + table.item.cast("string")
    filled: dict[str, Any] = {
        "result_id": result_id,
        "dataset": ibis.literal(profile.name),
        "source": ibis.literal(mark(SOURCE)),
    }
    for target, mapping in profile.columns.items():
        if target in DATES or target == "analyte" or mapping.path:
            continue
        filled[target] = mapped(table, mapping)
        if mapping.otherwise == "refuse" and mapping.sources:
            faults.append(unknown_code(mapping.sources[0], list(mapping.codes), "code"))
    filled.setdefault("sample_id", table.row_hash.left(16))
    filled.setdefault("sample_kind", ibis.literal("regular"))
    filled.setdefault("stage", ibis.literal("first"))
    table = table.mutate(
        **{
            name: value
            for name, value in filled.items()
            if name not in table.columns or (name in profile.columns and not profile.columns[name].path)
        }
    )
    table = table.mutate(sample_id=table.sample_id.fill_null(table.row_hash.left(16)))
    table = with_day(table, profile, faults)
    return judged_faults(table, faults)


def row_text(fresh: ir.Table, columns: Iterable[str]) -> ir.StringValue:
    """The row as received, for whoever has to correct it."""
    named = [ibis.literal(f"{name}=") + fresh[raw_name(name)].fill_null("") for name in columns]
    return ibis.literal(" | ").join(named).left(4000)


def dated(table: ir.Table, target: str, profile: Profile, faults: list[Fault]) -> ir.Table:
    """Join the days of one date column."""
    mapping = profile.columns.get(target)
    if mapping is None or not mapping.sources:
        return table.mutate(**{target: ibis.literal(None, type="date")})
    known = ibis.table(reading.DAYS, name=f"days_{target}")
    text, why = f"{target}_text", f"{target}_why"
    keyed = table.mutate(**{text: cell(table, mapping.sources[0])})
    joined = keyed.left_join(known, keyed[text] == known.text).select(
        *[keyed[name] for name in keyed.columns], **{target: known.day, why: known.why}
    )
    faults.append(
        Fault(
            lambda rows: rows[why].notnull(),
            mapping.sources[0],
            "unreadable_date",
            lambda rows: rows[why],
            "write the day in a form that the profile lists",
        )
    )
    return joined


def with_items(table: ir.Table, profile: Profile, faults: list[Fault]) -> ir.Table:
    """One line for each printed item of a notice."""
    items = ibis.table(reading.ITEMS, name="items")
    keyed = table.mutate(cell_text=cell(table, profile.items["from"]))
    names = [name for name in reading.ITEMS if name not in ("text", "why", "item")]
    joined = keyed.left_join(items, keyed.cell_text == items.text).select(
        *[keyed[name] for name in keyed.columns],
        *[items[name] for name in names],
        item=items.item.fill_null(0),
        item_why=items.why,
    )
    source = profile.items["from"]
    faults.append(
        Fault(
            lambda rows: rows.cell_text.isnull(),
            source,
            "missing_value",
            lambda _: ibis.literal("no result is printed"),
            "fill the cell",
        )
    )
    faults.append(
        Fault(
            lambda rows: rows.item_why.notnull(),
            source,
            "unreadable_item",
            lambda rows: rows.item_why,
            "compare with the bulletin; write item, result and limit separated by ║",
        )
    )
    return joined


def with_day(table: ir.Table, profile: Profile, faults: list[Fault]) -> ir.Table:
    """The day whose rules apply."""
    if isinstance(profile.day, date):
        return table.mutate(day=ibis.literal(profile.day, type="date"))
    faults.append(
        Fault(
            lambda rows: rows.day.isnull(),
            profile.day,
            "missing_day",
            lambda _: ibis.literal("no day: without it no rule can be chosen"),
            f"fill the column behind {profile.day}",
        )
    )
    return table.mutate(day=table[profile.day])


def judged_faults(table: ir.Table, faults: list[Fault]) -> ir.Table:
    """The columns of evidence and the first fault of each row."""
    none = ibis.literal(None, type="string")
    # tested once and numbered: four columns that each repeat every test cost four times as much
    number = ibis.cases(
        *[(fault.bad(table), place) for place, fault in enumerate(faults)], else_=ibis.literal(None, type="int8")
    )
    shaped = {
        column.name: (table[column.name] if column.name in table.columns else ibis.literal(None)).cast(column.type)
        for column in RESULTS.columns
    }
    reasons = {f"reason_{place}": fault.reason(table) for place, fault in enumerate(faults)}
    tested = table.select(**shaped, **reasons, fault=number.cast("int8") if faults else ibis.literal(None, type="int8"))

    def first(texts: list[Any]) -> ir.StringValue:
        return (
            ibis.cases(*[(tested.fault == place, text) for place, text in enumerate(texts)], else_=none)
            if texts
            else none
        )

    return tested.select(
        *RESULTS.schema.names,
        fault_column=first([fault.column for fault in faults]),
        fault_code=first([fault.code for fault in faults]),
        fault_reason=first([tested[name] for name in reasons]),
        fault_remedy=first([fault.remedy for fault in faults]),
    )


def units_tested(engine: Engine, *, profile: Profile) -> None:
    """The table `tested`: every unit of results that have several."""
    if profile.layout != "notices":
        engine.table("tested", [], UNITS.schema)
        return
    texts = ibis.table(reading.TESTED, name="tested_texts")
    rows = ibis.table({"result_id": "string", "cell": "string", "item": "int64"}, name="item_rows")
    accepted = RESULTS.unbound("accepted")
    fresh = ibis.table({"row": "int64", raw_name(profile.items["from"]): "string"}, name="fresh")
    keyed = accepted.inner_join(fresh, accepted.row == fresh.row).select(
        accepted.result_id, accepted.item, cell=cell(fresh, profile.items["from"])
    )
    engine.create("item_rows", keyed)
    engine.create(
        "tested",
        rows.inner_join(texts, [rows.cell == texts.text, rows.item == texts.item]).select(
            rows.result_id, texts.number, texts.comparator, texts.value
        ),
    )


def explain(profile: Profile, found: Source) -> tuple[str, ...]:
    """What a profile understands of a source, one line a column."""
    lines = [
        f"{found.form.upper()}{', ' + found.encoding if found.encoding else ''}, {len(found.columns)} columns, layout {profile.layout}"
    ]
    for target, mapping in profile.columns.items():
        origin = f"always '{mapping.constant}'" if mapping.constant is not None else " + ".join(mapping.sources)
        extra = f", {len(mapping.codes)} codes" if mapping.codes else ""
        lines.append(f"{target} ← {origin}{extra}{', forms ' + ' '.join(mapping.forms) if mapping.forms else ''}")
    if profile.quantity.value:
        lines.append(f"value ← {profile.quantity.value} in {profile.quantity.unit or profile.quantity.unit_constant}")
    if profile.items:
        lines.append(f"items ← {profile.items['from']} read as {profile.items['grammar']}")
    lines.append(f"rules {', '.join(profile.rules)} as on {profile.day}")
    ignored = [name for name in found.columns if name not in profile.needed]
    if ignored:
        lines.append(f"not used: {', '.join(ignored[:30])}")
    return tuple(lines)


def card(profile: Profile) -> dict[str, Any]:
    """What later stages need to know of a profile."""
    return {
        "name": profile.name,
        "title": profile.title,
        "question": profile.question,
        "origin": profile.origin,
        "supports": profile.supports,
        "supports_note": profile.supports_note,
        "scheme": profile.scheme,
        "rules": list(profile.rules),
        "decision": profile.decision,
        "day": str(profile.day),
        "layout": profile.layout,
        "place": profile.place,
        "series": profile.series or {"by": ["product_type", "analyte"], "step": "month"},
        "strata": profile.strata,
        "fingerprint": profile.fingerprint,
    }
