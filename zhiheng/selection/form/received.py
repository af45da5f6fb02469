"""Forms that came in: kept for good, each once, with an audit event for whatever was accepted or refused.

One SQLite file in the workspace. A form, its custody events and its audit event are one transaction, so a kill at any moment leaves all
of them or none. Nothing is changed or removed: triggers refuse it, and digests show it where somebody goes round them.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from zhiheng.errors import ChainBroken, FormRefused, HandoverRefused, LinkRefused, NothingThereYet, StoreError
from zhiheng.selection import chain, custody
from zhiheng.selection.custody import Handover
from zhiheng.selection.form import serial as serials
from zhiheng.selection.form.filled import Filled, judged
from zhiheng.selection.form.link import Task

TABLES = {
    "links": "block TEXT PRIMARY KEY, number INTEGER, series TEXT, body TEXT, UNIQUE (series, number)",
    "revoked": "block TEXT PRIMARY KEY, at TEXT",
    "forms": "uuid TEXT PRIMARY KEY, serial TEXT UNIQUE, sha256 TEXT, at TEXT, officer TEXT, task TEXT, content TEXT, remarks TEXT",
    "refused": "sha256 TEXT, reason TEXT, at TEXT, officer TEXT, task TEXT, content TEXT, faults TEXT, PRIMARY KEY (sha256, reason)",
    "custody": "serial TEXT, part TEXT, number INTEGER, body TEXT, before TEXT, digest TEXT, PRIMARY KEY (serial, part, number)",
    "events": "number INTEGER PRIMARY KEY, body TEXT, before TEXT, digest TEXT",
}
FORMS = "SELECT sha256, at, officer, task, content, remarks FROM forms"
WAIT_SECONDS = 20


@dataclass(frozen=True)
class Outcome:
    """What became of a form: `accepted`, `again` (the same one came before), `taken` (its number is another's) or `faulty`."""

    state: str
    at: str
    sha256: str
    faults: list[dict[str, Any]] = field(default_factory=list)
    reason: str = ""


class Received:
    """The forms of a workspace."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "forms"
        self.path = self.folder / "forms.sqlite"
        self.secret = self.folder / "secret"

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, alone; nothing of it stays when it is not finished."""
        with closing(self.connection()) as store:
            store.execute("BEGIN IMMEDIATE")
            with store:
                yield store

    def connection(self) -> sqlite3.Connection:
        """The store, made when it is not there; every commit is on disk before it counts."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            store = sqlite3.connect(self.path, timeout=WAIT_SECONDS, isolation_level=None)
            self.path.chmod(0o600)
            store.execute("PRAGMA journal_mode = WAL")
            store.execute("PRAGMA synchronous = FULL")
            for name, columns in TABLES.items():
                store.execute(f"CREATE TABLE IF NOT EXISTS {name} ({columns})")
                for act in ("UPDATE", "DELETE"):
                    store.execute(
                        f"CREATE TRIGGER IF NOT EXISTS {name}_{act} BEFORE {act} ON {name} "
                        f"BEGIN SELECT RAISE(ABORT, '{name} is append-only'); END"
                    )
        except (OSError, sqlite3.Error) as error:
            raise StoreError(
                f"{self.path} cannot be used: {error}; choose another workspace with ZHIHENG_HOME"
            ) from error
        return store

    def rows(self, question: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows of the store; none when nothing came in yet."""
        if not self.path.exists():
            return []
        with closing(self.connection()) as store:
            return store.execute(question, values).fetchall()

    def issue(self, body: dict[str, Any], *, letter: str, now: float) -> Task:
        """A task with the next free block of serial numbers; the block is on disk before anybody learns of it."""
        year = datetime.fromtimestamp(now).year
        series = f"{letter}{body['region']}-{year}"
        with self.writing() as store:
            (used,) = store.execute("SELECT count(*) FROM links WHERE series = ?", (series,)).fetchone()
            block = serials.block(letter, region=body["region"], year=year, number=used)
            task = Task(**body, block=block, issued=int(now))
            kept = {"officer": task.officer, "task": task.task, "form": task.form, "until": task.until}
            store.execute("INSERT INTO links VALUES (?, ?, ?, ?)", (block, used, series, chain.canonical(kept)))
            note(store, "issued", {"block": block, **kept}, now=now)
        return task

    def revoke(self, block: str, *, now: float) -> None:
        """End a link before its time."""
        self.owner(block)
        with self.writing() as store:
            if store.execute("INSERT OR IGNORE INTO revoked VALUES (?, ?)", (block, moment(now))).rowcount:
                note(store, "revoked", {"block": block}, now=now)

    def allowed(self, task: Task) -> None:
        """Refuse a link that was revoked."""
        if self.rows("SELECT 1 FROM revoked WHERE block = ?", task.block):
            raise LinkRefused(
                "the task link was revoked: ask for a new one for the same task; what waits is sent with it"
            )

    def owner(self, block: str) -> dict[str, Any]:
        """Officer, task and form of a block of serial numbers."""
        found = self.links()
        if block not in found:
            raise FormRefused(f"the block {block} was never given out here: serial numbers come with a task link")
        return found[block]

    def holding(self, officer: str, task: str, form: str, *, now: float) -> tuple[str, int] | None:
        """Block and last moment of the newest link of this officer, task and form that still holds, if there is one."""
        found = self.rows(
            "SELECT block, json_extract(body, '$.until') FROM links WHERE json_extract(body, '$.task') = ? "
            "AND json_extract(body, '$.officer') = ? AND json_extract(body, '$.form') = ? AND json_extract(body, '$.until') > ? "
            "AND block NOT IN (SELECT block FROM revoked) ORDER BY rowid DESC LIMIT 1",
            task, officer, form, now,
        )  # fmt: skip
        return (found[0][0], int(found[0][1])) if found else None

    def links(self) -> dict[str, dict[str, Any]]:
        """Every link that was given out, by its block."""
        return {block: json.loads(body) for block, body in self.rows("SELECT block, body FROM links ORDER BY rowid")}

    def refuse(self, reason: str, *, now: float) -> None:
        """Note that something was refused before it was read."""
        with self.writing() as store:
            note(store, "turned_away", {"reason": reason}, now=now)

    def take(self, filled: Filled, *, now: float, today: date, task: Task | None = None) -> Outcome:
        """Take a form in: exactly once, however often it comes. A task says who sends it; without one, the owner of its block."""
        owner = self.links().get(serials.block_of(filled.serial), {})
        who = owner if task is None else {"officer": task.officer, "task": task.task, "form": task.form}
        with self.writing() as store:
            outcome = settled(store, filled, owner=owner, who=who, now=now, today=today)
            about = {"uuid": filled.uuid, "serial": filled.serial, "sha256": filled.sha256, "reason": outcome.reason}
            note(store, outcome.state, about | {name: who.get(name, "") for name in ("officer", "task")}, now=now)
        return outcome

    def form(self, serial: str) -> dict[str, Any]:
        """An accepted form with what was said of it."""
        found = self.rows(f"{FORMS} WHERE serial = ?", serial)
        if not found:
            raise NothingThereYet(self.absent(serial))
        return accepted(found[0])

    @staticmethod
    def absent(serial: str) -> str:
        """That there is no such form."""
        return f"no form with the serial number '{serial[:40]}' came in; 'zhiheng form received' lists what did"

    def forms(self) -> list[dict[str, Any]]:
        """Every accepted form, in the order in which they came."""
        return [accepted(row) for row in self.rows(f"{FORMS} ORDER BY rowid")]

    def refused(self) -> list[dict[str, Any]]:
        """Everything that was sent by somebody known and not accepted, as it came, with why."""
        found = self.rows("SELECT at, reason, officer, task, sha256, content, faults FROM refused ORDER BY rowid")
        names = ("at", "reason", "officer", "task", "sha256")
        return [
            dict(zip(names, row[:5], strict=True)) | {"filled": json.loads(row[5]), "faults": json.loads(row[6])}
            for row in found
        ]

    def custody(self, serial: str) -> dict[str, list[Handover]]:
        """The hand-overs of a form's samples by part."""
        found: dict[str, list[Handover]] = {}
        question = "SELECT body, before, digest FROM custody WHERE serial = ? ORDER BY part DESC, number"
        for body, before, digest in self.rows(question, serial):
            event = Handover(**json.loads(body), before=before, digest=digest)
            found.setdefault(event.part, []).append(event)
        return found

    def hand_over(self, serial: str, part: str, move: str, *, by: str, at: str, given: dict[str, str]) -> Handover:
        """Add a hand-over to a sample."""
        kept = self.form(serial)
        with self.writing() as store:  # what happened before is read inside, so that two at once cannot both follow it
            past = self.custody(serial).get(part)
            if not past:
                raise HandoverRefused(f"{serial} has no {custody.PARTS[part]['en']}")
            seal = kept["filled"]["fields"][SEALS[part]]
            event = custody.moved(past, move, sample=(serial, part), seal=seal, by=by, at=at, given=given)
            keep(store, event)
        return event

    def events(self) -> list[tuple[str, dict[str, Any], str]]:
        """The audit events: digest before, body, digest."""
        found = self.rows("SELECT before, body, digest FROM events ORDER BY number")
        return [(before, json.loads(body), digest) for before, body, digest in found]

    def verify(self) -> dict[str, Any]:
        """Compute every digest again; the counts and the last digest to note elsewhere, or the first record that does not hold."""
        events = self.events()
        if place := chain.first_broken(events):
            raise ChainBroken(f"audit event {place} of {self.path.name} is not what was written")
        for kept in self.forms():
            serial = kept["filled"]["serial"]
            if chain.digest(kept["filled"]) != kept["sha256"]:
                raise ChainBroken(f"the form {serial} is not what was received")
            for part, past in self.custody(serial).items():
                if number := custody.first_altered(past, form_digest=kept["sha256"]):
                    raise ChainBroken(f"hand-over {number} of {serial}-{part} is not what was written")
        noted = {body["about"]["sha256"] for _, body, _ in events if body["kind"] == "accepted"}
        known = {sha256 for (sha256,) in self.rows("SELECT sha256 FROM forms")}
        if noted != known:
            raise ChainBroken(f"{len(noted ^ known)} forms are in the store or in its audit events, but not in both")
        return {"events": len(events), "forms": len(known), "last": events[-1][2] if events else chain.START}


SEALS = {"T": "test_seal", "R": "reserve_seal"}


def accepted(row: tuple[Any, ...]) -> dict[str, Any]:
    """A row of FORMS as a form with what was said of it."""
    told = dict(zip(("sha256", "at", "officer", "task"), row[:4], strict=True))
    return told | {"filled": json.loads(row[4]), "remarks": json.loads(row[5])}


def settled(
    store: sqlite3.Connection, filled: Filled, *, owner: dict[str, Any], who: dict[str, Any], now: float, today: date
) -> Outcome:
    """What becomes of a form, written down with its custody or with why it was refused."""
    at = moment(now)
    question = "SELECT uuid, serial, sha256, at FROM forms WHERE uuid = ? OR serial = ? ORDER BY sha256 = ? DESC"
    known = store.execute(question, (filled.uuid, filled.serial, filled.sha256)).fetchone()
    if known and known[2] == filled.sha256:
        return Outcome("again", known[3], filled.sha256)
    others = {name: owner.get(name) != who.get(name) for name in ("officer", "task")} | {
        "form": owner.get("form") != filled.form
    }
    found = judged(filled, today=today)
    told, stopped = [one.told() for one in found], [one for one in found if one.grade != "remark"]
    if known:
        what = "serial number" if known[1] == filled.serial else "form"
        outcome = Outcome("taken", at, filled.sha256, told, f"this {what} came in at {known[3]} with another content")
    elif serials.is_valid(filled.serial) and any(others.values()):
        outcome = Outcome(
            "taken", at, filled.sha256, told, "the serial number was not given out to this officer, task and form"
        )
    elif stopped:
        outcome = Outcome("faulty", at, filled.sha256, told, "; ".join(one.key for one in stopped)[:500])
    else:
        content = (chain.canonical(filled.body), chain.canonical(told))
        store.execute(
            "INSERT INTO forms VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (filled.uuid, filled.serial, filled.sha256, at, who["officer"], who["task"], *content),
        )
        for part, name in SEALS.items():
            seal = filled.fields.get(name)
            if isinstance(seal, str) and seal:
                given = {"form": filled.sha256, "seal": seal, "look": str(filled.fields.get("look", ""))}
                sample = (filled.serial, part)
                keep(store, custody.moved([], "take", sample=sample, seal=seal, by=who["officer"], at=at, given=given))
        return Outcome("accepted", at, filled.sha256, told)
    store.execute(
        "INSERT OR IGNORE INTO refused VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            filled.sha256,
            outcome.reason,
            at,
            who.get("officer", ""),
            who.get("task", ""),
            chain.canonical(filled.body),
            chain.canonical(told),
        ),
    )
    return outcome


def keep(store: sqlite3.Connection, event: Handover) -> None:
    """Write a hand-over."""
    body = chain.canonical(event.body)
    store.execute(
        "INSERT INTO custody VALUES (?, ?, ?, ?, ?, ?)",
        (event.serial, event.part, event.number, body, event.before, event.digest),
    )


def note(store: sqlite3.Connection, kind: str, about: dict[str, Any], *, now: float) -> None:
    """Write an audit event that is linked to the last one."""
    last = store.execute("SELECT number, digest FROM events ORDER BY number DESC LIMIT 1").fetchone() or (
        0,
        chain.START,
    )
    body = {"kind": kind, "at": moment(now), "about": about}
    store.execute(
        "INSERT INTO events VALUES (?, ?, ?, ?)",
        (last[0] + 1, chain.canonical(body), last[1], chain.linked(last[1], body)),
    )


def moment(now: float) -> str:
    """A moment as a text that sorts as time does, in UTC to the millisecond."""
    return datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
