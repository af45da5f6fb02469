"""The measured value of a row, and what its source says around it: unit, flag, levels, uncertainty, printed limit."""

import ibis
import ibis.expr.types as ir

from zhiheng.engines import Engine
from zhiheng.evidence import reading
from zhiheng.evidence.faults import Fault, cell, unknown_code
from zhiheng.evidence.profile import Profile
from zhiheng.evidence.source import raw_name
from zhiheng.evidence.tables import EXACT
from zhiheng.rules import Analytes

NO_UNIT = "?"
ANALYTE = {"text": "string", "code": "string"}
FIGURES = ("reporting_level", "uncertainty", "lower", "upper")


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


def with_quantities(table: ir.Table, profile: Profile, faults: list[Fault]) -> ir.Table:
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
    return with_analytes(joined, profile, faults)


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


def read_analytes(engine: Engine, *, profile: Profile, analytes: Analytes) -> None:
    """Each distinct printed test item with its code: from the profile's codes, or from the vocabulary by its printed name."""
    mapping = profile.columns["analyte"]
    texts = [mapping.constant] if mapping.constant is not None else distinct_texts(engine, mapping.sources[0])
    lines = [(text, mapping.codes.get(text) or analytes.code(text)) for text in texts if text]
    engine.table("analytes", lines, ibis.schema(ANALYTE))


def with_analytes(table: ir.Table, profile: Profile, faults: list[Fault]) -> ir.Table:
    """The test item's code."""
    mapping = profile.columns["analyte"]
    raw = ibis.literal(mapping.constant) if mapping.constant is not None else cell(table, mapping.sources[0])
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
