"""The embedded engine: Ibis compiles, DuckDB runs."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb
import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import numpy as np

from zhiheng.errors import FileUnreadable, StoreError

ROW = "row"
PARQUET = "(FORMAT PARQUET, COMPRESSION ZSTD)"
BATCH = 20_000
MOST_MALFORMED = 100_000
MOST_ROWS = 100_000_000


@dataclass(frozen=True)
class Malformed:
    """A line of a text file that does not fit the columns."""

    line: int
    text: str
    reason: str


class Engine:
    """One database over Parquet files and small tables, in memory or in a file; close it, or use it in a `with` block."""

    def __init__(
        self, *, memory: str = "", threads: int = 0, spill: Path | None = None, file: Path | None = None
    ) -> None:
        options: dict[str, Any] = {"preserve_insertion_order": True}
        if spill:
            options["temp_directory"] = str(spill)
        if memory:
            options["memory_limit"] = memory
        if threads:
            options["threads"] = threads
        try:
            self.connection = duckdb.connect(str(file or ":memory:"), config=options)
        except duckdb.IOException as error:
            raise StoreError(
                f"the disk refused: {first_line(error)}; make room, or check who may write there"
            ) from error

    def __enter__(self) -> "Engine":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give memory and files back."""
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
        return compiled(expression.op())

    def typed(self, expression: ir.Table) -> str:
        """The expression in SQL, with every column of the very type it says: to the compiler a small number is small already.

        This engine sums whole numbers in 128 bits, which Parquet does not have.
        """
        casts = ", ".join(
            f"CAST({quoted(name)} AS {kind}) AS {quoted(name)}" for name, kind in types(expression.schema())
        )
        return f"SELECT {casts} FROM ({self.sql(expression)})"

    def run(self, statement: str) -> None:
        """Run one statement; want of memory or disk is told to the reader, anything else is a bug."""
        try:
            self.connection.execute(statement)
        except duckdb.OutOfMemoryException as error:
            raise StoreError(
                f"not enough memory or disk: {first_line(error)}; free some, or bring the data in smaller parts"
            ) from error
        except duckdb.IOException as error:
            raise StoreError(
                f"the disk refused: {first_line(error)}; make room, or check that the folder is yours to write and its files are there"
            ) from error

    def stream(self, expression: ir.Table) -> Iterator[dict[str, Any]]:
        """Every row of an expression, a batch at a time; other statements may run meanwhile."""
        cursor, names = self.connection.cursor(), expression.columns
        cursor.execute(self.sql(expression))
        while batch := cursor.fetchmany(BATCH):
            for row in batch:
                yield dict(zip(names, row, strict=True))
        cursor.close()

    def rows(self, expression: ir.Table) -> list[dict[str, Any]]:
        """Every row of an expression as a dictionary."""
        names = expression.columns
        return [dict(zip(names, row, strict=True)) for row in self.connection.execute(self.sql(expression)).fetchall()]

    def columns(self, expression: ir.Table) -> dict[str, Any]:
        """Every column of an expression as a NumPy array; a missing figure is NaN, a missing text None."""
        found = self.connection.execute(self.typed(expression)).fetchnumpy()
        return {name: unmasked(found[name]) for name in expression.columns}

    def asked(self, statement: str, names: Sequence[str], values: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Every row of a statement made by `template`, with values for its marks."""
        rows = self.connection.execute(statement, dict(values) or None).fetchall()
        return [dict(zip(names, row, strict=True)) for row in rows]

    def template(self, expression: ir.Table, marks: Iterable[str]) -> str:
        """The expression in SQL, with a parameter for each text that `mark` made: to compile takes longer than to run, so
        that a question which differs in a value alone is compiled once."""
        found = self.sql(expression)
        for name in marks:
            found = found.replace(literal(mark(name)), f"CAST(${name} AS VARCHAR)")
        return found

    def scalar(self, expression: ir.Expr) -> Any:
        """The single value of an expression."""
        found = self.connection.execute(self.sql(expression)).fetchone()
        return found[0] if found else None

    def create(self, name: str, expression: ir.Table, *, values: Mapping[str, str] | None = None) -> None:
        """Keep the rows of an expression under a name, with a text for each one that `mark` made."""
        statement = self.typed(expression)
        for word, text in (values or {}).items():
            statement = statement.replace(literal(mark(word)), literal(text))
        self.run(f"CREATE OR REPLACE TABLE {quoted(name)} AS {statement}")

    def create_coded(self, name: str, expression: ir.Table, columns: Iterable[str]) -> None:
        """Keep the rows of an expression with the texts of some columns as codes: they take a byte or two, and are texts
        to whoever asks."""
        source, coded = f"({self.typed(expression)})", set(columns)
        # one look at the rows for the texts of all columns
        texts = ", ".join(f"list(DISTINCT {quoted(column)}) AS {quoted(column)}" for column in sorted(coded))
        self.run(f"CREATE OR REPLACE TEMP TABLE texts_of_codes AS SELECT {texts} FROM {source}")
        for column in coded:
            values = f"SELECT text FROM (SELECT unnest({quoted(column)}) AS text FROM texts_of_codes) WHERE text IS NOT NULL ORDER BY 1"
            self.run(f"CREATE TYPE {quoted(f'{name} {column}')} AS ENUM ({values})")
        self.run("DROP TABLE texts_of_codes")
        listed = ", ".join(
            f"CAST({quoted(one)} AS {quoted(f'{name} {one}')}) AS {quoted(one)}" if one in coded else quoted(one)
            for one in expression.columns
        )
        self.run(f"CREATE OR REPLACE TABLE {quoted(name)} AS SELECT {listed} FROM {source}")

    def over(self, statement: str, files: Mapping[str, tuple[ibis.Schema, Sequence[Path]]]) -> str:
        """A statement on names that read some Parquet files, as one that reads them; a column that a file lacks is nothing."""
        for name, (schema, paths) in files.items():
            listed = ", ".join(literal(path) for path in paths)
            held = f" UNION ALL BY NAME SELECT * FROM read_parquet([{listed}], union_by_name=true)" if paths else ""
            columns = ", ".join(quoted(column) for column in schema.names)
            statement = statement.replace(quoted(name), f"(SELECT {columns} FROM ({empty(schema)}{held}))")
        return statement

    def view(self, name: str, expression: ir.Table) -> None:
        """Give an expression a name without running it."""
        self.connection.execute(f"CREATE OR REPLACE VIEW {quoted(name)} AS {self.sql(expression)}")

    def drop(self, *names: str) -> None:
        """Forget kept tables."""
        for name in names:
            self.connection.execute(f"DROP TABLE IF EXISTS {quoted(name)}")

    def drop_views(self) -> None:
        """Forget every view."""
        for (name,) in self.connection.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall():
            self.connection.execute(f"DROP VIEW {quoted(name)}")

    def adopt(self, path: Path) -> None:
        """Give the tables of a database file their names here; they are only read, and a part when it is asked for."""
        try:
            self.connection.execute(f"ATTACH {literal(path)} AS adopted (READ_ONLY)")
        except duckdb.Error as error:
            raise StoreError(f"{path.name}: not readable as a database: {first_line(error)}; remove it") from error
        found = "SELECT table_name FROM duckdb_tables() WHERE database_name = 'adopted'"
        for (name,) in self.connection.execute(found).fetchall():
            self.connection.execute(f"CREATE VIEW {quoted(name)} AS SELECT * FROM adopted.main.{quoted(name)}")

    def remember_files(self) -> None:
        """Keep what Parquet files say of themselves: for files that nobody changes, each of which is read many times."""
        self.connection.execute("SET GLOBAL parquet_metadata_cache = true")

    @staticmethod
    def version() -> str:
        """The version of the engine."""
        return str(duckdb.__version__)

    def write(self, expression: ir.Table, path: Path) -> None:
        """Write the rows of an expression: to Parquet, or to CSV by the ending of the path."""
        form = "(FORMAT CSV, HEADER)" if path.suffix == ".csv" else PARQUET
        self.run(f"COPY ({self.typed(expression)}) TO {literal(path)} {form}")

    def keep(self, name: str, expression: ir.Table, path: Path) -> None:
        """Write an expression to Parquet and give the file a name: the rows are never all in memory."""
        self.write(expression, path)
        self.attach(name, [path], expression.schema())

    def attach(self, name: str, paths: Sequence[Path], schema: ibis.Schema, *, numbered: bool = False) -> None:
        """Give Parquet files, or folders of them, a name; with no files, an empty table of the schema.

        With `numbered` each row has its number in its file, from 1, as the column `row`.
        """
        if files := parquet_files(paths):
            listed = ", ".join(literal(path) for path in files)
            held = f"read_parquet([{listed}], union_by_name=true{', file_row_number=true' if numbered else ''})"
            found = {row[0]: row[1] for row in self.connection.execute(f"DESCRIBE SELECT * FROM {held}").fetchall()}
            # a file written before a column existed gives nothing for it; one that was written narrower is widened
            columns = ", ".join(
                quoted(column)
                if same_type(found.get(column, ""), kind)
                else f"CAST({quoted(column) if column in found else 'NULL'} AS {kind}) AS {quoted(column)}"
                for column, kind in types(schema)
            )
            row = f", file_row_number + 1 AS {ROW}" if numbered else ""
            source = f"SELECT {columns}{row} FROM {held}"
        else:
            source = empty(schema)
        self.connection.execute(f"CREATE OR REPLACE VIEW {quoted(name)} AS {source}")

    def table(self, name: str, rows: Iterable[Sequence[Any]], schema: ibis.Schema) -> None:
        """Keep rows from Python under a name; they are taken a batch at a time."""
        self.run(f"CREATE OR REPLACE TABLE {quoted(name)} AS {empty(schema)}")
        casts = ", ".join(f"CAST({quoted(column)} AS {kind})" for column, kind in types(schema))
        remaining = iter(rows)
        while batch := list(islice(remaining, BATCH)):
            arrays = {
                column: np.array([None if cell is None else str(cell) for cell in cells], dtype=object)
                for column, cells in zip(schema.names, zip(*batch, strict=True), strict=True)
            }
            self.arrays("rows_from_python", arrays)
            self.run(f"INSERT INTO {quoted(name)} SELECT {casts} FROM rows_from_python")
            self.connection.unregister("rows_from_python")

    def arrays(self, name: str, columns: Mapping[str, Any]) -> None:
        """Give NumPy columns of equal length a name; nothing is copied, texts may be None, figures may not be missing."""
        try:
            self.connection.register(name, dict(columns))
        except duckdb.Error as error:
            # DuckDB makes its own error of a Ctrl-C that comes while it looks at Python's columns
            if str(error).startswith("KeyboardInterrupt"):
                raise KeyboardInterrupt from error
            raise

    def joins_as_written(self) -> None:
        """Stream the left side of every join past the right one from now on: rows stay in the order of the left side."""
        self.connection.execute("SET disabled_optimizers = 'join_order,build_side_probe_side'")

    def forget(self, *names: str) -> None:
        """Let go of arrays."""
        for name in names:
            self.connection.unregister(name)

    def read_csv(
        self, name: str, path: Path, *, columns: Sequence[str], delimiter: str, blank: Sequence[int] = ()
    ) -> list[Malformed]:
        """Read a UTF-8 text file as text columns with record numbers; records that do not fit are given back.

        The header is record 1, a cell of several lines is one record, and a blank line (named in `blank`) is one too:
        so rows are counted as a spreadsheet shows them.
        """
        shape = ", ".join(f"{literal(column)}: 'VARCHAR'" for column in columns)
        try:
            self.run(
                f"CREATE OR REPLACE TABLE {quoted(name)} AS SELECT row_number() OVER () + 1 AS {ROW}, * FROM read_csv({literal(path)}, "
                f"auto_detect=false, header=true, delim={literal(delimiter)}, quote='\"', escape='\"', new_line='\\n', "
                f"columns={{{shape}}}, store_rejects=true, rejects_limit={MOST_MALFORMED + 1}, null_padding=false)"
            )
        except duckdb.Error as error:
            raise FileUnreadable(f"{path.name}: not readable as a table of text: {first_line(error)}") from error
        malformed = self.malformed(path)
        self.run("DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans")
        passed = sorted({*blank, *(bad.line for bad in malformed)})
        if passed:
            self.renumber(name, passed)
        return malformed

    def malformed(self, path: Path) -> list[Malformed]:
        """The records that the last reading turned away; too many of them mean that the file was misunderstood."""
        found = self.connection.execute(
            "SELECT line, left(any_value(csv_line), 4000), string_agg(error_message, '; ') FROM reject_errors GROUP BY line ORDER BY line"
        ).fetchall()
        if len(found) > MOST_MALFORMED:
            raise FileUnreadable(
                f"{path.name}: more than {MOST_MALFORMED} lines do not fit the header, the first is line {found[0][0]} "
                f"({found[0][2]}): is the delimiter right?"
            )
        return [Malformed(int(line), (text or "").lstrip("\n"), reason or "") for line, text, reason in found]

    def renumber(self, name: str, passed: Sequence[int]) -> None:
        """Move row numbers on by the records before them that are not rows."""
        # the k-th record that is not a row stands behind the row that was counted as number `line - k`
        gaps = {line - place: place for place, line in enumerate(passed, start=1)}
        self.table("gaps", gaps.items(), ibis.schema({"behind": "int64", "shift": "int64"}))
        self.run(
            f"CREATE OR REPLACE TABLE {quoted(name)} AS SELECT {ROW} + coalesce(gaps.shift, 0) AS {ROW}, * EXCLUDE ({ROW}, behind, shift) "
            f"FROM {quoted(name)} ASOF LEFT JOIN gaps ON {ROW} > gaps.behind"
        )
        self.drop("gaps")

    def parquet_columns(self, path: Path) -> list[str]:
        """The column names of a Parquet file that is whole and of sane size."""
        try:
            found = self.connection.execute(f"DESCRIBE SELECT * FROM read_parquet({literal(path)})").fetchall()
            rows = (
                self.connection.execute(f"SELECT sum(num_rows) FROM parquet_file_metadata({literal(path)})").fetchall()[
                    0
                ][0]
                or 0
            )
        except (duckdb.Error, UnicodeDecodeError) as error:
            raise FileUnreadable(f"{path.name}: not readable as Parquet: {first_line(error)}") from error
        if rows > MOST_ROWS:
            raise FileUnreadable(f"{path.name}: {rows} rows; at most {MOST_ROWS} are read: split it by month")
        return [row[0] for row in found]

    def read_parquet(self, name: str, path: Path, *, columns: Mapping[str, str]) -> None:
        """Read a Parquet file as text columns, renamed, with row numbers."""
        listed = ", ".join(f"CAST({quoted(column)} AS VARCHAR) AS {quoted(ours)}" for column, ours in columns.items())
        try:
            self.run(
                f"CREATE OR REPLACE TABLE {quoted(name)} AS SELECT row_number() OVER () AS {ROW}, {listed} "
                f"FROM read_parquet({literal(path)})"
            )
        except (duckdb.Error, UnicodeDecodeError) as error:
            raise FileUnreadable(f"{path.name}: not readable as Parquet: {first_line(error)}") from error


def unmasked(held: Any) -> Any:
    """A column with NaN for missing figures, whole numbers too, and None for missing texts."""
    if not isinstance(held, np.ma.MaskedArray):
        return held
    if not held.mask.any():
        return held.data
    kind, nothing = (np.float64, np.nan) if held.dtype.kind in "iuf" else (object, None)
    filled = np.asarray(held.data).astype(kind)
    filled[held.mask] = nothing
    return filled


def parquet_files(paths: Iterable[Path]) -> list[Path]:
    """The files that paths stand for: a folder stands for the Parquet files in it, in the order of their names."""
    return [file for path in paths for file in (sorted(path.glob("[!._]*.parquet")) if path.is_dir() else [path])]


def mark(name: str) -> str:
    """A text that stands for a value which is given later.

    >>> table = ibis.table({"a": "string"}, name="t")
    >>> Engine().template(table.filter(table.a == mark("x")), ["x"]).split(" = ")[-1]
    'CAST($x AS VARCHAR)'
    """
    return f"\u27e8{name}\u27e9"


@lru_cache(maxsize=256)
def types(schema: ibis.Schema) -> tuple[tuple[str, str], ...]:
    """Column names with this engine's type names."""
    return tuple((name, type_name(kind)) for name, kind in schema.items())


@lru_cache(maxsize=256)
def type_name(kind: dt.DataType) -> str:
    """The name of a type, of which there are few and which takes long to make."""
    return str(ibis.backends.sql.datatypes.DuckDBType.to_string(kind))


@lru_cache(maxsize=1024)
def compiled(operation: Any) -> str:
    """An operation in SQL; the compiler takes longer over many a statement than the engine over its rows."""
    return str(ibis.to_sql(operation.to_expr(), dialect="duckdb"))


def same_type(one: str, other: str) -> bool:
    """Whether two type names mean the same, however they are spelled.

    >>> same_type("DECIMAL(38,15)", "DECIMAL(38, 15)"), same_type("INTEGER", "INT"), same_type("INTEGER", "BIGINT")
    (True, True, False)
    """
    first, second = (SPELLINGS.get(name, name) for name in (one.replace(" ", ""), other.replace(" ", "")))
    return first == second


SPELLINGS = {"INT": "INTEGER", "TEXT": "VARCHAR", "BOOL": "BOOLEAN"}


@lru_cache(maxsize=256)
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
