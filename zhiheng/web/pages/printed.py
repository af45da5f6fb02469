"""The limits that notices print, held against the rules of the day."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext

from zhiheng.decision import FINDINGS
from zhiheng.decision.printed import AGREEMENTS
from zhiheng.reports import compare, overview
from zhiheng.web.pages import common, words
from zhiheng.web.pages.common import url
from zhiheng.web.shell import language, shelf

COMPARED = ("agree", "agree_unread", "agree_same_source", "differ")


def comparison(dataset: str) -> dict[str, Any]:
    """Counts, the findings that differ, and those that do not fail the limit printed beside them."""
    opened = shelf().open(dataset)
    told = opened.summary["printed"]
    base = {
        "title": gettext("Printed limits against ours"),
        "active": "results",
        "dataset": dataset,
        "question": gettext("Do the limits that the notices print agree with the rules of the day?"),
        "crumbs": [
            {"label": gettext("Test results"), "url": url("results")},
            {"label": common.title(dataset), "url": url("dataset_results", dataset)},
            {"label": gettext("Printed limits")},
        ],
    }
    if not told:
        return base
    counts: Counter[str] = Counter()
    for row in told:
        counts[row["agreement"]] += row["n"]
    differing, odd = shelf().rows(dataset, overview.differing()), shelf().rows(dataset, compare.odd())
    return (
        base
        | {
            "figures": figures(dataset, counts),
            "cross": cross(dataset, told),
            "chart": chart(dataset, counts),
            "differing": listed(dataset, differing),
            "odd": listed(dataset, odd),
            "n_differing": len(differing),
            "n_odd": len(odd),
            "differ_url": common.rows_url(dataset, agreement="differ"),
            "supports": common.supports(dataset),
        }
        | {f"differ_{name}": link for name, link in common.downloads(dataset, "findings", filtered("differ")).items()}
    )


def filtered(agreement: str) -> common.View:
    """The list of one agreement."""
    return common.View((("agreement", (agreement,)),))


def figures(dataset: str, counts: Mapping[str, int]) -> list[dict[str, Any]]:
    """The big numbers of the comparison."""
    total = sum(counts.values())
    return [
        {
            "name": gettext("Agree with a rule read elsewhere"),
            "value": words.number(counts["agree"]),
            "url": common.rows_url(dataset, agreement="agree"),
            "note": gettext("an independent check"),
        },
        {
            "name": gettext("Agree with a rule read from notices"),
            "value": words.number(counts["agree_same_source"]),
            "url": common.rows_url(dataset, agreement="agree_same_source"),
            "note": gettext("consistent, not independent"),
        },
        {
            "name": gettext("Agree with a rule inferred or never read"),
            "value": words.number(counts["agree_unread"]),
            "url": common.rows_url(dataset, agreement="agree_unread"),
            "note": gettext("consistent, not checked"),
        },
        {
            "name": gettext("Differ"),
            "value": words.number(counts["differ"]),
            "url": common.rows_url(dataset, agreement="differ"),
        },
        {
            "name": gettext("We have no rule"),
            "value": words.number(counts["ours_missing"]),
            "n": words.number(total),
            "url": common.rows_url(dataset, agreement="ours_missing"),
        },
    ]


def chart(dataset: str, counts: Mapping[str, int]) -> dict[str, Any]:
    """The counts by agreement as bars."""
    rows = [(words.said("agreement", name), counts[name]) for name in AGREEMENTS]
    return {
        "id": "agreement",
        "heading": 2,
        "title": gettext("Printed limits by what they are beside our rule"),
        "unit": gettext("printed items"),
        "n": words.number(sum(counts.values())),
        "chart": common.bars(rows, name=gettext("items")),
        "supports": common.supports(dataset)["text"],
        "source": common.source(dataset),
        "table": common.table(
            [{"label": gettext("Agreement")}, {"label": gettext("Items"), "numeric": True}],
            [[{"text": word, "main": True}, {"text": words.number(n)}] for word, n in rows],
            label=gettext("Agreement"),
        ),
        **common.downloads(dataset, "findings"),
    }


def cross(dataset: str, told: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Agreement by the verdict that the printed limit gives and by ours."""
    columns = [
        {"label": words.label(FINDINGS, "agreement"), "wide": True},
        {"label": words.label(FINDINGS, "printed_verdict")},
        {"label": gettext("Our verdict")},
        {"label": gettext("Items"), "numeric": True},
    ]
    order = list(AGREEMENTS)
    lines = [
        [
            {"text": words.said("agreement", row["agreement"]), "main": True},
            {"verdict": row["printed_verdict"]},
            {"verdict": row["verdict"]},
            {
                "text": words.number(row["n"]),
                "url": common.rows_url(
                    dataset, agreement=row["agreement"], printed_verdict=row["printed_verdict"], verdict=row["verdict"]
                ),
            },
        ]
        for row in sorted(told, key=lambda row: (order.index(row["agreement"]), -row["n"]))
    ]
    return common.table(columns, lines, label=gettext("Printed limits by agreement and verdict"))


def listed(dataset: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Findings with both limits, both verdicts and what a person found out."""
    notes = compare.explanations(dataset)
    columns = [
        {"label": words.label(FINDINGS, "product_name"), "wide": True},
        {"label": gettext("Test item")},
        {"label": gettext("Result")},
        {"label": gettext("Printed limit"), "nowrap": True},
        {"label": gettext("Our limit"), "nowrap": True},
        {"label": words.label(FINDINGS, "printed_verdict")},
        {"label": gettext("Our verdict")},
        {"label": gettext("Explanation"), "wide": True},
    ]
    lines = [
        [
            {
                "text": row["product_name"],
                "url": common.sample_url(dataset, row["sample_id"]),
                "note": row["sample_id"],
                "main": True,
            },
            {"text": words.analyte(row["analyte"]) if row["analyte"] else row["analyte_printed"]},
            {"text": words.measured(row)},
            {"text": words.printed_limit(row)},
            {
                "text": words.limit(row["operator"], row["rule_text"]),
                "url": common.rule_url(row["rule_key"], on=row["day"]) if row["rule_key"] else "",
            },
            {"verdict": row["printed_verdict"]},
            {"verdict": row["verdict"]},
            {"text": explanation(notes, row)},
        ]
        for row in rows
    ]
    return common.table(columns, lines, label=gettext("Printed limits"))


def explanation(notes: Mapping[tuple[str, str], Mapping[str, str]], row: Mapping[str, Any]) -> str:
    """Why the two differ, as far as somebody has found out; otherwise why we did not judge."""
    found = notes.get((row["sample_id"], str(row["item"])))
    if found:
        return found[f"explanation_{language()}"]
    return words.reason(row["reason"]) if row["verdict"] == "not_judged" else gettext("not looked into yet")
