"""Tables and rows of a lake as files: CSV, XLSX, Parquet."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

from zhiheng.decision.tables import CELLS, KEPT_FINDINGS
from zhiheng.errors import UsageError
from zhiheng.evidence.delivered import REPORTS
from zhiheng.evidence.tables import Table
from zhiheng.reports import files
from zhiheng.reports.browse import single
from zhiheng.reports.nation import Nation, asking, batch, figures
from zhiheng.reports.nation import rows as lists
from zhiheng.reports.nation.figures import Row
from zhiheng.reports.nation.rows import LISTED
from zhiheng.web.access import access
from zhiheng.web.pages import common, words
from zhiheng.web.pages.exports import MOST, MOST_SHEET, pieces
from zhiheng.web.pages.nation import extracts
from zhiheng.web.pages.nation.address import opened
from zhiheng.web.shell import language

ARM_COLUMNS = ("batches", "judged", "nonconforming", "inconclusive", "not_judged", "rate", "lower", "upper", "weighted",
               "weighted_lower", "weighted_upper")  # fmt: skip
FILTERS = ("province", "region", "category", "product_type", "channel")
BY = {"course": "week", "months": "period", "days": "happened"} | {
    name: name for name in ("province", "region", "category", "product_type", "channel")
}
LINE_COLUMNS = tuple(
    name for name in ("stage", "version", "item", "analyte", "analyte_printed", "printed", "comparator", "value", "kind",
                      "reporting_level", "uncertainty", "units_tested", "rule_text", "citation", "verdict", "reason",
                      "exceedance")
)  # fmt: skip


@access("public")
def table(request: HttpRequest, dataset: str, name: str, form: str) -> HttpResponse:
    """A table of a page as a file."""
    nation = opened(request, dataset)
    given = common.given(request)
    where = {key: single(given, key) for key in FILTERS if key in given}
    makers: dict[str, Callable[[], tuple[list[str], list[Row]]]] = {
        "items": lambda: items(nation, where),
        "moved": lambda: extracts.moved(nation, given),
        "mix": lambda: extracts.mix(nation, given),
        "ranking": lambda: extracts.ranking(nation, given),
        "batch": lambda: listed(batch.batch(nation, single(given, "sample_id")).lines, KEPT_FINDINGS, LINE_COLUMNS),
    } | {key: lambda: by_arm(nation, name, where) for key in BY}
    if name not in makers:
        raise UsageError(f"there is no table '{name[:40]}'; there are {', '.join(sorted(makers))}")
    columns, rows = makers[name]()
    return sent(nation, lambda path: files.write_rows(path, columns, rows), name=name, form=form)


def by_arm(nation: Nation, name: str, where: Mapping[str, Any]) -> tuple[list[str], list[Row]]:
    """One row for each value and arm."""
    key = BY[name]
    head = words.label(CELLS[figures.cube_of([key])], key)
    columns = [head, words.label(CELLS["course"], "arm"), *(column_name(name) for name in ARM_COLUMNS)]
    rows = []
    for row in sorted(figures.by_arm(nation, key, **where), key=lambda row: str(row["value"] or "")):
        for arm in (*figures.ARMS, "unstated"):
            if arm in row:
                value = row["value"].isoformat() if isinstance(row["value"], date) else row["value"]
                body = [
                    value,
                    words.said("arm", arm if arm != "unstated" else ""),
                    *(plain(row[arm][c]) for c in ARM_COLUMNS),
                ]
                rows.append(dict(zip(columns, body, strict=True)))
    return columns, rows


def column_name(name: str) -> str:
    """The header of a measure in the language of the page."""
    from_table = words.label(CELLS["course"], name)
    return RATES[name][language() == "zh"] if name in RATES else from_table


RATES = {
    "weighted_lower": ("Lower end, weighted", "加权不合格率下端"),
    "weighted_upper": ("Upper end, weighted", "加权不合格率上端"),
    "judged": ("Batches judged", "已判批次"),
    "rate": ("Rate", "不合格率"),
    "lower": ("Lower end of the 95 % interval", "95% 区间下端"),
    "upper": ("Upper end of the 95 % interval", "95% 区间上端"),
    "weighted": ("Weighted rate", "加权不合格率"),
}


def items(nation: Nation, where: Mapping[str, Any]) -> tuple[list[str], list[Row]]:
    """Every test item."""
    shown = ("analyte", *figures.COUNTED)
    columns = [words.label(CELLS["by_type"], name) for name in shown]
    held = {"product_type": where["category"]} if "category" in where else dict(where)
    rows = figures.items(nation, **held)
    return columns, [
        dict(zip(columns, (words.analyte(row["analyte"]), *(plain(row[name]) for name in shown[1:])), strict=True))
        for row in rows
    ]


def listed(rows: list[Row], of: Table, names: Any) -> tuple[list[str], list[Row]]:
    """Rows under the headers of their tables."""
    labels = {name: header(of, name) for name in names}
    return list(labels.values()), [{labels[name]: plain(row[name]) for name in names} for row in rows]


def header(of: Table, name: str) -> str:
    """A header; a column of reports that the table lacks has its name from there."""
    return of.label(name, language()) if name in of.schema.names else REPORTS.label(name, language())


def plain(value: Any) -> Any:
    """A value that every form of file can hold."""
    return float(value) if isinstance(value, Decimal) else value


@access("public")
def rows(request: HttpRequest, dataset: str, form: str) -> HttpResponse:
    """The rows behind a figure as a file."""
    nation = opened(request, dataset)
    question = asking.asked(common.given(request))
    chosen = lists.whole(nation, question).limit(MOST_SHEET if form == "xlsx" else MOST)
    of = lists.RESULTS if question.is_found else LISTED
    headed = chosen if form == "parquet" else files.headed(chosen, of, language())

    def write(path: Path) -> None:
        if form == "xlsx":
            files.workbook(path, list(headed.columns), nation.rows(headed))
        else:
            nation.engine.cursor().write(files.harmless(headed) if form == "csv" else headed, path)

    return sent(nation, write, name="rows", form=form)


def sent(nation: Nation, write: Callable[[Path], None], *, name: str, form: str) -> HttpResponse:
    """A file as a download, named by the lake and what it was made from."""
    if form not in files.FORMS:
        raise UsageError(f"there is no form '{form[:20]}'; there are {', '.join(files.FORMS)}")
    response = StreamingHttpResponse(pieces(write, form), content_type=files.FORMS[form])
    response["Content-Disposition"] = f'attachment; filename="{nation.dataset}-{name}-{nation.made_from}.{form}"'
    response["X-Made-From"] = nation.made_from
    return response
