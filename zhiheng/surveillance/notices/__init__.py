"""Notices: what others report about products, each source by its profile, in one table and in our codes.

Takes files of complaints, enforcement, media, domestic and foreign notices; gives NOTICES, and every row turned away with its reason.
"""

from zhiheng.surveillance.notices.feed import KINDS, Feed, load
from zhiheng.surveillance.notices.kept import Kept, Taken
from zhiheng.surveillance.notices.reading import Read, notices
from zhiheng.surveillance.notices.unmapped import unmapped

__all__ = ["KINDS", "Feed", "Kept", "Read", "Taken", "load", "notices", "unmapped"]
