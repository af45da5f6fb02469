"""Conditions of forms: a small part of JsonLogic (jsonlogic.com), in which a missing value is neither true nor false.

`{"<=": [{"var": "made_on"}, {"var": "sampled_on"}]}` needs both days; without one of them it is unknown (None), and a check that
is unknown finds no fault: what is missing is told as missing. The same conditions run in the browser (static/zhiheng/form.js).
"""

import operator
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from zhiheng.errors import RuleFileInvalid

Values = Mapping[str, Any]
ORDERED: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def holds(condition: Any, values: Values) -> Any:
    """The value of a condition: true, false, a number, a text, or None where a value is missing.

    >>> holds({"<=": [{"var": "a"}, 2]}, {"a": Decimal(3)}), holds({"<=": [{"var": "a"}, 2]}, {})
    (False, None)
    """
    if not isinstance(condition, Mapping):
        return Decimal(condition) if isinstance(condition, int) and not isinstance(condition, bool) else condition
    ((name, given),) = condition.items()
    if name not in OPERATORS:
        raise RuleFileInvalid(f"a condition of a form uses '{name}'; known are {', '.join(OPERATORS)}")
    return OPERATORS[name](given if isinstance(given, list) else [given], values)


def found(given: list[Any], values: Values) -> Any:
    """A value by its name; `base.unit` is a part of one."""
    value: Any = values
    for step in str(given[0]).split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    return None if value in ("", [], {}) else value


def equal(given: list[Any], values: Values) -> bool | None:
    """Whether two values are the same."""
    left, right = (holds(one, values) for one in given)
    return None if left is None or right is None else bool(left == right)


def unequal(given: list[Any], values: Values) -> bool:
    """Whether two values differ; what is missing differs from everything that is there."""
    left, right = (holds(one, values) for one in given)
    return bool(left != right)


def apart(name: str) -> Callable[[list[Any], Values], bool | None]:
    """A comparison of order; numbers with numbers, days with days."""

    def compared(given: list[Any], values: Values) -> bool | None:
        left, right = (holds(one, values) for one in given)
        same = isinstance(left, str) == isinstance(right, str)
        return ORDERED[name](left, right) if left is not None and right is not None and same else None

    return compared


def every(given: list[Any], values: Values) -> bool | None:
    """Whether all hold: one that does not decides, whatever is missing."""
    told = [holds(one, values) for one in given]
    return False if False in told else None if None in told else True


def some(given: list[Any], values: Values) -> bool | None:
    """Whether one holds: one that does decides, whatever is missing."""
    told = [holds(one, values) for one in given]
    return True if True in told else None if None in told else False


def opposite(given: list[Any], values: Values) -> bool | None:
    """The opposite; of unknown, unknown."""
    told = holds(given[0], values)
    return None if told is None else not told


def total(given: list[Any], values: Values) -> Any:
    """The sum; unknown when a part is."""
    told = [holds(one, values) for one in given]
    return None if None in told else sum(told, Decimal(0))


def chosen(given: list[Any], values: Values) -> Any:
    """One value or another."""
    return holds(given[1] if holds(given[0], values) is True else given[2], values)


def counted(given: list[Any], values: Values) -> Decimal | None:
    """How many entries a list has."""
    told = holds(given[0], values)
    return Decimal(len(told)) if isinstance(told, list) else None


OPERATORS: dict[str, Callable[[list[Any], Values], Any]] = {
    "var": found,
    "==": equal,
    "!=": unequal,
    **{name: apart(name) for name in ORDERED},
    "and": every,
    "or": some,
    "!": opposite,
    "!!": lambda given, values: holds(given[0], values) is not None,
    "+": total,
    "if": chosen,
    "count": counted,
}
