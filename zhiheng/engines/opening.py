"""Which engine runs: what every engine can do, and how one is chosen by a setting."""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol, Self

import ibis
import ibis.expr.types as ir

from zhiheng.engines.duckdb import Engine
from zhiheng.engines.spark import SparkEngine
from zhiheng.errors import UsageError

SETTING = "ZHIHENG_ENGINE"


class AnyEngine(Protocol):
    """What callers of stages may ask of an engine; reading text files is the embedded engine's alone."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def close(self) -> None:
        """Give everything back."""

    def sql(self, expression: ir.Expr) -> str:
        """The expression in this engine's SQL."""

    def rows(self, expression: ir.Table) -> list[dict[str, Any]]:
        """Every row of an expression as a dictionary."""

    def columns(self, expression: ir.Table) -> dict[str, Any]:
        """Every column of an expression as a NumPy array; a missing figure is NaN, a missing text None."""

    def stream(self, expression: ir.Table) -> Iterator[dict[str, Any]]:
        """Every row of an expression, a batch at a time."""

    def scalar(self, expression: ir.Expr) -> Any:
        """The single value of an expression."""

    def create(self, name: str, expression: ir.Table) -> None:
        """Keep the rows of an expression under a name."""

    def view(self, name: str, expression: ir.Table) -> None:
        """Give an expression a name without running it."""

    def drop(self, *names: str) -> None:
        """Forget kept tables."""

    def table(self, name: str, rows: Iterable[Sequence[Any]], schema: ibis.Schema) -> None:
        """Keep rows from Python under a name."""

    def attach(self, name: str, paths: Sequence[Path], schema: ibis.Schema) -> None:
        """Give Parquet files, or folders of them, a name."""

    def write(self, expression: ir.Table, path: Path) -> None:
        """Write the rows of an expression: to Parquet (one file, or a folder of them), or to one CSV file."""

    def keep(self, name: str, expression: ir.Table, path: Path) -> None:
        """Write an expression to Parquet and give what was written a name."""


def open_engine(
    setting: str | None = None, *, memory: str = "", threads: int = 0, spill: Path | None = None
) -> AnyEngine:
    """The engine that a setting names; without one, the environment's ZHIHENG_ENGINE; without that, the embedded one.

    `duckdb` is embedded, `local[2]` Spark in this process, `spark://host:port` a standalone cluster, `sc://host:port`
    Spark Connect. `memory` is what the engine may take on this machine, `spill` the folder for what does not fit:
    every machine of a cluster must see it under the same path.

    >>> with open_engine("duckdb") as engine:
    ...     engine.scalar(ibis.literal(2) + 3)
    5
    """
    asked = (os.environ.get(SETTING, "") if setting is None else setting).strip()
    if asked in ("", "duckdb"):
        return Engine(memory=memory, threads=threads, spill=spill)
    if asked.startswith(("spark://", "sc://", "local")):
        return SparkEngine(asked, memory=memory, threads=threads, spill=spill)
    raise UsageError(
        f"{SETTING}: no engine is called '{asked}'; known are duckdb, local[2], spark://host:port and sc://host:port"
    )
