"""Notices and forms of casework: takes the data of an act, gives its text in both languages, as PDF and as data."""

from zhiheng.reports.notice.sheet import LANGUAGES, as_data, content, notice
from zhiheng.reports.notice.text import composed

__all__ = ["LANGUAGES", "as_data", "composed", "content", "notice"]
