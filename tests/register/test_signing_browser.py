"""Signing in with a real browser: first password, app, recovery codes, passkey; axe-core on every page on the way."""

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
from playwright.sync_api import Browser, Page, expect, sync_playwright
from signing_in import PASSWORD, code

CHROMIUM = next(
    (path for path in ("/usr/bin/chromium", shutil.which("chromium")) if path and Path(path).exists()), None
)
ROOT = Path(__file__).resolve().parents[2]
AXE = (ROOT / "tests" / "doors" / "vendor" / "axe.min.js").read_text(encoding="utf-8")
FAULTS = """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations
    .filter(fault => ["serious", "critical"].includes(fault.impact))
    .map(fault => `${fault.id}: ${fault.nodes[0].html.slice(0, 160)}`)"""
pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is missing: install Debian's package chromium"),
]
DATABASES = ("sqlite",)  # what is tried here is above the database


def command(home: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "zhiheng", "--home", str(home), *arguments]


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
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        command(tmp_path, "serve", "--port", str(port)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        cwd=ROOT,
    )
    base = f"http://localhost:{port}"
    try:
        for _ in range(600):
            assert server.poll() is None, "the server ended before it answered"
            try:
                with urlopen(f"{base}/account/sign-in/", timeout=20):
                    break
            except OSError:
                time.sleep(0.1)
        yield base
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=20)


@pytest.fixture
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)


def whole(page: Page) -> None:
    """The page has no serious fault for who cannot see or use a mouse, and is not wider than the window."""
    page.wait_for_load_state()
    page.evaluate(AXE)
    assert page.evaluate(FAULTS) == [], page.url
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), page.url


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
