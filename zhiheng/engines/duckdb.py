"""The embedded engine: Ibis compiles, DuckDB runs."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import ibis
import ibis.expr.types as ir
import numpy as np

from zhiheng.errors import FileUnreadable

ROW = "row"


@dataclass(frozen=True)
class Malformed:
    """A line of a text file that does not fit the columns."""

    line: int
    text: str
    reason: str


class Engine:
    """One in-memory database over Parquet files and small tables; close it, or use it in a `with` block."""

    def __init__(self, *, memory: str = "", threads: int = 0, spill: Path | None = None) -> None:
        options: dict[str, Any] = {"preserve_insertion_order": True}
        if spill:
            options["temp_directory"] = str(spill)
        if memory:
            options["memory_limit"] = memory
        if threads:
            options["threads"] = threads
        self.connection = duckdb.connect(":memory:", config=options)

    def __enter__(self) -> "Engine":
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def cursor(self) -> "Engine":
        """A second engine on the same tables, for another thread."""
        twin = object.__new__(Engine)
        twin.connection = self.connection.cursor()
        return twin

    def sql(self, expression: ir.Expr) -> str:
        """The expression in this engine's SQL.

        >>> Engine().sql(ibis.table({"a": "int64"}, name="t").count()).split()[0]
        'SELECT'
        """
        return str(ibis.to_sql(expression, dialect="duckdb"))

    def rows(self, expression: ir.Table) -> list[dict[str, Any]]:
        """Every row of an expression as a dictionary."""
        names = expression.columns
        return [dict(zip(names, row, strict=True)) for row in self.connection.execute(self.sql(expression)).fetchall()]

    def scalar(self, expression: ir.Expr) -> Any:
        """The single value of an expression."""
        found = self.connection.execute(self.sql(expression)).fetchone()
        return found[0] if found else None

    def create(self, name: str, expression: ir.Table) -> None:
        """Keep the rows of an expression under a name."""
        self.connection.execute(f"CREATE OR REPLACE TABLE {quoted(name)} AS {self.sql(expression)}")

    def view(self, name: str, expression: ir.Table) -> None:
        """Give an expression a name without running it."""
        self.connection.execute(f"CREATE OR REPLACE VIEW {quoted(name)} AS {self.sql(expression)}")

    def drop(self, *names: str) -> None:
        """Forget kept tables."""
        for name in names:
            self.connection.execute(f"DROP TABLE IF EXISTS {quoted(name)}")

    def write(self, expression: ir.Table, path: Path) -> None:
        """Write the rows of an expression: to Parquet, or to CSV by the ending of the path."""
        form = "(FORMAT CSV, HEADER)" if path.suffix == ".csv" else "(FORMAT PARQUET, COMPRESSION ZSTD)"
        self.connection.execute(f"COPY ({self.sql(expression)}) TO {literal(path)} {form}")

    def attach(self, name: str, paths: Sequence[Path], schema: ibis.Schema) -> None:
        """Give Parquet files a name; with no files, an empty table of the schema."""
        if paths:
            listed = ", ".join(literal(path) for path in paths)
            source = f"SELECT * FROM read_parquet([{listed}])"
        else:
            source = empty(schema)
        self.connection.execute(f"CREATE OR REPLACE VIEW {quoted(name)} AS {source}")

    def table(self, name: str, rows: Iterable[Sequence[Any]], schema: ibis.Schema) -> None:
        """Keep rows from Python under a name."""
        columns = list(zip(*rows, strict=True))
        if not columns:
            self.connection.execute(f"CREATE OR REPLACE TABLE {quoted(name)} AS {empty(schema)}")
            return
        arrays = {
            column: np.array([None if cell is None else str(cell) for cell in cells], dtype=object)
            for column, cells in zip(schema.names, columns, strict=True)
        }
        casts = ", ".join(f"CAST({quoted(column)} AS {kind}) AS {quoted(column)}" for column, kind in types(schema))
        self.connection.register("rows_from_python", arrays)
        self.connection.execute(f"CREATE OR REPLACE TABLE {quoted(name)} AS SELECT {casts} FROM rows_from_python")
        self.connection.unregister("rows_from_python")

    def read_csv(self, name: str, path: Path, *, columns: Sequence[str], delimiter: str) -> list[Malformed]:
        """Read a UTF-8 text file as text columns with line numbers; lines that do not fit are given back."""
        shape = ", ".join(f"{literal(column)}: 'VARCHAR'" for column in columns)
        cursor = self.connection
        try:
            cursor.execute(
                f"CREATE OR REPLACE TABLE lines AS SELECT row_number() OVER () + 1 AS p, * FROM read_csv({literal(path)}, "
                f"auto_detect=false, header=true, delim={literal(delimiter)}, quote='\"', escape='\"', "
                f"columns={{{shape}}}, store_rejects=true, rejects_limit=0, null_padding=false)"
            )
        except duckdb.Error as error:
            raise FileUnreadable(f"{path.name}: not readable as a table of text: {first_line(error)}") from error
        malformed = [
            Malformed(int(line), text or "", reason or "") for line, text, reason in cursor.execute(
                "SELECT line, any_value(csv_line), string_agg(error_message, '; ') FROM reject_errors GROUP BY line ORDER BY line"
            ).fetchall()
        ]
        cursor.execute("DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans")
        self.table("bad", [(bad.line - 1 - place,) for place, bad in enumerate(malformed)] or [], ibis.schema({"k": "int64"}))
        shifted = "p + (SELECT count(*) FROM bad WHERE bad.k < lines.p)" if malformed else "p"
        listed = ", ".join(quoted(column) for column in columns)
        cursor.execute(f"CREATE OR REPLACE TABLE {quoted(name)} AS SELECT {shifted} AS {ROW}, {listed} FROM lines")
        self.drop("lines", "bad")
        return malformed

    def read_parquet(self, name: str, path: Path, *, rename: Callable[[str], str]) -> list[str]:
        """Read a Parquet file as text columns with row numbers; the column names are given back."""
        try:
            found = self.connection.execute(f"DESCRIBE SELECT * FROM read_parquet({literal(path)})").fetchall()
            columns = [row[0] for row in found]
            listed = ", ".join(f"CAST({quoted(column)} AS VARCHAR) AS {quoted(rename(column))}" for column in columns)
            self.connection.execute(
                f"CREATE OR REPLACE TABLE {quoted(name)} AS SELECT row_number() OVER () AS {ROW}, {listed} "
                f"FROM read_parquet({literal(path)})"
            )
        except (duckdb.Error, UnicodeDecodeError) as error:
            raise FileUnreadable(f"{path.name}: not readable as Parquet: {first_line(error)}") from error
        return columns


def types(schema: ibis.Schema) -> list[tuple[str, str]]:
    """Column names with this engine's type names."""
    mapper = ibis.backends.sql.datatypes.DuckDBType
    return [(name, mapper.to_string(kind)) for name, kind in schema.items()]


def empty(schema: ibis.Schema) -> str:
    """SQL of an empty table."""
    listed = ", ".join(f"CAST(NULL AS {kind}) AS {quoted(name)}" for name, kind in types(schema))
    return f"SELECT {listed} WHERE false"


def quoted(name: str) -> str:
    """A name as SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str | os.PathLike[str]) -> str:
    """A text as SQL."""
    return "'" + str(text).replace("'", "''") + "'"


def first_line(error: Exception) -> str:
    """The first line of an engine's message."""
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


def bound(tables: Mapping[str, ibis.Schema]) -> dict[str, ir.Table]:
    """Unbound Ibis tables for kept names."""
    return {name: ibis.table(schema, name=name) for name, schema in tables.items()}
