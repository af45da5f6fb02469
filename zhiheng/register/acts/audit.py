"""The audit: what was done, linked event by event, with signed checkpoints and a check of all of it."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.db import connection, transaction

from zhiheng.errors import RegisterError
from zhiheng.register.models import Account, Chain, Checkpoint, Event
from zhiheng.selection import chain

SYSTEM = "system"
PLAIN = (str, int, bool, type(None))
READ_AT_ONCE = 2000
# whoever waits for the end of the chain waits in a queue: for the row alone, who comes later may be served before
LOCK = 7_364_840  # any number, the same in every process, another than those of opening, ticking and of acts on parties
# the end of the chain, held: written out, since everybody waits while it is
END = {"sqlite": "SELECT number, digest FROM register_chain WHERE id = 1"}
END["postgresql"] = f"{END['sqlite']} FOR UPDATE"
COLUMNS = [field.column for field in Event._meta.concrete_fields]
NAMED, MARKS = ", ".join(f'"{name}"' for name in COLUMNS), ", ".join(["%s"] * len(COLUMNS))
WRITTEN = f"INSERT INTO register_event ({NAMED}) VALUES ({MARKS})"
MOVED = "UPDATE register_chain SET number = %s, digest = %s WHERE id = 1"


@dataclass(frozen=True)
class Fault:
    """Something in the audit that is not what was written: at which event, and what."""

    number: int
    what: str


def record(
    by: Account | None,
    *,
    kind: str,
    key: str,
    act: str,
    at: datetime,
    states: tuple[str, str] = ("", ""),
    why: str = "",
    data: Mapping[str, Any] | None = None,
) -> Event:
    """Write the event of an act, inside the act's own transaction and as its last lock, so that no two acts wait in a ring.

    `by` is None for what the system does at a deadline. `states` are before and after. `data` holds texts, whole numbers and
    truths only: a binary fraction is not the same in every database.
    """
    event = unlinked(by, kind=kind, key=key, act=act, at=at, states=states, why=why, data=data)
    record_all([event])
    return event


def record_all(drafts: Sequence[Event]) -> None:
    """Write drafts (`unlinked`) in their order: the end of the chain is held once for all of them.

    Everybody who writes waits for that row until this transaction is over: what an act has to look up or to work out is done
    before this, and what it writes afterwards is only what names its events.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RegisterError("an event is written only together with its act: open a transaction around both")
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        cursor.execute(END[connection.vendor])
        end = Chain(1, *cursor.fetchone())
        for event in drafts:
            link(event, end)
        cursor.executemany(WRITTEN, [row(event) for event in drafts])
        cursor.execute(MOVED, [end.number, end.digest])


def row(event: Event) -> list[Any]:
    """An event as the database keeps it."""
    told = {name: getattr(event, name) for name in COLUMNS}
    told["at"] = connection.ops.adapt_datetimefield_value(event.at)
    told["data"] = connection.ops.adapt_json_value(event.data, None)
    return list(told.values())


def unlinked(
    by: Account | None,
    *,
    kind: str,
    key: str,
    act: str,
    at: datetime,
    states: tuple[str, str] = ("", ""),
    why: str = "",
    data: Mapping[str, Any] | None = None,
) -> Event:
    """An event that has no place in the chain yet."""
    held = plain(dict(data or {}))
    salt = secrets.token_hex(16)
    return Event(
        at=at.astimezone(UTC),
        by=by,
        who=by.username if by else SYSTEM,
        role=by.role if by else SYSTEM,
        organisation=(by.organisation.credit_code or str(by.organisation_id)) if by else "",
        kind=kind,
        key=key,
        act=act,
        state_before=states[0],
        state_after=states[1],
        why=why,
        data=held,
        salt=salt,
        data_digest=chain.digest({"salt": salt, "data": held}),
    )


def link(event: Event, end: Chain) -> None:
    """Give an event the next place in the chain."""
    event.number, event.before = end.number + 1, end.digest
    event.digest = chain.linked(event.before, body(event))
    end.number, end.digest = event.number, event.digest


def plain(value: Any) -> Any:
    """The value, refused when it holds what databases do not keep alike."""
    if isinstance(value, str) and "\x00" not in value:
        return value
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if not isinstance(value, PLAIN) or (isinstance(value, str) and "\x00" in value):
        raise RegisterError(f"an event cannot hold {value!r}: write it as a text without null characters")
    return value


def body(event: Event) -> dict[str, Any]:
    """What the digest of an event covers."""
    return {
        "number": event.number,
        "at": event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "who": event.who,
        "role": event.role,
        "organisation": event.organisation,
        "kind": event.kind,
        "key": event.key,
        "act": event.act,
        "states": [event.state_before, event.state_after],
        "why": event.why,
        "data": event.data_digest,
    }


def forgotten(event: Event) -> None:
    """Remove what an event holds beyond its skeleton, as a retention rule asks; the chain stays whole."""
    Event.objects.filter(number=event.number).update(data=None, salt="")


def checkpoint(key: Ed25519PrivateKey, *, at: datetime) -> Checkpoint | None:
    """Sign the present end of the chain; None when nothing was written since the last one."""
    with transaction.atomic():
        end = Chain.objects.select_for_update().get(id=1)
        if not end.number or Checkpoint.objects.filter(number=end.number).exists():
            return None
        found = Checkpoint(number=end.number, at=at.astimezone(UTC), digest=end.digest)
        found.signature = key.sign(signed(found)).hex()
        found.key = key.public_key().public_bytes_raw().hex()
        found.save(force_insert=True)
    return found


def signed(point: Checkpoint) -> bytes:
    """The bytes that a checkpoint's signature covers."""
    at = point.at.astimezone(UTC).isoformat(timespec="microseconds")
    return chain.canonical({"number": point.number, "at": at, "digest": point.digest}).encode()


def verify(*, known: Mapping[int, str] | None = None, keys: tuple[str, ...] = ()) -> tuple[list[Fault], int]:
    """Every fault of the audit, and how many events were read.

    `known` are digests by number that somebody kept elsewhere; `keys` the public keys that may have signed (hex), any when
    none is given.
    """
    faults: list[Fault] = []
    ends = {point.number: point for point in Checkpoint.objects.all()}
    kept = {number: point.digest for number, point in ends.items()} | dict(known or {})
    last, number = chain.START, 0
    for event in events():
        number += 1
        faults += [Fault(event.number, what) for what in wrong(event, number, last)]
        if event.number in kept and kept[event.number] != event.digest:
            faults.append(Fault(event.number, "differs from its checkpoint"))
        last, number = event.digest, event.number
    faults += [Fault(beyond, "was there at its checkpoint and is gone") for beyond in sorted(kept) if beyond > number]
    end = Chain.objects.get(id=1)
    if (end.number, end.digest) != (number, last):
        faults.append(Fault(max(end.number, number), "the end of the chain is not its last event"))
    faults += [
        Fault(point.number, "its checkpoint is not signed by a known key")
        for point in ends.values()
        if not holds(point, keys)
    ]
    return faults, number


def events() -> Iterator[Event]:
    """All events in order, a few at a time."""
    return Event.objects.order_by("number").iterator(chunk_size=READ_AT_ONCE)


def wrong(event: Event, number: int, last: str) -> list[str]:
    """What is wrong with one event that should have this number and follow this digest."""
    found = []
    if event.number != number:
        found.append(f"events {number} to {event.number - 1} are missing")
    elif event.before != last:
        found.append("does not follow the event before it")
    if chain.linked(event.before, body(event)) != event.digest:
        found.append("was altered")
    if event.data is not None and chain.digest({"salt": event.salt, "data": event.data}) != event.data_digest:
        found.append("its data was altered")
    if event.by_id is not None and event.by is not None and event.by.username != event.who:
        found.append("its account was exchanged")
    return found


def holds(point: Checkpoint, keys: tuple[str, ...]) -> bool:
    """Whether a checkpoint is signed by its key, and that key is a known one."""
    if keys and point.key not in keys:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(point.key)).verify(
            bytes.fromhex(point.signature), signed(point)
        )
    except (InvalidSignature, ValueError):
        return False
    return True
