"""Signing in with a real browser: first password, app, recovery codes, passkey; axe-core on every page on the way."""

import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from serving import MARKS, ROOT, command, launched, served, whole
from signing_in import PASSWORD, code

pytestmark = MARKS
DATABASES = ("sqlite",)  # what is tried here is above the database


@pytest.fixture
def first(tmp_path: Path) -> str:
    """The first password of the first administrator, as the command line prints it."""
    given = (
        "--name",
        "周敏",
        "--role",
        "administrator",
        "--organisation",
        "广州市市场监督管理局",
        "--region",
        "440100",
    )
    done = subprocess.run(command(tmp_path, "account", "add", "zhou", *given), capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return re.search(r"once: (\S+)", done.stdout).group(1)  # type: ignore[union-attr]


@pytest.fixture
def site(tmp_path: Path, first: str) -> Iterator[str]:
    """The real server; passkeys need a name, so it is asked for as localhost."""
    with served(tmp_path, host="localhost") as address:
        yield address


@pytest.fixture
def browser() -> Iterator[Browser]:
    with launched() as made:
        yield made


def typed(page: Page, button: str, **fields: str) -> None:
    """Fill in the form and send it."""
    for name, value in fields.items():
        page.locator(f"main input[name={name}]:visible").fill(value)
    page.locator("main").get_by_role("button", name=button, exact=True).click()


def test_first_administrator_signs_in_with_the_app_and_then_with_a_passkey(
    site: str, first: str, browser: Browser
) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="en-US")
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.set_default_timeout(30_000)
    devices = context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})

    page.goto(f"{site}/en/account/sign-in/")
    whole(page)
    typed(page, "Sign in", login="zhou", password=first)
    expect(page.get_by_role("heading", name="Change the password", level=1)).to_be_visible()
    whole(page)
    typed(page, "Change the password", oldpassword=first, password1=PASSWORD, password2=PASSWORD)
    expect(page.get_by_text("Your role needs a second factor")).to_be_visible()
    whole(page)
    page.get_by_role("link", name="Set up the app").click()
    typed(page, "Go on", password=PASSWORD)
    expect(page.get_by_role("img", name="Code to scan with the app")).to_be_visible()
    whole(page)
    secret = page.locator("code.secret").inner_text()
    typed(page, "Set up the app", code=code(secret))
    expect(page.locator("ul.codes li")).to_have_count(10)
    whole(page)
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    whole(page)

    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{site}/en/account/sign-in/")
    typed(page, "Sign in", login="zhou", password=PASSWORD)
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    whole(page)
    typed(page, "Sign in", code=code(secret, at=time.time() + 30))
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()

    page.goto(f"{site}/en/account/factors/passkeys/new/")
    typed(page, "Go on", password=PASSWORD)
    whole(page)
    typed(page, "Add a passkey", name="Test device")
    expect(page.get_by_text("The passkey is added.")).to_be_visible()
    page.goto(f"{site}/en/account/factors/")
    expect(page.get_by_text("signs in alone")).to_be_visible()
    for path in ("sessions/", "people/", "people/new/", "people/one/zhou/"):
        page.goto(f"{site}/en/account/{path}")
        whole(page)

    page.goto(f"{site}/en/account/sign-out/")
    typed(page, "Sign out")
    page.goto(f"{site}/en/account/")
    expect(page.get_by_role("heading", name="Sign in", level=1)).to_be_visible()
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    assert said == []
