"""Casework in a real browser: an officer's main task by keyboard alone, and axe-core on each page, wide and on a phone."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client
from people import enter
from playwright.sync_api import Page, expect, sync_playwright
from test_pages_cases import House, house

from zhiheng.register.models import Account, Case, Organisation

__all__ = ["house"]
CHROMIUM = shutil.which("chromium")
AXE = (Path(__file__).parents[1] / "doors" / "vendor" / "axe.min.js").read_text(encoding="utf-8")
FAULTS = """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations
    .filter(fault => ["serious", "critical"].includes(fault.impact)).map(fault => `${fault.id}: ${fault.nodes[0].html.slice(0, 160)}`)"""
DATABASES = ("sqlite",)  # the site of the test reads a file
pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is missing: install Debian's package chromium"),
]


@contextmanager
def served(home: Path) -> Iterator[str]:
    """The real server over a workspace."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "zhiheng", "--home", str(home), "serve", "--port", str(port)]
    server = subprocess.Popen(
        command,
        env=os.environ | {"ZHIHENG_SECRET": settings.SECRET_KEY, "ZHIHENG_TICK": "0"},  # sessions of here hold there
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        for _ in range(600):
            try:
                urlopen(f"http://127.0.0.1:{port}/work/", timeout=20).close()
                break
            except HTTPError:
                break
            except OSError:
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=20)


def session(who: Account) -> str:
    """A session in which somebody is signed in."""
    client = Client()
    enter(client, who)
    return str(client.cookies[settings.SESSION_COOKIE_NAME].value)


def tabbed(page: Page, wanted: str, *, most: int = 90) -> None:
    """Press Tab until what matches has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            return
    raise AssertionError(f"{most} times Tab reached no {wanted}")


def test_officer_does_the_main_task_by_keyboard_and_no_page_has_a_fault(house: House, tmp_path: Path) -> None:
    case, ordered = house.case(until="release_nonconforming"), house.case("旧订单", until="order", days=90)
    key = session(house.chen)
    connections.close_all()
    with served(tmp_path) as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        faults = []
        for size, start in (((1280, 900), ""), ((390, 844), "/en")):
            context = browser.new_context(viewport={"width": size[0], "height": size[1]}, base_url=site)
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": site}])
            page = context.new_page()
            for path in (
                "/work/", "/cases/", "/work/late/", "/work/messages/", "/work/mails/", "/cases/new/", "/cases/drawn/",
                f"/case/{ordered.number}/?law=2021-01-01", f"/case/{case.number}/act/determine/",
                f"/work/batch/?case={case.number}&act=determine",
                "/register/organisations/", "/register/enter/organisation/", f"/register/organisations/{house.made.pk}/",
                f"/register/enter/product/?of={house.made.pk}", f"/register/enter/organisation/{house.made.pk}/",
            ):  # fmt: skip
                answer = page.goto(start + path)
                assert answer is not None and answer.ok, path
                page.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true; })")
                page.evaluate(AXE)
                faults += [f"{start}{path}: {fault}" for fault in page.evaluate(FAULTS)]
                wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
                faults += [f"{start}{path}: {wide} px too wide"] if wide > 0 else []
            if start:
                context.close()
                continue
            page.goto("/work/")
            tabbed(page, f"main a[href='/case/{case.number}/']")
            page.keyboard.press("Enter")
            page.wait_for_url(f"**/case/{case.number}/")
            tabbed(page, "#determine-why")
            page.keyboard.type("清楚")
            tabbed(page, "#act-determine button", most=2)
            page.keyboard.press("Enter")
            expect(page.locator("[role=status]")).to_contain_text("认定不合格")
            expect(page.locator(".case-state")).to_contain_text("不合格已认定")
            context.close()
        browser.close()
    assert faults == []
    assert Case.objects.get(pk=case.pk).state == "determined"


def test_officer_registers_a_firm_by_keyboard_and_mends_what_is_wrong(house: House, tmp_path: Path) -> None:
    key = session(house.chen)
    connections.close_all()
    with served(tmp_path) as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        context = browser.new_context(viewport={"width": 390, "height": 844}, base_url=site)
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": site}])
        page = context.new_page()
        page.goto("/register/enter/organisation/")
        tabbed(page, "#new-name")
        page.keyboard.type("新玩具厂")
        tabbed(page, "#new-kind", most=2)
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowDown")
        tabbed(page, "#new-region", most=3)
        page.keyboard.type("广州市天河")
        page.keyboard.press("Enter")
        wrong = page.locator("#new-region-wrong")
        expect(wrong).to_contain_text("不是现行行政区划代码")
        tabbed(page, "main [role=alert] a")
        page.keyboard.press("Enter")
        expect(page.locator("#new-region")).to_be_focused()  # the fault above leads to its field
        page.keyboard.press("Control+a")
        page.keyboard.type("广州市天河区")
        page.keyboard.press("Enter")
        expect(page.locator("[role=status]")).to_contain_text("新玩具厂")
        context.close()
        browser.close()
    assert Organisation.objects.get(name="新玩具厂").region == "440106"
