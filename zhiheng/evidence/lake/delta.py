"""Delta tables on this machine's disk: the only place that knows the Delta library."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ibis
from deltalake import DeltaTable, Field, Schema
from deltalake.exceptions import DeltaError
from deltalake.schema import PrimitiveType
from deltalake.transaction import AddAction, CommitProperties, PostCommitHookProperties, RemoveAction

from zhiheng.errors import StoreError
from zhiheng.evidence.lake.commits import File
from zhiheng.evidence.snapshot import settle

MONTH = "month"
LOG = "_delta_log"
# old versions stay readable for ever: the commits name them, and `vacuum` alone decides what goes
CONFIGURATION = {
    "delta.enableExpiredLogCleanup": "false",
    "delta.checkpointInterval": "1000000",
    # without it the spans of columns after the thirty-second are not told: findings have their delivery behind it
    "delta.dataSkippingNumIndexedCols": "-1",
}
QUIET = PostCommitHookProperties(create_checkpoint=False, cleanup_expired_logs=False)
TYPES = {
    "string": "string",
    "int8": "byte",
    "int16": "short",
    "int32": "integer",
    "int64": "long",
    "float32": "float",
    "float64": "double",
    "boolean": "boolean",
    "date": "date",
    "binary": "binary",
}


def schema_of(schema: ibis.Schema) -> Schema:
    """An Ibis schema as that of a Delta table, with the month that places a file."""
    listed = [Field(name, PrimitiveType(type_of(kind))) for name, kind in schema.items() if name != MONTH]
    return Schema([*listed, Field(MONTH, PrimitiveType("string"))])


def type_of(kind: ibis.DataType) -> str:
    """The Delta name of a type.

    >>> type_of(ibis.dtype("decimal(18, 9)"))
    'decimal(18,9)'
    """
    if kind.is_decimal():
        return f"decimal({kind.precision},{kind.scale})"
    name = TYPES.get(str(kind.copy(nullable=True)))
    if name is None:
        raise ValueError(f"a lake holds no columns of type {kind}; it holds decimals and {', '.join(TYPES)}")
    return name


def is_there(folder: Path) -> bool:
    """Whether a folder holds a Delta table."""
    return any((folder / LOG).glob("*.json"))


@contextmanager
def told(folder: Path) -> Iterator[None]:
    """Errors of the library as errors for the reader."""
    try:
        yield
    except (DeltaError, OSError) as error:
        raise StoreError(
            f"table {folder.name} in {folder.parent}: {error}; if the disk is full or not yours to write, put that right and "
            "run again, otherwise 'zhiheng lake verify' names what is damaged"
        ) from error


def opened(folder: Path, version: int | None = None) -> DeltaTable:
    """A table at a version, or at its newest."""
    with told(folder):
        return DeltaTable(str(folder), version=version)


def version_of(folder: Path) -> int:
    """The newest version."""
    return int(opened(folder).version())


def paths(folder: Path, version: int | None = None) -> list[str]:
    """The files of a version, relative to the table's folder, in no order."""
    table = opened(folder, version)
    with told(folder):
        return [str(path) for path in table.get_add_actions().column("path").to_pylist()]


def spans(folder: Path, version: int | None = None) -> dict[str, dict[str, tuple[Any, Any]]]:
    """The least and the greatest value of each column whose span the log keeps, for every file of a version."""
    table = opened(folder, version)
    with told(folder):
        actions = table.get_add_actions(flatten=True)
        names = [name.removeprefix("min.") for name in actions.schema.names if name.startswith("min.")]
        held = {
            name: (actions.column(f"min.{name}").to_pylist(), actions.column(f"max.{name}").to_pylist())
            for name in names
        }
        listed = actions.column("path").to_pylist()
    return {
        str(path): {name: (low[at], high[at]) for name, (low, high) in held.items() if low[at] is not None}
        for at, path in enumerate(listed)
    }


def create(folder: Path, schema: ibis.Schema) -> None:
    """A new table without rows."""
    with told(folder):
        folder.mkdir(parents=True, exist_ok=True)
        DeltaTable.create(
            str(folder), schema=schema_of(schema), partition_by=[MONTH], configuration=CONFIGURATION, mode="error"
        )


def widen(folder: Path, schema: ibis.Schema) -> None:
    """Give a table the columns that it does not have yet; the type of a column never changes."""
    table = opened(folder)
    held, wanted = {entry.name: entry for entry in table.schema().fields}, schema_of(schema).fields
    for entry in wanted:
        if entry.name in held and held[entry.name].type != entry.type:
            raise StoreError(
                f"table {folder.name}: column {entry.name} is {held[entry.name].type.type} in the lake and would be "
                f"{entry.type.type} now; a column keeps its type: add one of another name"
            )
    if new := [entry for entry in wanted if entry.name not in held]:
        with told(folder):
            table.alter.add_columns(new, post_commithook_properties=QUIET)


def register(folder: Path, *, added: Sequence[File], removed: Mapping[str, int], commit: int, change: bool) -> int:
    """Put files into a table and take files out of it, as one version; `change` says whether the rows differ after it."""
    table, now = opened(folder), int(time.time() * 1000)
    actions: list[AddAction | RemoveAction] = [
        RemoveAction(path, change, now, size, {MONTH: month_of(path)}) for path, size in removed.items()
    ]
    actions += [
        AddAction(file.path, file.size, {MONTH: month_of(file.path)}, now, change, json.dumps(file.stats))
        for file in added
    ]
    with told(folder):
        table.create_write_transaction(
            actions,
            mode="append",
            schema=table.schema(),
            partition_by=[MONTH],
            commit_properties=CommitProperties(custom_metadata={"zhiheng_commit": str(commit)}, max_commit_retries=0),
            post_commithook_properties=QUIET,
        )
    return version_of(folder)


def restore(folder: Path, version: int | None) -> None:
    """Bring a table back to a version, as a version of its own; None: to the empty one it began with."""
    table = opened(folder)
    with told(folder):
        table.restore(version or 0, post_commithook_properties=QUIET)


def checkpoint(folder: Path) -> None:
    """Write the state of a table down, so that opening it need not read the whole log."""
    table = opened(folder)
    with told(folder):
        table.create_checkpoint()


def settle_log(folder: Path, *, since: int, until: int) -> None:
    """Make sure that the log of some versions is on disk."""
    with told(folder):
        for version in range(since, until + 1):
            settle(folder / LOG / f"{version:020}.json")
        settle(folder / LOG)


def month_of(path: str) -> str:
    """The month that places a file.

    >>> month_of("month=2025-04/a.parquet")
    '2025-04'
    """
    return path.partition("/")[0].partition("=")[2]
