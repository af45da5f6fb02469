"""The officer's pages in a real browser: filled in without a network, kept over a reload, sent exactly once, refused with reasons."""

import base64
import json
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from serving import AXE, FAULTS, MARKS, PHONE, opened, served
from test_browser import chromium

from zhiheng.selection import form as forms
from zhiheng.selection.form import Received, link

__all__ = ["chromium"]
ROOT = Path(__file__).parents[2]
FIELDS: dict[str, Any] = json.loads((ROOT / "examples/forms/product.json").read_text(encoding="utf-8"))["fields"]
TODAY = date(2026, 11, 22)
STATIC = ROOT / "zhiheng/web/static/zhiheng"
LOGGED_IN = 3600

pytestmark = MARKS


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with nothing in it."""
    return tmp_path_factory.mktemp("forms")


@pytest.fixture(scope="module")
def site(home: Path) -> Iterator[str]:
    """The real server over it."""
    with served(home) as address:
        yield address


def issued(
    home: Path, *, officer: str = "王一", task: str = "T-1", form: str = "sampling-product"
) -> tuple[forms.Task, str]:
    """A task and its link."""
    store, now = Received(home), time.time()
    secret = link.secret_made(store.secret)
    wanted = {"officer": officer, "task": task, "form": form, "region": "440106", "until": int(now) + LOGGED_IN}
    made = store.issue(wanted, letter=forms.read(form, on=TODAY).letter, now=now)
    return made, f"/sampling/#task={link.signed(made, secret)}"


@contextmanager
def phone(chromium: Browser, site: str, scheme: str = "light") -> Iterator[tuple[BrowserContext, Page]]:
    """A phone with nothing on it."""
    with opened(chromium, site, PHONE, scheme) as (context, page):
        page.set_default_timeout(10_000)
        yield context, page


def ready(page: Page) -> None:
    """Until the script has done its first work."""
    expect(page.locator("[data-sampling][data-ready]")).to_be_attached()


def begun(page: Page, address: str) -> None:
    """Open a task link, wait until the pages are kept on the phone, and begin a form."""
    page.goto(address)
    ready(page)
    page.evaluate("navigator.serviceWorker.ready.then(() => 1)")
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    page.get_by_role("button", name="新建抽样单").first.click()
    page.wait_for_url("**/sampling/sampling-product/#form=*")
    ready(page)


@contextmanager
def officer(
    chromium: Browser, site: str, home: Path, task: str, scheme: str = "light"
) -> Iterator[tuple[BrowserContext, Page, forms.Task]]:
    """A phone whose officer has opened the link of a task and begun a form."""
    given, address = issued(home, task=task)
    with phone(chromium, site, scheme) as (context, page):
        begun(page, address)
        yield context, page, given


def fill(page: Page, fields: dict[str, Any]) -> None:
    """Fill in the fields as an officer does, step by step, and stay on the last one."""
    while True:
        asked = page.locator("[data-step]:not([hidden]) [data-field]")
        for key, kind in asked.evaluate_all("boxes => boxes.map(box => [box.dataset.field, box.dataset.kind])"):
            box = page.locator(f"[data-field={key}]")
            if key not in fields or not box.is_visible():
                continue
            value = fields[key]
            if kind in ("choice", "flag"):
                box.locator(f"label:has(input[value='{str(value).lower() if kind == 'flag' else value}'])").click()
            elif kind == "quantity":
                box.locator("input").nth(0).fill(value["value"])
                box.locator("input").nth(1).fill(value["unit"])
            elif kind == "people":
                for place, person in enumerate(value):
                    box.locator("[data-part=name]").nth(place).fill(person["name"])
                    box.locator("[data-part=card]").nth(place).fill(person["card"])
            else:
                box.locator("input, textarea").first.fill(value)
        if page.get_by_role("button", name="核对并报送").count():
            return
        page.get_by_role("button", name="下一步").click()


def finish(page: Page) -> None:
    """Hand the form in."""
    page.get_by_role("button", name="核对并报送").click()
    page.wait_for_url("**/sampling/")
    ready(page)


def state(page: Page) -> Any:
    """The word of the first form's state."""
    return page.locator(".queue .state-tag").first


def test_a_form_is_filled_without_a_network_kept_over_a_reload_and_delivered_once(
    chromium: Browser, site: str, home: Path
) -> None:
    with officer(chromium, site, home, "offline") as (context, page, task):
        assert "task=" not in page.url
        context.set_offline(True)
        fill(page, FIELDS)
        expect(page.locator("[data-saved]")).to_have_text("已存在本机")
        page.reload()
        ready(page)
        expect(page.locator("[name=product]")).to_have_value(FIELDS["product"])
        fill(page, {})
        finish(page)
        expect(state(page)).to_have_text("待发送")
        assert of_task(home, "offline") == []
        context.set_offline(False)
        expect(state(page)).to_have_text("已送达", timeout=15_000)
        page.reload()
        ready(page)
        expect(state(page)).to_have_text("已送达")
    kept = of_task(home, "offline")
    assert [one["filled"]["serial"][:14] for one in kept] == [task.block]
    assert kept[0]["filled"]["fields"] == FIELDS


def of_task(home: Path, task: str) -> list[dict[str, Any]]:
    """The forms of a task that the site holds."""
    return [kept for kept in Received(home).forms() if kept["task"] == task]


def test_a_form_whose_first_answer_was_lost_is_sent_again_and_kept_once(
    chromium: Browser, site: str, home: Path
) -> None:
    _, address = issued(home, task="lost")
    with phone(chromium, site) as (context, page):
        answers: list[int] = []

        def lose(route: Route) -> None:
            answer = route.fetch()
            answers.append(answer.status)
            if len(answers) == 1:
                route.abort("connectionreset")
            else:
                route.fulfill(response=answer)

        context.route("**/api/forms/", lose)
        begun(page, address)
        fill(page, FIELDS)
        finish(page)
        expect(page.locator(".queue .why")).to_have_text("没有连上，会自动再试。")
        assert len(of_task(home, "lost")) == 1, "it arrived, but the phone cannot know"
        page.get_by_role("button", name="现在发送").click()
        expect(state(page)).to_have_text("已送达")
    assert answers == [201, 200]
    assert len(of_task(home, "lost")) == 1


def test_what_may_not_be_sampled_is_said_at_once_with_its_source(chromium: Browser, site: str, home: Path) -> None:
    with officer(chromium, site, home, "export") as (_, page, _):
        fill(page, FIELDS | {"is_export": True})
        expect(page.locator("[data-summary]")).to_contain_text("出口产品不抽样")
        expect(page.locator("[data-summary]")).to_contain_text("产品质量监督抽查管理办法（2010） 抽样（未核对）")
        page.get_by_role("button", name="核对并报送").click()
        expect(page.locator("[data-summary]")).to_be_focused()
        assert page.url.count("/sampling-product/"), "it stays on the form"
        page.locator("[data-summary] a").first.click()
        expect(page.locator("[data-field=is_export]")).to_be_visible()
        page.locator("[data-field=is_export] label").nth(1).click()
        expect(page.locator("[data-summary]")).to_be_empty()


def test_a_form_with_gaps_is_not_handed_in_and_every_gap_is_beside_its_field(
    chromium: Browser, site: str, home: Path
) -> None:
    with officer(chromium, site, home, "gaps") as (_, page, _):
        fill(
            page,
            {key: value for key, value in FIELDS.items() if key not in ("party_code", "party_signer")}
            | {"barcode": "6291041500214"},
        )
        page.get_by_role("button", name="核对并报送").click()
        expect(page.locator("[data-summary] li")).to_have_count(3)
        expect(page.locator("#wrong-party_signer")).to_have_text("签字人姓名：没有填写。填写这一项。")
        page.locator("[data-summary] a", has_text="商品条码").click()
        expect(page.locator("[name=barcode]")).to_be_focused()
        assert page.locator("[name=barcode]").get_attribute("aria-invalid") == "true"


def test_a_revoked_link_leaves_the_form_waiting_and_a_new_one_sends_it(
    chromium: Browser, site: str, home: Path
) -> None:
    with officer(chromium, site, home, "revoked") as (_, page, task):
        Received(home).revoke(task.block, now=time.time())
        fill(page, FIELDS)
        finish(page)
        expect(page.locator(".queue .why")).to_contain_text("没有接受任务链接")
        expect(state(page)).to_have_text("待发送")
        _, again = issued(home, task="revoked")
        page.goto(again)
        page.reload()
        ready(page)
        expect(state(page)).to_have_text("已送达", timeout=15_000)
    assert len(of_task(home, "revoked")) == 1


def test_a_number_that_another_phone_used_comes_back_and_can_be_changed(
    chromium: Browser, site: str, home: Path
) -> None:
    _, address = issued(home, task="two phones")
    for brand in ("甲", "乙"):
        with phone(chromium, site) as (_, page):
            begun(page, address)
            fill(page, FIELDS | {"brand": brand})
            finish(page)
            expect(state(page)).to_have_text("已送达" if brand == "甲" else "被退回")
            if brand == "乙":
                expect(page.locator(".queue .why")).to_contain_text("编号已属于另一张抽样单")
                page.get_by_role("button", name="换新编号").click()
                page.wait_for_url("**/sampling/sampling-product/#form=*")
                ready(page)
                fill(page, {})
                finish(page)
                expect(state(page)).to_have_text("已送达")
    assert [one["filled"]["fields"]["brand"] for one in of_task(home, "two phones")] == ["甲", "乙"]
    assert [one["filled"]["fields"]["brand"] for one in Received(home).refused() if one["task"] == "two phones"] == [
        "乙"
    ]


def test_a_photo_is_made_small_enough_and_arrives_whole(chromium: Browser, site: str, home: Path) -> None:
    with officer(chromium, site, home, "photo") as (_, page, _):
        fill(page, FIELDS)
        noise = page.evaluate(
            """() => { const c = document.createElement("canvas"); c.width = 2400; c.height = 1800; const x = c.getContext("2d");
            const d = x.createImageData(c.width, c.height); for (let i = 0; i < d.data.length; i++) d.data[i] = (i * 7919 + i * i % 251) % 256;
            x.putImageData(d, 0, 0); return c.toDataURL("image/png").split(",")[1]; }"""
        )
        large = {"name": "sample.png", "mimeType": "image/png", "buffer": base64.b64decode(noise)}
        page.locator("[data-field=photos] input").set_input_files([large])
        expect(page.locator("[data-photos] img")).to_have_count(1, timeout=15_000)
        finish(page)
        expect(state(page)).to_have_text("已送达")
    (photo,) = of_task(home, "photo")[0]["filled"]["fields"]["photos"]
    assert photo["type"] == "image/jpeg"
    assert len(photo["data"]) <= 200_000, "150 kB in base64"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_step_on_a_phone_fits_has_large_targets_and_no_fault_of_access(
    chromium: Browser, site: str, home: Path, scheme: str
) -> None:
    with officer(chromium, site, home, scheme, scheme) as (_, page, _):
        wrong: list[str] = []
        for step in range(page.locator("[data-step]").count()):
            page.evaluate(AXE)
            wrong += [f"step {step}: {fault}" for fault in page.evaluate(FAULTS)]
            wide, window = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
            wrong += [f"step {step}: {wide} px wide"] if wide > window else []
            small = page.evaluate(
                """() => [...document.querySelectorAll(`[data-step]:not([hidden]) :is(input:not([type=radio], [type=file]), .pick, textarea),
                    .walkbar button`)]
                .filter(it => it.checkVisibility() && it.getBoundingClientRect().height < 44).map(it => it.outerHTML.slice(0, 80))"""
            )
            wrong += [f"step {step}: small {one}" for one in small]
            if page.get_by_role("button", name="下一步").count():
                page.get_by_role("button", name="下一步").click()
        page.get_by_role("button", name="核对并报送").click()
        page.evaluate(AXE)
        assert wrong + list(page.evaluate(FAULTS)) == []


def test_the_keyboard_alone_fills_a_step(chromium: Browser, site: str, home: Path) -> None:
    with officer(chromium, site, home, "keyboard") as (_, page, _):
        page.locator("[name=programme]").focus()
        page.keyboard.press("Tab")
        page.keyboard.press("ArrowDown")
        assert page.evaluate("document.activeElement.value") == "targeted"
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        for _ in range(6):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.hasAttribute('data-next')"):
                break
        page.keyboard.press("Enter")
        expect(page.locator("[data-step=party] h2")).to_be_focused()


def test_without_a_task_link_nothing_is_kept_and_the_page_says_so(chromium: Browser, site: str) -> None:
    with phone(chromium, site) as (_, page):
        page.goto("/sampling/sampling-food/")
        ready(page)
        expect(page.locator("[data-practice]")).to_be_visible()
        page.goto("/sampling/")
        ready(page)
        expect(page.locator("[data-no-task]")).to_be_visible()
        page.goto("/sampling/#task=v1.nonsense.x")
        page.reload()
        assert page.locator(".tasks li").count() == 0


def test_the_browser_and_the_server_find_the_same_faults(chromium: Browser) -> None:
    """The same forms, thousands of answers mixed at random: the judge and the one who only tells must never differ."""
    chance, cases = random.Random(20261122), []
    pool: list[Any] = [
        "",
        "0",
        "12.5",
        "0.1",
        "x" * 301,
        "2026-11-20",
        "2026-11-23",
        "2026-02-30",
        "0000-01-01",
        "２",
        True,
        False,
        None,
        [],
        {},
    ]
    pool += [
        {"value": "3", "unit": "只"},
        {"value": "0.3", "unit": "只"},
        {"value": "", "unit": ""},
        {"value": "3"},
        {"value": "9" * 9, "unit": "件"},
        ["a"],
    ]
    pool += [
        [{"name": "王"}],
        [{"name": "王"}, {"name": "王"}],
        [{"name": "王", "card": "1"}, {"name": "李", "card": "2"}],
        "online",
        "refused",
        "signed",
    ]
    pool += [
        "GD-0001",
        "91350100M000100Y43",
        "91350100M000100Y44",
        "6291041500213",
        "6291041500214",
        "\u3000",
        "a\x01",
        "𠀀" * 151,
        "\ud800",
    ]
    for key in forms.FORMS:
        names = [*forms.read(key, on=TODAY).fields, "no_such_field"]
        cases += [
            (key, FIELDS | {chance.choice(names): chance.choice(pool) for _ in range(chance.randint(0, 6))})
            for _ in range(700)
        ]
    ours = [
        [one.told() for one in forms.faults(forms.read(key, on=TODAY), fields, today=TODAY)] for key, fields in cases
    ]
    told = {"forms": {key: forms.read(key, on=TODAY).published() for key in forms.FORMS}, "cases": cases}
    page = chromium.new_page()
    page.add_script_tag(path=str(STATIC / "form.js"))
    theirs = page.evaluate(
        """text => { const told = JSON.parse(text);
            return told.cases.map(([key, fields]) => zhihengForm.faults(told.forms[key], fields, '2026-11-22')); }""",
        json.dumps(told),
    )
    page.close()
    differ = [(case, one, other) for case, one, other in zip(cases, ours, theirs, strict=True) if one != other]
    assert differ == []
    assert sum(bool(found) for found in ours) > 1000, "the cases must have faults to differ in"
