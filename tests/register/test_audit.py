"""The audit: nothing that was done can be altered, removed or put elsewhere unseen."""

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import DatabaseError, connection, transaction
from people import NOON, account, authority

from zhiheng.errors import RegisterError
from zhiheng.register.acts import audit
from zhiheng.register.models import Chain, Checkpoint, Event

pytestmark = pytest.mark.slow


@pytest.fixture
def written(register: Path) -> list[Event]:
    """Six events of one person."""
    officer = account("chen", "officer", authority())
    found = []
    for number in range(6):
        with transaction.atomic():
            found.append(
                audit.record(
                    officer,
                    kind="case",
                    key="PS-1",
                    act=f"act_{number}",
                    at=NOON + timedelta(minutes=number),
                    states=("a", "b"),
                    why="为什么",
                    data={"n": number, "list": ["x", True, None]},
                )
            )
    return found


def by_force(*statements: str) -> None:
    """What somebody with the database's own password can do: take the triggers away, then alter."""
    with connection.cursor() as cursor:
        for name in ("event_is_kept", "event_stays", "checkpoint_is_kept", "checkpoint_stays"):
            table = f" ON register_{name.split('_')[0]}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{table}")
        for statement in statements:
            cursor.execute(statement)


def test_untouched_audit_has_no_fault(written: list[Event]) -> None:
    assert audit.verify() == ([], 6)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE register_event SET why = 'other' WHERE number = 3",
        "UPDATE register_event SET at = '2020-01-01 00:00:00' WHERE number = 3",
        "UPDATE register_event SET who = 'li' WHERE number = 3",
        "UPDATE register_event SET data = '{\"n\": 9}' WHERE number = 3",
        "UPDATE register_event SET state_after = 'c' WHERE number = 3",
        "UPDATE register_event SET by_id = NULL, who = 'system' WHERE number = 3",
        "DELETE FROM register_event WHERE number = 3",
        "DELETE FROM register_event WHERE number = 6",
        "DELETE FROM register_event WHERE number = 1",
    ],
)
def test_what_force_alters_or_removes_is_found(written: list[Event], statement: str) -> None:
    by_force(statement)
    faults, _ = audit.verify()
    assert faults


def test_events_put_in_another_order_are_found(written: list[Event]) -> None:
    by_force(
        "UPDATE register_event SET number = 99 WHERE number = 2",
        "UPDATE register_event SET number = 2 WHERE number = 3",
        "UPDATE register_event SET number = 3 WHERE number = 99",
    )
    assert {fault.number for fault in audit.verify()[0]} >= {2, 3}


def test_end_cut_off_with_the_chain_written_anew_is_found_by_a_checkpoint(written: list[Event]) -> None:
    key = Ed25519PrivateKey.generate()
    point = audit.checkpoint(key, at=NOON)
    assert point is not None and point.number == 6
    by_force("DELETE FROM register_event WHERE number = 6")
    Chain.objects.update(number=5, digest=written[4].digest)
    assert audit.Fault(6, "was there at its checkpoint and is gone") in audit.verify()[0]
    by_force("DELETE FROM register_checkpoint")
    assert audit.verify()[0] == []  # without the checkpoint nobody can see it ...
    assert audit.verify(known={6: point.digest})[0]  # ... but who kept it elsewhere can


def test_checkpoint_of_a_foreign_key_is_a_fault(written: list[Event]) -> None:
    key = Ed25519PrivateKey.generate()
    audit.checkpoint(key, at=NOON)
    own = key.public_key().public_bytes_raw().hex()
    assert audit.verify(keys=(own,))[0] == []
    assert audit.verify(keys=("00" * 32,))[0] == [audit.Fault(6, "its checkpoint is not signed by a known key")]
    by_force("UPDATE register_checkpoint SET at = '2020-01-01 00:00:00'")
    assert audit.verify(keys=(own,))[0] == [audit.Fault(6, "its checkpoint is not signed by a known key")]


def test_second_checkpoint_waits_for_a_further_event(written: list[Event]) -> None:
    key = Ed25519PrivateKey.generate()
    audit.checkpoint(key, at=NOON)
    assert audit.checkpoint(key, at=NOON) is None
    assert Checkpoint.objects.count() == 1


def test_database_refuses_to_change_or_remove_an_event(written: list[Event]) -> None:
    with pytest.raises(DatabaseError, match="never changed"):
        Event.objects.filter(number=2).update(why="other")
    with pytest.raises(DatabaseError, match="never removed"):
        Event.objects.filter(number=2).delete()


def test_what_is_forgotten_leaves_the_chain_whole(written: list[Event]) -> None:
    audit.forgotten(written[2])
    with transaction.atomic():
        audit.record(None, kind=audit.RETENTION, key="r", act="retain", at=NOON, data={"events": audit.runs({3})})
    assert Event.objects.get(number=3).data is None
    assert audit.verify() == ([], 7)


def test_event_that_was_emptied_by_no_rule_is_found(written: list[Event]) -> None:
    Event.objects.filter(number__in=(3, 5)).update(
        data=None, salt=""
    )  # the database lets retention do this, and so anybody
    with transaction.atomic():
        audit.record(None, kind=audit.RETENTION, key="r", act="retain", at=NOON, data={"events": audit.runs({4, 5})})
    found, number = audit.verify()
    assert [one.number for one in found] == [3] and "retention" in found[0].what and number == 7


def test_event_without_its_act_is_refused(register: Path) -> None:
    with pytest.raises(RegisterError, match="transaction"):
        audit.record(None, kind="case", key="1", act="a", at=NOON)


@pytest.mark.parametrize("value", [1.5, b"x", "a\x00b", {"x": 2.5}])
def test_event_holds_only_what_every_database_keeps_alike(register: Path, value: object) -> None:
    with pytest.raises(RegisterError, match="cannot hold"), transaction.atomic():
        audit.record(None, kind="case", key="1", act="a", at=NOON, data={"v": value})


def failing() -> None:
    """An act that breaks after its event was written."""
    with transaction.atomic():
        audit.record(None, kind="case", key="1", act="a", at=NOON)
        raise ArithmeticError("afterwards")


def test_act_that_fails_leaves_no_event(register: Path) -> None:
    with pytest.raises(ArithmeticError):
        failing()
    assert audit.verify() == ([], 0)
