"""Lists to plan from and terms to plan by, made in memory."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from zhiheng import rules
from zhiheng.engines import Engine
from zhiheng.selection.plan import frame, made
from zhiheng.selection.plan.terms import PlanTerms, planned

ON = date(2026, 11, 22)


def terms(programme: str = "food-2026", *, budget: int, **changed: Any) -> PlanTerms:
    """A programme's terms on the day, with changes."""
    return planned(rules.programme(programme, on=ON), on=ON, budget=budget, **changed)


def csv(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    """Rows as a file."""
    lines = [",".join(rows[0]), *(",".join(str(cell) for cell in row.values()) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def plan(path: Path, given: PlanTerms, **more: Any) -> made.Plan:
    """The plan of a file."""
    with Engine() as engine:
        return made.make(frame.read(path, given, engine, **more), given)


def firms(number: int, *, seed: int = 1, **more: Any) -> list[dict[str, Any]]:
    """Firms in four regions; in the later ones they fail more often."""
    rng = np.random.default_rng(seed)
    region = rng.choice(4, number, p=[0.5, 0.3, 0.15, 0.05])
    risk = np.clip(rng.beta(1, 12, number) * (1 + region), 0.001, 0.95).round(5)
    return [
        {"id": f"F{place:05d}", "region": f"4401{region[place]:02d}", "probability": risk[place]} | more
        for place in range(number)
    ]
