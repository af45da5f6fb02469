"""The rows behind any figure: batches with their verdicts, or findings of a test item, a page at a time."""

from collections.abc import Sequence
from typing import Any

import ibis
import ibis.expr.types as ir

from zhiheng.decision.ledger import PLACE
from zhiheng.decision.tables import KEPT_FINDINGS
from zhiheng.engines import mark
from zhiheng.evidence.delivered import PANELS, REPORTS, SUBJECTS
from zhiheng.evidence.lake import Snapshot
from zhiheng.evidence.tables import Table
from zhiheng.reports.nation.asking import BLANK, EXACT, VERDICTS, WHEN, Asked, narrower, placed, token, window
from zhiheng.reports.nation.figures import Row, stem
from zhiheng.reports.nation.held import Nation, Values
from zhiheng.reports.nation.loading import ASIDE, FAULTS, INDEX, STANDING
from zhiheng.rules import STEP

FIGURES = (
    *REPORTS.schema.names[: REPORTS.schema.names.index("received") + 1],
    "sample_id",
    "version",
    "stage",
    "product_type",
    "product_name",
    "maker",
    "maker_id",
    "site",
    "site_id",
    "region",
    "province",
    "channel",
    "arm",
    "sampled_on",
    "day",
    "results",
)
LISTED = Table(
    "batches",
    "Batches",
    "批次",
    tuple(
        column
        for name in (*FIGURES, "verdict", "severity", "nonconforming", "inconclusive", "not_judged")
        for column in {entry.name: entry for entry in (*REPORTS.columns, *STANDING.columns)}.values()
        if column.name == name
    ),
)
FOUND = (
    "delivery",
    "report",
    "item",
    "sample_id",
    "version",
    "product_type",
    "product_name",
    "maker",
    "site",
    "region",
    "province",
    "channel",
    "arm",
    "sampled_on",
    "day",
    "analyte",
    "analyte_printed",
    "printed",
    "comparator",
    "value",
    "kind",
    "operator",
    "rule_text",
    "rule_key",
    "verdict",
    "reason",
    "severity",
    "exceedance",
    "result_id",
)
RESULTS = Table(
    "results_found",
    "Results that are not plain",
    "检验结果（非明显合格）",
    tuple(next(column for column in KEPT_FINDINGS.columns if column.name == name) for name in FOUND),
)


# columns of a batch that memory has: no file is opened for them
SLIM = ("product_type", "region", "province", "channel", "arm")


def page(nation: Nation, question: Asked, names: Sequence[str] = LISTED.schema.names) -> tuple[list[Row], str]:
    """One page of rows, newest first, and the place from which the next page goes on (nothing on the last).

    The page is found in memory; only the files that hold its rows are read, and of a batch only the columns that are named.
    """
    places = sought(nation, question)
    shown, more = places[: question.size], len(places) > question.size
    held = findings_at(nation, shown) if question.is_found else batches_at(nation, shown, names)
    return held, placed(shown[-1]) if more else ""


def sought(nation: Nation, question: Asked) -> list[Row]:
    """The places of the rows of a page, and one more."""
    table = ibis.table(FAULTS, name="faults") if question.is_found else ibis.table(INDEX, name="index")
    shape, values, chosen = indexed(nation, table, question)
    keys = [chosen.happened, chosen.delivery, chosen.report, *([chosen.item] if question.is_found else [])]
    if question.after:
        last = dict(zip(("at", "at_delivery", "at_report", "at_item"), token(question.after), strict=True))
        marks = [ibis.literal(mark(name)).cast(key.type()) for name, key in zip(last, keys, strict=False)]
        chosen, values = chosen.filter(beyond(keys, marks)), values + tuple(list(last.items())[: len(keys)])
    size = question.size + 1
    names = [key.get_name() for key in keys]
    slim = () if question.is_found else SLIM
    return nation.ask(
        ("sought", question.is_found, bool(question.after), size, shape),
        values,
        lambda: ordered(chosen.select(*names, *slim), names).limit(size),
    )


def ordered(places: ir.Table, keys: Sequence[str]) -> ir.Table:
    """Places in the order of the list: the newest first, then as they came."""
    first, *rest = keys
    return places.order_by([ibis.desc(first), *rest])


def indexed(nation: Nation, table: ir.Table, question: Asked) -> tuple[Any, Values, ir.Table]:
    """The slim rows of a question: the shape of it, its values, and the expression with marks for them."""
    low, high = window(question.where)
    values: dict[str, Any] = {}
    shape: list[Any] = []
    if low and high:
        first, last = (ibis.literal(mark(name)).cast("date") for name in ("low", "high"))
        table, values = table.filter(table.happened.between(first, last)), {"low": low, "high": high}
        shape.append("window")
    for name, value in question.where.items():
        if name in WHEN or (name == "verdict" and not value):
            continue
        table, kind = narrowed(nation, table, name, value, values)
        shape.append((name, kind))
    return tuple(shape), tuple(values.items()), table


def narrowed(nation: Nation, table: ir.Table, name: str, value: str, values: dict[str, Any]) -> tuple[ir.Table, Any]:
    """Slim rows that fit one filter; what is given later goes into `values`."""
    if name == "firm":
        values["firm"] = value
        number = ibis.literal(mark("firm")).hash()
        return table.filter((table.maker_key == number) | (table.site_key == number)), "firm"
    if name == "analyte" and "panel" in table.columns:
        having = panels(nation, value)
        return table.filter(table.panel.isin(having) & (table.stage == "first")), tuple(having)
    column = table["product_type" if name == "category" else name]
    if value == BLANK:
        return table.filter(column.isnull()), "missing"
    values[name] = stem(value) if name == "region" else value
    if name == "region":
        return table.filter(column.startswith(mark(name))), "inside"
    if name in ("category", "product_type"):
        values[f"{name}_below"] = f"{value}{STEP}"
        return table.filter((column == mark(name)) | column.startswith(mark(f"{name}_below"))), "below"
    return table.filter(column == mark(name)), "equal"


def batches_at(nation: Nation, places: Sequence[Row], names: Sequence[str] = LISTED.schema.names) -> list[Row]:
    """The batches at some places, in their order, with some columns; what memory says of a place is not read again."""
    held_already = [name for name in SLIM if places and name in places[0]]
    wanted = [name for name in names if name in REPORTS.schema.names and name not in (*PLACE, *held_already)]
    files = at_places(nation, REPORTS.unbound("near"), nation.evidence, "reports", places, [*PLACE, *wanted])
    slim = {(row["delivery"], row["report"]): {name: row[name] for name in held_already} for row in places}
    held = [row | slim[row["delivery"], row["report"]] for row in files]
    own = ("verdict", "severity", "nonconforming", "inconclusive", "not_judged")
    known = at_places(nation, STANDING.unbound(), None, "", places, [*PLACE, *own])
    verdicts = {(row["delivery"], row["report"]): row for row in known}
    plain = {"verdict": "conforming", "severity": None, **dict.fromkeys(own[2:], 0)}
    return [row | verdicts.get((row["delivery"], row["report"]), plain) for row in held]


def findings_at(nation: Nation, places: Sequence[Row]) -> list[Row]:
    """The findings at some places, in their order."""
    held = at_places(nation, KEPT_FINDINGS.unbound(), None, "", places, FOUND)
    by_place = {(row["delivery"], row["report"], row["item"]): row for row in held}
    return [by_place[row["delivery"], row["report"], row["item"]] for row in places]


def at_places(
    nation: Nation, table: ir.Table, snapshot: Snapshot | None, name: str, places: Sequence[Row], names: Sequence[str]
) -> list[Row]:
    """Rows of some reports, in the order of the places: from memory, or from only those files that hold them."""
    if not places:
        return []
    files = {}
    if snapshot is not None:
        files["near"] = table.schema(), snapshot.holding(name, "delivery", {row["delivery"] for row in places})
    rows = nation.ask(
        ("at", table.get_name(), name, tuple(names)),
        place_values(places),
        lambda: at_marks(table).select(*names),
        files,
    )
    order = {(row["delivery"], row["report"]): place for place, row in enumerate(places)}
    return sorted(rows, key=lambda row: order[row["delivery"], row["report"]])


def place_values(places: Sequence[Row]) -> Values:
    """The values of `at_marks` for some reports."""
    return (("keys", ",".join(f"{row['delivery']}-{row['report']}" for row in places)),)


def at_marks(table: ir.Table) -> ir.Table:
    """The rows of some reports, which are named when it is asked."""
    named = ibis.literal(mark("keys")).split(",").unnest().name("place").as_table()
    parts = named.place.split("-")
    wanted = named.select(delivery=parts[0].cast("int64"), report=parts[1].cast("int32"))
    # a relation of its own: what is joined to it afterwards must not take it for a part of this join
    return table.semi_join(wanted, ["delivery", "report"]).view()


def whole(nation: Nation, question: Asked) -> ir.Table:
    """Every row of a question from its place on, newest first."""
    chosen = found(nation, question) if question.is_found else batches(nation, question)
    happened = ibis.coalesce(chosen.sampled_on, chosen.day)
    keys = [happened, chosen.delivery, chosen.report, *([chosen.item] if question.is_found else [])]
    if question.after:
        chosen = chosen.filter(beyond(keys, token(question.after)))
    return chosen.order_by([ibis.desc(keys[0]), *keys[1:]])


def beyond(keys: Sequence[ir.Value], last: Sequence[Any]) -> ir.BooleanValue:
    """Whether a row comes after another: an older day, or the same day and a later place."""
    after = ibis.literal(False)
    for key, value in reversed(list(zip(keys[1:], last[1:], strict=False))):
        after = (key > value) | ((key == value) & after)
    return (keys[0] < last[0]) | ((keys[0] == last[0]) & after)


def batches(nation: Nation, question: Asked) -> ir.Table:
    """The batches of a question, each under the report that it stands under, with its verdict."""
    verdict = question.where.get("verdict", "")
    if verdict in VERDICTS[1:]:
        table = filtered(nation, STANDING.unbound(), question)
        return table.filter(table.verdict == verdict).select(*LISTED.schema.names)
    reports = filtered(nation, files(nation, question), question)
    regular = reports.filter(reports.sample_kind == "regular").anti_join(ASIDE.unbound(), list(PLACE))
    held = STANDING.unbound().select(*PLACE, *LISTED.schema.names[len(FIGURES) :])
    joined = regular.left_join(held, list(PLACE)).drop("delivery_right", "report_right")
    table = joined.mutate(
        verdict=joined.verdict.fill_null("conforming"),
        **{name: joined[name].fill_null(0) for name in ("nonconforming", "inconclusive", "not_judged")},
    ).select(*LISTED.schema.names)
    return table.filter(table.verdict == verdict) if verdict else table


def files(nation: Nation, question: Asked) -> ir.Table:
    """The reports, read from the files that may hold some of the days asked for."""
    low, high = window(question.where)
    if question.after:
        last = token(question.after)[0]
        high = min(high, last) if high else last
    # a batch happened on the day of sampling, or, where that is not given, on the day whose rules apply
    near = {*nation.evidence.within("reports", {"sampled_on": (low, high)})} | {
        *nation.evidence.within("reports", {"day": (low, high)})
    }
    return nation.view(REPORTS, [path for path in nation.evidence.files("reports") if path in near])


def filtered(nation: Nation, table: ir.Table, question: Asked) -> ir.Table:
    """Rows that fit every filter but the verdict."""
    low, high = window(question.where)
    if low and high:
        happened = ibis.coalesce(table.sampled_on, table.day)
        table = table.filter(happened.between(low, high))
    for name, value in question.where.items():
        if name in EXACT:
            table = table.filter(table[name].isnull() if value == BLANK else table[name] == value)
        elif name == "region":
            table = table.filter(table.region.startswith(stem(value)) if value else table.region.isnull())
        elif name in ("category", "product_type"):
            table = table.filter((table.product_type == value) | table.product_type.startswith(f"{value}{STEP}"))
        elif name == "firm":
            table = table.filter((table.maker_id == value) | (table.site_id == value))
        elif name == "analyte" and "panel" in table.columns:
            table = table.filter(table.panel.isin(panels(nation, value)) & (table.stage == "first"))
    return table


def panels(nation: Nation, analyte: str) -> list[int]:
    """The sets of test items that have an item, by its code or as it is printed."""
    subjects, sets = SUBJECTS.unbound(), PANELS.unbound()
    named = ibis.coalesce(subjects.analyte.nullif(""), subjects.analyte_printed)
    having = sets.semi_join(subjects.filter(named == analyte), "subject").select("panel").distinct()
    return [int(row["panel"]) for row in nation.rows(having)] or [-1]


def found(nation: Nation, question: Asked) -> ir.Table:
    """The findings of a test item: first tests of reports that nothing replaced."""
    low, high = window(question.where)
    paths = {*nation.book.within("kept_findings", {"sampled_on": (low, high)})} | {
        *nation.book.within("kept_findings", {"day": (low, high)})
    }
    kept = nation.view(KEPT_FINDINGS, [path for path in nation.book.files("kept_findings") if path in paths])
    table = filtered(nation, kept, question)
    item = ibis.coalesce(table.analyte.nullif(""), table.analyte_printed)
    table = table.filter(
        (item == question.where["analyte"])
        & (table.verdict == question.where["verdict"])
        & (table.stage == "first")
        & (table.sample_kind == "regular")
    )
    replaced = ibis.table({"delivery": "int64", "report": "int32"}, name="replaced")
    return table.anti_join(replaced, list(PLACE)).select(*FOUND)


def counted(nation: Nation, question: Asked) -> int:
    """How many rows a question has, on all its pages."""
    if not question.is_found:
        # a list of batches counts each verdict anyway, for its tabs
        known, wanted = verdicts(nation, question), question.where.get("verdict", "")
        return known.get(wanted, 0) if wanted else sum(known.values())
    shape, values, chosen = indexed(nation, ibis.table(FAULTS, name="faults"), question)

    def ask() -> int:
        return int(nation.ask(("counted", shape), values, lambda: chosen.agg(n=chosen.count()))[0]["n"])

    return nation.once(("counted", shape, values), ask)


def verdicts(nation: Nation, question: Asked) -> dict[str, int]:
    """How many batches of a question have each verdict, whatever verdict it asks for."""
    shape, values, chosen = indexed(nation, ibis.table(INDEX, name="index"), narrower(question, "verdict", None))

    def ask() -> dict[str, int]:
        counts = nation.ask(
            ("verdicts", shape), values, lambda: chosen.group_by("verdict").agg(n=lambda table: table.count())
        )
        return {row["verdict"]: int(row["n"]) for row in counts}

    return nation.once(("verdicts", shape, values), ask)
