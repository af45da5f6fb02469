"""A nation's lake for reading: figures from prepared cells kept in memory, rows from the few files that can hold them."""

from zhiheng.reports.nation.held import Nation, Nations

__all__ = ["Nation", "Nations"]
