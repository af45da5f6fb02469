"""The ceremony of a draw: its stages, its outcome, its files, and its verification by anybody.

All of it is public. What may be read at which stage is said by zhiheng/selection/ceremony.py.
"""

from zhiheng.web.pages.ceremony.downloads import drawn, file, packed, verifier
from zhiheng.web.pages.ceremony.page import draw
from zhiheng.web.pages.ceremony.shown import draws
from zhiheng.web.pages.ceremony.verification import verification

__all__ = ["draw", "drawn", "draws", "file", "packed", "verification", "verifier"]
