"""A list as somebody keeps it (CSV, XLSX or Parquet, any order, any columns) becomes the canonical list of a draw."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir

from zhiheng.engines import Engine
from zhiheng.engines.duckdb import ROW
from zhiheng.errors import DrawInvalid
from zhiheng.evidence import source as sources
from zhiheng.evidence.source import raw_name, raw_schema
from zhiheng.selection.frozen import HEADER

EVERYBODY = "all"
FORBIDDEN = r'[",\x00-\x1f]'
WHOLE = r"^[0-9]{1,15}$"
ZERO = r"^0+$"
SAID = 120  # so much of a faulty row is told


def freeze(
    source: Path,
    columns: Mapping[str, str | None],
    engine: Engine,
    target: Path,
    *,
    chance: bool = False,
    numbers: Sequence[str] = (),
) -> None:
    """Write the canonical list of a source. `columns` says which column is id, stratum and size; null: there is none.
    `chance`: sizes give the chances, so that none may be 0. `numbers`: further columns that hold whole numbers.

    DrawInvalid: a row without id or stratum, an id twice, a size that is no whole number, a cell that cannot be written.
    """
    names = _read(source, engine, target.parent)
    table = ibis.table(raw_schema(names), name="raw")
    chosen = _columns(source, columns, names)
    cells: dict[str, Any] = {
        ours: table[raw_name(theirs)].strip().nullif("") if theirs else ibis.literal(default)
        for (ours, theirs), default in zip(chosen.items(), (EVERYBODY, None, "1"), strict=True)
    }
    taken = set(chosen.values())
    lost = next((name for name in numbers if name not in names or name in taken), None)
    if lost is not None:
        raise DrawInvalid(
            f"{source.name} line 1: there is no column '{lost}' to balance on; name others in plan.json balance: "
            f"{', '.join(name for name in names if name not in taken) or 'there are none'}"
        )
    cells |= {name: table[raw_name(name)].strip().nullif("") for name in names if name not in taken}
    whole = table.select(**{ROW: table[ROW]}, **{f"_{name}": cell for name, cell in cells.items()})
    _refuse(source, whole, chosen, engine, chance=chance, numbers=numbers)
    engine.write(whole.select(**{name: whole[f"_{name}"] for name in cells}).order_by(["stratum", "id"]), target)


def _read(source: Path, engine: Engine, folder: Path) -> tuple[str, ...]:
    """Bring the source into the engine as text; its column names are given back."""
    with tempfile.TemporaryDirectory(dir=folder, prefix=".freezing-") as scratch:
        read = sources.read(source, engine=engine, scratch=Path(scratch), options={})
    if read.malformed:
        raise DrawInvalid(
            f"{source.name} row {read.malformed[0].line}: {read.malformed[0].reason}: give it as many cells as the header"
        )
    strange = [name for name in read.columns if set(name) & set('",\n\r')]
    if strange:
        raise DrawInvalid(f"{source.name} line 1: the column name '{strange[0]}' holds a comma, a quote or a line end")
    return read.columns


def _columns(source: Path, columns: Mapping[str, str | None], names: tuple[str, ...]) -> dict[str, str | None]:
    """Our stratum, id and size to the source's columns."""
    chosen: dict[str, str | None] = {}
    for ours in HEADER:
        theirs = columns.get(ours, ours if ours in names or ours != "size" else None)
        if theirs is None and ours == "id":
            raise DrawInvalid("plan.json columns.id: a list needs a column that tells one target from another")
        if theirs is not None and theirs not in names:
            remedy = f"; or say null for one {ours} for all" if ours != "id" else ""
            raise DrawInvalid(
                f"{source.name} line 1: there is no column '{theirs}' for the {ours}; name one of {', '.join(names)} "
                f"in plan.json columns.{ours}{remedy}"
            )
        chosen[ours] = theirs
    clash = [name for name in names if name in HEADER and name not in chosen.values()]
    if clash:
        raise DrawInvalid(
            f"{source.name}: the column '{clash[0]}' is not the draw's {clash[0]}; rename it, or change plan.json columns"
        )
    return chosen


def _refuse(
    source: Path,
    whole: ir.Table,
    chosen: Mapping[str, str | None],
    engine: Engine,
    *,
    chance: bool,
    numbers: Sequence[str],
) -> None:
    """Tell the first row that cannot be frozen, and what to do."""
    faults: list[tuple[Any, str, str]] = [
        (whole._id.isnull(), chosen["id"] or "", "no id; fill it in, or leave the row out"),
        (whole._stratum.isnull(), chosen["stratum"] or "", "no stratum; fill it in, or leave the row out"),
        (
            whole._size.isnull() | ~whole._size.re_search(WHOLE),
            chosen["size"] or "",
            "the size is not a whole number of at most 15 digits; multiply all sizes alike until they are whole",
        ),
    ]
    if chance:
        remedy = "the size 0 gives no chance of being drawn; give it a size, or leave the row out and say so"
        faults.append((whole._size.re_search(ZERO), chosen["size"] or "", remedy))
    words = "to be balanced on, it is not a whole number of at most 15 digits; write 0 where there is none"
    faults += [(whole[f"_{name}"].isnull() | ~whole[f"_{name}"].re_search(WHOLE), name, words) for name in numbers]
    faults += [
        (whole[name].re_search(FORBIDDEN), name[1:], "a comma, a quote or a control character; write it another way")
        for name in whole.columns
        if name != ROW
    ]
    for wrong, column, remedy in faults:
        found = engine.rows(whole.filter(wrong.fill_null(False)).order_by(ROW).limit(1))
        if found:
            said = ", ".join(str(cell) for name, cell in found[0].items() if name != ROW and cell is not None)
            raise DrawInvalid(f"{source.name} row {found[0][ROW]}, column '{column}': {remedy} ({said[:SAID]})")
    held = whole.group_by("_id").agg(n=whole.count(), first=whole[ROW].min(), last=whole[ROW].max())
    twice = engine.rows(held.filter(held.n > 1).order_by("first").limit(1))
    if twice:
        raise DrawInvalid(
            f"{source.name} rows {twice[0]['first']} and {twice[0]['last']}: the id {twice[0]['_id']} stands {twice[0]['n']} "
            "times and would have as many chances; keep one row"
        )
