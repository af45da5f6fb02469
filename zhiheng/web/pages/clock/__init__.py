"""Deadlines that anyone computes and has explained."""

from zhiheng.web.pages.clock.page import clock

__all__ = ["clock"]
