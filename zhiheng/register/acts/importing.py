"""Organisations from a file: exactly what the preview said, once, in one transaction, with one event for each of them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from zhiheng.errors import ActRefused, Overtaken
from zhiheng.register import locks
from zhiheng.register.acts import audit, parties, permission
from zhiheng.register.models import Account, Event, Organisation
from zhiheng.register.parties import fields, imports
from zhiheng.register.parties.preview import Line, Preview

WRITTEN_AT_ONCE = 500
WORDS = "import {key} row {row}"


@dataclass(frozen=True)
class Applied:
    """What an import did: with `before` true it had been done already, and nothing was done now."""

    key: str
    new: int
    changed: int
    before: bool


def silent(text: str) -> None:  # noqa: ARG001
    """Say nothing."""


@permission.act
def apply(
    workspace: Path, key: str, *, by: Account | None, at: datetime, say: Callable[[str], None] = silent
) -> Applied:
    """Do what the preview of this digest said; Overtaken when the register changed in between.

    Done a second time it does nothing and says so.
    """
    told = imports.read(workspace, key)
    if by is not None and not (by.is_active and by.role in parties.KEEPERS):
        raise ActRefused(f"{by.username} ({by.role}) may not import: ask an officer or the administrator")
    with transaction.atomic():
        locks.alone(locks.PARTIES)
        if Event.objects.filter(kind="import", key=key).exists():
            return Applied(key, told["counts"]["new"], told["counts"]["changed"], before=True)
        say("comparing the file with the register once more")
        found = imports.again(workspace, key)
        if found.digest != key:
            raise Overtaken(
                f"the register changed since the preview {key[:12]} of {told['name']}: preview the file again"
            )
        return written(found, key, by=by, at=at, say=say)


def written(found: Preview, key: str, *, by: Account | None, at: datetime, say: Callable[[str], None]) -> Applied:
    """Write the lines of a preview, then the events."""
    new = [line for line in found.lines if line.outcome == "new"]
    changed = [line for line in found.lines if line.outcome == "changed"]
    permitted(by, new, changed)
    say(f"writing {len(new):,} new and {len(changed):,} changed organisations")
    made = Organisation.objects.bulk_create(map(organisation, new), batch_size=WRITTEN_AT_ONCE)
    for names, rows in alike(changed).items():
        update(names, rows)
    say("writing their events")
    drafts = [
        event(by, thing.pk, "add", line, key, at, data={name: [None, value] for name, value in stored(thing).items()})
        for thing, line in zip(made, new, strict=True)
    ]
    drafts += [
        event(by, line.target, "change", line, key, at, data={name: list(pair) for name, pair in line.changes.items()})
        for line in changed
    ]
    counts = found.counts | {"file": found.name, "source": found.source}
    drafts.append(audit.unlinked(by, kind="import", key=key, act="apply", at=at, data=counts))
    audit.record_all(drafts)
    return Applied(key, len(new), len(changed), before=False)


def permitted(by: Account | None, new: Iterable[Line], changed: Iterable[Line]) -> None:
    """Refuse an import of which one row alone would be refused."""
    for line in new:
        parties.allowed(by, fields.ORGANISATION, line.fields, new=True)
    if by is None or by.role == "administrator":
        return
    targets = {line.target: line for line in changed}
    for row in Organisation.objects.in_bulk(list(targets)).values():
        parties.allowed(by, fields.ORGANISATION, {"kind": row.kind, "region": row.region}, new=False)


def organisation(line: Line) -> Organisation:
    """The organisation of a new row."""
    return Organisation(**line.fields)


def stored(thing: Organisation) -> Mapping[str, Any]:
    """The fields of a new organisation in which something stands."""
    return {
        name: value for name, value in fields.present(fields.ORGANISATION, thing).items() if value not in (None, "", {})
    }


def event(by: Account | None, number: int | None, act: str, line: Line, key: str, at: datetime, *, data: Any) -> Event:
    """The event of one row."""
    why = WORDS.format(key=key[:16], row=line.row)
    return audit.unlinked(by, kind="organisation", key=str(number), act=act, at=at, why=why, data=data)


def alike(lines: Iterable[Line]) -> dict[tuple[str, ...], list[list[Any]]]:
    """Changes by the fields that they change: the new values, and the organisation last."""
    found: defaultdict[tuple[str, ...], list[list[Any]]] = defaultdict(list)
    for line in lines:
        names = tuple(sorted(line.changes))
        found[names].append([*(line.changes[name][1] for name in names), line.target])
    return found


def update(names: tuple[str, ...], rows: list[list[Any]]) -> None:
    """Write the same fields of many organisations."""
    told = ", ".join(f'"{Organisation._meta.get_field(name).column}" = %s' for name in names)
    with connection.cursor() as cursor:
        cursor.executemany(f"UPDATE register_organisation SET {told} WHERE id = %s", rows)
