"""Risk models and their events read from files, and what the workspace keeps: models by fingerprint, lists by day, all for ever.

risk/<model>/models/<fingerprint>.json   a fitted model; current.json names the one in use
risk/<model>/scores/<day>/<n>.parquet    the list of a day; made again differently it becomes n + 1, the earlier one stays
"""

import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import ibis

from zhiheng import rules
from zhiheng.engines import Engine
from zhiheng.errors import FileUnreadable, NothingThereYet, RuleUnknown
from zhiheng.evidence import source
from zhiheng.evidence.cells import raw_name
from zhiheng.evidence.snapshot import Workspace, load_json, settle, store_json
from zhiheng.selection.risk import fitted as fitting
from zhiheng.selection.risk.events import Events, events
from zhiheng.selection.risk.fitted import Fitted
from zhiheng.selection.risk.recipe import Recipe, recipe
from zhiheng.selection.tables import SCORES

MEMORY = "1GB"


def known(name: str, *, on: date) -> Recipe:
    """A recipe by the name of one that ships with the package, or by the path of a YAML file, as it stood on a day."""
    path = Path(name)
    if name.endswith((".yaml", ".yml")):
        if not path.is_file():
            raise FileUnreadable(f"{name}: there is no such file; check the path")
        title, body = rules.read_settings(path, on=on)
        return recipe(path.stem, title, body)
    place = rules.library.law() / "int" / "risk" / f"{name}.yaml"
    if not name.replace("_", "").isalnum() or not place.is_file():
        raise RuleUnknown(
            f"there is no risk model '{name[:60]}'; there are {', '.join(bundled())}, or give a YAML file"
        )
    title, body = rules.read_settings(place, on=on)
    return recipe(name, title, body)


def bundled() -> list[str]:
    """The names of the recipes that ship with the package."""
    folder = rules.library.law() / "int" / "risk"
    return sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml"))


def read(path: Path, recipe: Recipe, *, also: Sequence[str] = ()) -> Events:
    """The events of a CSV (perhaps packed), XLSX, Parquet or JSON-lines file."""
    wanted = (*recipe.columns(), *(name for name in also if name not in recipe.columns()))
    return events(rows(path, wanted), recipe)


def rows(path: Path, wanted: Sequence[str]) -> list[dict[str, Any]]:
    """Some columns of a file as texts."""
    with (
        tempfile.TemporaryDirectory(prefix="zhiheng-") as scratch,
        Engine(memory=MEMORY, spill=Path(scratch)) as engine,
    ):
        found = source.read(path, engine=engine, scratch=Path(scratch), options={})
        if found.malformed:
            bad = found.malformed[0]
            raise FileUnreadable(f"{path.name}, line {bad.line}: {bad.reason}; correct the line")
        absent = [name for name in wanted if name not in found.columns]
        if absent:
            raise FileUnreadable(
                f"{path.name}: no column '{absent[0]}', which the risk model reads; there are {', '.join(found.columns[:40])}"
            )
        names = {name: raw_name(name) for name in wanted}
        table = ibis.table(dict.fromkeys(names.values(), "string"), name="raw")
        asked = table.select(**{f"c{at}": table[held] for at, held in enumerate(names.values())})
        return [dict(zip(names, row.values(), strict=True)) for row in engine.rows(asked)]


@dataclass(frozen=True)
class Kept:
    """What a workspace holds of risk."""

    workspace: Workspace

    @property
    def root(self) -> Path:
        """The folder of all models."""
        return self.workspace.root / "risk"

    def models(self) -> list[str]:
        """The names of the models that were fitted here."""
        return sorted(path.parent.name for path in self.root.glob("*/current.json"))

    def folder(self, name: str) -> Path:
        """The folder of a model that must be there."""
        if name not in self.models():
            there = ", ".join(self.models()) or "none yet"
            raise NothingThereYet(
                f"no risk model '{name[:60]}' was fitted in this workspace; there are {there}: 'zhiheng risk fit' makes one"
            )
        return self.root / name

    def keep_model(self, made: Fitted) -> Path:
        """Keep a fitted model and use it from now on."""
        folder, mark = self.root / made.recipe.name, made.fingerprint
        path = folder / "models" / f"{mark}.json"
        if not path.exists():
            store_json(path, made.body())
        store_json(folder / "current.json", {"model": mark, "until": made.until})
        return path

    def model(self, name: str, mark: str = "") -> Fitted:
        """The model in use, or one by its fingerprint."""
        folder = self.folder(name)
        chosen = mark or str(load_json(folder / "current.json")["model"])
        return fitting.read(load_json(folder / "models" / f"{chosen}.json"))

    def days(self, name: str) -> list[date]:
        """The days that have a list, the earliest first."""
        return sorted(date.fromisoformat(path.name) for path in (self.folder(name) / "scores").glob("*-*-*"))

    def editions(self, name: str, on: date) -> list[Path]:
        """The lists that were made for a day, the last made last."""
        folder = self.folder(name) / "scores" / on.isoformat()
        return sorted(folder.glob("[0-9]*.parquet"), key=lambda path: int(path.stem))

    def keep_scores(self, name: str, lines: Sequence[Sequence[Any]], *, on: date) -> Path:
        """Keep the list of a day; the same list again is not kept twice."""
        with self.workspace.alone(f"risk-{name}"):
            there = self.editions(name, on)
            if there and [tuple(row.values()) for row in self.read_scores(there[-1])] == [
                tuple(line) for line in lines
            ]:
                return there[-1]
            path = self.folder(name) / "scores" / on.isoformat() / f"{len(there) + 1}.parquet"
            with self.workspace.scratch() as scratch, Engine(memory=MEMORY) as engine:
                engine.table(SCORES.name, lines, SCORES.schema)
                engine.write(SCORES.unbound().order_by("rank"), scratch / path.name)
                settle(scratch / path.name)
                path.parent.mkdir(parents=True, exist_ok=True)
                os.replace(scratch / path.name, path)
            return path

    def scores(self, name: str, on: date) -> list[dict[str, Any]]:
        """The list of a day, the last made."""
        there = self.editions(name, on)
        if not there:
            held = self.days(name)
            told = f"the last is of {held[-1]}" if held else "there is none yet"
            raise NothingThereYet(
                f"{name}: no list of {on}; {told}: 'zhiheng risk score {name} FILE --on {on}' makes one"
            )
        return self.read_scores(there[-1])

    def read_scores(self, path: Path) -> list[dict[str, Any]]:
        """A list from its file, in the order of rank."""
        with Engine(memory=MEMORY) as engine:
            engine.attach(SCORES.name, [path], SCORES.schema)
            return engine.rows(SCORES.unbound().order_by("rank"))

    def before(self, name: str, on: date) -> date | None:
        """The last day before a day that has a list."""
        return max((day for day in self.days(name) if day < on), default=None)


def scored_rows(lines: Sequence[Sequence[Any]]) -> list[Mapping[str, Any]]:
    """Lines of SCORES as rows."""
    return [dict(zip(SCORES.schema.names, line, strict=True)) for line in lines]
