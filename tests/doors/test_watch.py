"""Signals at work through the pages and the API: what is shown, what a step needs, and who may take one."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client, override_settings

from zhiheng.evidence.snapshot import Workspace
from zhiheng.surveillance import inbox

sys.path.insert(0, str(Path(__file__).parents[1] / "unit"))
import test_inbox

STEP = {"act": "triage", "by": "王一", "to": "watched"}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[Client, inbox.Inbox]]:
    """The site over an inbox with the signals of a surge."""
    box = inbox.Inbox(Workspace(tmp_path))
    box.keep(inbox.raised(test_inbox.history(60), test_inbox.TERMS, market=frozenset()), {}, key="k")
    with override_settings(WORKSPACE=tmp_path, OPENED=False):
        yield Client(headers={"host": "localhost"}), box


def post(client: Client, address: str, body: object, kind: str = "application/json") -> int:
    return client.post(address, data=body, content_type=kind).status_code


def test_the_inbox_shows_its_signals_in_both_languages(site: tuple[Client, inbox.Inbox]) -> None:
    client, box = site
    number = box.signals()[0].signal_id
    for address, word in (("/watch/", "新信号"), ("/en/watch/", "new signal")):
        answer = client.get(address)
        assert answer.status_code == 200 and word in answer.content.decode() and number in answer.content.decode()
    assert client.get("/watch/signal/0123456789ab/").status_code == 404


def test_a_step_is_kept_once_it_is_whole_and_shown_afterwards(site: tuple[Client, inbox.Inbox]) -> None:
    client, box = site
    number = box.signals()[0].signal_id
    address = f"/api/watch/signals/{number}/steps"
    assert post(client, address, STEP | {"to": "dismissed"}) == 409, "a dismissal needs a reason"
    assert post(client, address, STEP, kind="text/plain") == 400, "a form of another site cannot send it"
    assert box.events() == []
    assert post(client, address, STEP) == 201
    assert [step["by"] for step in client.get(f"/api/watch/signals/{number}").json()["steps"]] == ["王一"]
    assert box.verify()["events"] == 1


def test_a_site_that_is_open_to_others_shows_no_signal_and_takes_no_step(site: tuple[Client, inbox.Inbox]) -> None:
    client, box = site
    number = box.signals()[0].signal_id
    with override_settings(OPENED=True):
        for address in ("/watch/", f"/watch/signal/{number}/", "/api/watch/signals", f"/api/watch/signals/{number}"):
            assert client.get(address).status_code == 403, address
        assert post(client, f"/api/watch/signals/{number}/steps", STEP) == 403
        assert client.get("/watch/notices/").status_code == 200
    assert box.events() == []
