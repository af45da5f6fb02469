"""A complaint in a real browser: on a phone, by keyboard alone, to the receipt and to following it; axe-core on every step."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from people import authority
from playwright.sync_api import Page, expect, sync_playwright

CHROMIUM = next(
    (path for path in ("/usr/bin/chromium", shutil.which("chromium")) if path and Path(path).exists()), None
)
AXE = (Path(__file__).parents[1] / "doors" / "vendor" / "axe.min.js").read_text(encoding="utf-8")
FAULTS = """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations
    .filter(fault => ["serious", "critical"].includes(fault.impact))
    .map(fault => `${fault.id}: ${fault.nodes[0].html.slice(0, 160)}`)"""
PHONE = {"width": 390, "height": 844}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is missing: install Debian's package chromium"),
]


@pytest.fixture
def site(register: Path) -> Iterator[str]:
    """The real server over a register with one city in it."""
    if not register.exists():
        pytest.skip("the server of this test keeps its register in its workspace")
    authority("广东省市场监督管理局", region="440000", level="province")
    authority()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "zhiheng", "--home", str(register.parent), "serve", "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        yield answering(f"http://127.0.0.1:{port}", server)
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=20)


def answering(base: str, server: subprocess.Popen[bytes]) -> str:
    """The address, once it answers."""
    for _ in range(600):
        assert server.poll() is None, "the server ended before it answered"
        try:
            with urlopen(f"{base}/follow/", timeout=20):
                return base
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server did not answer within 60 s")


@pytest.fixture
def page(site: str) -> Iterator[Page]:
    """A page on a phone."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        context = browser.new_context(viewport=PHONE, base_url=site, locale="zh-CN")
        yield context.new_page()
        browser.close()


def tabbed(page: Page, wanted: str, *, most: int = 40) -> None:
    """Press Tab until what matches has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            return
    raise AssertionError(f"{most} times Tab reached no {wanted}")


def sound(page: Page) -> None:
    """Nothing that axe-core finds serious, and nothing wider than the phone."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.evaluate(AXE)
    assert page.evaluate(FAULTS) == []


def test_complaint_by_keyboard_on_a_phone(page: Page) -> None:
    page.goto("/complain/")
    sound(page)
    tabbed(page, "button[value=on]")
    page.keyboard.press("Enter")
    expect(page.locator("[role=alert]")).to_be_visible()
    sound(page)
    tabbed(page, "#f-text")
    page.keyboard.type("买到的玩具掉漆，孩子手上发红。")
    tabbed(page, "#f-about")
    page.keyboard.type("某玩具店")
    page.keyboard.press("Enter")
    page.wait_for_selector("#f-region")
    sound(page)
    tabbed(page, "#f-region")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    tabbed(page, "button[value=on]")
    page.keyboard.press("Enter")
    page.wait_for_selector("#f-phone")
    sound(page)
    tabbed(page, "#f-phone")
    page.keyboard.type("13800001111")
    page.keyboard.press("Enter")
    page.wait_for_selector("#code")
    sound(page)
    number, code = page.locator("#number").inner_text(), page.locator("#code").inner_text()
    assert re.fullmatch(r"C-4401\d\d-\d{4}-\d{6}", number)
    tabbed(page, f"main a[href*='{number}']")
    page.keyboard.press("Enter")
    page.wait_for_selector("#f-code")
    tabbed(page, "#f-code")
    page.keyboard.type(code)
    page.keyboard.press("Enter")
    expect(page.locator(".where-now")).to_have_text("已登记")
    sound(page)


def test_nominations_announcements_and_checkpoints_on_a_phone(page: Page) -> None:
    for path in ("/nominate/", "/announcements/", "/audit/", "/en/nominate/", "/en/complain/"):
        page.goto(path)
        sound(page)
