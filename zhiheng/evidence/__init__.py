"""Evidence: takes files as they come, gives results that were checked and kept whole, and every row that was turned away."""

from zhiheng.evidence.tables import REJECTS, RESULTS, UNITS

__all__ = ["REJECTS", "RESULTS", "UNITS"]
