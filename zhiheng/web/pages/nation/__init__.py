"""Pages over a lake: overview, region, category, firm, batch, and the rows behind any figure."""

from zhiheng.web.pages.nation.batch import batch
from zhiheng.web.pages.nation.files import rows as rows_file
from zhiheng.web.pages.nation.files import table as table_file
from zhiheng.web.pages.nation.firm import firm
from zhiheng.web.pages.nation.moved import moved
from zhiheng.web.pages.nation.overview import lakes, overview
from zhiheng.web.pages.nation.places import category, region
from zhiheng.web.pages.nation.ranking import ranking
from zhiheng.web.pages.nation.rows import rows

__all__ = [
    "batch",
    "category",
    "firm",
    "lakes",
    "moved",
    "overview",
    "ranking",
    "region",
    "rows",
    "rows_file",
    "table_file",
]
