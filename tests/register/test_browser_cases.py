"""Casework in a real browser: an officer's main task by keyboard alone, and axe-core on each page, wide and on a phone."""

from pathlib import Path

from django.conf import settings
from django.db import connections
from django.test import Client
from looks import LOOKS
from people import enter
from playwright.sync_api import expect
from serving import AXE, FAULTS, MARKS, launched, served, tabbed
from test_pages_cases import House, house

from zhiheng.register.models import Account, Case, Organisation

__all__ = ["house"]
DATABASES = ("sqlite",)  # the site of the test reads a file
pytestmark = MARKS


def session(who: Account) -> str:
    """A session in which somebody is signed in."""
    client = Client()
    enter(client, who)
    return str(client.cookies[settings.SESSION_COOKIE_NAME].value)


def environment() -> dict[str, str]:
    """Of a site in which sessions of here hold."""
    return {"ZHIHENG_SECRET": settings.SECRET_KEY, "ZHIHENG_TICK": "0"}


def test_officer_does_the_main_task_by_keyboard_and_no_page_has_a_fault(house: House, tmp_path: Path) -> None:
    case, ordered = house.case(until="release_nonconforming"), house.case("旧订单", until="order", days=90)
    key = session(house.chen)
    connections.close_all()
    with served(tmp_path, environment=environment()) as site, launched() as browser:
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
                page.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = false; })")
                faults += [f"{start}{path}: {fault}" for fault in page.evaluate(LOOKS)]
                wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
                faults += [f"{start}{path}: {wide} px too wide"] if wide > 0 else []
            if start:
                context.close()
                continue
            page.goto("/work/")
            tabbed(page, f"main a[href='/case/{case.number}/']", most=90)
            page.keyboard.press("Enter")
            page.wait_for_url(f"**/case/{case.number}/")
            tabbed(page, "#determine-why", most=90)
            page.keyboard.type("清楚")
            tabbed(page, "#act-determine button", most=2)
            page.keyboard.press("Enter")
            expect(page.locator("[role=status]")).to_contain_text("认定不合格")
            expect(page.locator(".case-state")).to_contain_text("不合格已认定")
            context.close()
    assert not faults, "\n".join(faults)
    assert Case.objects.get(pk=case.pk).state == "determined"


def test_officer_registers_a_firm_by_keyboard_and_mends_what_is_wrong(house: House, tmp_path: Path) -> None:
    key = session(house.chen)
    connections.close_all()
    with served(tmp_path, environment=environment()) as site, launched() as browser:
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
    assert Organisation.objects.get(name="新玩具厂").region == "440106"
