"""Engines: the only place where a query runs. Stages hand over Ibis expressions on unbound tables."""

from zhiheng.engines.duckdb import Engine, Malformed, mark
from zhiheng.engines.opening import AnyEngine, open_engine

__all__ = ["AnyEngine", "Engine", "Malformed", "mark", "open_engine"]
