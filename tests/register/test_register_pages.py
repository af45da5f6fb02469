"""The pages and endpoints of organisations: what they show, where old addresses lead, and that nothing happens without a confirmation."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings
from people import enterprise, laboratory

from zhiheng.register.models import Event, Organisation

pytestmark = pytest.mark.slow
FILE = "单位名称,行政区划代码,统一社会信用代码\n新玩具厂,440105,\n坏码厂,440106,91350100M000100Y44\n"


@pytest.fixture
def client(register: Path) -> Iterator[Client]:
    """A browser of the staff at the machine itself."""
    with override_settings(WORKSPACE=register.parent):
        yield Client(headers={"host": "localhost"})


def test_list_filters_searches_and_goes_out_as_file(client: Client) -> None:
    enterprise(), laboratory()
    page = client.get("/register/organisations/?kind=laboratory").content.decode()
    assert "某检测中心" in page and "某食品厂" not in page
    assert "某食品厂" in client.get("/register/organisations/?q=91350100M").content.decode()
    body = b"".join(client.get("/register/organisations.csv?kind=enterprise")).decode("utf-8-sig")
    assert (
        body.splitlines()[0].startswith("统一社会信用代码,单位名称") and "某食品厂" in body and "某检测中心" not in body
    )
    told = client.get("/api/organisations?kind=enterprise").json()
    assert (told["total"], told["items"][0]["region_name"]) == (1, "天河区")


def test_file_is_previewed_then_confirmed(client: Client) -> None:
    sent = SimpleUploadedFile("firms.csv", FILE.encode())
    answer = client.post("/register/import/", {"file": sent})
    assert answer.status_code == 302 and not Event.objects.exists()
    page = client.get(answer["Location"]).content.decode()
    assert "坏码厂" in page and "校验位不符" in page
    assert client.post(answer["Location"]).status_code == 302
    assert client.post(answer["Location"]).status_code == 302  # a second click changes nothing
    assert Event.objects.count() == 2 and Organisation.objects.get().name == "新玩具厂"
    assert "坏码厂" not in client.get("/register/organisations/").content.decode()
    assert "91350100M000100Y44" in b"".join(client.get(answer["Location"] + "rejected.csv")).decode("utf-8-sig")


def test_merge_is_compared_confirmed_and_undone_and_the_old_address_leads_on(client: Client) -> None:
    kept, gone = enterprise("甲食品厂", code=None), enterprise("乙食品厂")
    page = client.get(f"/register/merge/?kept={kept.pk}&gone={gone.pk}").content.decode()
    assert "甲食品厂" in page and "乙食品厂" in page
    sent = {"kept": kept.pk, "gone": gone.pk, "why": "重复", "seen_kept": 0, "seen_gone": 0}
    assert client.post("/register/merge/", sent)["Location"] == f"/register/organisations/{kept.pk}/"
    for old in (gone.credit_code, gone.pk):
        assert client.get(f"/register/organisations/{old}/")["Location"] == f"/register/organisations/{kept.pk}/"
        assert client.get(f"/api/organisations/{old}").json()["row"]["number"] == kept.pk
    assert "乙食品厂" not in client.get("/register/organisations/").content.decode()
    undo = Event.objects.get(act="merge").number
    client.post("/register/merge/", {"undo": undo, "why": "查明为两家"})
    assert client.get(f"/register/organisations/{gone.credit_code}/").status_code == 200


def test_merge_needs_the_token_of_its_own_form(register: Path) -> None:
    kept, gone = enterprise("甲食品厂", code=None), enterprise("乙食品厂")
    strict = Client(enforce_csrf_checks=True, headers={"host": "localhost"})
    sent = {"kept": kept.pk, "gone": gone.pk, "why": "重复", "seen_kept": 0, "seen_gone": 0}
    assert strict.post("/register/merge/", sent).status_code == 403
    assert not Event.objects.exists()


def test_page_of_an_organisation_shows_what_was_known_on_a_day(client: Client) -> None:
    made = enterprise()
    page = client.get(f"/register/organisations/{made.credit_code}/?on=2026-01-01").content.decode()
    assert "2026-01-01" in page and made.name in page
    assert client.get(f"/register/organisations/{made.credit_code}/?on=soon").status_code == 400
    assert client.get("/register/organisations/999999/").status_code == 404


@pytest.mark.parametrize(
    "path", ["/register/organisations/", "/register/import/", "/register/duplicates/", "/api/organisations"]
)
def test_site_that_is_open_to_others_refuses(client: Client, path: str) -> None:
    with override_settings(OPENED=True):
        assert client.get(path).status_code == 403
