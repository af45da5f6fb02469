"""How long a plan of a million targets takes beside merely reading the list: `python benchmarks/plan_a_million.py [targets]`.

The floor is `read_csv` of the same file as text by the embedded engine. Reading with its checks, planning, and writing the folder are
timed apart; the ratio printed last is the whole against the floor.
"""

import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from zhiheng import rules
from zhiheng.engines import Engine
from zhiheng.evidence import source as sources
from zhiheng.selection.plan import folder, frame, made
from zhiheng.selection.plan.terms import planned
from zhiheng.simulation.targets import targets

ON = date(2026, 11, 22)


def main(number: int) -> None:
    """Time each step once."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        path = targets(root / "targets.csv", number=number, on=ON)
        terms = planned(
            rules.programme("food-2026", on=ON), on=ON, budget=number // 50, strata=("region", "channel", "product")
        )
        with Engine() as engine:
            start = time.perf_counter()
            sources.read(path, engine=engine, scratch=root, options={})
            floor = time.perf_counter() - start
        with Engine() as engine:
            start = time.perf_counter()
            held = frame.read(path, terms, engine)
            read = time.perf_counter() - start
            start = time.perf_counter()
            plan = made.make(held, terms)
            shown = plan.summary, plan.strata(), made.beside(plan, made.proportional(plan).chances.inclusion)
            plans = time.perf_counter() - start
            start = time.perf_counter()
            seed = {"kind": "rfc3797", "sources": ["a"]}
            folder.write(plan, root / "out", engine, source=path, seed_terms=seed, asked={"columns": {}, "changed": {}})
            written = time.perf_counter() - start
    print(f"{number:,} targets, {len(shown[1])} strata, {terms.budget:,} to draw")
    print(f"merely reading      {floor:6.2f} s")
    print(f"reading and checks  {read:6.2f} s   {read / floor:5.2f} x")
    print(f"planning, twice     {plans:6.2f} s   {plans / floor:5.2f} x")
    print(f"writing the folder  {written:6.2f} s   {written / floor:5.2f} x")
    print(f"read and planned    {read + plans:6.2f} s   {(read + plans) / floor:5.2f} x merely reading")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
