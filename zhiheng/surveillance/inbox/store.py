"""What the workspace keeps of the inbox: the signals as last raised, and the events of triage, which are only ever added.

inbox/signals.json: signals, evaluation, and what they were made from      inbox/triage.sqlite: events
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any

from zhiheng import __version__
from zhiheng.errors import ChainBroken, NothingThereYet, StoreError
from zhiheng.evidence.snapshot import Workspace, load_json, store_json
from zhiheng.selection import chain
from zhiheng.surveillance.inbox.evaluation import Evaluation
from zhiheng.surveillance.inbox.raising import Signal
from zhiheng.surveillance.inbox.triage import Event, State, Step, first_altered, state, stepped

EVENTS = "number INTEGER PRIMARY KEY, signal TEXT, body TEXT, before TEXT, digest TEXT"
WAIT_SECONDS = 20


class Inbox:
    """The inbox of a workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self.folder = workspace.root / "inbox"
        self.path = self.folder / "triage.sqlite"
        self.made = self.folder / "signals.json"

    def keep(
        self,
        signals: list[Signal],
        evaluations: Mapping[str, Evaluation],
        *,
        key: str,
        looks: Mapping[str, Any] | None = None,
    ) -> None:
        """Replace the signals whole; events stay, and lead to signals by their number, which does not change.

        `looks` has of each data set what the last look over its series saw.
        """
        body = {
            "key": key,
            "signals": [asdict(one) | {"day": one.day.isoformat()} for one in signals],
            "evaluations": {name: asdict(one) for name, one in evaluations.items()},
            "looks": dict(looks or {}),
        }
        store_json(self.made, body)

    def key(self) -> str:
        """What the signals were made from; empty when none were."""
        return str(self.body()["key"]) if self.made.is_file() else ""

    def body(self) -> dict[str, Any]:
        """The file of signals. NothingThereYet: no morning was made."""
        if not self.made.is_file():
            raise NothingThereYet("no signals were raised yet: 'zhiheng signal morning' looks at notices and results")
        return dict(load_json(self.made))

    def signals(self) -> list[Signal]:
        """The signals, the latest first, then by level and score."""
        found = [Signal(**(one | {"day": date.fromisoformat(one["day"])})) for one in self.body()["signals"]]
        return sorted(found, key=lambda one: (-one.day.toordinal(), one.level, -one.score, one.signal_id))

    def signal(self, signal_id: str) -> Signal:
        """One signal, by its number or the beginning of it."""
        found = [one for one in self.signals() if one.signal_id.startswith(signal_id)] if signal_id else []
        exact = [one for one in found if one.signal_id == signal_id] or found
        if len(exact) != 1:
            told = f"{len(exact)} signals begin with" if exact else "there is no signal"
            raise NothingThereYet(f"{told} '{signal_id[:40]}'; 'zhiheng signal list' shows them")
        return exact[0]

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, alone; nothing of it stays when it is not finished."""
        with closing(self.connection()) as store:
            store.execute("BEGIN IMMEDIATE")
            with store:
                yield store

    def connection(self) -> sqlite3.Connection:
        """The events, made when they are not there; a commit is on disk before it counts, and nothing is changed or removed."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            store = sqlite3.connect(self.path, timeout=WAIT_SECONDS, isolation_level=None)
            store.execute("PRAGMA journal_mode = WAL")
            store.execute("PRAGMA synchronous = FULL")
            store.execute(f"CREATE TABLE IF NOT EXISTS events ({EVENTS})")
            for act in ("UPDATE", "DELETE"):
                store.execute(
                    f"CREATE TRIGGER IF NOT EXISTS events_{act} BEFORE {act} ON events "
                    "BEGIN SELECT RAISE(ABORT, 'events is append-only'); END"
                )
        except (OSError, sqlite3.Error) as error:
            raise StoreError(
                f"{self.path} cannot be used: {error}; choose another workspace with ZHIHENG_HOME"
            ) from error
        return store

    def events(self, signal_id: str = "") -> list[Event]:
        """The events of a signal, or of all, in their order."""
        if not self.path.exists():
            return []
        with closing(self.connection()) as store:
            rows = store.execute("SELECT body, before, digest FROM events ORDER BY number").fetchall()
        found = [Event(**json.loads(body), before=before, digest=digest) for body, before, digest in rows]
        return [one for one in found if signal_id in ("", one.signal_id)]

    def states(self) -> dict[str, State]:
        """The state of every signal that somebody did something with."""
        by_signal: dict[str, list[Event]] = {}
        for event in self.events():
            by_signal.setdefault(event.signal_id, []).append(event)
        return {signal_id: state(events) for signal_id, events in by_signal.items()}

    def step(self, signal_id: str, step: Step, *, now: float, terms: Mapping[str, Any]) -> Event:
        """Take a step with a signal; the event is on disk when this returns."""
        signal = self.signal(signal_id)
        at = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        with self.writing() as store:
            rows = store.execute("SELECT number, body, before, digest FROM events ORDER BY number").fetchall()
            past = [Event(**json.loads(body), before=before, digest=digest) for _, body, before, digest in rows]
            last = (past[-1].number, past[-1].digest) if past else (0, chain.START)
            own = [one for one in past if one.signal_id == signal.signal_id]
            made = stepped(signal.signal_id, own, step, at=at, last=last, terms=terms)
            body = chain.canonical(made.body)
            store.execute(
                "INSERT INTO events VALUES (?, ?, ?, ?, ?)",
                (made.number, made.signal_id, body, made.before, made.digest),
            )
        return made

    def verify(self) -> dict[str, Any]:
        """How many events there are and the last digest. ChainBroken: one of them was altered."""
        events = self.events()
        broken = first_altered(events)
        if broken is not None:
            raise ChainBroken(f"{self.path.name}: event {broken} is not what was written: compare it with a copy")
        return {"events": len(events), "last": events[-1].digest if events else chain.START}


def made_from(*parts: str) -> str:
    """A name for what the signals are made from, this version included."""
    return hashlib.sha256("|".join((__version__, *parts)).encode()).hexdigest()[:16]
