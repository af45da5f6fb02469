"""The clock that goes on by itself: every minute reminders, what lapses, mails, and at times a signed checkpoint of the audit.

In one process of all that serve a register.
"""

import fcntl
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, connection, connections
from django.utils import timezone

from zhiheng import rules
from zhiheng.errors import StoreError, ZhihengError
from zhiheng.register import checkpoints, locks, opening
from zhiheng.register.acts import audit, mailing, reminding

log = logging.getLogger("zhiheng.register")


@contextmanager
def alone() -> Iterator[bool]:
    """Whether this process is the only one that ticks for as long as this lasts; a process that dies gives its place back.

    On PostgreSQL a lock of the session, which processes on other machines see too; on SQLite a lock on a file beside it.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [locks.TICKING])
            mine = bool(cursor.fetchone()[0])
            try:
                yield mine
            finally:
                if mine:
                    cursor.execute("SELECT pg_advisory_unlock(%s)", [locks.TICKING])
        return
    settings.WORKSPACE.mkdir(parents=True, exist_ok=True)
    with (settings.WORKSPACE / "register.tick").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def tick(*, at: datetime | None = None) -> tuple[reminding.Round, mailing.Delivery] | None:
    """One round, unless another process is in the middle of one: None then. StoreError where the database does not answer."""
    try:
        with alone() as mine:
            if not mine:
                return None
            found = reminding.remind(at=at)
            if at is None:  # a checkpoint says when it was signed, and that is never pretended
                pointed(timezone.now())
            return found, mailing.deliver(at=at)
    except DatabaseError as fault:
        connections.close_all()
        raise StoreError(
            f"reminders: {str(fault).strip()}. Nothing is lost; the next round goes on from here"
        ) from fault


def pointed(now: datetime) -> None:
    """Sign the end of the audit when the last checkpoint is too long ago, so that there is one for others to keep."""
    hours = rules.settings("security", on=timezone.localdate(now))["checkpoint_hours"]
    last = checkpoints.latest()
    if last is None or now - last.at >= timedelta(hours=hours):
        audit.checkpoint(opening.signing_key(settings.WORKSPACE), at=now)


def told() -> None:
    """One round of the thread; what failed is logged, and the next round comes all the same."""
    try:
        found = tick()
        if found is not None:
            for number, fault in found[0].faults.items():
                log.error("%s: %s", number, fault)
            if found[1].failed:
                log.warning("%s mails could not be sent; they are tried again", found[1].failed)
    except (ZhihengError, OSError) as error:
        log.error("reminders: %s", error)
    finally:
        connections.close_all()


def started(*, seconds: float) -> threading.Event:
    """Begin to tick beside the pages; set the event that is given back to end it.

    Each round is a thread of its own, so that one that meets a bug, which is printed with its trace, does not end the others.
    """
    ended = threading.Event()

    def rounds() -> None:
        while not ended.wait(seconds):
            one = threading.Thread(target=told, name="zhiheng-tick")
            one.start()
            one.join()

    threading.Thread(target=rounds, name="zhiheng-ticking", daemon=True).start()
    return ended
