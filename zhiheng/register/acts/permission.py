"""Which role may do which act: the matrix in zhiheng/law/int/roles.yaml, asked before an act begins.

The matrix says what a role may do at all. Which case, sample or account it may do it to is asked of zhiheng/register/queries.py
by the act itself.
"""

from collections.abc import Callable
from datetime import date
from functools import lru_cache, wraps
from inspect import signature
from typing import Any, ParamSpec, TypeVar

from zhiheng import rules
from zhiheng.errors import ActRefused
from zhiheng.register.models import Account

SYSTEM = "system"  # what runs by itself, and the command line of the machine
ACTS: dict[str, Callable[..., Any]] = {}
P = ParamSpec("P")
R = TypeVar("R")


@lru_cache(maxsize=1)
def matrix() -> dict[str, Any]:
    """Roles with their names, and who may use each page, endpoint and act."""
    return rules.settings("roles", on=date.today())


def allowed(role: str, act: str) -> bool:
    """Whether a role may do an act; an act that is not in the matrix is nobody's."""
    return role in matrix()["acts"].get(act, ())


def act(function: Callable[P, R]) -> Callable[P, R]:
    """An act that asks the matrix first who does it (`by`; None is the system), and is listed under `module.name`."""
    name = f"{function.__module__.rsplit('.', 1)[-1]}.{function.__name__}"
    said = signature(function)
    if "by" not in said.parameters:
        raise TypeError(f"the act {name} does not say who does it: give it a parameter 'by'")

    @wraps(function)
    def asked(*args: P.args, **named: P.kwargs) -> R:
        by = said.bind_partial(*args, **named).arguments.get("by")
        refuse(by, name)
        return function(*args, **named)

    ACTS[name] = asked
    return asked


def refuse(by: Account | None, name: str) -> None:
    """Refuse an act that is not for whoever does it."""
    role = by.role if by else SYSTEM
    if by is not None and not by.is_active:
        raise ActRefused(f"the account {by.username} is locked: an administrator can open it again")
    if not allowed(role, name):
        names = matrix()["roles"]
        may = ", ".join(names[one]["en"] for one in matrix()["acts"].get(name, ())) or "nobody"
        raise ActRefused(f"{name} is not for the role '{names[role]['en']}'; it is for: {may}")
