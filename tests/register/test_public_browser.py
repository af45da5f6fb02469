"""A complaint in a real browser: on a phone, by keyboard alone, to the receipt and to following it; axe-core on every step."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from people import authority
from playwright.sync_api import Page, expect
from serving import MARKS, PHONE, launched, opened, served, tabbed, whole

pytestmark = MARKS
DATABASES = ("sqlite",)  # the server of this test keeps its register in its workspace


@pytest.fixture
def site(register: Path) -> Iterator[str]:
    """The real server over a register with one city in it."""
    authority("广东省市场监督管理局", region="440000", level="province")
    authority()
    with served(register.parent, environment={"ZHIHENG_TICK": "0"}) as address:
        yield address


@pytest.fixture
def page(site: str) -> Iterator[Page]:
    """A page on a phone."""
    with launched() as browser, opened(browser, site, PHONE, "light") as (_, made):
        yield made


def test_complaint_by_keyboard_on_a_phone(page: Page) -> None:
    page.goto("/complain/")
    whole(page)
    tabbed(page, "button[value=on]")
    page.keyboard.press("Enter")
    expect(page.locator("[role=alert]")).to_be_visible()
    whole(page)
    tabbed(page, "#f-text")
    page.keyboard.type("买到的玩具掉漆，孩子手上发红。")
    tabbed(page, "#f-about")
    page.keyboard.type("某玩具店")
    page.keyboard.press("Enter")
    page.wait_for_selector("#f-region")
    whole(page)
    tabbed(page, "#f-region")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    tabbed(page, "button[value=on]")
    page.keyboard.press("Enter")
    page.wait_for_selector("#f-phone")
    whole(page)
    tabbed(page, "#f-phone")
    page.keyboard.type("13800001111")
    page.keyboard.press("Enter")
    page.wait_for_selector("#code")
    whole(page)
    number, code = page.locator("#number").inner_text(), page.locator("#code").inner_text()
    assert re.fullmatch(r"C-4401\d\d-\d{4}-\d{6}", number)
    tabbed(page, f"main a[href*='{number}']")
    page.keyboard.press("Enter")
    page.wait_for_selector("#f-code")
    tabbed(page, "#f-code")
    page.keyboard.type(code)
    page.keyboard.press("Enter")
    expect(page.locator(".where-now")).to_have_text("已登记")
    whole(page)


def test_nominations_announcements_and_checkpoints_on_a_phone(page: Page) -> None:
    for path in ("/nominate/", "/announcements/", "/audit/", "/en/nominate/", "/en/complain/"):
        page.goto(path)
        whole(page)
