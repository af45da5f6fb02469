"""Parquet files as files: what the footer says, a digest of the rows that no order changes, several files made one."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import ibis

from zhiheng.engines.duckdb import PARQUET, Engine, empty, first_line, literal, quoted
from zhiheng.errors import FileUnreadable, StoreError

WORD = 1 << 64


@dataclass(frozen=True)
class Footer:
    """Rows, column types in the engine's words, and the least and greatest value of the columns that were asked for."""

    rows: int
    types: dict[str, str]
    least: dict[str, str]
    greatest: dict[str, str]


def footer(engine: Engine, path: Path, *, ranged: Sequence[str] = ()) -> Footer:
    """What the footer of a file says; no row is read."""
    counted = f"SELECT coalesce(sum(num_rows), 0) FROM parquet_file_metadata({literal(path)})"
    listed = ", ".join(literal(name) for name in ranged) or "''"
    columns = (
        f"SELECT path_in_schema, min(stats_min_value), max(stats_max_value), min(try_cast(stats_min_value AS BIGINT)), "
        f"max(try_cast(stats_max_value AS BIGINT)) FROM parquet_metadata({literal(path)}) "
        f"WHERE path_in_schema IN ({listed}) GROUP BY path_in_schema"
    )
    try:
        rows = int(engine.connection.execute(counted).fetchall()[0][0])
        types = described(engine, f"SELECT * FROM {held([path])}")
        found = engine.connection.execute(columns).fetchall()
    except (duckdb.Error, UnicodeDecodeError) as error:
        raise FileUnreadable(f"{path.name}: not readable as Parquet: {first_line(error)}") from error
    # numbers are compared as numbers, days as ISO texts
    least = {name: str(low if number is None else number) for name, low, _, number, _ in found if low is not None}
    greatest = {name: str(high if number is None else number) for name, _, high, _, number in found if high is not None}
    return Footer(rows, types, least, greatest)


def expected_types(engine: Engine, schema: ibis.Schema) -> dict[str, str]:
    """The types that a file of a schema has, in the engine's words."""
    return described(engine, empty(schema))


def described(engine: Engine, query: str) -> dict[str, str]:
    """Column names and types of a query."""
    return {row[0]: row[1] for row in engine.connection.execute(f"DESCRIBE {query}").fetchall()}


def digests(engine: Engine, path: Path, *, by: str = "") -> dict[str, tuple[int, int]]:
    """Rows and content of a file for each value of a column: (count, sum of the rows' hashes modulo 2**64).

    The order of rows and of columns does not matter, and a column without a value adds nothing, so that a column which a
    table gains later leaves the digest as it was. A row's hash is the lower half of the MD5 (RFC 1321) of its cells as
    text: it guards against damage, while the SHA-256 of the whole file guards against intent.
    """
    try:
        names = described(engine, f"SELECT * FROM {held([path])}")
        cells = ", ".join(
            f"{literal(name + '=')} || CAST({quoted(name)} AS VARCHAR) || chr(31)" for name in sorted(names)
        )
        group = f"coalesce(CAST({quoted(by)} AS VARCHAR), '')" if by in names else "''"
        found = engine.connection.execute(
            f"SELECT {group}, count(*), sum(md5_number_lower(concat({cells}))) FROM {held([path])} GROUP BY 1 ORDER BY 1"
        ).fetchall()
    except (duckdb.Error, UnicodeDecodeError) as error:
        raise FileUnreadable(f"{path.name}: damaged, its rows cannot be read: {first_line(error)}") from error
    return {key: (int(rows), int(total) % WORD) for key, rows, total in found}


def merge(engine: Engine, paths: Sequence[Path], target: Path) -> None:
    """Make one file of several, rows in the order of the files; a column that a file lacks is empty for it.

    The rows pass through a part at a time: memory is bounded by the engine's own limit.
    """
    try:
        engine.run(f"COPY (SELECT * FROM {held(paths)}) TO {literal(target)} {PARQUET}")
    except (duckdb.Error, UnicodeDecodeError) as error:
        raise StoreError(
            f"{target.parent.name}: {len(paths)} files cannot be merged: {first_line(error)}; "
            "'zhiheng lake verify' names a damaged file; otherwise make room on the disk"
        ) from error


def held(paths: Sequence[Path]) -> str:
    """SQL of the rows of files as they are, without columns that their folders would add."""
    listed = ", ".join(literal(path) for path in paths)
    return f"read_parquet([{listed}], union_by_name=true, hive_partitioning=false)"
