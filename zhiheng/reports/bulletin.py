"""The bulletin of a data set: one content, told as a page, as a PDF, and as the data behind its charts."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jinja2
import typst

from zhiheng import __version__
from zhiheng.reports import annexes, charts, closing, course, sections, wording
from zhiheng.reports.draft import LEVEL, Draft
from zhiheng.reports.files import write_rows
from zhiheng.reports.shelf import Shelf
from zhiheng.reports.tallies import Desk, Row

TEMPLATES = Path(__file__).parent / "templates"
FORMS = ("csv", "xlsx", "parquet")
BODY = (
    sections.overview,
    sections.items,
    sections.objects,
    course.time,
    closing.severity,
    closing.printed,
    closing.guidance,
    closing.signals,
    closing.proposal,
    annexes.method,
)


def content(shelf: Shelf, dataset: str, language: str) -> Row:
    """Everything that a bulletin says: words, figures with their names, tables and charts with their data."""
    return composed(shelf, dataset, wording.words(language).language, shelf.open(dataset).key)


@lru_cache(maxsize=16)
def composed(shelf: Shelf, dataset: str, language: str, key: str) -> Row:
    """The content of one turn; `key` names the turn, so that a new one is written again."""
    del key
    draft = Draft(Desk(shelf, dataset), wording.words(language))
    card, said = draft.desk.card, draft.said
    body = [part for part in (write(draft) for write in BODY) if part]
    for number, part in enumerate(body, start=1):
        part["number"] = wording.heading(number, said)
    first, last = draft.span
    return {
        "language": said.language,
        "dataset": dataset,
        "labels": labels(draft),
        "title": card["title"][said.language],
        "question": card["question"][said.language],
        "key": draft.desk.summary["key"],
        "version": __version__,
        "publisher": card["origin"].get("publisher", ""),
        "dated": dated(draft).isoformat(),
        "facts": facts(draft, first, last),
        "headline": headline(draft),
        "sections": body,
        "annexes": numbered(draft),
        "sources": sources(draft),
        "figures": [
            {"name": told.figure, "shown": wording.readable(told.figure), "text": told.text, "value": told.value}
            for told in draft.cited.values()
        ],
        "charts": draft.charts,
    }


def dated(draft: Draft) -> date:
    """The day of the bulletin: the last day that its data know, never the clock's."""
    _first, last = draft.span
    taken = draft.desk.card["origin"].get("retrieved")
    return date.fromisoformat(taken) if taken else last or date(1970, 1, 1)


def labels(draft: Draft) -> dict[str, str]:
    """The fixed words of the sheet."""
    _ = draft.said.translate
    return {
        "kind": _("Report on nonconforming results") if draft.desk.is_failures else _("Quality status report"),
        "annex": _("Annexes"),
        "sources": _("Sources"),
        "figures": _("Where the figures come from"),
        "figures_note": _(
            "Every figure marked in the text has a name. The command zhiheng explain, or the page of the figure, "
            "takes it apart: "
            "formula, rules, rows and source file. A number in a table is named in the same way."
        ),
        "figure": _("Figure"),
        "name": _("Name"),
        "value": _("Value"),
        "chart": _("Chart"),
        "table": _("Table"),
        "page": _("page"),
        "file": _("File"),
        "checksum": _("SHA-256 checksum"),
        "rows": _("Rows"),
        "publisher": _("Publisher"),
        "licence": _("Licence"),
        "address": _("Address"),
        "received": _("Retrieved on"),
        "contents": _("Contents"),
        "made": _("Made by Zhiheng"),
        "edition": _("Edition"),
        "headline": _("Key figures"),
    }


def facts(draft: Draft, first: date | None, last: date | None) -> list[dict[str, str]]:
    """The lines of the title block."""
    _ = draft.said.translate
    day = wording.day_in_words(dated(draft), draft.said)
    found = [(_("Data published by"), draft.desk.card["origin"].get("publisher", "")), (_("Retrieved on"), day)]
    if first and last:
        stretch = draft.say(_("%(first)s to %(last)s"), {"first": first.isoformat(), "last": last.isoformat()})
        found.append((_("Days covered"), wording.plain(stretch)))
    return [{"label": label, "text": text} for label, text in found]


def headline(draft: Draft) -> list[Row]:
    """Four numbers above the fold; the rate first where there is one."""
    _ = draft.said.translate
    whole, names = (
        draft.legal,
        {"nonconforming": _("nonconforming"), "inconclusive": _("inconclusive"), "not_judged": _("not judged")},
    )
    found: list[Row] = []
    if whole["rate"] is not None:
        note = wording.plain(
            draft.say(
                _("%(level)s interval %(interval)s; n = %(n)s"),
                {
                    "level": LEVEL,
                    "interval": wording.between(whole["lower"], whole["upper"]),
                    "n": wording.count(whole["judged"]),
                },
            )
        )
        found.append(card(draft, "rate", _("nonconformity rate of the results judged"), note))
    notes = {
        "nonconforming": _("beyond a legal limit of the day whose rules apply"),
        "inconclusive": _("the limit and the measurement allow no verdict"),
        "not_judged": _("no rule, no mapping, or no comparable unit"),
    }
    if whole["rate"] is None:
        found.append(
            card(
                draft,
                "results",
                _("results counted"),
                _("counts only: the source lists failures") if draft.desk.is_failures else "",
            )
        )
    return found + [card(draft, name, label, notes[name]) for name, label in names.items()]


def card(draft: Draft, measure: str, label: str, note: str) -> Row:
    """One headline number."""
    told = draft.cite(measure, draft.legal[measure])
    return {"text": told.text, "figure": told.figure, "label": label, "note": note}


def numbered(draft: Draft) -> list[Row]:
    """The annexes with their numbers."""
    _ = draft.said.translate
    found = annexes.annexes(draft)
    for number, part in enumerate(found, start=1):
        part["number"] = wording.plain(draft.say(_("Annex %(number)s"), {"number": str(number)}))
    return found


def sources(draft: Draft) -> Row:
    """Where the data came from: publisher, address, files with their checksums."""
    origin = draft.desk.card["origin"]
    return {
        "publisher": origin.get("publisher", ""),
        "url": origin.get("url", ""),
        "retrieved": origin.get("retrieved", ""),
        "licence": origin.get("licence", ""),
        "files": [
            {"file": part["file"], "sha256": part["sha256"], "rows": wording.count(part["received"])}
            for part in draft.desk.summary["parts"]
        ],
    }


def html(shelf: Shelf, dataset: str, language: str) -> str:
    """The bulletin as one page that needs nothing else."""
    return page(content(shelf, dataset, language))


def page(told: Row) -> str:
    """A content as HTML."""
    marks = {figure["name"]: number for number, figure in enumerate(told["figures"], start=1)}
    return (
        environment()
        .get_template("bulletin.html")
        .render(**told, marks=marks, style=(TEMPLATES / "bulletin.css").read_text(encoding="utf-8"))
    )


@lru_cache(maxsize=1)
def environment() -> jinja2.Environment:
    """The templates; everything that a source said is escaped."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    made.globals["figure_address"] = lambda name: "/figure/?" + urlencode({"name": name})
    return made


def pdf(shelf: Shelf, dataset: str, language: str) -> bytes:
    """The bulletin as a PDF on A4; the same data give the same bytes."""
    return sheet(content(shelf, dataset, language))


def sheet(told: Row) -> bytes:
    """A content as PDF; its day of creation is the day of its data."""
    source = (TEMPLATES / "bulletin.typ").read_bytes()
    day = date.fromisoformat(told["dated"])
    stamp = int((datetime(day.year, day.month, day.day) - datetime(1970, 1, 1)).total_seconds())
    given = {"data": json.dumps(told, ensure_ascii=False, default=str)}
    setter: Any = typst.compile  # its stub gives the type of a path no default
    made: bytes = setter(source, font_paths=[charts.FONTS], ignore_system_fonts=True, sys_inputs=given, timestamp=stamp)
    return made


def data(shelf: Shelf, dataset: str, language: str) -> dict[str, tuple[list[str], list[Row]]]:
    """The data behind each chart: its columns, and its rows by column."""
    return {drawn["name"]: (drawn["columns"], drawn["rows"]) for drawn in content(shelf, dataset, language)["charts"]}


def files(shelf: Shelf, dataset: str, language: str, folder: Path) -> list[Path]:
    """The data behind each chart as CSV, XLSX and Parquet files in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for name, (columns, rows) in data(shelf, dataset, language).items():
        for form in FORMS:
            path = folder / f"{dataset}-{name}.{form}"
            write_rows(path, columns, rows)
            found.append(path)
    return found


def names(told: Row) -> Sequence[str]:
    """The name of every figure that a content shows, in text, tables and headline."""

    def within(part: Any) -> list[str]:
        if isinstance(part, dict):
            own = [part["figure"]] if part.get("figure") and "text" in part else []
            return own + [name for value in part.values() for name in within(value)]
        return [name for value in part for name in within(value)] if isinstance(part, list) else []

    return list(dict.fromkeys(within(told)))
