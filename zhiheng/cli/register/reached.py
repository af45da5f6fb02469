"""The register's own modules, which can be read only once its database is known."""

from importlib import import_module
from pathlib import Path
from typing import Any

from zhiheng.register import opening


def part(home: str, name: str) -> Any:
    """A module of the register of a workspace, opened and brought up to this version."""
    opening.opened(Path(home).resolve())
    return import_module(f"zhiheng.register.{name}")
