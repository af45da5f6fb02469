"""Lists and rates as files, with the filters that are on."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

from zhiheng import surveillance
from zhiheng.decision import FINDINGS
from zhiheng.errors import UsageError
from zhiheng.reports import LISTINGS, browse, files
from zhiheng.surveillance import CELLS, RATES
from zhiheng.web.access import access
from zhiheng.web.pages import common, words
from zhiheng.web.shell import language, shelf

CHUNK = 2**18
COUNTS = frozenset(CELLS.schema.names)
MOST = 1_000_000
MOST_SHEET = 200_000
# spreadsheets take a CSV file for UTF-8 only when it begins with this mark
MARK = b"\xef\xbb\xbf"


@access("public")
def export(request: HttpRequest, dataset: str, listing: str, form: str) -> HttpResponse:
    """Every row of a list as a file."""
    if listing not in LISTINGS:
        raise UsageError(f"there is no list '{listing[:40]}'; there are {', '.join(LISTINGS)}")
    known = LISTINGS[listing]
    asked = browse.view(known, common.given(request))
    rows = browse.ordered(known, asked).limit(MOST_SHEET if form == "xlsx" else MOST)
    headed = rows if form == "parquet" else files.headed(rows, known.table, language())
    return sent(dataset, lambda path: files.write(shelf(), dataset, headed, path), name=listing, form=form)


@access("public")
def rates(request: HttpRequest, dataset: str, dimension: str, form: str) -> HttpResponse:
    """Counts and rates of every value of a dimension as a file."""
    if dimension not in common.BROWSABLE:
        raise UsageError(f"there are no rates by '{dimension[:40]}'; there are {', '.join(common.BROWSABLE)}")
    force = request.GET.get("force", "legal")
    if force not in ("legal", "guidance"):
        raise UsageError(f"force: '{force[:40]}' is neither legal nor guidance")
    rows = shelf().rows(dataset, surveillance.cells(FINDINGS.unbound(), by=dimension, force=force))
    told = surveillance.with_intervals(rows, supports=shelf().open(dataset).summary["card"]["supports"])
    names = {name: name if form == "parquet" else words.label(RATES, name) for name in RATES.schema.names}
    lines = [{shown: row[name] if name in COUNTS else real(row[name]) for name, shown in names.items()} for row in told]
    return sent(
        dataset,
        lambda path: files.write_rows(path, list(names.values()), lines),
        name=f"rates-{dimension}-{force}",
        form=form,
    )


def real(value: Any) -> float | None:
    """A share as a plain number of Python."""
    return None if value is None else float(value)


def sent(dataset: str, write: Callable[[Path], None], *, name: str, form: str) -> HttpResponse:
    """A file as a download, named by the data set and the date of its data."""
    if form not in files.FORMS:
        raise UsageError(f"there is no form '{form[:20]}'; there are {', '.join(files.FORMS)}")
    opened = shelf().open(dataset)
    day = opened.summary["card"]["origin"].get("retrieved") or opened.key
    response = StreamingHttpResponse(pieces(write, form), content_type=files.FORMS[form])
    response["Content-Disposition"] = f'attachment; filename="{dataset}-{name}-{day}.{form}"'
    response["X-Made-From"] = opened.key
    return response


def pieces(write: Callable[[Path], None], form: str) -> Iterator[bytes]:
    """A file made whole on disk, then handed over piece by piece and removed."""
    with tempfile.TemporaryDirectory(prefix="zhiheng-") as folder:
        path = Path(folder) / f"rows.{form}"
        write(path)
        if form == "csv":
            yield MARK
        with path.open("rb") as stream:
            while piece := stream.read(CHUNK):
                yield piece
