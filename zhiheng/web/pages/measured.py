"""The card of a data set with denominators on the first page: its rate, its bounds, and what was not judged."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext

from zhiheng.reports import overview as asked
from zhiheng.web.pages import common, words
from zhiheng.web.pages.common import url
from zhiheng.web.shell import shelf


def beside(dataset: str) -> dict[str, Any]:
    """The card of a data set with denominators: its rate with interval and bounds, what was not judged beside it."""
    card, told = shelf().open(dataset).summary["card"], asked.measured(shelf(), dataset)
    return {
        "dataset": dataset,
        "title": words.both(card["title"]),
        "question": words.both(card["question"]),
        "supports": common.supports(dataset),
        "legal": rate(dataset, told["legal"], "legal"),
        "guidance": rate(dataset, told["guidance"], "guidance") if told["guidance"]["judged"] else None,
        "chart": worst(dataset, told["cells"]),
        "results_url": url("dataset_results", dataset),
        "plan_url": url("plan"),
        "signals": signals(told["signals"]),
        "source": common.source(dataset),
    }


def rate(dataset: str, told: Mapping[str, Any], force: str) -> dict[str, Any]:
    """A rate with its interval, its bounds, and the counts that it rests on."""
    where = {"sample_kind": "regular", "superseded": "false"}
    facts = [
        {
            "label": str(words.VERDICT[name]),
            "text": words.number(told[name]),
            "url": common.figure_url(dataset, name, force=force),
        }
        for name in ("nonconforming", "conforming", "inconclusive", "not_judged")
    ]
    return {
        "name": gettext("Nonconforming against legal limits") if force == "legal" else gettext("Above guidance values"),
        "value": words.percent(told["rate"]),
        "interval": words.interval(told["lower"], told["upper"]),
        "n": words.number(told["judged"]),
        "url": common.figure_url(dataset, "rate", force=force),
        "facts": facts,
        "rows_url": common.rows_url(dataset, force=force, **where),
        "bounds": gettext("at least %(least)s, at most %(most)s, whatever the inconclusive results truly are")
        % {"least": words.percent(told["least"]), "most": words.percent(told["most"])}
        if told["least"] is not None
        else "",
    }


def worst(dataset: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The test items with most nonconforming results, as rates with whiskers."""
    shown = [row for row in rows if row["nonconforming"] and row["rate"] is not None]
    dimension = asked.leading(shelf(), dataset)
    names = [words.said(dimension, row["value"]) for row in shown]
    columns = [
        {"label": str(words.WORDS["dimension"].get(dimension, dimension))},
        {"label": gettext("Nonconforming"), "numeric": True},
        {"label": gettext("Judged"), "numeric": True},
        {"label": gettext("Rate"), "numeric": True},
        {"label": gettext("95% interval"), "numeric": True},
    ]
    lines = [
        [
            {"text": name, "url": common.one_url(dataset, dimension, row["value"]), "main": True},
            {"text": words.number(row["nonconforming"])},
            {"text": words.number(row["judged"])},
            {"text": words.percent(row["rate"])},
            {"text": words.interval(row["lower"], row["upper"])},
        ]
        for name, row in zip(names, shown, strict=True)
    ]
    scaled = {name: [round(100 * float(row[name]), 3) for row in shown] for name in ("rate", "lower", "upper")}
    return (
        {
            "id": f"worst-{dataset}",
            "title": gettext("Nonconformity rate by %(dimension)s, those that failed most")
            % {"dimension": words.WORDS["dimension"].get(dimension, dimension)},
            "unit": "%",
            "size": "short",
            "n": words.number(sum(row["judged"] for row in shown)),
            "supports": common.supports(dataset)["text"],
            "source": common.source(dataset),
            "chart": {
                "kind": "bars",
                "unit": "%",
                "digits": 1,
                "categories": names,
                "series": [
                    {"name": gettext("rate"), "values": scaled["rate"], "low": scaled["lower"], "high": scaled["upper"]}
                ],
            },
            "table": common.table(columns, lines, label=gettext("Rates"), cards=False),
            "how_url": common.figure_url(dataset, "rate"),
            **rates(dataset, dimension),
        }
        if shown
        else {}
    )


def rates(dataset: str, dimension: str) -> dict[str, str]:
    """The same counts as files, and from the API."""
    found = {f"{form}_url": url("export_rates", dataset, dimension, form) for form in ("csv", "xlsx", "parquet")}
    return found | {"api_url": f"/api/datasets/{dataset}/rates/{dimension}"}


def signals(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The newest signals as a timeline."""
    return [
        {
            "at": row["period"].isoformat(),
            "shown": row["period"].strftime("%Y-%m"),
            "title": words.series(row["dimension"], row["series"]),
            "url": url("signal", row["dataset"], row["signal_id"]),
            "why": gettext(
                "%(count)s nonconforming; the seven periods before had %(expected)s on average, "
                "the threshold was %(threshold)s"
            )
            % {"count": row["count"], "expected": f"{row['expected']:.1f}", "threshold": f"{row['threshold']:.1f}"},
        }
        for row in rows
    ]
