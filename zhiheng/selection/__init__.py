"""Selection: takes what is known of kinds of objects, gives what to inspect next, with a random arm that is never empty.

`selection.sampling` gives the sampling plan of a lot by the standards' rules, or from the risks it is to keep.
"""

from zhiheng.selection import sampling
from zhiheng.selection.plan import Terms, propose
from zhiheng.selection.tables import DRAWN, PROPOSAL, SCORES

__all__ = ["DRAWN", "PROPOSAL", "SCORES", "Terms", "propose", "sampling"]
