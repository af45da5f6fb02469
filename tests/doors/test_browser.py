"""The pages in a real browser: every address drawn, axe-core, the keyboard, filters, languages, themes, bytes, the phone."""

import html
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote
from urllib.request import urlopen

import django
import pytest
import test_pages_nation
import test_risk_doors
import test_watch
from django.urls import get_resolver
from looks import LOOKS
from playwright.sync_api import Browser, Page, expect
from serving import AXE, DESK, FAULTS, MARKS, PHONE, launched, opened, served, tabbed

CN, NYC = "cn_food_2026", "nyc_metals"
DRAWS = Path(__file__).parents[2] / "examples" / "draws"
LAKE = test_pages_nation.NAME
# what stands on the page once its charts, which are drawn only when they come near the window, have been scrolled into view
DRAWN = """async () => {
    document.querySelectorAll("details.fold").forEach(fold => { fold.open = true; });
    for (const figure of document.querySelectorAll("figure[data-chart]")) {
        const chart = () => figure.querySelector(".chart :is(svg, canvas)");
        figure.scrollIntoView();
        for (let i = 0; i < 200 && !chart(); i++) await new Promise(done => setTimeout(done, 20));
        if (!chart()) return figure.id;
    }
    return ""; }"""
FOCUS = """() => { const it = document.activeElement, look = getComputedStyle(it), box = it.getBoundingClientRect();
    return it.matches(":focus-visible") && look.outlineStyle !== "none" && parseFloat(look.outlineWidth) >= 2
        && box.width > 0 && box.bottom > 0 && box.top < innerHeight; }"""
# tables whose right edge is out of sight; on a phone they may scroll
# what makes a page wider than its window, outside of what scrolls by itself
STICKING_OUT = """[...document.querySelectorAll("body *")].filter(one => one.getBoundingClientRect().right > innerWidth
    && !one.closest(".scroll")).slice(0, 8).map(one => `${one.tagName}.${one.className} ${one.textContent.trim().slice(0, 60)}`)"""
CUT = """() => [...document.querySelectorAll("main .scroll")].filter(table => table.scrollWidth > table.clientWidth + 1)
    .map(table => `cut at the right: ${table.getAttribute("aria-label")}`)"""
# one example of every address in zhiheng/web/urls.py; where an id is needed: the page that has one, and how its link looks
EXAMPLES = {
    "overview": "/",
    "results": "/results/",
    "dataset_results": f"/results/{NYC}/?verdict=nonconforming",
    "sample": (f"/results/{CN}/?verdict=nonconforming", rf"/results/{CN}/sample/[^\"]+"),
    "printed": f"/printed/{CN}/",
    "by": f"/by/{CN}/product_type/",
    "by_one": (f"/by/{CN}/analyte/", rf"/by/{CN}/analyte/one/\?[^\"]+"),
    "map": f"/map/{CN}/",
    "rules": "/rules/",
    "clock": "/clock/",
    "process": "/chart/",
    "moved": f"/moved/{NYC}/",
    "ranking": f"/ranking/{NYC}/?by=origin",
    "editions": "/rules/editions/",
    "unplaced": "/rules/unplaced/",
    "rule": (f"/results/{CN}/?verdict=nonconforming", r"/rules/key/[^\"]+"),
    "signals": "/signals/",
    "signal": ("/signals/", r"/signals/[a-z0-9_]+/[0-9a-f]{12}/"),
    "plan": "/plan/",
    "plan_new": "/plan/new/",
    "risk": "/risk/",
    "risk_day": "/risk/shops/",
    "draws": "/draws/",
    "draw": "/draws/example-2026/?id=" + quote("示例企业-0015"),
    "draw_verification": "/draws/example-2026/verify/",
    "sampling": "/sampling/",
    "sampling_form": "/sampling/sampling-product/",
    "bulletins": "/bulletins/",
    "complain": "/complain/",
    "follow": "/follow/",
    "nominate": "/nominate/",
    "announcements": "/announcements/",
    "audit": "/audit/",
    "intake": "/intake/",
    "rejects": f"/intake/{CN}/",
    "lakes": "/lake/",
    "lake_overview": f"/lake/{LAKE}/",
    "lake_region": f"/lake/{LAKE}/region/440000/",
    "lake_category": f"/lake/{LAKE}/category/" + quote("蔬菜") + "/",
    "lake_firm": f"/lake/{LAKE}/firm/91440000MA0000001X/",
    "lake_batch": (f"/lake/{LAKE}/rows/?verdict=nonconforming", rf"/lake/{LAKE}/batch/[^\"]+"),
    "lake_moved": f"/lake/{LAKE}/moved/",
    "lake_ranking": f"/lake/{LAKE}/ranking/",
    "watch": "/watch/",
    "watch_one": ("/watch/", r"/watch/signal/[0-9a-f]{12}/"),
    "watch_notices": "/watch/notices/",
    "watch_evaluation": "/watch/evaluation/",
    "watch_risk": "/watch/product-risk/",
    "lake_rows": f"/lake/{LAKE}/rows/?verdict=nonconforming&arm=random",
    "figure": f"/figure/?name={NYC}/rate",
    "search": "/search/?q=" + quote("铅"),
}
# files, not pages; the text of a bulletin is tested where it is written
FILES = {"bulletin", "export", "export_rates", "lake_rows_file", "lake_table", "sampling_blank", "sampling_worker"}
FILES |= {"draw_verifier", "draw_file", "draw_packed", "draw_drawn", "plan_file", "risk_file"}
# pages of whoever is signed in: looked at in tests/register
SIGNED = {
    "work",
    "work_file",
    "work_batch",
    "work_batch_done",
    "late",
    "late_file",
    "messages",
    "mails",
    "cases",
    "cases_file",
}
SIGNED |= {"case_new", "cases_drawn", "cases_from_draw", "case", "case_act", "case_file", "case_retest"}
FILES |= {"nominations_file", "nominations_taken", "announcements_file", "announcements_feed", "audit_checkpoint"}
FILES |= {"announcement", "firm"}  # need a register with cases: tests/register/test_public_doors.py
# pages of documents, organisations, laboratories and visits need a register with cases: tests/register looks at them
SIGNED |= {"document", "document_file", "verify", "visits", "visits_carry", "visits_form", "visits_worker"}
SIGNED |= {f"laboratory{part}" for part in ("", "_amend", "_file", "_move", "_preview", "_release", "_release_many")}
SIGNED |= {"laboratory_report", "laboratory_results", "laboratory_sample"}
SIGNED |= {f"organisation{part}" for part in ("", "_duplicates", "_import", "_merge", "_previewed", "_rejected")}
SIGNED |= {"organisations", "organisations_file", "party_new", "party_change"}
CROSSED = ("overview", "dataset_results", "sample", "rule")

pytestmark = MARKS


@pytest.fixture(scope="module")
def site(small_home: Path) -> Iterator[str]:
    """The real server over the small workspace with a small lake in it; the address at which it answers."""
    test_pages_nation.made(small_home)
    shutil.copytree(DRAWS, small_home / "draws", dirs_exist_ok=True)
    test_watch.made(small_home)
    with tempfile.TemporaryDirectory() as folder:
        risk = test_risk_doors.made(Path(folder)) / "home" / "risk"
        shutil.copytree(risk, small_home / "risk", dirs_exist_ok=True)
    with served(small_home) as address:
        yield address


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for all tests of the file."""
    with launched() as browser:
        yield browser


@pytest.fixture
def page(chromium: Browser, site: str) -> Iterator[Page]:
    """A page at a desk, in Chinese and light."""
    with opened(chromium, site, DESK, "light") as (_, made):
        yield made


def address(site: str, name: str) -> str:
    """The example of an address; one with an id is looked up on the page that links to it."""
    example = EXAMPLES[name]
    if isinstance(example, str):
        return example
    with urlopen(site + example[0], timeout=20) as answer:
        found = re.search(f'href="({example[1]})"', answer.read().decode())
    assert found, f"{example[0]} links to no {name}"
    return html.unescape(found.group(1))


def examined(page: Page, site: str, path: str) -> list[str]:
    """Everything that is wrong with a page: what it reports, what it fetches, how wide it is, what axe-core finds."""
    wrong: list[str] = []
    page.on("console", lambda said: wrong.append(f"console: {said.text}") if said.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
    page.on("requestfailed", lambda request: wrong.append(f"failed: {request.url}"))
    page.on("request", lambda request: None if local(request.url, site) else wrong.append(f"left: {request.url}"))
    answer = page.goto(path)
    wrong += [] if answer and answer.ok else [f"status: {answer.status if answer else 'none'}"]
    undrawn = page.evaluate(DRAWN)
    wrong += [f"not drawn: {undrawn}"] if undrawn else []
    wide, window = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    wrong += [f"{wide} px wide in a window of {window}: {page.evaluate(STICKING_OUT)}"] if wide > window else []
    wrong += page.evaluate(CUT) if window >= DESK[0] else []
    wrong += [f"{count} h1"] if (count := page.locator("h1").count()) != 1 else []
    language = page.locator("html").get_attribute("lang")
    wrong += [f"lang {language}"] if language != ("en" if path.startswith("/en/") else "zh-CN") else []
    wrong += page.evaluate(LOOKS)
    page.evaluate(AXE)
    return wrong + list(page.evaluate(FAULTS))


def local(url: str, site: str) -> bool:
    """Whether a request stays on the site."""
    return url.startswith((f"{site}/", "data:", "blob:"))


def test_every_address_of_the_pages_has_an_example_here() -> None:
    django.setup()
    names = {name for name in get_resolver("zhiheng.web.urls").reverse_dict if isinstance(name, str)}
    # pages of the account need somebody signed in: tests/register/test_signing_browser.py draws them
    names -= {name for name in get_resolver("zhiheng.web.pages.account.urls").reverse_dict if isinstance(name, str)}
    assert names == set(EXAMPLES) | FILES | SIGNED


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_page_in_chinese_at_a_desk_in_light_has_no_fault(page: Page, site: str, name: str) -> None:
    assert examined(page, site, address(site, name)) == []


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_page_in_english_on_a_phone_in_the_dark_has_no_fault(chromium: Browser, site: str, name: str) -> None:
    with opened(chromium, site, PHONE, "dark") as (_, page):
        assert examined(page, site, "/en" + address(site, name)) == []


@pytest.mark.parametrize("name", CROSSED)
@pytest.mark.parametrize(("size", "scheme", "start"), [(DESK, "dark", "/en"), (PHONE, "light", "")])
def test_the_other_half_of_size_language_and_colour_has_no_fault(
    chromium: Browser, site: str, name: str, size: tuple[int, int], scheme: str, start: str
) -> None:
    with opened(chromium, site, size, scheme) as (_, page):
        assert examined(page, site, start + address(site, name)) == []


def test_the_keyboard_alone_leads_from_the_overview_to_a_sample_and_its_rule(page: Page, site: str) -> None:
    page.goto(address(site, "sample"))
    product = page.locator("h1").inner_text()
    page.goto("/")
    tabbed(page, "[role=search] input", seen=FOCUS)
    page.keyboard.type(product)
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/**")
    tabbed(page, "main a[href*='/sample/']", seen=FOCUS)
    page.keyboard.press("Enter")
    page.wait_for_url("**/sample/**")
    expect(page.locator("h1")).to_contain_text(product)
    tabbed(page, "main a[href*='/rules/key/']", seen=FOCUS)
    page.keyboard.press("Enter")
    page.wait_for_url("**/rules/key/**")
    expect(page.locator(".rail [aria-current]")).to_have_attribute("href", "/rules/")


def test_the_first_tab_offers_to_skip_to_the_content(page: Page) -> None:
    page.goto("/")
    skip = tabbed(page, ".skip", most=1, seen=FOCUS)
    assert (skip.bounding_box() or {"y": -1})["y"] >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    tabbed(page, "main a", most=1, seen=FOCUS)


def test_a_slash_leads_to_the_search(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("/")
    expect(page.locator(".topbar input")).to_be_focused()


def test_the_number_of_a_sample_leads_straight_to_it(page: Page, site: str) -> None:
    path = address(site, "sample")
    page.goto("/")
    page.keyboard.press("/")
    page.keyboard.type(path.rstrip("/").rsplit("/", 1)[1])
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{path}")


def counted(page: Page) -> int:
    """How many results the list says it has."""
    return int(page.locator(".figures .value").first.inner_text().replace(",", ""))


def test_a_facet_narrows_the_list_and_back_widens_it_again(page: Page) -> None:
    page.goto(f"/results/{CN}/")
    before, start = counted(page), page.url
    page.locator(".facet a").filter(has_text="不合格").first.click()
    expect(page.locator(".chip")).to_have_count(1)
    assert "verdict=nonconforming" in page.url
    assert 0 < counted(page) < before
    page.go_back()
    expect(page.locator(".chip")).to_have_count(0)
    assert (page.url, counted(page)) == (start, before)


def test_a_chip_takes_its_filter_off(page: Page) -> None:
    page.goto(f"/results/{CN}/?verdict=nonconforming")
    shown = counted(page)
    page.locator(".chip").click()
    page.wait_for_url(f"**/results/{CN}/")
    assert counted(page) > shown


def test_switching_the_language_keeps_the_page_and_its_filters(page: Page) -> None:
    page.goto(f"/results/{CN}/?verdict=nonconforming")
    shown = counted(page)
    page.get_by_role("link", name="English").click()
    page.wait_for_url(f"**/en/results/{CN}/?verdict=nonconforming")
    assert (page.locator("html").get_attribute("lang"), counted(page)) == ("en", shown)
    page.get_by_role("link", name="中文").click()
    page.wait_for_url(f"**:*/results/{CN}/?verdict=nonconforming")


def test_the_theme_that_was_chosen_stays(page: Page) -> None:
    paper = "getComputedStyle(document.documentElement).backgroundColor"
    page.goto("/intake/")
    light = page.evaluate(paper)
    page.locator("[data-theme-toggle]").click()
    dark = page.evaluate(paper)
    page.goto("/plan/")
    assert light != dark == page.evaluate(paper)
    page.locator("[data-theme-toggle]").click()
    page.reload()
    assert page.evaluate(paper) == light


def test_the_first_view_weighs_less_than_150_kb_without_charts(chromium: Browser, site: str) -> None:
    """Counted as sent. Left out: what draws charts, and the Hanzi slices, which only a system without a Chinese face fetches."""
    with opened(chromium, site, DESK, "light") as (context, page):
        wire, named, sent = context.new_cdp_session(page), {}, {}
        wire.send("Network.enable")
        wire.on("Network.requestWillBeSent", lambda it: named.update({it["requestId"]: it["request"]["url"]}))
        wire.on("Network.loadingFinished", lambda it: sent.update({it["requestId"]: it["encodedDataLength"]}))
        page.goto("/", wait_until="networkidle")
        for _ in range(50):  # on a busy machine the last sizes are told a little later
            if set(named) <= set(sent):
                break
            page.wait_for_timeout(100)
    left_out = re.compile(r"/vendor/|/charts\.js$|-[123]\.woff2$")
    counted = {named[key]: size for key, size in sent.items() if not left_out.search(named[key])}
    assert len(counted) >= 6
    assert sum(counted.values()) < 150_000, counted


def test_the_bar_of_a_phone_shows_the_tasks(chromium: Browser, site: str) -> None:
    with opened(chromium, site, PHONE, "light") as (_, page):
        page.goto("/")
        expect(page.locator(".rail")).to_be_hidden()
        expect(page.locator(".bottom > a")).to_have_text(["概览", "公告", "投诉", "点检"])
        page.locator(".bottom summary").click()
        expect(page.locator(".bottom .sheet a")).to_have_text(
            [
                "抽检计划",
                "风险",
                "抽签",
                "抽样",
                "检验结果",
                "数据湖",
                "规则",
                "信号",
                "期限",
                "通报",
                "审计",
                "数据接收",
                "单位",
            ]
        )
        page.locator(".bottom .sheet a", has_text="规则").click()
        page.wait_for_url("**/rules/")
        box = page.locator(".bottom").bounding_box() or {"y": 0, "height": 0}
        assert box["y"] + box["height"] == PHONE[1]
