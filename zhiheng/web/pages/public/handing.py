"""Rows handed over as a file."""

from collections.abc import Callable
from pathlib import Path

from django.http import StreamingHttpResponse
from django.utils import timezone

from zhiheng.reports import files
from zhiheng.web.pages.exports import pieces


def handed(write: Callable[[Path], None], *, name: str, form: str) -> StreamingHttpResponse:
    """A file as a download, named by what it holds and the day."""
    answer = StreamingHttpResponse(pieces(write, form), content_type=files.FORMS[form])
    answer["Content-Disposition"] = f'attachment; filename="{name}-{timezone.localdate()}.{form}"'
    return answer
