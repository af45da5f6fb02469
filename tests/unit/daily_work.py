"""The work that the tests kill: take deliveries in, judge them, replay, compact. Imported once by the server of processes."""

from datetime import date
from pathlib import Path
from typing import Any

import delivering

from zhiheng import daily, rules
from zhiheng.engines import Engine
from zhiheng.evidence import delivery
from zhiheng.evidence import lake as lakes
from zhiheng.evidence.snapshot import Workspace, store_json

TODAY = date(2026, 11, 22)
rules.book(), rules.categories(), rules.analytes()


def place(root: Path, name: str = "little") -> daily.Place:
    """A lake with its card."""
    found = daily.Place(Workspace(root), name)
    if not (found.root / "card.json").exists():
        store_json(found.root / "card.json", delivering.CARD)
    return found


def judged(root: Path, sent: Path) -> None:
    """Every delivery taken in and judged."""
    where = place(root)
    for folder in sorted(sent.iterdir()):
        take_in(where, folder)
    daily.judge(where, law=daily.law(), today=TODAY)


def work(root: Path, sent: Path) -> None:
    """All of it, once."""
    where = place(root)
    for folder in sorted(sent.iterdir()):
        take_in(where, folder)
        daily.judge(where, law=daily.law(), today=TODAY)
    daily.judge(where, law=daily.law("2026-09-10"), today=TODAY)
    daily.judge(where, law=daily.law(), today=TODAY)
    out = root / "changes.parquet"
    daily.replayed(where, before=daily.law(), after=daily.law("2026-09-10"), today=TODAY, out=out)
    lakes.compact(where.evidence)


def take_in(where: daily.Place, folder: Path) -> dict[str, Any]:
    """One delivery."""
    with Engine(threads=1) as engine:
        return delivery.append(engine, where.evidence, delivery.found(folder), analytes=rules.analytes())
