"""Signals as work: the inbox and one signal for the staff; notices, evaluation and product risk for everybody."""

from zhiheng.web.pages.watch.box import inbox, one
from zhiheng.web.pages.watch.judged import evaluation
from zhiheng.web.pages.watch.rows import notices
from zhiheng.web.pages.watch.scenario import product_risk

__all__ = ["evaluation", "inbox", "notices", "one", "product_risk"]
