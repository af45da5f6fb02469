"""How samples, lines of results and findings are said on the pages of a laboratory."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from zhiheng.register.models import Report, Sample
from zhiheng.register.results import entry
from zhiheng.selection import custody
from zhiheng.web.pages import common, words
from zhiheng.web.shell import language

STAGES = {
    "on_way": _("On the way"),
    "disputed": _("Does not agree"),
    "received": _("Received here"),
    "in_test": _("In test"),
    "to_release": _("To be released by me"),
    "mine": _("Waits for a colleague"),
    "released": _("Released"),
    "reserve": _("Reserves"),
    "elsewhere": _("Elsewhere"),
}
COLUMNS = {
    "analyte": _("Test item"),
    "comparator": _("Comparator"),
    "value": _("Result"),
    "unit": _("Unit"),
    "reporting_level": _("Reporting level"),
    "uncertainty": _("Standard uncertainty"),
    "method": _("Method"),
    "sample": _("Sample number"),
    "tested_on": _("Tested on"),
}
ORDER = ("analyte", "comparator", "value", "unit", "reporting_level", "uncertainty", "method")
SIGNS = {"=": "＝", "<": "＜", ">": "＞", "nd": _("not detected"), "detected": _("detected")}
SPARE = 3


def state(sample: Sample) -> str:
    """The state of a sample's custody in words."""
    return str(custody.terms(timezone.localdate())["states"].get(sample.state, {}).get(language(), sample.state))


def part(sample: Sample) -> str:
    """Test sample or reserve."""
    return custody.PARTS[sample.part][language()]


def moves(sample: Sample) -> dict[str, dict[str, Any]]:
    """The hand-overs that custody allows now, by key."""
    known = custody.terms(timezone.localdate())["moves"]
    return {key: one for key, one in known.items() if sample.state in one["from"] and sample.part in one["parts"]}


def chain(sample: Sample) -> list[dict[str, Any]]:
    """The custody as a timeline, the last step on top."""
    known = custody.terms(timezone.localdate())
    found = []
    for row in sample.handovers.select_related("event__by__organisation"):
        body, by = row.body, row.event.by
        given = body.get("given", {})
        said = [f"{gettext('seal')} {given['seal']}"] if given.get("seal") else []
        said += [given[name] for name in ("look", "place", "note") if given.get(name)]
        found.append(
            {
                "at": body["at"],
                "shown": body["at"][:16].replace("T", " "),
                "title": known["moves"][body["move"]][language()],
                "why": gettext("; ").join(said),
                "by": f"{by.name} · {by.organisation.name} · {row.digest[:12]}" if by else body["by"],
                "state": "urgent" if body["state"] == "disputed" else "done",
            }
        )
    return found


def of_lines(report: Report) -> list[dict[str, str]]:
    """The results of a report as they were written."""
    return [{name: getattr(line, name) for name in entry.FIELDS} for line in report.lines.order_by("pk")]


def grid(look: entry.Looked, *, spare: int = SPARE) -> list[dict[str, Any]]:
    """Lines as rows of an editable table, with what is wrong beside each cell, what the rules say, and empty rows below."""
    wrong: dict[tuple[int, str], list[dict[str, Any]]] = {}
    for one in look.wrong:
        what, following = one.told(language())
        wrong.setdefault((one.row, one.column), []).append({"what": what, "next": following, "stops": one.stops})
    blank = dict.fromkeys(entry.FIELDS, "") | {"comparator": "="}
    rows = []
    for place, line in enumerate([*look.lines, *[blank] * spare]):
        cells = [
            {"name": name, "label": COLUMNS[name], "value": line[name], "wrong": wrong.get((place, name), ())}
            for name in ORDER
        ]
        found = finding(look.found[place]) if place < len(look.found) else None
        rows.append({"number": place + 1, "cells": cells, "finding": found})
    return rows


def finding(row: Mapping[str, Any]) -> dict[str, Any]:
    """What the rules say of a line: the verdict, the requirement, and where it stands."""
    key = str(row.get("rule_key") or "")
    return {
        "verdict": row["verdict"],
        "reason": words.reason(str(row.get("reason") or "")),
        "limit": words.limit(row.get("operator") or None, row.get("rule_text") or None) if row.get("rule_text") else "",
        "rule": words.rule(key) if key else "",
        "url": common.rule_url(key) if key else "",
        "citation": row.get("citation") or "",
        "guidance": row.get("force") == "guidance",
    }


def kept(report: Report) -> list[dict[str, Any]]:
    """The results of a report with the findings that were kept of them."""
    found = []
    for line in report.lines.select_related("finding").order_by("pk"):
        one = getattr(line, "finding", None)
        told = (
            finding({"verdict": one.verdict, "reason": one.reason, "rule_key": one.rule} | one.requirement)
            if one
            else None
        )
        found.append({"line": line, "text": result(line), "item": item(line.analyte), "finding": told})
    return found


def item(analyte: str) -> str:
    """A test item by the name of the vocabulary, else as it was written."""
    code = entry.rules.analytes().code(analyte)
    return words.analyte(code) if code else analyte


def result(line: Any) -> str:
    """A result as it was written, with its unit."""
    sign = "" if line.comparator == "=" else str(SIGNS.get(line.comparator, line.comparator))
    return " ".join(part for part in (f"{sign}{line.value}" if line.value else sign, line.unit) if part)


def differences(old: Sequence[Mapping[str, str]], new: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
    """What changed between two versions, line by line and cell by cell; lines are the same where their test item is."""
    earlier: dict[tuple[str, int], Mapping[str, str]] = {}
    for line in old:
        earlier[line["analyte"], sum(key[0] == line["analyte"] for key in earlier)] = line
    found, seen = [], {}
    for line in new:
        turn = seen[line["analyte"]] = seen.get(line["analyte"], -1) + 1
        before = earlier.pop((line["analyte"], turn), None)
        cells = [
            {"label": COLUMNS[name], "before": (before or {}).get(name, ""), "after": line[name]}
            for name in ORDER
            if (before or {}).get(name, "") != line[name]
        ]
        if cells:
            found.append({"item": item(line["analyte"]), "kind": "changed" if before else "added", "cells": cells})
    for line in earlier.values():
        cells = [{"label": COLUMNS[name], "before": line[name], "after": ""} for name in ORDER if line[name]]
        found.append({"item": item(line["analyte"]), "kind": "removed", "cells": cells})
    return found
