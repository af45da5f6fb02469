"""Readers' errors that leave an endpoint: each class of the tree is answered with what, where, why and what next, in one place."""

import json
from collections.abc import Iterator
from pathlib import Path

import django
import pytest

django.setup()

from django.test import Client, RequestFactory, override_settings  # noqa: E402
from ninja import NinjaAPI  # noqa: E402

from zhiheng import errors  # noqa: E402
from zhiheng.api import fault, organisation  # noqa: E402
from zhiheng.register.parties.faults import Fault  # noqa: E402

DATABASES = ("sqlite",)
# what the caller can do nothing about: the site's own law, store, engine and records
OWN = {"RuleError", "RuleFileInvalid", "StoreError", "EngineError", "AuditBroken", "ChainBroken"}


def tree(kind: type[errors.ZhihengError]) -> Iterator[type[errors.ZhihengError]]:
    for one in kind.__subclasses__():
        yield one
        yield from tree(one)


EVERY = sorted(set(tree(errors.ZhihengError)), key=lambda one: one.__name__)


def answered(error: Exception) -> tuple[int, dict[str, object]]:
    api = NinjaAPI(urls_namespace="faults")
    fault.attach(api)
    found = api.on_exception(RequestFactory().post("/x"), error)
    return found.status_code, json.loads(found.content)


@pytest.mark.parametrize("kind", EVERY, ids=lambda one: one.__name__)
def test_every_error_of_the_tree_is_a_problem_answer(kind: type[errors.ZhihengError]) -> None:
    more = {"last": 2026} if kind is errors.CalendarUnknown else {}
    status, body = answered(kind("row 3, column value: 'x' is no number: correct it", **more))
    assert "row 3, column value: 'x' is no number: correct it" in str(body["error"])
    assert body["what_next"]
    assert (status >= 500) == (kind.__name__ in OWN)
    assert status != 200


@pytest.mark.parametrize("kind", [errors.SourceError, errors.FileUnreadable, errors.FormRefused, errors.UnitError])
def test_what_was_sent_and_cannot_be_used_is_said_with_422(kind: type[errors.ZhihengError]) -> None:
    assert answered(kind("x"))[0] == 422


def test_fields_of_a_party_are_named_with_where_what_and_what_next() -> None:
    status, body = answered(errors.PartyInvalid("no", (Fault("credit_code", "code_shape", "12"),)))
    assert (status, body["where"]) == (422, ["fields.credit_code"])
    assert body["faults"][0]["what"] == "is no unified social credit code" and body["faults"][0]["what_next"]  # type: ignore[index]


def test_error_that_leaves_an_endpoint_is_answered_so(register: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unread(*_: object, **__: object) -> None:
        raise errors.SourceError("row 2: 'abc' is no figure: correct it")

    monkeypatch.setattr(organisation.listing, "found", unread)
    with override_settings(OPENED=False):
        answer = Client(headers={"host": "localhost"}).get("/api/organisations")
    assert answer.status_code == 422 and "row 2" in answer.json()["error"]
