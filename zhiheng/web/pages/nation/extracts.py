"""The tables of what moved a rate, and of ranks, as files have them: the same figures as on the pages, whole."""

from collections.abc import Mapping, Sequence
from typing import Any

from zhiheng.errors import UsageError
from zhiheng.evidence.tables import Table
from zhiheng.reports.browse import single
from zhiheng.reports.nation import Nation
from zhiheng.reports.nation.ranked import ranked
from zhiheng.surveillance import MARGINS, PARTS, RANKED, margins
from zhiheng.web.pages import words
from zhiheng.web.pages.movement import said
from zhiheng.web.pages.nation import comparing
from zhiheng.web.pages.nation.ranking import named
from zhiheng.web.pages.ranks import VERDICTS

Given = Mapping[str, Sequence[str]]
Listed = tuple[list[str], list[dict[str, Any]]]


def moved(nation: Nation, given: Given) -> Listed:
    """The parts of a difference, in their order."""
    answer = comparing.found(nation, comparing.asked(nation, given))
    return listed(PARTS, [vars(part) | {"name": said(part)} for part in answer.movement.parts])


def mix(nation: Nation, given: Given) -> Listed:
    """Every value of one factor with its shares and rates."""
    answer, name = comparing.found(nation, comparing.asked(nation, given)), single(given, "of")
    if name not in answer.movement.by:
        raise UsageError(f"of: '{name[:40]}' is none of {', '.join(answer.movement.by)}")
    rows = margins(answer.before, answer.after, name, weighted=answer.movement.weighted)
    return listed(MARGINS, [row | {"value": words.said(name, row["value"])} for row in rows])


def ranking(nation: Nation, given: Given) -> Listed:
    """Every unit in the order of expected ranks, with the interval of its rank."""
    by, arm = single(given, "by") or "province", single(given, "arm") or "random"
    rows = ranked(nation, by, arm=arm).rows
    return listed(
        RANKED, [row | {"value": named(by, row["value"]), "verdict": str(VERDICTS[row["verdict"]]())} for row in rows]
    )


def listed(of: Table, rows: Sequence[Mapping[str, Any]]) -> Listed:
    """Rows under the headers of their table, in the language of the page."""
    labels = {name: words.label(of, name) for name in of.schema.names}
    return list(labels.values()), [{label: row[name] for name, label in labels.items()} for row in rows]
