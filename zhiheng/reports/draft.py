"""A bulletin while it is written: its sentences, tables and charts, and every figure that they cite."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

import altair as alt

from zhiheng.reports import charts, tallies, wording
from zhiheng.reports.tallies import Desk, Row
from zhiheng.reports.wording import Run, Told, Words

LEVEL = "95%"
TOP, LEAST = 10, 10
Paragraph = list[Run]
Cell = Told | str


@dataclass
class Draft:
    """What has been written so far of one data set's bulletin in one language."""

    desk: Desk
    said: Words
    cited: dict[str, Told] = field(default_factory=dict)
    charts: list[Row] = field(default_factory=list)

    def word(self, sentence: str) -> str:
        """A sentence of the catalogue, already marked where it is written."""
        return self.said.translate(sentence)

    def told(self, measure: str, value: Any, *, by: Sequence[tuple[str, str]] = (), force: str = "legal") -> Told:
        """A figure for a table or a chart."""
        return wording.figure(self.desk.dataset, measure, value=value, by=by, force=force)

    def cite(self, measure: str, value: Any, *, by: Sequence[tuple[str, str]] = (), force: str = "legal") -> Told:
        """A figure for a sentence: it is listed at the end of the bulletin with its name."""
        found = self.told(measure, value, by=by, force=force)
        return self.cited.setdefault(found.figure, found)

    def say(self, sentence: str, told: Mapping[str, Cell | Paragraph] | None = None) -> Paragraph:
        """A sentence with its figures."""
        return wording.runs(sentence, told or {})

    def paragraph(self, *sentences: Paragraph) -> Paragraph:
        """Sentences one after the other."""
        gap: Paragraph = [] if self.said.is_chinese else [{"text": " ", "figure": ""}]
        found: Paragraph = []
        for sentence in sentences:
            found += (gap if found and sentence else []) + sentence
        return found

    def listing(self, entries: Sequence[tuple[str, Cell]]) -> Paragraph:
        """Names with a number each, as a list in a sentence."""
        form, comma = ("%(name)s（%(n)s）", "、") if self.said.is_chinese else ("%(name)s (%(n)s)", ", ")
        found: Paragraph = []
        for name, told in entries:
            found += [{"text": comma, "figure": ""}] if found else []
            found += wording.runs(form, {"name": name, "n": told})
        return found

    @cached_property
    def legal(self) -> Row:
        """All results under legal limits, or under none."""
        return tallies.overall(self.desk, force="legal")

    @cached_property
    def guidance(self) -> Row:
        """All results under guidance values, or under none."""
        return tallies.overall(self.desk, force="guidance")

    @cached_property
    def items(self) -> list[Row]:
        """Counts by test item."""
        return tallies.by_value(self.desk, "analyte")

    @cached_property
    def types(self) -> list[Row]:
        """Counts by product type."""
        return tallies.by_value(self.desk, "product_type")

    @cached_property
    def place(self) -> str:
        """The column that says where results come from, the widest first."""
        for column in ("province", "origin", "site"):
            if sum(1 for row in tallies.by_value(self.desk, column) if row["value"] and row["results"]) > 1:
                return column
        return ""

    @cached_property
    def places(self) -> list[Row]:
        """Counts by place."""
        return tallies.by_value(self.desk, self.place) if self.place else []

    @cached_property
    def rules(self) -> list[Row]:
        """The rules used."""
        return tallies.rules_used(self.desk)

    @cached_property
    def span(self) -> tuple[date | None, date | None]:
        """The first and last day of what is counted."""
        return tallies.span(self.desk)

    def sourced(self) -> str:
        """The line under a chart: source, what the sample supports, and what the figures were made from."""
        _ = self.said.translate
        support = {
            "failures": _("failures only: counts, no rates"),
            "convenience": _("convenience sample: the items tested only"),
            "monitoring": _("routine monitoring: these sites and days only"),
            "probability": _("probability sample"),
        }
        line = _("Source: %(publisher)s; sample: %(support)s; turn %(key)s.")
        return wording.plain(
            self.say(
                line,
                {
                    "publisher": self.desk.card["origin"].get("publisher", ""),
                    "support": support[self.desk.card["supports"]],
                    "key": self.desk.summary["key"],
                },
            )
        )


def chart(
    draft: Draft,
    name: str,
    *,
    title: str,
    unit: str,
    columns: Mapping[str, str],
    rows: Sequence[Row],
    draw: Callable[[], alt.LayerChart],
) -> Row:
    """A chart with its words and the data behind it; `columns` gives each column of the data its header."""
    found = {
        "kind": "chart",
        "name": name,
        "title": title,
        "unit": unit,
        "source": draft.sourced(),
        "columns": list(columns.values()),
        "rows": [{header: row[key] for key, header in columns.items()} for row in rows],
        "svg": charts.svg(draw(), name=name),
    }
    draft.charts.append(found)
    return found


def table(title: str, headers: Sequence[str], rows: Sequence[Sequence[Cell]], *, texts: int = 1, note: str = "") -> Row:
    """A table; its first `texts` columns are words, all others numbers."""
    cells = [
        [
            {"text": cell.text, "figure": cell.figure} if isinstance(cell, Told) else {"text": cell, "figure": ""}
            for cell in row
        ]
        for row in rows
    ]
    return {"kind": "table", "title": title, "headers": list(headers), "rows": cells, "texts": texts, "note": note}


def section(title: str, *parts: Row | Paragraph | None) -> Row:
    """A section: paragraphs, tables and charts in the order of reading."""
    found = [{"kind": "paragraph", "runs": part} if isinstance(part, list) else part for part in parts if part]
    return {"title": title, "parts": found}


def ranked(draft: Draft, rows: Sequence[Row], *, column: str) -> list[Row]:
    """The rows that a chart shows: those with most nonconforming results, by count or by rate, with their words."""
    if draft.desk.is_failures:
        total = sum(row["nonconforming"] for row in rows)
        top = [row for row in rows if row["nonconforming"]][:TOP]
        return [
            {
                **row,
                "label": wording.value_name(column, row["value"], draft.said),
                "share": row["nonconforming"] / total,
                "told": f"{wording.count(row['nonconforming'])}  ({wording.percent(row['nonconforming'] / total)})",
            }
            for row in top
        ]
    top = [row for row in rows if row["judged"] >= LEAST and row["value"]][:TOP]
    named = [
        {
            **row,
            "label": wording.value_name(column, row["value"], draft.said),
            "end": max(row["upper"], row["most"]),
            "told": f"{wording.percent(row['rate'])}  ({row['nonconforming']:,}/{row['judged']:,})",
        }
        for row in top
    ]
    return sorted(named, key=lambda row: (-row["rate"], -row["judged"]))


def rate_columns(draft: Draft, first: str) -> dict[str, str]:
    """The headers of counts with their rates."""
    _ = draft.said.translate
    counts = {
        "label": first,
        "judged": _("Judged"),
        "nonconforming": _("Nonconforming"),
        "inconclusive": _("Inconclusive"),
        "not_judged": _("Not judged"),
    }
    if draft.desk.is_failures:
        return {**counts, "share": _("Share of nonconforming results")}
    return {
        **counts,
        "rate": _("Nonconformity rate"),
        "lower": _("Lower end of the interval"),
        "upper": _("Upper end of the interval"),
        "least": _("If every inconclusive result conformed"),
        "most": _("If every inconclusive result failed"),
    }


def value_chart(
    draft: Draft, rows: Sequence[Row], *, column: str, name: str, title: str, force: str = "legal"
) -> Row | None:
    """A chart by value of a column, when at least three values have something to show."""
    _ = draft.said.translate
    chosen = ranked(draft, rows, column=column)
    if sum(1 for row in chosen if row["nonconforming"]) < 3:
        return None
    pool = draft.legal if force == "legal" else draft.guidance
    if draft.desk.is_failures:
        unit = draft.say(
            _("Number of nonconforming results and their share; n = %(n)s nonconforming results"),
            {"n": wording.count(pool["nonconforming"])},
        )
    else:
        unit = draft.say(
            _(
                "Nonconforming of judged results, with the %(level)s interval; pale band: how far inconclusive "
                "results could move "
                "the rate; at least %(least)s judged; n = %(n)s judged in all"
            ),
            {"level": LEVEL, "least": str(LEAST), "n": wording.count(pool["judged"])},
        )
    draw = (
        (lambda: charts.bars(chosen, length="nonconforming"))
        if draft.desk.is_failures
        else (lambda: charts.intervals(chosen))
    )
    return chart(
        draft,
        name,
        title=title,
        unit=wording.plain(unit),
        columns=rate_columns(draft, wording.column_name(column, draft.said)),
        rows=chosen,
        draw=draw,
    )


def value_table(
    draft: Draft, rows: Sequence[Row], *, column: str, title: str, force: str = "legal", most: int = 15
) -> Row:
    """A table by value of a column: counts, and rate with interval where there is one."""
    _ = draft.said.translate
    headers = [
        wording.column_name(column, draft.said),
        _("Judged"),
        _("Nonconforming"),
        _("Inconclusive"),
        _("Not judged"),
    ]
    headers += (
        [_("Share of nonconforming results")]
        if draft.desk.is_failures
        else [_("Nonconformity rate"), wording.plain(draft.say(_("%(level)s interval"), {"level": LEVEL}))]
    )
    total = sum(row["nonconforming"] for row in rows) or 1
    lines: list[list[Cell]] = []
    for row in rows[:most]:
        by = [(column, row["value"])]
        counts = [
            draft.told(name, row[name], by=by, force=force)
            for name in ("judged", "nonconforming", "inconclusive", "not_judged")
        ]
        ends: list[Cell] = (
            [wording.percent(row["nonconforming"] / total)]
            if draft.desk.is_failures
            else [
                draft.told("rate", row["rate"], by=by, force=force) if row["judged"] else "–",
                wording.between(row["lower"], row["upper"]),
            ]
        )
        lines.append([wording.value_name(column, row["value"], draft.said), *counts, *ends])
    note = (
        ""
        if len(rows) <= most
        else wording.plain(
            draft.say(
                _("The first %(shown)s of %(all)s; the rest is in the listings."),
                {"shown": wording.count(most), "all": wording.count(len(rows))},
            )
        )
    )
    return table(title, headers, lines, note=note)


def named(draft: Draft, rows: Sequence[Row], *, column: str, force: str = "legal", most: int = 5) -> Paragraph:
    """The first values of a column with the number of nonconforming results of each."""
    top = [row for row in rows if row["nonconforming"] and row["value"]][:most]
    return draft.listing(
        [
            (
                wording.value_name(column, row["value"], draft.said),
                draft.cite("nonconforming", row["nonconforming"], by=[(column, row["value"])], force=force),
            )
            for row in top
        ]
    )
