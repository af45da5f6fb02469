"""The data that the API shows."""

from functools import lru_cache

from django.conf import settings

from zhiheng.evidence.snapshot import Workspace
from zhiheng.reports import Shelf


@lru_cache(maxsize=1)
def shelf() -> Shelf:
    """The last turns of the workspace that the settings name."""
    return Shelf(Workspace(settings.WORKSPACE))
