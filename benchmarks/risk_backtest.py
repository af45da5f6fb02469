"""Headline: findings earlier than by Chicago's published model, on the same inspections with the same number a day.

python benchmarks/risk_backtest.py            prints the tables and the ratio of mean days earlier, ours over theirs
python benchmarks/risk_backtest.py --write    also writes the tables into docs/explanation/risk-model.md
"""

import sys
from pathlib import Path
from typing import Any

from zhiheng.selection.risk import backtest

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "explanation" / "risk-model.md"
FOLDER = ROOT / "examples" / "data" / "chicago_food_inspections"
BEGIN, END = "<!-- figures: benchmarks/risk_backtest.py --write -->", "<!-- end of figures -->"
WHO = {
    "published": "published model",
    "ours": "ours",
    "eve": "ours, frozen on the eve",
    "no_later": "ours, learned to 2014-06-30",
    "without": "ours, blind to inspectors",
}


def ends(held: dict[str, Any], digits: int) -> str:
    """A figure with its interval."""
    return f"{held['value']:.{digits}f} ({held['lower']:.{digits}f} to {held['upper']:.{digits}f})"


def tables(made: dict[str, Any]) -> str:
    """The figures as Markdown."""
    parts = [
        ["", "AUC", "days earlier", "found in first half", "days earlier within inspectors"],
        *([who, ends(made[key]["area_bootstrap"], 4), ends(made[key]["earlier_bootstrap"], 2),
           f"{made[key]['earlier']['first_half_ordered']:.1%}", f"{made[key]['within']:.2f}"] for key, who in WHO.items()),
    ]  # fmt: skip
    against = [
        ["more than the published model", "AUC", "AUC, DeLong", "days earlier", "days earlier within inspectors"],
        *([who, ends(held["area_bootstrap"], 4), ends(held["area"], 4), ends(held["earlier_bootstrap"], 2), ends(held["within_bootstrap"], 2)]
          for key, who in WHO.items() if (held := made[key].get("against_published"))),
    ]  # fmt: skip
    budgets = [f"{one['budget']:.0%}" for one in made["ours"]["lifts"]]
    lift = [
        ["lift (findings) at a budget of", *budgets],
        *([who, *(f"{one['lift']:.2f} ({one['found']})" for one in made[key]["lifts"])] for key, who in WHO.items()),
    ]
    names = ("brier", "log_loss", "slope", "intercept", "expected_error")
    calibrated = [
        ["", "Brier", "log loss", "slope", "intercept", "expected calibration error"],
        *([who, *(f"{made[key]['calibration'][name]:.4f}" for name in names)] for key, who in WHO.items()),
    ]
    return "\n\n".join(markdown(rows) for rows in (parts, against, lift, calibrated))


def markdown(rows: list[list[str]]) -> str:
    """Rows as a table."""
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])


def main() -> None:
    """Print, and perhaps write."""
    made = backtest.backtest(backtest.plan(FOLDER))
    text = tables(made)
    print(text)
    ratio = made["ours"]["earlier"]["mean"] / made["published"]["earlier"]["mean"]
    print(f"\nratio of mean days earlier, ours over the published model: {ratio:.3f}")
    if "--write" in sys.argv:
        page = PAGE.read_text(encoding="utf-8")
        before, _, rest = page.partition(BEGIN)
        _, _, after = rest.partition(END)
        PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
