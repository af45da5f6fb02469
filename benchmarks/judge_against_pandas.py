"""The verdict of every groundwater result: our expressions against the same rules by hand in pandas.

Both start from the same prepared Parquet and the same requirements, both end with counts by verdict. pandas counts in
binary fractions: results that lie on a limit to the last digit may differ there, and how many is printed.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from zhiheng import loop
from zhiheng.engines import Engine
from zhiheng.evidence import RESULTS, intake
from zhiheng.evidence.snapshot import Workspace

DATA = Path(__file__).parents[1] / "examples" / "data" / "usgs_inl_water"
TODAY, FACTOR, RUNS = date(2026, 11, 22), 2.0, 5
NEEDED = [
    "sample_kind",
    "product_type",
    "analyte",
    "comparator",
    "value",
    "kind",
    "reporting_level",
    "uncertainty",
    "lower",
    "upper",
    "day",
]
FIGURES = ["value", "reporting_level", "uncertainty", "lower", "upper"]


def prepared(engine: Engine, workspace: Workspace, folder: Path) -> tuple[str, Path, Path]:
    """The statement that judges, and its two inputs as Parquet that pandas reads too."""
    card = intake.attach(engine, workspace, "usgs_inl_water")
    found = loop.assessment(engine, card=card, terms=loop.Terms(decision="guarded"), today=TODAY)
    statement = engine.sql(found.group_by("verdict").agg(n=found.count()))
    results, required = folder / "results.parquet", folder / "required.parquet"
    cast = ", ".join(f"{name}::DOUBLE AS {name}" if name in FIGURES else name for name in NEEDED)
    engine.run(f"COPY (SELECT {cast} FROM results) TO '{results}' (FORMAT PARQUET)")
    engine.run(
        f"COPY (SELECT * REPLACE (low::DOUBLE AS low, high::DOUBLE AS high) FROM required) TO '{required}' (FORMAT PARQUET)"
    )
    engine.create("held", RESULTS.unbound())
    return statement.replace('"results"', '"held"'), results, required


def by_hand(results: pd.DataFrame, required: pd.DataFrame) -> dict[str, int]:
    """The same rules in pandas: vectors throughout, no loop over rows."""
    rules = required[
        ["product_type", "analyte", "since", "until", "rule_key", "operator", "low", "high", "rule_kind", "condition"]
    ]
    keyed = results.assign(
        product_type=results.product_type.fillna(""), analyte=results.analyte.fillna(""), n=np.arange(len(results))
    )
    joined = keyed.merge(rules, on=["product_type", "analyte"], how="left")
    joined = joined[joined.since.isna() | ((joined.day >= joined.since) & (joined.day < joined.until))]
    joined = keyed[["n"]].merge(joined.drop_duplicates("n"), on="n", how="left")
    value, level = joined.value, joined.reporting_level
    exact, below, above = joined.comparator == "=", joined.comparator.isin(["<", "nd"]), joined.comparator == ">"
    half = (joined.uncertainty * FACTOR).fillna(0)
    low = np.where(exact, joined.lower.fillna(value - half), np.where(above, value, -np.inf))
    high = np.where(exact, joined.upper.fillna(value + half), np.where(below, level, np.inf))
    no_high, no_low, opened = joined.high.isna(), joined.low.isna(), below | above
    strict_high, strict_low = joined.operator == "<", joined.operator == ">"
    under = no_high | np.where(strict_high & ~opened, high < joined.high, high <= joined.high)
    over_low = no_low | np.where(strict_low & ~opened, low > joined.low, low >= joined.low)
    over = ~no_high & np.where(strict_high | opened, low >= joined.high, low > joined.high)
    short = ~no_low & np.where(strict_low | opened, high <= joined.low, high < joined.low)
    missing = joined.comparator.isna() | ((exact | above) & value.isna())
    tests = [
        joined.sample_kind != "regular",
        joined.rule_key.isna(),
        missing,
        joined.kind != joined.rule_kind,
        (joined.comparator == "detected") | (below & level.isna()),
        under & over_low,
        (over | short) & joined.condition.isna(),
    ]
    words = ["not_judged", "not_judged", "not_judged", "not_judged", "inconclusive", "conforming", "nonconforming"]
    verdict = np.select(tests, words, default="inconclusive")
    return pd.Series(verdict).value_counts().to_dict()


def timed(work: Callable[[], dict[str, int]]) -> tuple[float, dict[str, int]]:
    """Seconds of one run, and what it found."""
    start = time.perf_counter()
    found = work()
    return time.perf_counter() - start, found


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, Engine(threads=2) as engine:
        workspace = Workspace(Path(folder) / "w")
        loop.turn(DATA, workspace=workspace, today=TODAY)
        statement, results, required = prepared(engine, workspace, Path(folder))
        frames = engine.connection.execute(f"SELECT * FROM '{results}'").df()
        rules = engine.connection.execute(f"SELECT * FROM '{required}'").df()
        pairs = [
            (
                timed(lambda: dict(engine.connection.execute(statement).fetchall())),
                timed(lambda: by_hand(frames, rules)),
            )
            for _ in range(RUNS)
        ]
    ours, theirs = statistics.median(pair[0][0] for pair in pairs), statistics.median(pair[1][0] for pair in pairs)
    exact, binary = pairs[0][0][1], pairs[0][1][1]
    apart = sum(abs(exact.get(word, 0) - binary.get(word, 0)) for word in set(exact) | set(binary)) // 2
    print(
        f"engine {ours:.2f} s, pandas {theirs:.2f} s, ratio {theirs / ours:.1f} "
        f"(medians of {RUNS} in one run, {len(frames)} results)"
    )
    print(f"verdicts {dict(sorted(exact.items()))}; {apart} differ in pandas, which counts in binary fractions")
    assert apart <= len(frames) // 10_000, f"engine {exact}, pandas {binary}"


if __name__ == "__main__":
    main()
