"""Every published figure has a name that says how it is made, so that it can be made again and taken apart.

nyc_metals/rate?product_type=Food-Spice&force=guidance
data set / measure ? filters
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

import ibis.expr.types as ir

from zhiheng import surveillance
from zhiheng.decision import FINDINGS
from zhiheng.errors import UsageError
from zhiheng.reports.listings import LISTINGS
from zhiheng.reports.shelf import Shelf
from zhiheng.surveillance.rates import LEVEL, counted

MEASURES = {
    "results": ("results of real samples", "检验结果数", "count of findings that count"),
    "judged": ("results judged", "已判定结果数", "conforming + nonconforming"),
    "conforming": ("conforming results", "合格结果数", "findings with the verdict conforming"),
    "nonconforming": ("nonconforming results", "不合格结果数", "findings with the verdict nonconforming"),
    "inconclusive": ("inconclusive results", "无法判定结果数", "findings with the verdict inconclusive"),
    "not_judged": ("results not judged", "未判结果数", "findings with the verdict not_judged"),
    "rate": (
        "nonconformity rate of the results judged",
        "已判定结果的不合格率",
        "nonconforming / (conforming + nonconforming)",
    ),
}
COUNTED = "sample_kind = regular; first results that a retest replaced left out; rules of the stated force, or none"


@dataclass(frozen=True)
class Figure:
    """The name of a figure, taken apart."""

    dataset: str
    measure: str
    filters: tuple[tuple[str, str], ...] = ()
    force: str = "legal"

    @property
    def name(self) -> str:
        """The name as text.

        >>> Figure("nyc_metals", "rate", (("product_type", "Food-Candy"),)).name
        'nyc_metals/rate?product_type=Food-Candy'
        """
        parts = [*self.filters, *((("force", self.force),) if self.force != "legal" else ())]
        return f"{self.dataset}/{self.measure}" + (f"?{urlencode(parts)}" if parts else "")


def parse(name: str) -> Figure:
    """A figure from its name."""
    path, _, query = name.strip().partition("?")
    dataset, _, measure = path.strip("/").partition("/")
    if measure not in MEASURES:
        raise UsageError(f"'{name[:80]}' names no figure: write data-set/measure, with one of {', '.join(MEASURES)}")
    parts = parse_qsl(query, keep_blank_values=True)
    force = dict(parts).get("force", "legal")
    if force not in ("legal", "guidance"):
        raise UsageError(f"force '{force[:40]}' is neither legal nor guidance")
    filters = tuple((key, value) for key, value in parts if key != "force")
    strange = [key for key, _ in filters if not LISTINGS["findings"].accepts(key)]
    if strange:
        raise UsageError(f"a figure cannot be narrowed by '{strange[0][:40]}'")
    return Figure(dataset, measure, filters, force)


def rows_of(figure: Figure) -> ir.Table:
    """The findings that a figure counts."""
    table = FINDINGS.unbound()
    for name, value in figure.filters:
        table = table.filter(table[name].cast("string").fill_null("") == value)
    return counted(table, force=figure.force)


def explain(shelf: Shelf, figure: Figure) -> dict[str, Any]:
    """A figure with everything behind it: formula, counts, what was left out, rules, rows and source files."""
    opened = shelf.open(figure.dataset)
    rows = rows_of(figure)
    counts = shelf.rows(figure.dataset, rows.agg(**surveillance.verdict_counts(rows)))
    told = surveillance.with_intervals(counts, supports=opened.summary["card"]["supports"])[0]
    en, zh, formula = MEASURES[figure.measure]
    by_reason = rows.group_by(["verdict", "reason"]).agg(n=rows.count()).order_by(["verdict", "reason"])
    ruled = rows.filter(rows.rule_key.notnull())
    rules = ruled.group_by(["rule_key", "rule_since", "rule_text", "citation", "fingerprint", "force", "standing"]).agg(
        n=ruled.count()
    )
    sources = rows.group_by("source").agg(n=rows.count())
    used = {row["source"]: row["n"] for row in shelf.rows(figure.dataset, sources)}
    return {
        "figure": figure.name,
        "dataset": figure.dataset,
        "measure": figure.measure,
        "title": {"en": en, "zh": zh},
        "value": told["rate"] if figure.measure == "rate" else told[figure.measure],
        "counts": told,
        "interval": interval(figure, told),
        "formula": formula,
        "counted": COUNTED,
        "force": figure.force,
        "filters": [
            {
                "column": name,
                "value": value,
                "label": {"en": FINDINGS.label(name, "en"), "zh": FINDINGS.label(name, "zh")},
            }
            for name, value in figure.filters
        ],
        "supports": opened.summary["card"]["supports"],
        "supports_note": opened.summary["card"]["supports_note"],
        "reasons": shelf.rows(figure.dataset, by_reason),
        "rules": shelf.rows(figure.dataset, rules.order_by([rules.n.desc(), "rule_key"]).limit(200)),
        "sources": [
            {
                "file": part["file"],
                "sha256": part["sha256"],
                "profile": part["profile"],
                "received": part["received"],
                "rows": used.get(part["sha256"], 0),
            }
            for part in opened.summary["parts"]
        ],
        "query": opened.engine.sql(rows.agg(**surveillance.verdict_counts(rows))),
        "made_from": opened.key,
    }


def interval(figure: Figure, told: dict[str, Any]) -> dict[str, Any] | None:
    """The interval of a rate; counts have none, and a set of failures alone has no rate."""
    if figure.measure != "rate" or told["rate"] is None:
        return None
    return {
        "lower": told["lower"],
        "upper": told["upper"],
        "level": LEVEL,
        "method": "Wilson score",
        "n": told["judged"],
        "least": told["least"],
        "most": told["most"],
    }
