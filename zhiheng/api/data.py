"""The data that the API shows."""

from functools import lru_cache

from django.conf import settings

from zhiheng.evidence.snapshot import Workspace
from zhiheng.reports import Shelf
from zhiheng.reports.nation import Nations, held


@lru_cache(maxsize=1)
def shelf() -> Shelf:
    """The last turns of the workspace that the settings name."""
    return Shelf(Workspace(settings.WORKSPACE))


def nations() -> Nations:
    """The lakes of the workspace that the settings name."""
    return held.nations(settings.WORKSPACE)
