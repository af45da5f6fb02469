"""What the processes of a register keep from one another on PostgreSQL beside its rows: one number for each purpose.

The numbers are any, and the same in every process. SQLite has one writer at a time and needs none of them.
"""

from django.db import connection

OPENING = 7_364_837  # one process brings the database up to this version
PARTIES = 7_364_838  # shared by acts on organisations, held alone by an import
TICKING = 7_364_839  # one process lets lapse and reminds
MERGING = 7_364_840  # shared by what begins to name a firm, held alone by a merge
CHAIN = 7_364_841  # one transaction at a time writes at the end of the audit's chain


def shared(number: int) -> None:
    """Wait while somebody holds this alone, until the transaction ends."""
    asked("SELECT pg_advisory_xact_lock_shared(%s)", number)


def alone(number: int) -> None:
    """Wait until nobody else has this, and keep it until the transaction ends."""
    asked("SELECT pg_advisory_xact_lock(%s)", number)


def asked(statement: str, number: int) -> None:
    """A lock, where there are several writers."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(statement, [number])
