"""Numbers without gaps and without doubles: each series counts in the act's own transaction."""

from django.db import connection, transaction

from zhiheng.errors import RegisterError

COUNTED = (
    "INSERT INTO register_series (key, last) VALUES (%s, 1) "
    "ON CONFLICT (key) DO UPDATE SET last = register_series.last + 1 RETURNING last"
)
HELD = (
    "INSERT INTO register_series (key, last) VALUES (%s, 0) "
    "ON CONFLICT (key) DO UPDATE SET last = register_series.last RETURNING last"
)


def following(series: str) -> int:
    """The next number of a series; who asks at the same time waits, and an act that fails gives its number back."""
    return asked(COUNTED, series)


def held(series: str) -> None:
    """Wait for a series now and keep it for this act, which will take its number later: after an event nothing is waited for."""
    asked(HELD, series)


def asked(statement: str, series: str) -> int:
    """A series, kept for the act's own transaction."""
    if not transaction.get_connection().in_atomic_block:
        raise RegisterError("a number is given only together with what it numbers: open a transaction around both")
    with connection.cursor() as cursor:
        cursor.execute(statement, [series])
        return int(cursor.fetchone()[0])
