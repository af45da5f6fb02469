"""The real server and a real browser, for every test that drives pages: one way to start them, to wait for them and to end them."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = next(
    (path for path in ("/usr/bin/chromium", shutil.which("chromium")) if path and Path(path).exists()), None
)
AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
FAULTS = """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations
    .filter(fault => ["serious", "critical"].includes(fault.impact))
    .map(fault => `${fault.id}: ${fault.nodes[0].html.slice(0, 160)}`)"""
DESK, PHONE = (1440, 900), (390, 844)
MARKS = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is missing: install Debian's package chromium"),
]
PATIENCE = 120  # seconds for a server to answer on a busy machine
expect.set_options(
    timeout=60_000
)  # what is expected is waited for, not slept for: on a busy machine a page may take a while


def command(home: Path, *arguments: str) -> list[str]:
    """A command of Zhiheng over a workspace."""
    return [sys.executable, "-m", "zhiheng", "--home", str(home), *arguments]


def surroundings(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a process of Zhiheng: nothing of the test's own settings but what is given."""
    return {name: value for name, value in os.environ.items() if not name.startswith("ZHIHENG_")} | dict(more or {})


@contextmanager
def served(home: Path, *, host: str = "127.0.0.1", environment: Mapping[str, str] | None = None) -> Iterator[str]:
    """The real server over a workspace, on a free port; the address at which it answers. Passkeys need a host with a name."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        command(home, "serve", "--port", str(port)),
        cwd=ROOT,
        env=surroundings(environment),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield answering(f"http://{host}:{port}", server)
    finally:
        ended(server)


def answering(base: str, server: subprocess.Popen[bytes]) -> str:
    """The address, once it answers."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        assert server.poll() is None, "the server ended before it answered"
        try:
            with urlopen(f"{base}/account/sign-in/", timeout=20):
                return base
        except HTTPError as answer:
            raise AssertionError(f"the server answered {answer.code}") from answer
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"the server did not answer within {PATIENCE} s")


def ended(server: subprocess.Popen[bytes]) -> None:
    """End a server and whatever it started; one that is still starting on a busy machine is not left behind."""
    for way in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(server.pid, way)
            server.wait(timeout=20)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue
        return


@contextmanager
def launched() -> Iterator[Browser]:
    """A browser."""
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def opened(chromium: Browser, site: str, size: tuple[int, int], scheme: str) -> Iterator[tuple[BrowserContext, Page]]:
    """A fresh profile with one page in it."""
    context = chromium.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, base_url=site, locale="zh-CN"
    )
    try:
        yield context, context.new_page()
    finally:
        context.close()


def tabbed(page: Page, wanted: str, *, most: int = 60, seen: str = "") -> Locator:
    """Press Tab until what matches has the focus; `seen` is a script that must be true at every stop."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if seen:
            assert page.evaluate(seen), (
                f"focus is not seen on {page.evaluate('document.activeElement.outerHTML')[:160]}"
            )
        if page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            return page.locator(":focus")
    raise AssertionError(f"{most} times Tab reached no {wanted}")


def whole(page: Page) -> None:
    """The page has no serious fault of access, and is not wider than its window."""
    page.wait_for_load_state()
    page.evaluate(AXE)
    assert page.evaluate(FAULTS) == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
