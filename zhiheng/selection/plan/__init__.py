"""The plan of inspections: takes a list of targets and a programme's terms, gives who can be drawn, how likely, and why.

One draw carries both arms. In every stratum each target gets the same floor, the random arm, and above it what its risk
deserves, the targeted arm; the probability of being drawn is the sum of the two, known exactly and never 0.
"""

from zhiheng.selection.plan.proposal import Terms, propose

__all__ = ["Terms", "propose"]
