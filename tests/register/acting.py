"""People at the real doors of the real site, whose clock can be put on: whoever acts in a day in the life acts through this."""

import json
import os
import re
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser, Page, expect
from serving import DESK, PATIENCE, ROOT, command, served, surroundings
from signing_in import PASSWORD, code

CHINA = ZoneInfo("Asia/Shanghai")
MOVED = Path(__file__).parent / "moved"
# the browser's clock goes with the site's; it ticks on by itself
LATER = """const moved = %d, Real = Date;
globalThis.Date = class extends Real {
    constructor(...given) { given.length ? super(...given) : super(Real.now() + moved); }
    static now() { return Real.now() + moved; }
};"""
PDF = b"%PDF-1.4\n1 0 obj\n<< >>\nendobj\ntrailer\n<< >>\nstartxref\n0\n%%EOF\n"


class Clock:
    """What time it is on the site, on the command line and in the browsers."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.seconds = 0.0

    def put(self, moment: str) -> None:
        """Let it be this moment in China, such as 2026-03-09T09:00."""
        self.seconds = datetime.fromisoformat(moment).replace(tzinfo=CHINA).timestamp() - time.time()
        beside = self.file.with_suffix(".new")
        beside.write_text(str(self.seconds))
        os.replace(beside, self.file)  # the server may be reading it

    @property
    def now(self) -> float:
        """Seconds since 1970."""
        return time.time() + self.seconds


class Town:
    """The site over a workspace, its clock, its command line, and a browser in which people sign in one after the other."""

    def __init__(self, home: Path, site: str, clock: Clock, browser: Browser) -> None:
        self.home, self.site, self.clock, self.browser = home, site, clock, browser
        self.secrets: dict[str, str] = {}

    @contextmanager
    def as_(self, username: str, size: tuple[int, int] = DESK) -> Iterator[Page]:
        """Somebody signs in at the door and has a page; nobody (an empty name) has one without signing in."""
        context = self.browser.new_context(
            viewport={"width": size[0], "height": size[1]}, base_url=self.site, locale="zh-CN", accept_downloads=True
        )
        context.add_init_script(LATER % round(self.clock.seconds * 1000))
        context.set_default_timeout(PATIENCE * 1000)
        page = context.new_page()
        try:
            if username in self.secrets:
                self.by_password(page, username)
            elif username:
                self.by_click(page, username)
            yield page
        finally:
            context.close()

    def by_click(self, page: Page, username: str) -> None:
        """Sign in as one of the accounts that the page lists in demonstration mode."""
        page.goto("/account/sign-in/")
        form = page.locator(f"form:has(input[name=username][value='{username}'])")
        if not form.locator("button").is_visible():
            page.locator("details.as-table > summary").click()
        form.locator("button").click()
        expect(page.locator("h1")).to_have_text("我的账号")

    def by_password(self, page: Page, username: str) -> None:
        """Sign in with password and app."""
        page.goto("/account/sign-in/")
        filled(page, login=username, password=PASSWORD)
        page.locator("main form:has([name=password]) button").first.click()
        page.locator("main input[name=code]").first.fill(code(self.secrets[username], at=self.clock.now))
        page.locator("main form:has([name=code]) button").first.click()
        expect(page.locator("h1")).to_have_text("我的账号")

    def equipped(self, page: Page, username: str, first: str) -> None:
        """Sign in for the first time: a new password in place of the one that was given, then the app."""
        page.goto("/account/sign-in/")
        filled(page, login=username, password=first)
        page.locator("main form:has([name=password]) button").first.click()
        filled(page, oldpassword=first, password1=PASSWORD, password2=PASSWORD)
        page.locator("main form:has([name=password1]) button").click()
        page.locator("main a[href$='/factors/app/']").first.click()
        filled(page, password=PASSWORD)
        page.locator("main form:has([name=password]) button").first.click()
        self.secrets[username] = page.locator("code.secret").inner_text()
        filled(page, code=code(self.secrets[username], at=self.clock.now))
        page.locator("main form:has([name=code]) button").click()
        expect(page.locator("ul.codes li")).to_have_count(10)

    def ran(self, *arguments: str, fails: bool = False) -> str:
        """What a command says; one that ought to fail says it as an error."""
        done = subprocess.run(
            command(self.home, *arguments),
            cwd=ROOT, env=surroundings(environment(self.clock)), capture_output=True, text=True,
        )  # fmt: skip
        assert (done.returncode != 0) == fails, done.stderr
        return done.stdout + done.stderr if fails else done.stdout


def environment(clock: Clock) -> dict[str, str]:
    """What every process of the day needs: its clock, demonstration mode, and no reminders of its own."""
    return {
        "PYTHONPATH": str(MOVED),
        "CLOCK_MOVED_BY": str(clock.file),
        "ZHIHENG_DEMO": "1",
        "ZHIHENG_TICK": "0",
    }


@contextmanager
def town(home: Path, clock: Clock, browser: Browser) -> Iterator[Town]:
    """The site, served."""
    with served(home, environment=environment(clock)) as site:
        yield Town(home, site, clock, browser)


def filled(page: Page, **fields: str) -> None:
    """Fill in fields by their names."""
    for name, value in fields.items():
        page.locator(f"main [name={name}]:visible").first.fill(value)


def act(page: Page, number: str, key: str, *, papers: Sequence[str] = (), chosen: Mapping[str, str] | None = None, **said: str) -> None:  # fmt: skip
    """Do an act of a case on its page as its form asks: fields, files, and the question before what closes it."""
    form = opened(page, number, key)
    for name, value in said.items():
        form.locator(f"[name={name}]").fill(value)
    for name, label in (chosen or {}).items():
        form.locator(f"select[name={name}]").select_option(label=label)
    for kind in papers:
        given = {"name": f"{kind}.pdf", "mimeType": "application/pdf", "buffer": PDF}
        form.locator(f"[name=file-{kind}]").set_input_files([given])
    form.locator("button.button").click()
    yes = page.locator("button[name=confirmed][value=yes]")
    done = page.locator(".banner[role=status]")
    expect(yes.or_(done)).to_be_visible()
    if yes.is_visible():
        yes.click()
    expect(done).to_contain_text("已办理")


def opened(page: Page, number: str, key: str) -> Any:
    """The form of an act on the page of a case."""
    page.goto(f"/case/{number}/")
    box = page.locator(f"#act-{key}")
    if box.get_attribute("open") is None:
        box.locator("> summary").click()
    return box.locator("form")


def refused(page: Page, number: str, key: str, *, words: str) -> None:
    """An act that may not be done is told with its reason, and has no form."""
    page.goto(f"/case/{number}/")
    expect(page.locator(f"#act-{key}")).to_have_count(0)
    page.locator("details:has(.why-not) > summary").click()
    expect(page.locator(".why-not")).to_contain_text(words)
    answer = page.goto(f"/case/{number}/act/{key}/")
    assert answer is not None
    expect(page.locator("main [role=alert]")).to_contain_text(words)


def state(page: Page, number: str) -> str:
    """The state of a case in words."""
    page.goto(f"/case/{number}/")
    return re.sub(r"\s+", " ", page.locator(".case-state").first.inner_text()).strip()


def periods(page: Page, number: str) -> dict[str, dict[str, str]]:
    """Every period of a case as its page tells it: its day, its article, how it stands."""
    page.goto(f"/case/{number}/")
    told = page.locator(".period").evaluate_all(
        """found => found.map(one => ({
            title: one.querySelector("h3").textContent.trim(),
            day: one.querySelector(".period-day").textContent.replace(/\\s+/g, " ").trim(),
            stands: one.querySelector(".quiet").textContent.replace(/\\s+/g, " ").trim(),
            cite: one.querySelector(":scope > p").textContent.replace(/\\s+/g, " ").trim()}))"""
    )
    return {one["title"]: one for one in told}


def as_json(text: str) -> Any:
    """What a command says in JSON."""
    return json.loads(text)
