"""Sampling forms over the API: only the holder of a good task link sends and reads, once, and every refusal is noted."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import django
import pytest

django.setup()

from django.core.cache import cache  # noqa: E402
from django.test import Client, override_settings  # noqa: E402  (Django has to be set up first)

sys.path.insert(0, str(Path(__file__).parents[1] / "unit"))

from sampling_forms import FIELDS, filled, issued, token  # noqa: E402

from zhiheng.evidence.tables import RESULTS  # noqa: E402
from zhiheng.selection.form import Filled, Received, Task, link  # noqa: E402

Send = Callable[..., Any]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Received]:
    """The workspace that the API serves, and nothing tried there yet."""
    cache.clear()
    with override_settings(WORKSPACE=tmp_path):
        yield Received(tmp_path)


def send(form: Filled | bytes, text: str | None, *, address: str = "127.0.0.1", **headers: str) -> Any:
    """Send a form with the text of a link, or with none."""
    body = form if isinstance(form, bytes) else json.dumps(form.body).encode()
    given = {"host": "localhost"} | ({} if text is None else {"authorization": f"Bearer {text}"}) | headers
    return Client(headers=given, REMOTE_ADDR=address).post("/api/forms/", body, content_type="application/json")


def kinds(store: Received) -> list[str]:
    """What the audit events say happened, without what was given out."""
    return [body["kind"] for _, body, _ in store.events() if body["kind"] != "issued"]


def altered(text: str) -> str:
    """The link with another officer in it and the old signature."""
    version, body, stamp = text.split(".")
    told = json.loads(link.decoded(body)) | {"officer": "别人"}
    return f"{version}.{link.encoded(json.dumps(told).encode())}.{stamp}"


MATRIX: dict[str, tuple[Callable[[Received, Task], str | None], str]] = {
    "none": (lambda *_: None, "no task link was sent"),
    "empty": (lambda *_: "", "no task link was sent"),
    "nonsense": (lambda *_: "v1.a.b", "not genuine"),
    "not ascii": (lambda *_: "v1.e30.\xe9", "not genuine"),
    "altered": (lambda store, task: altered(token(store, task)), "not genuine"),
    "cut": (lambda store, task: token(store, task)[:-4], "not genuine"),
    "another site's": (lambda _, task: link.signed(task, b"s" * 32), "not genuine"),
    "expired": (lambda store, _: token(store, issued(store, seconds=-1)), "ended at"),
}


@pytest.mark.parametrize("name", MATRIX)
def test_without_a_good_link_nothing_is_taken_and_the_refusal_is_noted(store: Received, name: str) -> None:
    task = issued(store)
    text, told = MATRIX[name][0](store, task), MATRIX[name][1]
    link.secret_made(store.secret)
    answer = send(filled(task), text)
    assert answer.status_code == 403
    assert told in answer.json()["error"]
    assert (store.forms(), store.refused()) == ([], [])
    assert kinds(store) == ["turned_away"]
    store.verify()


def test_a_link_of_another_task_sends_no_form_of_this_one(store: Received) -> None:
    mine, theirs = issued(store), issued(store, officer="李二", task="T-2")
    answer = send(filled(mine), token(store, theirs))
    assert (answer.status_code, store.forms(), kinds(store)) == (409, [], ["taken"])
    assert "not given out to this officer" in answer.json()["error"]


def test_a_link_of_another_form_sends_no_form_of_this_kind(store: Received) -> None:
    food = issued(store, form="sampling-food")
    body = filled(food).body | {"form": "sampling-product"}
    answer = send(json.dumps(body).encode(), token(store, food))
    assert answer.status_code == 409


def test_tries_of_strangers_are_noted_once_an_address_and_hour_and_then_not_answered(store: Received) -> None:
    form = filled(issued(store))
    link.secret_made(store.secret)
    statuses = [send(form, "v1.a.b", address="203.0.113.7").status_code for _ in range(62)]
    assert statuses == [403] * 60 + [429] * 2
    assert kinds(store) == ["turned_away"]
    for number in range(150):  # many addresses, one try each
        browser = Client(
            REMOTE_ADDR=f"198.51.100.{number}", headers={"host": "localhost", "authorization": "Bearer v1.a.b"}
        )
        assert browser.get("/api/forms/P440106-26-00A-001-Z").status_code == 403
    assert kinds(store) == ["turned_away"] * 100


def test_good_link_is_answered_from_an_address_that_tried_bad_ones(store: Received) -> None:
    task = issued(store)
    text = token(store, task)
    for _ in range(61):
        send(filled(task), "v1.a.b")
    assert send(filled(task), text).status_code == 201


def test_a_revoked_link_is_refused(store: Received) -> None:
    task = issued(store)
    store.revoke(task.block, now=time.time())
    answer = send(filled(task), token(store, task))
    assert (answer.status_code, "revoked" in answer.json()["error"]) == (403, True)


def test_the_right_link_sends_a_form_once_however_often_it_is_sent(store: Received) -> None:
    task = issued(store)
    form, text = filled(task), token(store, task)
    first, second = send(form, text), send(form, text)
    assert (first.status_code, second.status_code) == (201, 200)
    assert (first.json()["state"], second.json()["state"]) == ("accepted", "again")
    assert {key: first.json()[key] for key in ("sha256", "at")} == {key: second.json()[key] for key in ("sha256", "at")}
    assert len(store.forms()) == 1
    assert kinds(store) == ["accepted", "again"]
    assert store.verify()["forms"] == 1


def test_a_faulty_form_comes_back_with_every_fault_and_its_source(store: Received) -> None:
    task = issued(store)
    answer = send(filled(task, samplers=[{"name": "王一", "card": "A"}], test_seal="x"), token(store, task))
    assert answer.status_code == 422
    told = {fault["key"]: fault for fault in answer.json()["faults"]}
    assert set(told) == {"seal", "two-samplers"}
    assert told["two-samplers"]["grade"] == "refuse"
    assert told["two-samplers"]["cite"]["checked"] is None
    assert len(store.refused()) == 1


def test_a_link_in_the_address_or_a_cookie_is_none(store: Received) -> None:
    """What a browser sends by itself must not count, or another site could send forms."""
    task = issued(store)
    text, body = token(store, task), json.dumps(filled(task).body)
    client = Client(headers={"host": "localhost", "cookie": f"task={text}; Authorization={text}"})
    assert (
        client.post(f"/api/forms/?task={text}&token={text}", body, content_type="application/json").status_code == 403
    )


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b'{"form": "sampling-product"}',
        b"[" * 5000,
        b'{"form": 1, "uuid": 2, "serial": 3, "fields": 4}',
    ],
)
def test_what_is_no_form_is_refused_in_words(store: Received, body: bytes) -> None:
    answer = send(body, token(store, issued(store)))
    assert answer.status_code in (400, 422)
    assert answer.json()["error"]


def test_lone_surrogates_and_unseen_letters_are_faults_and_not_errors(store: Received) -> None:
    task = issued(store)
    body = json.dumps(filled(task, brand="\ud800", model="a\x00b").body).encode()
    answer = send(body, token(store, task))
    assert answer.status_code == 422
    assert [fault["fields"] for fault in answer.json()["faults"]] == [["brand"], ["model"]]


def test_a_form_that_is_too_large_is_refused_before_it_is_read(store: Received) -> None:
    task = issued(store)
    answer = send(filled(task, remarks="x" * 2**20), token(store, task))
    assert (answer.status_code, kinds(store)) == (413, [])


def test_a_site_can_turn_the_intake_of_forms_off(store: Received) -> None:
    task = issued(store)
    with override_settings(FORMS_INTAKE=False):
        answer = send(filled(task), token(store, task))
        page = Client(headers={"host": "localhost"}).get("/sampling/").content.decode()
    assert (answer.status_code, "takes in no sampling forms" in answer.json()["error"]) == (403, True)
    assert "本站不接收抽样单" in page
    assert store.forms() == []


def test_a_site_that_gave_out_no_link_keeps_nothing_of_what_is_sent(store: Received) -> None:
    answer = send(b"{}", "v1.a.b")
    assert (answer.status_code, store.folder.exists()) == (403, False)


def test_a_form_is_read_by_its_own_officer_and_task_only(store: Received) -> None:
    task, other = issued(store), issued(store, officer="李二", task="T-2")
    form = filled(task)
    send(form, token(store, task))

    def ask(text: str) -> Any:
        return Client(headers={"host": "localhost", "authorization": f"Bearer {text}"}).get(f"/api/forms/{form.serial}")

    assert ask(token(store, task)).json()["filled"] == form.body
    assert [event["part"] for event in ask(token(store, task)).json()["custody"]] == ["T", "R"]
    assert ask(token(store, other)).status_code == 404
    assert ask("v1.a.b").status_code == 403


def test_the_columns_of_evidence_that_fields_become_are_columns_of_evidence() -> None:
    from zhiheng.selection.form import worksheet  # noqa: PLC0415

    assert set(worksheet.EVIDENCE) <= set(RESULTS.schema.names)
    assert FIELDS["region"]
