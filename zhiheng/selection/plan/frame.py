"""The list to plan from: targets read from a file with their strata, risks and dates, checked, as arrays in order of stratum and id."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
from numpy.typing import NDArray

from zhiheng.engines import Engine
from zhiheng.engines.duckdb import ROW
from zhiheng.errors import PlanInvalid
from zhiheng.evidence import source as sources
from zhiheng.evidence.source import raw_name, raw_schema
from zhiheng.selection.plan.terms import PlanTerms

FIGURES = ("probability", "lower", "upper", "spread")
COUNTS = ("nominated", "units")
DAYS = ("last_inspected", "last_inspected_above")
FLAGS = ("export", "trial", "follow_up")
TEXTS = ("name", "operator", "region", "qualifications", "reasons")
SCORED = ("probability", "lower", "upper", "reasons")
YES, NO = ("1", "true", "yes", "y", "是"), ("0", "false", "no", "n", "否")
FORBIDDEN = r'[",\x00-\x1f]'
NEVER = np.iinfo(np.int64).min
BETWEEN, RESERVED = "/", "+"
SAID = 120  # so much of a faulty row is told

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Frame:
    """N targets ascending by stratum and id: `home` are codes into `strata`, days are numbers of days since 1970 or NEVER.

    `given` are the columns that the list has; figures of those it lacks are NaN, counts 0, flags False.
    """

    ids: NDArray[np.object_]
    home: Codes
    strata: tuple[str, ...]
    figures: Mapping[str, Floats]
    counts: Mapping[str, Codes]
    days: Mapping[str, Codes]
    flags: Mapping[str, NDArray[np.bool_]]
    texts: Mapping[str, NDArray[np.object_]]
    given: frozenset[str]
    names: tuple[str, ...] = field(default=())  # the stratum columns

    @property
    def size(self) -> int:
        """How many targets there are."""
        return int(self.ids.size)


def _trim(text: str) -> str:
    """A text without the blanks around it; other white space is a control character, and told as one."""
    return text.strip(" ")


_trim.__name__ = (
    "trim"  # what the engine calls it; Ibis's own strip looks for six characters and takes four times as long
)
trim = ibis.udf.scalar.builtin(_trim)


def read(
    source: Path,
    terms: PlanTerms,
    engine: Engine,
    *,
    columns: Mapping[str, str] | None = None,
    scores: Path | None = None,
) -> Frame:
    """The targets of a CSV, XLSX, Parquet or JSON-lines file. `columns`: ours to the file's names; `scores`: a table of
    target, on, probability, lower, upper (zhiheng risk), whose newest day counts.

    PlanInvalid: a column is missing, an id stands twice, a cell cannot be used; the message names the row and the remedy.
    """
    chosen = dict(columns or {})
    scored = brought(scores, engine) if scores is not None else ()
    if scored:
        engine.create("scores", ibis.table(raw_schema(scored), name="raw"))
    names = brought(source, engine)
    table = ibis.table(raw_schema(names), name="raw")
    held = {name: chosen.get(name, name) for name in ("id", *FIGURES, *COUNTS, *DAYS, *FLAGS, *TEXTS, *terms.strata)}
    for ours, theirs in chosen.items():
        if ours not in held:
            raise PlanInvalid(f"column '{ours}': there is no such part of a plan; name one of {', '.join(held)}")
        if theirs not in names:
            raise PlanInvalid(f"{source.name} line 1: there is no column '{theirs}'; there are {', '.join(names)}")
    given = {ours for ours, theirs in held.items() if theirs in names}
    strata = [name for name in terms.strata if name in given]
    _needed(source, given, strata, terms, names)
    cells = {ours: trim(table[raw_name(held[ours])]).nullif("") for ours in sorted(given)}
    typed = _typed(table, cells, strata)
    if scores is not None:
        typed, found = _scored(typed, scores, scored)
        given |= found
    engine.create("typed", typed)
    typed = ibis.table(typed.schema(), name="typed")
    _refuse(source, typed, given, strata, engine, scored=scores is not None)
    return _arrays(typed, given, strata, engine)


def brought(source: Path, engine: Engine) -> tuple[str, ...]:
    """Bring a file into the engine as the text table `raw`; its column names are given back."""
    with tempfile.TemporaryDirectory(prefix="zhiheng-plan-") as scratch:
        read = sources.read(source, engine=engine, scratch=Path(scratch), options={})
    if read.malformed:
        raise PlanInvalid(
            f"{source.name} row {read.malformed[0].line}: {read.malformed[0].reason}: give it as many cells as the header"
        )
    return read.columns


def _needed(source: Path, given: set[str], strata: Sequence[str], terms: PlanTerms, names: Sequence[str]) -> None:
    if "id" not in given:
        raise PlanInvalid(
            f"{source.name} line 1: there is no column 'id' that tells one target from another; say --column id=… for one of "
            f"{', '.join(names)}"
        )
    if not strata:
        raise PlanInvalid(
            f"{source.name} line 1: none of the stratum columns {', '.join(terms.strata)} is there; name others with --strata, "
            f"or say --column region=… for one of {', '.join(names)}"
        )


def _typed(table: ir.Table, cells: Mapping[str, Any], strata: Sequence[str]) -> ir.Table:
    """Each cell with the type of its column; beside it the text, where it could not be read."""
    shown: dict[str, Any] = {ROW: table[ROW], "id": cells["id"]}
    shown |= {f"s_{name}": cells[name] for name in strata}
    for names, kind in ((FIGURES, "float64"), (COUNTS, "int64"), (DAYS, "date")):
        for name in names:
            if name in cells:
                shown[name], shown[f"t_{name}"] = cells[name].try_cast(kind), cells[name]
    for name in FLAGS:
        if name in cells:
            said = cells[name].lower()
            shown[name] = ibis.cases((said.isin(YES), True), (said.isin(NO) | said.isnull(), False))
            shown[f"t_{name}"] = cells[name]
    shown |= {f"x_{name}": cells[name] for name in TEXTS if name in cells}
    return table.select(**shown)


def _scored(typed: ir.Table, scores: Path, theirs: Sequence[str]) -> tuple[ir.Table, set[str]]:
    """The targets with the newest score of each in the place of their own."""
    if not {"target", "probability"} <= set(theirs):
        raise PlanInvalid(
            f"{scores.name} line 1: scores have the columns target and probability, and may have on, lower, upper, reasons"
        )
    table = ibis.table(raw_schema(tuple(theirs)), name="scores")
    order = [table[raw_name("on")].desc()] if "on" in theirs else []
    rank = ibis.row_number().over(group_by=table[raw_name("target")], order_by=[*order, table[ROW]])
    newest = table.mutate(_rank=rank).filter(lambda t: t._rank == 0)
    kept: dict[str, Any] = {"_target": newest[raw_name("target")].strip()}
    for name in SCORED:
        if name in theirs:
            cell = newest[raw_name(name)].strip().nullif("")
            kept |= {f"n_{name}": cell if name == "reasons" else cell.try_cast("float64"), f"m_{name}": cell}
    right = newest.select(**kept)
    joined = typed.left_join(right, typed.id == right._target)
    found = {name for name in SCORED if name in theirs}
    new = {("x_" if name == "reasons" else "") + name: joined[f"n_{name}"] for name in found}
    new |= {f"t_{name}": joined[f"m_{name}"] for name in found if name != "reasons"}
    return joined.select(*[joined[name] for name in typed.columns if name not in new], **new), found


def _refuse(
    source: Path, typed: ir.Table, given: set[str], strata: Sequence[str], engine: Engine, *, scored: bool
) -> None:
    """Tell the first row that cannot be planned from, and what to do."""
    faults = _faults(typed, given, strata, scored=scored)
    asked = {f"f{place}": ibis.ifelse(wrong, typed[ROW], None).min() for place, (wrong, _, _) in enumerate(faults)}
    first = engine.rows(typed.aggregate(**asked))[0]
    for place, (_, column, remedy) in enumerate(faults):
        if first[f"f{place}"] is not None:
            row = engine.rows(typed.filter(typed[ROW] == first[f"f{place}"]))[0]
            cells = [row[name] for name in row if name == "id" or name[:2] in ("s_", "t_")]
            said = ", ".join(str(cell) for cell in cells if cell)
            raise PlanInvalid(f"{source.name} row {row[ROW]}, column '{column}': {remedy} ({said[:SAID]})")
    held = typed.group_by("id").agg(n=typed.count(), first=typed[ROW].min(), last=typed[ROW].max())
    twice = engine.rows(held.filter(held.n > 1).order_by("first").limit(1))
    if twice:
        raise PlanInvalid(
            f"{source.name} rows {twice[0]['first']} and {twice[0]['last']}: the id {twice[0]['id']} stands {twice[0]['n']} times "
            "and would have as many chances; keep one row"
        )


def _faults(typed: ir.Table, given: set[str], strata: Sequence[str], *, scored: bool) -> list[tuple[Any, str, str]]:
    plain = "a comma, a quote or a control character; write it another way"
    found: list[tuple[Any, str, str]] = [(typed.id.isnull(), "id", "no id; fill it in, or leave the row out")]
    found += [(typed[f"s_{name}"].isnull(), name, "no stratum; fill it in, or leave the row out") for name in strata]
    found += [
        (typed[name].re_search(FORBIDDEN), name.removeprefix("s_").removeprefix("x_"), plain)
        for name in typed.columns
        if name == "id" or name[:2] in ("s_", "x_") and name != "x_reasons"
    ]
    found += [
        (typed[f"s_{name}"].startswith(RESERVED), name, f"a stratum may not begin with '{RESERVED}'; rename it")
        for name in strata[:1]
    ]
    for names, told in (
        (FIGURES, "not a number"),
        (COUNTS, "not a whole number"),
        (DAYS, "not a day; write 2026-09-28"),
        (FLAGS, "neither yes nor no; write 1 or 0"),
    ):
        found += [(typed[f"t_{name}"].notnull() & typed[name].isnull(), name, told) for name in names if name in given]
    if "probability" in given:
        p = typed.probability
        score = "its score in the scores" if scored else "a score (zhiheng risk)"
        found.append((p.isnull(), "probability", f"no probability; give it {score}, or leave the column out for all"))
        found.append(
            (p.isnan() | (p <= 0) | (p > 1), "probability", "a probability of failing lies above 0 and is at most 1")
        )
        found += (
            [((typed.lower > p) | (typed.lower < 0), "lower", "the lower end lies between 0 and the probability")]
            if "lower" in given
            else []
        )
        found += (
            [((typed.upper < p) | (typed.upper > 1), "upper", "the upper end lies between the probability and 1")]
            if "upper" in given
            else []
        )
    if "spread" in given:
        spread = typed.spread
        found.append(
            (spread.isnull() | spread.isnan() | (spread < 0), "spread", "a standard deviation is a number of 0 or more")
        )
    found += [
        (typed[name] < low, name, f"a whole number of {low} or more is needed")
        for name, low in (("nominated", 0), ("units", 1))
        if name in given
    ]
    return found


def _arrays(typed: ir.Table, given: set[str], strata: Sequence[str], engine: Engine) -> Frame:
    """The checked rows as arrays."""
    label = (
        ibis.literal(BETWEEN).join([typed[f"s_{name}"] for name in strata])
        if len(strata) > 1
        else typed[f"s_{strata[0]}"]
    )
    shown: dict[str, Any] = {"id": typed.id, "home": label}
    for name in FIGURES:
        if name in given:
            other = typed.probability if name in ("lower", "upper") else ibis.literal(float("nan"))
            shown[name] = (
                typed[name].fill_null(other)
                if name in ("lower", "upper") and "probability" in given
                else typed[name].fill_null(float("nan"))
            )
    shown |= {name: typed[name].fill_null(1 if name == "units" else 0) for name in COUNTS if name in given}
    shown |= {name: typed[name].epoch_seconds().fill_null(NEVER) for name in DAYS if name in given}
    shown |= {name: typed[name].fill_null(False) for name in FLAGS if name in given}
    shown |= {f"x_{name}": typed[f"x_{name}"] for name in TEXTS if f"x_{name}" in typed.columns}
    framed = typed.select(**shown)
    labels = tuple(row["home"] for row in engine.rows(framed.select("home").distinct().order_by("home")))
    engine.table(
        "labels",
        [(label, place) for place, label in enumerate(labels)],
        ibis.schema({"label": "string", "code": "int64"}),
    )
    coded = ibis.table({"label": "string", "code": "int64"}, name="labels")
    whole = framed.inner_join(coded, framed.home == coded.label).order_by(["code", "id"])
    found = engine.columns(whole.drop("home", "label"))
    n = int(found["id"].size)
    return Frame(
        ids=found["id"],
        home=found["code"],
        strata=labels,
        figures={name: found.get(name, np.full(n, np.nan)) for name in FIGURES},
        counts={name: found.get(name, np.zeros(n, dtype=np.int64)) for name in COUNTS},
        days={name: _days(found[name]) if name in found else np.full(n, NEVER) for name in DAYS},
        flags={name: found.get(name, np.zeros(n, dtype=bool)) for name in FLAGS},
        texts={name.removeprefix("x_"): found[name] for name in found if name.startswith("x_")},
        given=frozenset(given),
        names=tuple(strata),
    )


def _days(seconds: Codes) -> Codes:
    return np.where(seconds == NEVER, NEVER, seconds // 86_400)
