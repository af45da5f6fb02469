"""Personal data: pages, files and endpoints of the register are walked by roles that may not read them, and none of them is there."""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings
from django.urls import URLPattern, reverse
from people import NOON, account, authority, enter, enterprise, laboratory
from test_permissions import ENDPOINTS, PAGES

from zhiheng.identifiers import credit_code_fault
from zhiheng.register import masking
from zhiheng.register.acts import cases, parties
from zhiheng.register.acts.cases import Doing, Opening
from zhiheng.register.acts.files import Given
from zhiheng.register.models import Case, Organisation
from zhiheng.register.parties import sheet

pytestmark = pytest.mark.slow
DATABASES = ("sqlite",)  # what is tried here is above the database
FIRM = {"contact": "李小明", "phone": "13912345678", "email": "li.xiaoming@example.cn"}
FORMER = "13700001111"
SOLE = {"contact": "赵大路", "address": "天河路9号院3栋502"}
PETITIONER = {"name": "王大锤", "phone": "13655556666", "email": "dachui@example.cn", "address": "沿江路77号201房"}
LETTER = Given("complaint_letter", "投诉书.pdf", "application/pdf", b"%PDF-1.4 letter")
OF_THE_REGISTER = ("register", "desk", "documents", "public", "laboratory", "visits", "account")
CALLS = ("/organisations", "/parties", "/documents", "/laboratory", "/announcements", "/nominations", "/audit")


@dataclass
class World:
    """Browsers by role, the parts of addresses, and the secrets by whose they are."""

    browsers: dict[str, Client]
    parts: dict[str, tuple[object, ...]]
    firm: Organisation
    case: Case


def sole_code() -> str:
    """A credit code of an individual business with its check character."""
    signs = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    codes = (f"92440106MA5XYAB7{one}{last}" for one in signs for last in signs)
    return next(code for code in codes if not credit_code_fault(code))


@pytest.fixture
def world(register: Path, tmp_path: Path) -> Iterator[World]:
    """A firm, an individual business and a complaint in one city, with people of every role who may and may not read of them."""
    city, far = authority(), authority("杭州市局", region="330100")
    boss = account("root", "administrator", authority("省局", region="440000", level="province"))
    chen, sun = account("chen", "officer", city), account("sun", "inspector", city)
    made = {"name": "甲食品厂", "kind": "enterprise", "region": "440106", "credit_code": "91350100M000100Y43"}
    firm = parties.add(chen, "organisation", made | FIRM | {"phone": FORMER}, at=NOON)
    parties.change(chen, "organisation", firm.pk, {"phone": FIRM["phone"]}, at=NOON, why=f"原号{FORMER}停用")
    parties.add(chen, "organisation", made | SOLE | {"name": "乙小吃店", "credit_code": sole_code()}, at=NOON)
    opening = Opening("complaint", "食品有异物", city, "440106", subject=firm, responsible=chen, petitioner=PETITIONER)
    with override_settings(WORKSPACE=tmp_path, OPENED=True, INSIDE=False):
        case = cases.open_case(None, opening, at=NOON)
        cases.perform(chen, case.number, Doing("register", given=(LETTER,)), at=NOON + timedelta(hours=1))
        cases.perform(chen, case.number, Doing("accept"), at=NOON + timedelta(hours=2))
        Case.objects.update(is_shown_to_subject=True)
        people = {
            "officer": chen, "administrator": boss, "inspector": sun,
            "far": account("far", "officer", far), "bench": account("bench", "laboratory", laboratory()),
            "firm": account("firm", "firm", firm),
            "other": account("other", "firm", enterprise("丙厂", code=None)),
        }  # fmt: skip
        browsers = {role: Client(headers={"host": "localhost"}) for role in (*people, "public")}
        for role, somebody in people.items():
            enter(browsers[role], somebody)
        file = SimpleUploadedFile(
            "a.csv", "单位名称,行政区划代码,统一社会信用代码,联系人\n甲食品厂,440106,91350100M000100Y43,钱七\n".encode()
        )
        preview = browsers["officer"].post("/register/import/", {"file": file})["Location"]
        token = case.documents.get().token
        parts: dict[str, tuple[object, ...]] = {
            "ref": (firm.credit_code, sole_code()), "number": (case.number, firm.pk), "kind": ("organisation",),
            "key": (preview.rstrip("/").rsplit("/", 1)[1], case.attachments.get().pk, "accept"), "form": ("csv", "xlsx", "json"),
            "token": (token,), "code": (firm.credit_code, sole_code()), "name": ("rejected", "held"),
        }  # fmt: skip
        yield World(browsers, parts, firm, case)


def addresses(page: URLPattern, parts: dict[str, tuple[object, ...]]) -> Iterator[str]:
    """A page with everything that its parts can be."""
    names = list(page.pattern.converters)
    for values in product(*(parts.get(name, ("x",)) for name in names)):
        given = dict(zip(names, values, strict=True))
        wrong = [
            name
            for name, one in page.pattern.converters.items()
            if isinstance(given[name], int) != (type(one).__name__ == "IntConverter")
        ]
        if not wrong:
            yield reverse(page.name, kwargs=given)


def walked(world: World) -> Iterator[str]:
    """Every page and file of the register, and every endpoint that reads from it."""
    for page in PAGES.values():
        module = page.callback.__module__.removeprefix("zhiheng.web.pages.").split(".")[0]
        if module in OF_THE_REGISTER:
            yield from addresses(page, world.parts)
    yield f"/register/merge/?kept={world.firm.pk}&gone={world.firm.pk + 1}"
    yield "/register/organisations.csv?q=91350100M"
    yield f"/register/organisations/{world.firm.credit_code}/?on={NOON:%Y-%m-%d}"
    for name in ENDPOINTS:
        method, _, path = name.partition(" ")
        if method != "GET" or not path.startswith(CALLS):
            continue
        for code in world.parts["code"]:
            told = path.replace("{code}", str(code)).replace("{token}", str(world.parts["token"][0]))
            told = told.replace("{kind}/{number}", f"organisation/{world.firm.pk}").replace(
                "{number}", world.case.number
            )
            yield f"/api{told}"


def content(browser: Client, path: str) -> str:
    """What is answered, unpacked."""
    cache.clear()  # nobody is slowed down by the limits here
    answer = browser.get(path)
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            body = b"".join(packed.read(name) for name in packed.namelist())
    assert answer.status_code < 500, path
    return body.decode("utf-8", "replace")


ALL = {*FIRM.values(), FORMER, *SOLE.values(), *PETITIONER.values()}
HIDDEN = {
    "public": ALL,
    "far": ALL,
    "inspector": ALL,
    "bench": ALL,
    "other": ALL,
    "firm": {*SOLE.values(), *PETITIONER.values()},
    "administrator": set(PETITIONER.values()),
}


@pytest.mark.parametrize("role", sorted(HIDDEN))
def test_no_page_file_or_endpoint_shows_what_the_role_may_not_read(world: World, role: str) -> None:
    found = [
        (path, secret)
        for path in sorted(set(walked(world)))
        for text in [content(world.browsers[role], path)]
        for secret in HIDDEN[role]
        if secret in text
    ]
    assert found == []


def test_who_works_on_it_reads_it_whole_and_a_list_of_cases_never_names_who_complained(world: World) -> None:
    browser = world.browsers["officer"]
    every = "".join(content(browser, path) for path in sorted(set(walked(world))))
    assert not {secret for secret in ALL if secret not in every}, "the walk reaches what others may not read"
    page = content(browser, f"/register/organisations/{world.firm.credit_code}/")
    assert all(value in page for value in (*FIRM.values(), FORMER))
    assert all(value in content(browser, "/register/organisations.xlsx") for value in (*FIRM.values(), *SOLE.values()))
    assert FIRM["phone"] in content(browser, f"/api/organisations/{world.firm.credit_code}")
    assert PETITIONER["phone"] in content(browser, f"/case/{world.case.number}/")
    for path in ("/cases/list.csv", "/cases/list.xlsx", "/work/list.csv"):
        assert not any(value in content(browser, path) for value in PETITIONER.values())


def test_file_with_masked_cells_changes_nothing_when_it_is_imported_again(world: World, tmp_path: Path) -> None:
    text = content(world.browsers["inspector"], "/register/organisations.csv")
    assert "李**" in text and "139****5678" in text
    file = tmp_path / "masked.csv"
    file.write_text(text, encoding="utf-8")
    row = next(one for one in sheet.read(file) if one.fields["name"] == "甲食品厂")
    assert not set(row.fields) & {"contact", "phone", "email"}


def test_parties_of_the_own_cases_are_read_whole(world: World) -> None:
    sun = world.case.inspectors.model.objects.get(username="sun")
    assert not masking.reader(sun).whole(world.firm.pk, world.firm.region)
    world.case.inspectors.add(sun)
    assert masking.reader(sun).whole(world.firm.pk, world.firm.region)
