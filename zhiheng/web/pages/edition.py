"""Two days of one family of rules side by side."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from zhiheng.reports import compare, lawbook
from zhiheng.reports.compare import Change
from zhiheng.web.pages import common, words
from zhiheng.web.pages.common import url
from zhiheng.web.shell import shelf

KINDS = {"changed": _("Changed"), "new": _("New"), "gone": _("Gone"), "unchanged": _("Unchanged")}
SHOWN = 120
TURNED = 40


def comparison(family: str, before: date, after: date) -> dict[str, Any]:
    """What changed between two days, and which findings would turn out otherwise."""
    changes = compare.editions(family, before, after)
    counts = Counter(change.kind for change in changes)
    different = [change for change in changes if change.kind != "unchanged"]
    named = next((one for one in lawbook.families(after) if one.key == family), None)
    replays = [turned(dataset, family, before, after) for dataset in compare.judging(shelf(), family)]
    return {
        "title": gettext("Two days of the law compared"),
        "active": "rules",
        "family": family,
        "before": before.isoformat(),
        "after": after.isoformat(),
        "question": gettext(
            "What changed in %(family)s between %(before)s and %(after)s, and what would it change for us?"
        )
        % {"family": words.both(named.title) if named else family, "before": before, "after": after},
        "crumbs": [{"label": gettext("Rules"), "url": url("rules")}, {"label": gettext("Two days compared")}],
        "families": [(one.key, words.both(one.title)) for one in lawbook.families(after)],
        "n_different": len(different),
        "more": len(different) > SHOWN,
        "figures": [
            *({"name": str(word), "value": words.number(counts[kind])} for kind, word in KINDS.items()),
            {
                "name": gettext("Findings that would turn out otherwise"),
                "value": words.number(sum(one["n"] for one in replays)),
            },
        ],
        "table": listed(different[:SHOWN], before, after),
        "replays": [one for one in replays if one["n"]],
        "asked_both": before < after,
        "presets": presets(family),
    }


def presets(family: str) -> list[dict[str, str]]:
    """The days on which the family changed most, as ready-made comparisons."""
    days = Counter(value.since for rule in compare.rules.book().families((family,)) for value in rule.values)
    found = sorted(day for day, _count in days.most_common(6))
    return [
        {
            "label": words.spoken(day),
            "url": url(
                "editions",
                query=[("family", family), ("before", date.fromordinal(day.toordinal() - 1)), ("after", day)],
            ),
        }
        for day in found
        if day > date.min
    ]


def listed(changes: Sequence[Change], before: date, after: date) -> dict[str, Any]:
    """Rules with both values."""
    columns = [
        {"label": gettext("Rule"), "wide": True},
        {"label": gettext("What happened")},
        {"label": str(before), "nowrap": True},
        {"label": str(after), "nowrap": True},
        {"label": gettext("Condition"), "wide": True},
        {"label": gettext("Source"), "wide": True},
    ]
    lines = []
    for change in changes:
        value = change.after or change.before
        assert value is not None
        on = after if change.after else before
        lines.append(
            [
                {
                    "text": words.rule(change.rule.key),
                    "url": common.rule_url(change.rule.key, on=on),
                    "note": change.rule.key,
                    "main": True,
                },
                {"tag": str(KINDS[change.kind]), "text": ""},
                shown(change, change.before),
                shown(change, change.after),
                {"text": words.condition(value.condition)},
                {"text": words.cited(value.cite.act, value.cite.at)},
            ]
        )
    return common.table(columns, lines, label=gettext("Rules whose value differs"))


def shown(change: Change, value: Any) -> dict[str, str]:
    """The value of one day."""
    return {"text": words.limit(change.rule.operator, compare.text(change.rule, value)) if value else gettext("none")}


def turned(dataset: str, family: str, before: date, after: date) -> dict[str, Any]:
    """The findings of a data set that would turn out otherwise."""
    rows = compare.replayed(shelf(), dataset, family=family, before=before, after=after)
    columns = [
        {"label": gettext("Product"), "wide": True},
        {"label": gettext("Test item")},
        {"label": gettext("Result"), "numeric": True},
        {"label": str(before), "nowrap": True},
        {"label": gettext("Verdict")},
        {"label": str(after), "nowrap": True},
        {"label": gettext("Verdict")},
    ]
    lines = [line(dataset, row) for row in rows[:TURNED]]
    return {
        "n": len(rows),
        "title": common.title(dataset),
        "more": len(rows) > TURNED,
        "table": common.table(columns, lines, label=gettext("Findings that would turn out otherwise")),
    }


def line(dataset: str, row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One finding under both days' rules."""
    return [
        {
            "text": row["product_name"] or row["sample_id"],
            "url": common.sample_url(dataset, row["sample_id"]),
            "note": row["sample_id"],
            "main": True,
        },
        {"text": words.analyte(row["analyte"])},
        {"text": words.measured(row)},
        {"text": row["text_before"] or words.MISSING},
        {"verdict": row["before"]},
        {"text": row["text_after"] or words.MISSING},
        {"verdict": row["after"]},
    ]
