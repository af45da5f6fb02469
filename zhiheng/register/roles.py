"""Which role of a procedure an account plays in an act."""

from datetime import date
from functools import lru_cache
from typing import Any

from zhiheng import rules
from zhiheng.register.models import Account
from zhiheng.rules.procedures import Act


@lru_cache(maxsize=1)
def known() -> dict[str, Any]:
    """Roles by key: names in both languages, and what they may act as."""
    return rules.settings("roles", on=date.max)["roles"]


def played(account: Account | None, act: Act) -> str:
    """The role in which somebody does an act: the first of the act's that the account may play, else the account's own."""
    own = account.role if account else "system"
    if account is None and "public" in act.by:
        return "public"
    plays = known()[own]["plays"]
    return next((role for role in act.by if role in plays), own)
