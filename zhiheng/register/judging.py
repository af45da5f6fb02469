"""Reports judged by the rules: the same turn of the loop that a file on the command line takes, for many reports at once."""

import csv
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.utils import timezone

from zhiheng import decision, loop
from zhiheng.errors import SourceError
from zhiheng.evidence import plain
from zhiheng.register.models import Line, Report

COLUMNS = (
    "reference", "sample_id", "product_type", "product_name", "sampled_on", "analyte", "comparator", "value", "unit",
    "reporting_level", "uncertainty",
)  # fmt: skip
Found = list[dict[str, Any]]


def findings(reports: Sequence[Report]) -> dict[int, Found]:
    """The findings of each report's lines, by report and in the order of its lines.

    What decides is in the case's evidence: category scheme, families of rules, product type, and the day of
    sampling. Our own conventions (severity, coverage factor) are those of today.
    """
    groups: dict[tuple[str, tuple[str, ...]], list[Report]] = defaultdict(list)
    for report in reports:
        told = report.case.evidence
        groups[told.get("scheme", ""), tuple(told.get("rules", ()))].append(report)
    found: dict[int, Found] = {}
    for (scheme, families), alike in groups.items():
        found |= together(alike, scheme=scheme, families=families)
    return found


def together(reports: Sequence[Report], *, scheme: str, families: tuple[str, ...]) -> dict[int, Found]:
    """The findings of reports that are judged by the same families of rules."""
    lines = [line for report in reports for line in report.lines.all()]
    with tempfile.TemporaryDirectory(prefix="zhiheng-") as folder:
        path = Path(folder) / "reports.csv"
        written(path, lines)
        known = plain.fitted(path)
        known = replace(known, scheme=scheme or known.scheme, rules=families or known.rules)
        terms = loop.Terms(on=loop.EACH_DAY)
        with loop.assessed(path, known=known, terms=terms, today=timezone.localdate()) as (engine, outcome):
            rows = {row["reference"]: row for row in engine.rows(decision.FINDINGS.unbound())}
    unread = [line for line in lines if str(line.pk) not in rows]
    if unread:
        one = unread[0]
        raise SourceError(
            f"{len(unread)} of {len(lines)} results cannot be read, the first: {one.analyte} '{one.comparator}{one.value} {one.unit}' "
            f"({', '.join(outcome.codes) or 'the same result twice'}): correct it and enter it again"
        )
    found: dict[int, Found] = {report.pk: [] for report in reports}
    for line in lines:
        found[line.report_id].append(rows[str(line.pk)] | {"line": line})
    return found


def written(path: Path, lines: Iterable[Line]) -> None:
    """Lines as the file that the loop takes in."""
    with path.open("w", encoding="utf-8", newline="") as opened:
        table = csv.DictWriter(opened, COLUMNS)
        table.writeheader()
        for line in lines:
            table.writerow(row(line))


def row(line: Line) -> Mapping[str, str]:
    """One line with what its case says of the product."""
    case, told = line.report.case, line.report.case.evidence
    return {
        "reference": str(line.pk),
        "sample_id": str(line.report_id),
        "product_type": str(told.get("product_type", "")),
        "product_name": str(told.get("product_name", case.title)),
        "sampled_on": str(told.get("sampled_on", case.opened_at.date().isoformat())),
        "analyte": line.analyte,
        "comparator": line.comparator,
        "value": line.value,
        "unit": line.unit,
        "reporting_level": line.reporting_level,
        "uncertainty": line.uncertainty,
    }


def overall(found: Found) -> str:
    """The verdict of a sample from its findings: one that fails legal limits fails all; what is open leaves the whole open."""
    words = {one.get("verdict", "not_judged") for one in found if one.get("force") != "guidance"}
    for word in ("nonconforming", "inconclusive", "not_judged"):
        if word in words:
            return word
    return "conforming" if words else "not_judged"
