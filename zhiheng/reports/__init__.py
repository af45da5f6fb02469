"""Reports: takes what the last turn made, gives lists, figures that can be taken apart, charts, bulletins and files."""

from zhiheng.reports.figures import Figure, explain, parse
from zhiheng.reports.listings import LISTINGS
from zhiheng.reports.shelf import Shelf

__all__ = ["LISTINGS", "Figure", "Shelf", "explain", "parse"]
