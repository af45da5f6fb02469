"""The terms of the inbox as figures that arithmetic takes."""

from datetime import date
from decimal import Decimal
from typing import Any

from zhiheng import rules


def terms(on: date) -> dict[str, Any]:
    """What zhiheng/law/int/inbox.yaml says on a day."""
    found: dict[str, Any] = plain(rules.settings("inbox", on=on))
    return found


def plain(value: Any) -> Any:
    """Decimals as floating-point numbers, through lists and mappings."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items()}
    return [plain(entry) for entry in value] if isinstance(value, list) else value
