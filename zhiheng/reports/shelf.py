"""What the last turns made, opened for reading: one engine a data set, safe to use from many threads."""

from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import ibis.expr.types as ir

from zhiheng.decision import FINDINGS, REQUIRED, SAMPLES
from zhiheng.engines import Engine
from zhiheng.errors import NothingThereYet
from zhiheng.evidence import REJECTS, UNITS
from zhiheng.evidence.snapshot import Workspace, load_json
from zhiheng.selection import PROPOSAL
from zhiheng.surveillance import SIGNALS

MADE = (FINDINGS, SAMPLES, REQUIRED, SIGNALS, PROPOSAL)
KEPT = (UNITS, REJECTS)
MEMORY = "900MB"


@dataclass(frozen=True)
class Opened:
    """A data set's last turn."""

    key: str
    summary: dict[str, Any]
    engine: Engine


class Shelf:
    """The data sets of a workspace that have been through a turn."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.opened: dict[str, Opened] = {}
        self.stamps: dict[str, int] = {}
        self.lock = Lock()

    def datasets(self) -> list[str]:
        """The names of the data sets, in order."""
        return sorted(path.parent.name for path in (self.workspace.root / "runs").glob("*/current.json"))

    def summaries(self) -> list[dict[str, Any]]:
        """The summaries of all data sets."""
        return [self.open(name).summary for name in self.datasets()]

    def folder(self, dataset: str) -> Path:
        """The folder of the last turn."""
        return self.workspace.root / "runs" / dataset / self.open(dataset).key

    def open(self, dataset: str) -> Opened:
        """The last turn of a data set, attached once and again when a new turn was made."""
        pointer = self.workspace.root / "runs" / dataset / "current.json"
        if dataset not in self.datasets():
            raise NothingThereYet(
                f"there is no data set '{dataset}'; there are {', '.join(self.datasets()) or 'none yet: zhiheng run makes them'}"
            )
        stamp = pointer.stat().st_mtime_ns
        with self.lock:
            known = self.opened.get(dataset)
            if known is None or self.stamps[dataset] != stamp:
                summary = load_json(pointer)
                if known is None or known.key != summary["key"]:
                    known = Opened(summary["key"], summary, self.attach(dataset, pointer.parent / summary["key"]))
                self.opened[dataset], self.stamps[dataset] = known, stamp
        return known

    def attach(self, dataset: str, folder: Path) -> Engine:
        """An engine with the tables of a turn."""
        engine = Engine(memory=MEMORY, threads=2)
        for table in MADE:
            engine.attach(table.name, [folder / f"{table.name}.parquet"], table.schema)
        for table in KEPT:
            engine.attach(table.name, self.workspace.paths(dataset, table.name), table.schema)
        return engine

    def rows(self, dataset: str, expression: ir.Table) -> list[dict[str, Any]]:
        """Every row of an expression on a data set's tables."""
        return self.open(dataset).engine.cursor().rows(expression)

    def columns(self, dataset: str, expression: ir.Table) -> dict[str, Any]:
        """The columns of an expression on a data set as arrays."""
        return self.open(dataset).engine.cursor().columns(expression)

    def scalar(self, dataset: str, expression: ir.Expr) -> Any:
        """The single value of an expression on a data set's tables."""
        return self.open(dataset).engine.cursor().scalar(expression)
