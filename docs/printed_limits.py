"""Writes docs/explanation/printed-limits.md: what the bundled Chinese notices print, held against our rules.

python docs/printed_limits.py          writes the page
python docs/printed_limits.py --check  says whether the page is current
"""

import csv
import sys
import tempfile
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import ibis

from zhiheng import loop, reports
from zhiheng.decision import FINDINGS
from zhiheng.decision.printed import AGREEMENTS
from zhiheng.decision.tables import REASONS
from zhiheng.evidence.snapshot import Workspace

HERE = Path(__file__).resolve().parent
DATA = HERE.parent / "examples" / "data" / "cn_food_2026"
PAGE = HERE / "explanation" / "printed-limits.md"
DATASET = "cn_food_2026"


def findings() -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The summary and every finding of the notices."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder))
        summary = loop.turn(DATA, workspace=workspace, today=date(2026, 11, 22))
        table = FINDINGS.unbound()
        chosen = table.select(
            "sample_id",
            "item",
            "printed",
            "product_type",
            "analyte_printed",
            "verdict",
            "reason",
            "agreement",
            "printed_verdict",
            "confidence",
            "rule_key",
            "rule_text",
            "limit_remark",
        )
        return summary, reports.Shelf(workspace).rows(
            DATASET, chosen.order_by([ibis.asc("sample_id"), ibis.asc("item")])
        )


def table(header: list[str], rows: list[list[Any]]) -> str:
    """A Markdown table."""
    lines = [
        header,
        ["---"] * len(header),
        *[[str(cell).replace("|", "\\|").replace("\n", " ") for cell in row] for row in rows],
    ]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def explained() -> dict[tuple[str, int], dict[str, str]]:
    """The differences that a person has looked at."""
    with (DATA / "differences.csv").open(encoding="utf-8", newline="") as stream:
        return {(row["sample_id"], int(row["item"])): row for row in csv.DictReader(stream)}


def page() -> str:
    """The whole page."""
    summary, rows = findings()
    known = explained()
    intake = summary["intake"]
    agreed = Counter((row["agreement"], row["confidence"] or "") for row in rows)
    reasons = Counter((row["verdict"], row["reason"]) for row in rows)
    items = Counter((row["reason"], row["analyte_printed"]) for row in rows if row["verdict"] == "not_judged")
    odd = [row for row in rows if looked_at(row)]
    parts = [
        "# What the notices print, and what our rules say\n",
        "Written by `docs/printed_limits.py` from the bundled notices; do not edit by hand.\n",
        f"{intake['received']} published failures in 81 bulletins print **{intake['items'] + intake['unread']} result items**; "
        f"**{intake['items']} are read**, {intake['unread']} are not.\n",
        "## By our rules\n",
        table(
            ["verdict", "reason", "items"],
            [[verdict, REASONS[reason][0], n] for (verdict, reason), n in sorted(reasons.items())],
        ),
        "Every item was published as a failure. None is conforming by our rules.\n",
        "## The printed limit against ours\n",
        "`notice` means that our figure was itself read from notices of 2026, these among them: agreement then proves nothing. "
        "Only the lines with another word are independent.\n",
        table(
            ["printed limit", "our figure was read in", "items"],
            [[AGREEMENTS[word][0], confidence or "–", n] for (word, confidence), n in sorted(agreed.items())],
        ),
        "## Every difference, looked at\n",
        "Items whose printed limit differs from ours, whose printed result does not fail its own printed limit, or for which only "
        "another edition's figure is known.\n",
        table(
            ["sample", "printed", "our rule", "cause", "explanation"],
            [
                [
                    row["sample_id"],
                    row["printed"],
                    row["rule_text"] or "–",
                    known[key(row)]["cause"],
                    known[key(row)]["explanation_en"],
                ]
                for row in odd
            ],
        ),
        "## What our law does not have yet\n",
        "Items that cannot be judged, by reason; the figures of these standards were not read.\n",
        table(
            ["reason", "test item", "items"],
            [[REASONS[reason][0], item, n] for (reason, item), n in items.most_common()],
        ),
    ]
    return "\n".join(parts)


def looked_at(row: dict[str, Any]) -> bool:
    """Whether an item needs an explanation of its own."""
    return (
        row["agreement"] == "differ"
        or row["printed_verdict"] != "nonconforming"
        or row["reason"] == "rule_not_in_force"
    )


def key(row: dict[str, Any]) -> tuple[str, int]:
    """What a difference is filed under."""
    return row["sample_id"], row["item"]


def main() -> int:
    """Write the page, or check it."""
    made = page()
    if "--check" in sys.argv:
        return 0 if PAGE.read_text(encoding="utf-8") == made else 1
    PAGE.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
