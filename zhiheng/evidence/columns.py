"""From a source's text columns to the columns of evidence, as one Ibis expression a source."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir

from zhiheng.engines import Engine
from zhiheng.evidence import reading
from zhiheng.evidence.profile import Mapping, Profile
from zhiheng.evidence.source import Source, raw_name
from zhiheng.evidence.tables import EXACT, RESULTS, UNITS
from zhiheng.rules import Analytes

NO_UNIT = "?"
DATES = ("sampled_on", "made_on")
ANALYTE = {"text": "string", "code": "string"}
PATHS = {"text": "string", "path": "string"}
FIGURES = ("reporting_level", "uncertainty", "lower", "upper")


@dataclass(frozen=True)
class Fault:
    """A test that a row must pass, with what to say when it does not."""

    bad: Callable[[ir.Table], ir.BooleanValue]
    column: str
    code: str
    reason: Callable[[ir.Table], ir.StringValue]
    remedy: str


def cell(table: ir.Table, name: str) -> ir.StringValue:
    """A source cell without outer spaces; nothing when it is empty."""
    return table[raw_name(name)].strip().nullif("")


def mapped(table: ir.Table, mapping: Mapping) -> ir.StringValue:
    """One of our columns as text."""
    if mapping.constant is not None:
        return ibis.literal(mapping.constant)
    parts = [cell(table, source) for source in mapping.sources]
    text = parts[0]
    if len(parts) > 1:
        text = ibis.literal(mapping.join).join([part.fill_null("") for part in parts])
    for blank in mapping.empty:
        text = text.nullif(blank)
    if mapping.digest:
        return text.hexdigest("md5").left(16)
    if not mapping.codes:
        return text
    return ibis.cases(
        *[(text.fill_null("") == code, ibis.literal(value, type="string")) for code, value in mapping.codes.items()],
        else_=fallback(text, mapping.otherwise),
    )


def unknown_code(source: str, codes: list[str], what: str) -> Fault:
    """A code or flag that the profile does not list although it must."""
    return Fault(
        lambda table: is_unlisted(cell(table, source).fill_null(""), codes),
        source,
        "unknown_code",
        lambda table: ibis.literal(f"the {what} '") + cell(table, source).fill_null("") + "' is not in the profile",
        f"correct the cell, or add the {what} to the profile",
    )


def is_unlisted(text: ir.StringValue, codes: list[str]) -> ir.BooleanValue:
    """Whether a text is none of the codes; as a case, since the engine would join a table for every `IN`."""
    if not codes:
        return ibis.literal(True)
    return ibis.cases(*[(text == code, False) for code in codes], else_=True)


def fallback(text: ir.StringValue, otherwise: str) -> ir.StringValue:
    """What an unlisted code becomes."""
    if otherwise == "keep":
        return text
    return ibis.literal(otherwise[1:] if otherwise.startswith("=") else None, type="string")


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


def unit_text(fresh: ir.Table, profile: Profile) -> ir.StringValue:
    """The unit of a row: its column, its codes, or the constant of the profile."""
    spec = profile.quantity
    if not spec.unit:
        return ibis.literal(spec.unit_constant)
    text = cell(fresh, spec.unit).fill_null("")
    if not spec.unit_codes:
        return text
    pairs = [
        (text == code, ibis.literal(NO_UNIT if value is None else str(value)))
        for code, value in spec.unit_codes.items()
    ]
    return ibis.cases(*pairs, else_=text)


def value_text(fresh: ir.Table, profile: Profile) -> ir.StringValue:
    """The value cell, empty where its text stands for "not detected"."""
    text = cell(fresh, profile.quantity.value).fill_null("")
    return (
        ibis.ifelse(text.isin(list(profile.quantity.not_detected)), "", text) if profile.quantity.not_detected else text
    )


def read_quantities(engine: Engine, fresh: ir.Table, *, profile: Profile) -> None:
    """Each distinct (figure, unit) of every quantity column, read once; and each distinct printed limit."""
    spec, unit = profile.quantity, unit_text(fresh, profile)
    pairs = [fresh.select(text=value_text(fresh, profile), unit=unit)]
    pairs += [
        fresh.select(text=cell(fresh, getattr(spec, name)).fill_null(""), unit=unit)
        for name in FIGURES
        if getattr(spec, name)
    ]
    every = ibis.union(*pairs, distinct=True) if len(pairs) > 1 else pairs[0].distinct()
    lines = (
        reading.blank_line(row["text"], row["unit"])
        if row["text"] == "" or row["unit"] == NO_UNIT
        else reading.quantity_line(row["text"], row["unit"], negative=spec.negative)
        for row in engine.stream(every)
    )
    engine.table("quantities", lines, ibis.schema(reading.QUANTITIES))
    limits: list[str] = []
    if spec.printed_limit:
        text = cell(fresh, spec.printed_limit)
        limits = [row["text"] for row in engine.rows(fresh.select(text=text).filter(text.notnull()).distinct())]
    engine.table("limits", reading.printed_limits(limits), ibis.schema({"text": "string", **reading.LIMITS}))


def read_notices(engine: Engine, fresh: ir.Table, *, profile: Profile, analytes: Analytes) -> None:
    """The items of each distinct cell, read once."""
    text = cell(fresh, profile.items["from"])
    cells = [row["text"] for row in engine.rows(fresh.select(text=text).filter(text.notnull()).distinct())]
    items, tested = reading.notices(cells, grammar=profile.items["grammar"], analytes=analytes)
    engine.table("items", items, ibis.schema(reading.ITEMS))
    engine.table("tested_texts", tested, ibis.schema(reading.TESTED))


def assembled(engine: Engine, fresh: ir.Table, *, found: Source, profile: Profile, analytes: Analytes) -> ir.Table:
    """All columns of evidence for every row or item, with the first fault of each."""
    faults: list[Fault] = []
    table = fresh
    for target in DATES:
        table = dated(table, target, profile, faults)
    table = (
        with_items(table, profile, faults)
        if profile.layout == "notices"
        else with_quantities(engine, table, profile, analytes, faults)
    )
    table = with_paths(table, profile)
    result_id = table.row_hash.left(16) + "-" + table.item.cast("string")
    filled: dict[str, Any] = {
        "result_id": result_id,
        "dataset": ibis.literal(profile.name),
        "source": ibis.literal(found.sha256),
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


def row_text(fresh: ir.Table, found: Source) -> ir.StringValue:
    """The row as received, for whoever has to correct it."""
    named = [ibis.literal(f"{name}=") + fresh[raw_name(name)].fill_null("") for name in found.columns]
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


def with_quantities(
    engine: Engine, table: ir.Table, profile: Profile, analytes: Analytes, faults: list[Fault]
) -> ir.Table:
    """The measured value of a row and what surrounds it."""
    spec = profile.quantity
    keyed = table.mutate(
        value_text=value_text(table, profile), unit_text=unit_text(table, profile), item=ibis.literal(1, type="int64")
    )
    known = ibis.table(reading.QUANTITIES, name="quantities")
    joined = keyed.left_join(known, [keyed.value_text == known.text, keyed.unit_text == known.unit]).select(
        *[keyed[name] for name in keyed.columns],
        read_comparator=known.comparator,
        value=known.value,
        kind=known.kind.nullif(""),
        read_level=known.level,
        value_why=known.why,
    )
    faults.append(
        Fault(
            lambda rows: rows.value_why.notnull(),
            spec.value,
            "unreadable_quantity",
            lambda rows: rows.value_why,
            "correct value or unit in the source, or add the unit's spelling to the vocabulary",
        )
    )
    for name in FIGURES:
        joined = figure(joined, name, getattr(spec, name), faults)
    joined = compared(joined, profile, faults)
    joined = limited(joined, spec.printed_limit)
    return with_analytes(engine, joined, profile, analytes, faults)


def figure(table: ir.Table, name: str, source: str, faults: list[Fault]) -> ir.Table:
    """One further quantity column, in the unit of the row."""
    if not source:
        return table.mutate(**{name: ibis.literal(None, type=EXACT)})
    known = ibis.table(reading.QUANTITIES, name="quantities").view()
    keyed = table.mutate(figure_text=cell(table, source).fill_null(""))
    why = f"{name}_why"
    joined = keyed.left_join(known, [keyed.figure_text == known.text, keyed.unit_text == known.unit]).select(
        *[keyed[column] for column in table.columns], **{name: known.value, why: known.why}
    )
    faults.append(
        Fault(
            lambda rows: rows[why].notnull(),
            source,
            "unreadable_quantity",
            lambda rows: rows[why],
            "correct the figure in the source",
        )
    )
    return joined


def compared(table: ir.Table, profile: Profile, faults: list[Fault]) -> ir.Table:
    """The comparator: the flag column's word, "not detected" texts, or what the value cell itself says."""
    spec = profile.quantity
    comparator = table.read_comparator
    if spec.not_detected:
        comparator = ibis.ifelse(cell(table, spec.value).isin(list(spec.not_detected)), "nd", comparator)
    if spec.comparator:
        flag = cell(table, spec.comparator).fill_null("")
        pairs = [(flag == code, ibis.literal(word)) for code, word in spec.comparator_codes.items()]
        said = ibis.cases(*pairs, else_=ibis.literal(None, type="string"))
        comparator = ibis.ifelse(
            (said == "=") & table.value.isnull(),
            ibis.literal(None, type="string"),
            ibis.ifelse(said == "=", comparator, said),
        )
        faults.append(unknown_code(spec.comparator, list(spec.comparator_codes), "flag"))
    level = ibis.coalesce(
        ibis.ifelse(comparator == "<", table.value, table.reporting_level), table.read_level, table.reporting_level
    )
    return table.mutate(
        comparator=comparator,
        reporting_level=level,
        units_tested=ibis.literal(1, type="int64"),
        printed=cell(table, spec.value),
        printed_unit=table.unit_text.nullif(NO_UNIT).nullif(""),
    )


def limited(table: ir.Table, source: str) -> ir.Table:
    """The printed limit of a row, where the source prints one."""
    if not source:
        return table
    known = ibis.table({"text": "string", **reading.LIMITS}, name="limits")
    keyed = table.mutate(printed_limit=cell(table, source))
    return keyed.left_join(known, keyed.printed_limit == known.text).select(
        *[keyed[name] for name in keyed.columns], *[known[name] for name in reading.LIMITS]
    )


def with_analytes(
    engine: Engine, table: ir.Table, profile: Profile, analytes: Analytes, faults: list[Fault]
) -> ir.Table:
    """The test item's code: from the profile's codes, or from the vocabulary by its printed name."""
    mapping = profile.columns["analyte"]
    raw = ibis.literal(mapping.constant) if mapping.constant is not None else cell(table, mapping.sources[0])
    texts = [mapping.constant] if mapping.constant is not None else distinct_texts(engine, mapping.sources[0])
    lines = [(text, mapping.codes.get(text) or analytes.code(text)) for text in texts if text]
    engine.table("analytes", lines, ibis.schema(ANALYTE))
    known = ibis.table(ANALYTE, name="analytes")
    keyed = table.mutate(analyte_raw=raw)
    joined = keyed.left_join(known, keyed.analyte_raw == known.text).select(
        *[keyed[name] for name in keyed.columns], analyte=known.code
    )
    if "analyte_printed" not in profile.columns:
        joined = joined.mutate(analyte_printed=joined.analyte_raw)
    if mapping.otherwise == "refuse":
        faults.append(
            Fault(
                lambda rows: rows.analyte.isnull(),
                mapping.sources[0],
                "unknown_analyte",
                lambda rows: ibis.literal("nobody has entered the test item '") + rows.analyte_raw.fill_null("") + "'",
                "correct the name, or add it to the profile's codes",
            )
        )
    return joined


def distinct_texts(engine: Engine, source: str) -> list[str]:
    """The distinct texts of a source column among the fresh rows."""
    table = ibis.table({raw_name(source): "string"}, name="fresh")
    return [row["text"] for row in engine.rows(table.select(text=cell(table, source)).distinct()) if row["text"]]


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
