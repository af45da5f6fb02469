"""The laboratory and the visit in a real browser: results by keyboard alone, a pasted block, and a phone from list to case."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, expect
from pointing import pointed

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright's loop runs beside the database of the test

from serving import DESK, MARKS, PHONE, opened, served, whole  # noqa: E402
from test_browser import chromium  # noqa: E402
from test_laboratory import Bench  # noqa: E402
from test_sampling_browser import FIELDS, fill, finish, ready, state  # noqa: E402

from zhiheng.register.models import Account, Case, Report, Sample  # noqa: E402
from zhiheng.site import database  # noqa: E402

__all__ = ["chromium"]
pytestmark = MARKS


@pytest.fixture
def bench(migrated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """A laboratory with work, in the workspace that the server of this test serves."""
    kept, file = settings.DATABASES["default"], tmp_path / "register.sqlite3"
    shutil.copy(migrated, file)
    pointed(database.embedded(file))
    monkeypatch.setattr(settings, "WORKSPACE", tmp_path)
    yield Bench()
    pointed(kept)


@pytest.fixture
def site(bench: Bench, tmp_path: Path) -> Iterator[str]:
    """The real server over it."""
    with served(tmp_path, environment={"ZHIHENG_SECRET": settings.SECRET_KEY}) as address:
        yield address


def signed(context: BrowserContext, site: str, one: Account) -> None:
    """Sign somebody in: the session of a test client is carried over."""
    Authenticator.objects.get_or_create(user=one, type="totp", defaults={"data": {"secret": "x"}})
    client = Client()
    client.force_login(one)
    context.add_cookies(
        [
            {
                "name": settings.SESSION_COOKIE_NAME,
                "value": client.cookies[settings.SESSION_COOKIE_NAME].value,
                "url": site,
            }
        ]
    )


def test_results_are_entered_checked_and_saved_by_keyboard_alone(chromium: Browser, site: str, bench: Bench) -> None:
    number = bench.sampled(0)
    with opened(chromium, site, DESK, "light") as (context, page):
        page.set_default_timeout(60_000)
        signed(context, site, bench.one)
        page.goto(f"/laboratory/sample/{number}/results/")
        expect(page.locator("[data-grid][data-ready]")).to_be_attached()
        expect(page.locator("[name=analyte]").first).to_be_focused()
        page.keyboard.type("铅")
        for text in ("", "250", "ppm"):
            page.keyboard.press("Tab")
            page.keyboard.type(text)
        page.keyboard.press("Enter")
        expect(page.locator("[name=unit]").nth(1)).to_be_focused()
        page.keyboard.type("ppm")
        page.keyboard.press("Control+ArrowLeft")
        page.keyboard.type("7")
        for _ in range(2):
            page.keyboard.press("Control+ArrowLeft")
        page.keyboard.type("cadmium")
        page.locator("[data-check]").focus()
        page.keyboard.press("Enter")
        expect(page.locator("td.found").first).to_contain_text("不合格")
        whole(page)
        page.get_by_role("button", name="保存草稿").focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/laboratory/report/**")
        whole(page)
    assert [(line.analyte, line.value, line.unit) for line in Report.objects.get().lines.all()] == [
        ("铅", "250", "ppm"),
        ("cadmium", "7", "ppm"),
    ]


def test_pasted_block_fills_the_table_and_is_still_there_after_a_reload(
    chromium: Browser, site: str, bench: Bench
) -> None:
    number = bench.sampled(0)
    with opened(chromium, site, DESK, "dark") as (context, page):
        page.set_default_timeout(60_000)
        signed(context, site, bench.one)
        page.goto(f"/laboratory/sample/{number}/results/")
        expect(page.locator("[data-grid][data-ready]")).to_be_attached()
        block = (
            "\r\n".join(f"铅\t{'未检出' if n % 2 else '='}\t{'' if n % 2 else n + 1}\tppm\t1" for n in range(12))
            + "\r\n"
        )
        page.evaluate(
            """text => { const data = new DataTransfer(); data.setData("text/plain", text);
            document.querySelector("[name=analyte]")
            .dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true})); }""",
            block,
        )
        expect(page.locator("[data-grid] tbody tr")).to_have_count(13)
        assert page.locator("[name=comparator]").nth(1).input_value() == "nd"
        page.get_by_role("button", name="删除行 12").click()
        page.reload()
        page.get_by_role("button", name="恢复").click()
        expect(page.locator("[name=value]").nth(10)).to_have_value("11")
        page.get_by_role("button", name="保存草稿").click()
        page.wait_for_url("**/laboratory/report/**")
    assert Report.objects.get().lines.count() == 11


def test_visit_on_a_phone_from_the_list_to_the_case_also_without_a_network(
    chromium: Browser, site: str, bench: Bench
) -> None:
    number = bench.cases[0].number
    with opened(chromium, site, PHONE, "light") as (context, page):
        page.set_default_timeout(60_000)
        signed(context, site, bench.inspector)
        page.goto("/visits/")
        expect(page.locator("[data-kept]")).to_be_attached()
        whole(page)
        context.set_offline(True)
        page.reload()
        expect(page.locator(".visits h3").first).to_have_text("玩具甲")
        expect(page.locator(".visits button").first).to_be_disabled()
        context.set_offline(False)
        page.reload()
        page.locator(f"form[action='/visits/{number}/form/'] button").click()
        page.wait_for_url("**/sampling/")
        ready(page)
        page.evaluate("navigator.serviceWorker.ready.then(() => 1)")
        page.wait_for_function("navigator.serviceWorker.controller !== null")
        page.get_by_role("button", name="新建抽样单").first.click()
        page.wait_for_url("**/sampling/sampling-product/#form=*")
        ready(page)
        context.set_offline(True)
        fill(page, FIELDS)
        finish(page)
        expect(state(page)).to_have_text("待发送")
        assert not Sample.objects.exists()
        context.set_offline(False)
        expect(state(page)).to_have_text("已送达", timeout=60_000)
        assert Case.objects.get(number=number).state == "sampled"
        page.goto("/visits/")
        page.get_by_role("button", name="已交付运送").click()
        expect(page.locator(".banner")).to_contain_text("已交付运送")
        whole(page)
    assert Sample.objects.get(part="T").state == "carried"
    assert json.dumps(Sample.objects.get(part="T").form)
