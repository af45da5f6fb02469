"""Who reads which kind of document: law/cn/documents (readers) against page, file, API and verification, by every role."""

import copy
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import yaml
from django.core.cache import cache
from django.test import Client, override_settings
from people import account, authority, enter, enterprise
from test_cases import Office

from zhiheng.register.models import Document
from zhiheng.rules import documents as kinds_of
from zhiheng.rules import library

pytestmark = pytest.mark.slow
FOLDER = Path(str(library.law())) / "cn" / "documents"
# what the files say, read without the program
READERS = {
    file.stem: set(body["readers"])
    for file in sorted(FOLDER.glob("*.yaml"))
    if file.stem != "parts"
    for body in [list(yaml.safe_load(file.read_text(encoding="utf-8"))["values"].values())[-1]]
}
ADDRESSED = {
    "subject": "firm",
    "producer": "firm",
    "petitioner": "petitioner",
    "public": "public",
    "retest_laboratory": "retest_laboratory",
    "laboratory": "laboratory",
}
STAFF = ("officer", "inspector")


def test_closing_papers_are_internal_and_notices_are_not() -> None:
    assert {kind for kind, readers in READERS.items() if not readers} == {"case_closure", "filing_decision"}
    assert READERS["result_notice"] == {"firm"}
    assert READERS["announcement"] == {"public"}


@pytest.mark.parametrize("kind", READERS)
def test_whom_a_document_is_written_to_may_read_it(kind: str) -> None:
    for body in yaml.safe_load((FOLDER / f"{kind}.yaml").read_text(encoding="utf-8"))["values"].values():
        asked = {ADDRESSED[one] for one in body["addressee"] if one in ADDRESSED}
        assert asked <= set(body["readers"]), kind


@pytest.fixture
def world(register: Path, tmp_path: Path) -> Iterator[tuple[Office, dict[str, Client]]]:
    """A case with one document of every kind, and a browser of every role."""
    with override_settings(WORKSPACE=tmp_path, OPENED=True):
        office = Office()
        office.does(office.sampler, "draw", second_sampler="zhou")
        one = office.case.documents.get()
        office.case.retest_laboratory = office.second
        office.case.is_shown_to_subject = True
        office.case.save()
        for kind in sorted(set(READERS) - {one.kind}):
            Document.objects.create(
                number=f"N-{kind}", kind=kind, case=one.case, event=one.event, issued_at=one.issued_at,
                data=copy.deepcopy(one.data), digest=one.digest, token=token(kind),
            )  # fmt: skip
        people = {
            "officer": office.chen, "inspector": office.sampler, "laboratory": office.tester,
            "retest_laboratory": office.other, "firm": office.firm, "stranger": office.stranger,
            "other_firm": account("other", "firm", enterprise("别的厂", code=None)),
            "administrator": account("root", "administrator", authority("省局", region="440000", level="province")),
        }  # fmt: skip
        browsers = {role: Client(headers={"host": "localhost"}) for role in (*people, "public")}
        for role, somebody in people.items():
            enter(browsers[role], somebody)
        yield office, browsers


def token(kind: str) -> str:
    """The code of the document of a kind."""
    return f"{kind:_<22}"


def reads(role: str, kind: str) -> bool:
    """What the files say, in words of the files alone."""
    if role in STAFF:
        return True
    if role not in ("laboratory", "retest_laboratory", "firm"):
        return False
    return bool({role, "public"} & READERS[kind])


def test_every_kind_is_given_to_its_readers_and_to_nobody_else(world: tuple[Office, dict[str, Client]]) -> None:
    wrong = []
    for kind in sorted(set(READERS) - {"sampling_form"}):
        cache.clear()
        for role, browser in world[1].items():
            for path in (
                f"/documents/{token(kind)}/",
                f"/documents/{token(kind)}.json",
                f"/api/documents/{token(kind)}/content",
            ):
                status = browser.get(path).status_code
                if (status == 200) != reads(role, kind) or status >= 500:
                    wrong.append((kind, role, path, status))
            verified = browser.get(f"/api/documents/{token(kind)}").status_code == 200
            if verified != (bool(READERS[kind]) or role in STAFF):
                wrong.append((kind, role, "verified", verified))
    assert wrong == []


def test_internal_paper_is_nowhere_on_the_pages_of_the_firm_and_not_verified_by_the_public(
    world: tuple[Office, dict[str, Client]],
) -> None:
    office, browsers = world
    for role in ("firm", "laboratory", "retest_laboratory"):
        page = browsers[role].get(f"/case/{office.case.number}/")
        assert page.status_code == 200
        assert token("case_closure") not in page.content.decode()
    assert token("case_closure") in browsers["officer"].get(f"/case/{office.case.number}/").content.decode()
    for role, status in (("public", 404), ("firm", 404), ("officer", 200)):
        assert browsers[role].get(f"/verify/{token('case_closure')}/").status_code == status, role


def test_kinds_are_read_by_whom_the_files_name() -> None:
    for reader in ("firm", "laboratory", "retest_laboratory", "petitioner"):
        told = set(kinds_of.read_by(reader, on=date(2026, 11, 22)))
        assert told == {kind for kind, readers in READERS.items() if {reader, "public"} & readers}
