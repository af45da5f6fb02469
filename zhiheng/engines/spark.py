"""The cluster's engine: Ibis compiles, Spark runs; rows rest in Parquet files that every engine can read.

Whatever is kept goes to Parquet, not into Spark's own memory: it survives a dying worker, and the embedded engine opens it.
"""

import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count, islice
from pathlib import Path
from typing import Any
from uuid import uuid4

import ibis
import ibis.expr.types as ir
import numpy as np

from zhiheng.engines import duckdb
from zhiheng.engines.session import Session

BATCH = 20_000
GLOB = re.compile(r"([\\*?\[\]{},^])")


class Compiling(ibis.config.Config):  # type: ignore[misc]  # Ibis has no types
    """What Ibis's compiler asks of its own Spark backend, which is not loaded here."""

    treat_nan_as_null: bool = False


class SparkEngine:
    """One Spark session over Parquet files; close it, or use it in a `with` block."""

    def __init__(self, master: str, *, memory: str = "", threads: int = 0, spill: Path | None = None) -> None:
        if ibis.options.pyspark is None:
            ibis.options.pyspark = Compiling()
        self.session = Session.open(master, memory=memory, threads=threads, spill=spill)
        if spill:
            spill.mkdir(parents=True, exist_ok=True)
        self.folder = Path(tempfile.mkdtemp(prefix="spark-", dir=spill))
        self.kept: dict[str, Path] = {}
        self.numbers = count(1)

    def __enter__(self) -> "SparkEngine":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the session and remove what was kept for it."""
        self.session.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def sql(self, expression: ir.Expr) -> str:
        """The expression in this engine's SQL."""
        return str(ibis.to_sql(expression, dialect="pyspark"))

    def stream(self, expression: ir.Table) -> Iterator[dict[str, Any]]:
        """Every row of an expression, a partition at a time."""
        names = expression.columns
        with self.session.watched() as spark:
            remaining = iter(spark.sql(self.sql(expression)).toLocalIterator())
        while True:
            # the time that the caller takes is not watched
            with self.session.watched():
                batch = list(islice(remaining, BATCH))
            if not batch:
                return
            for row in batch:
                yield dict(zip(names, row, strict=True))

    def rows(self, expression: ir.Table) -> list[dict[str, Any]]:
        """Every row of an expression as a dictionary."""
        names = expression.columns
        with self.session.watched() as spark:
            return [dict(zip(names, row, strict=True)) for row in spark.sql(self.sql(expression)).collect()]

    def columns(self, expression: ir.Table) -> dict[str, Any]:
        """Every column of an expression as a NumPy array; a missing figure is NaN, a missing text None."""
        rows = self.rows(expression)
        found = {}
        for name, kind in expression.schema().items():
            values = [row[name] for row in rows]
            if kind.is_integer() and None not in values:
                found[name] = np.array(values, dtype=np.int64)
            elif kind.is_numeric() and not kind.is_decimal():
                found[name] = np.array([np.nan if value is None else value for value in values], dtype=np.float64)
            else:
                found[name] = np.array(values, dtype=object)
        return found

    def scalar(self, expression: ir.Expr) -> Any:
        """The single value of an expression."""
        with self.session.watched() as spark:
            found = spark.sql(self.sql(expression)).take(1)
        return found[0][0] if found else None

    def create(self, name: str, expression: ir.Table) -> None:
        """Keep the rows of an expression under a name."""
        self.keep_beside(name, lambda path: self.keep(name, expression, path))

    def table(self, name: str, rows: Iterable[Sequence[Any]], schema: ibis.Schema) -> None:
        """Keep rows from Python under a name.

        The embedded engine writes them: its types are the schema's, and no Python runs on the workers.
        """

        def written(path: Path) -> None:
            path.mkdir()
            with duckdb.Engine(memory="500MB", threads=1, spill=self.folder) as embedded:
                embedded.table("rows", rows, schema)
                embedded.write(ibis.table(schema, name="rows"), path / "part-0.parquet")
            self.attach(name, [path], schema)

        self.keep_beside(name, written)

    def keep_beside(self, name: str, fill: Callable[[Path], None]) -> None:
        """Fill a new folder, then forget the one that had the name before: an expression may read what it replaces."""
        path = self.folder / f"{next(self.numbers)}.parquet"
        fill(path)
        before = self.kept.pop(name, None)
        self.kept[name] = path
        if before:
            shutil.rmtree(before, ignore_errors=True)

    def view(self, name: str, expression: ir.Table) -> None:
        """Give an expression a name without running it."""
        with self.session.watched() as spark:
            spark.sql(f"CREATE OR REPLACE TEMPORARY VIEW {quoted(name)} AS {self.sql(expression)}")

    def drop(self, *names: str) -> None:
        """Forget kept tables."""
        for name in names:
            with self.session.watched() as spark:
                spark.sql(f"DROP VIEW IF EXISTS {quoted(name)}")
            if path := self.kept.pop(name, None):
                shutil.rmtree(path, ignore_errors=True)

    def write(self, expression: ir.Table, path: Path) -> None:
        """Write the rows of an expression: to a folder of Parquet files, or to one CSV file by the ending of the path."""
        if path.suffix == ".csv":
            self.write_csv(expression, path)
            return
        beside = path.absolute().with_name(f".{path.name}.{uuid4().hex}")
        try:
            with self.session.watched() as spark:
                spark.sql(self.sql(expression)).write.parquet(f"file:{beside}")
            for checksum in beside.glob(".*.crc"):  # Hadoop's own, which nobody else reads
                checksum.unlink()
            forget(path)
            beside.rename(path)
        finally:
            forget(beside)

    def write_csv(self, expression: ir.Table, path: Path) -> None:
        """One CSV file, as the embedded engine writes it."""
        beside = self.folder / f"{next(self.numbers)}.parquet"
        self.write(expression, beside)
        with duckdb.Engine(memory="500MB", threads=1, spill=self.folder) as embedded:
            embedded.attach("rows", [beside], expression.schema())
            embedded.write(ibis.table(expression.schema(), name="rows"), path)
        shutil.rmtree(beside, ignore_errors=True)

    def keep(self, name: str, expression: ir.Table, path: Path) -> None:
        """Write an expression to Parquet and give what was written a name."""
        self.write(expression, path)
        self.attach(name, [path], expression.schema())

    def attach(self, name: str, paths: Sequence[Path], schema: ibis.Schema) -> None:
        """Give Parquet files, or folders of them, a name; a column that a file does not have is NULL there."""
        files = [file.absolute() for file in duckdb.parquet_files(paths)]
        shape = ", ".join(f"{quoted(column)} {kind}" for column, kind in types(schema))
        with self.session.watched() as spark:
            if not files:
                listed = ", ".join(f"CAST(NULL AS {kind}) AS {quoted(column)}" for column, kind in types(schema))
                spark.sql(f"CREATE OR REPLACE TEMPORARY VIEW {quoted(name)} AS SELECT {listed} WHERE false")
                return
            reader = spark.read.schema(shape)
            if base := above_partitions(files):
                reader = reader.option("basePath", f"file:{escaped(base)}")
            held = reader.parquet(*[f"file:{escaped(file)}" for file in files])
            held.select(*[quoted(column) for column in schema.names]).createOrReplaceTempView(name)


def forget(path: Path) -> None:
    """Remove a file, or a folder with what is in it, where there is one."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def types(schema: ibis.Schema) -> list[tuple[str, str]]:
    """Column names with this engine's type names."""
    mapper = ibis.backends.sql.datatypes.PySparkType
    return [(name, mapper.to_string(kind)) for name, kind in schema.items()]


def quoted(name: str) -> str:
    """A name as SQL.

    >>> quoted("a b")
    '`a b`'
    """
    return "`" + name.replace("`", "``") + "`"


def escaped(path: Path) -> str:
    """A path without the letters that Hadoop takes for a pattern.

    >>> escaped(Path("/a[1]"))
    '/a\\\\[1\\\\]'
    """
    return GLOB.sub(r"\\\1", str(path))


def above_partitions(files: Sequence[Path]) -> Path | None:
    """The folder above folders named `column=value`, whose values are columns; none where there are no such folders.

    >>> above_partitions([Path("/lake/month=2025-04/a.parquet"), Path("/lake/month=2025-05/b.parquet")])
    PosixPath('/lake')
    """
    for place, part in enumerate(files[0].parts[:-1]):
        if "=" in part:
            base = Path(*files[0].parts[:place])
            return base if all(base in file.parents for file in files) else None
    return None
