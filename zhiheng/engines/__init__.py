"""Engines: the only place where a query runs. Stages hand over Ibis expressions on unbound tables."""

from zhiheng.engines.duckdb import Engine, Malformed, mark

__all__ = ["Engine", "Malformed", "mark"]
