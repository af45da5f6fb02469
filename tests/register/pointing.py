"""The default connection, pointed elsewhere."""

from collections.abc import Mapping

from django.conf import settings
from django.db import connection, connections


def pointed(described: Mapping[str, object]) -> None:
    """Let the default connection be another one."""
    connections.close_all()
    settings.DATABASES["default"] = dict(described)
    connections.settings = connections.configure_settings({"default": dict(described)})
    if hasattr(connections._connections, "default"):
        del connections["default"]


def address() -> str:
    """ZHIHENG_DATABASE of the register of this test."""
    named = settings.DATABASES["default"]
    return (
        f"postgresql://postgres@127.0.0.1:{named['PORT']}/{named['NAME']}" if connection.vendor == "postgresql" else ""
    )
