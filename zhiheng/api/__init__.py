"""The API: read-only, everything that the pages show."""

from ninja import NinjaAPI

api = NinjaAPI(title="Zhiheng", docs_url=None)

__all__ = ["api"]
