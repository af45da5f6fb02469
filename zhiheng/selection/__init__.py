"""Selection: takes what is known of kinds of objects, gives what to inspect next, with a random arm that is never empty."""

from zhiheng.selection.plan import Terms, propose
from zhiheng.selection.tables import PROPOSAL

__all__ = ["PROPOSAL", "Terms", "propose"]
