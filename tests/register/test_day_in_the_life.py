"""A day in the life: one case from the plan to its closure, every act by the right person at the real door of the real site.

In Chromium, on a clock that goes from March to October 2026. Nothing that a person does is done past a door; the last days of the
law are those that were counted by hand (see LAST_DAYS). On SQLite alone: what is tried is the doors, which do not know the
database, and the one row that is altered at the end is altered in the file; the acts behind the doors run on both elsewhere.
"""

import csv
import hashlib
import io
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from acting import Clock, Town, act, as_json, opened, periods, refused, state, town
from django.db import connections
from playwright.sync_api import Page, expect
from serving import MARKS, PHONE, launched, whole
from test_sampling_browser import FIELDS, fill, finish, ready

from zhiheng.register.demo import cast

DATABASES = ("sqlite",)
pytestmark = MARKS
CATEGORY = "饰品 > 儿童首饰"  # GB 28480-2012, table 2: lead at most 300 mg/kg
OFFICER, SECOND, PROVINCE = "county3a", "county3b", "province0a"
DECIDER = "zhao"  # signs in with password and app
INSPECTORS = ("inspector31", "inspector32")
PARTIES = {"市场监督管理局": b"the authority's own", "消费者委员会": b"the consumers' own"}
# period: its last day, counted by hand from the day limits in law/cn/procedures/product-sampling.yaml and the holidays of 2026
INTERNAL = "结案审批表"  # the authority's own paper: nobody outside learns that it is there
LAST_DAYS = {
    # received 03-20, 15 d: Sat 04-04, Qingming until 04-06, so Tue 04-07
    "提出异议": ("2026-04-07", "第15条", "已完成"),
    # objection Fri 04-03, 3 wd: 04-04 to 04-06 are off; 04-07, 04-08, 04-09
    "异议受理答复": ("2026-04-09", "受理答复", "已完成"),
    # accepted 04-08, 7 d
    "办理复检手续": ("2026-04-15", "复检一章", "已完成"),
    # accepted 04-08, 10 d: Sat 04-18, so Mon 04-20
    "确定复检机构": ("2026-04-20", "复检一章", "已完成"),
    # ordered 04-27, 60 d: 3 in April, 31 in May, 26 in June, a Friday
    "改正": ("2026-06-26", "第46条", "已完成"),
    # ordered 04-27, 75 d: Sat 07-11, so Mon 07-13
    "组织复查": ("2026-07-13", "第47条", "已完成"),
    # announced 07-24: 60 d is 09-22, 90 d is 10-22
    "再次复查": ("2026-09-22 – 2026-10-22", "第48条", "已完成"),
}
STEPS = [
    "sampled", "received", "tested", "nonconforming", "determined", "notified", "objected", "retest_agreed", "retest_ready",
    "retesting", "settled", "ordered", "corrected", "rechecking", "recheck_failed", "announced", "rechecking_again", "passed",
    "closed",
]  # fmt: skip


@pytest.fixture
def here(register: Path) -> Iterator[Town]:
    """The site with the people of the demonstration and no case; one more officer, who signs in with a password, comes by the door."""
    cast.gathered(np.random.default_rng(2026))
    connections.close_all()
    clock = Clock(register.parent / "clock")
    clock.put("2026-03-09T09:00")
    with launched() as browser, town(register.parent, clock, browser) as found:
        yield found


class Day:
    """What is known of the case on its way."""

    def __init__(self, here: Town) -> None:
        self.here = here
        self.number = self.firm = self.sample = self.retest = ""
        self.laboratory = self.other = ""

    def at(self, moment: str) -> None:
        """Put the clock on."""
        self.here.clock.put(moment)


def test_one_case_from_plan_to_closure(here: Town) -> None:
    day = Day(here)
    an_officer_with_a_password_comes(day)
    planned_and_drawn(day)
    visited_without_a_network(day)
    results_released(day)
    determined_and_served(day)
    objected(day)
    retest_drawn(day)
    retested(day)
    ordered_and_corrected(day)
    checked_again_and_announced(day)
    checked_after_the_announcement_and_closed(day)
    the_documents_are_genuine(day)
    the_clock_is_the_law_s(day)
    the_audit_is_whole_until_a_row_is_altered(day)


def an_officer_with_a_password_comes(day: Day) -> None:
    """The machine's keeper makes an account on the command line; its owner changes the password and sets up the app."""
    here = day.here
    authority = next(name for region, name, _, _ in cast.AUTHORITIES if region == "440106")
    made = here.ran("account", "add", DECIDER, "--name", "赵审", "--role", "officer", "--organisation", authority)
    first = re.search(r"once: (\S+)", made)
    assert first
    with here.as_("") as page:
        here.equipped(page, DECIDER, first.group(1))


def planned_and_drawn(day: Day) -> None:
    """The officer takes the firms of the county out of the register, plans and commits; two parties reveal; cases are opened."""
    here, folder = day.here, day.here.home / "paper"
    folder.mkdir()
    with here.as_(OFFICER) as page:
        page.goto("/register/organisations/?kind=enterprise&q=演示")
        with page.expect_download() as coming:
            page.locator("a[href*='organisations.csv']").first.click()
        firms = list(csv.DictReader(io.StringIO(Path(coming.value.path()).read_text(encoding="utf-8-sig"))))
    code, place = (next(name for name in firms[0] if word in name) for word in ("信用代码", "行政区划"))
    own = [row for row in firms if row[place].startswith("440106") or row[place].startswith("广东省广州市天河区")]
    assert len(own) == cast.FIRMS // 3
    with (folder / "firms.csv").open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream)
        table.writerows([["id", "region"], *([row[code], "440106"] for row in own)])
    (folder / "inspectors.csv").write_text(
        "inspector,qualifications,region,most\n" + "".join(f"{one},,440106,6\n" for one in INSPECTORS)
    )
    promises = {name: promise(name, secret) for name, secret in PARTIES.items()}
    (folder / "seed.json").write_text(
        f'{{"kind": "reveal", "parties": {promises}}}'.replace("'", '"'), encoding="utf-8"
    )
    here.ran(
        "plan", "make", str(folder / "firms.csv"), "--programme", "products-2020", "--budget", "1", "--strata", "region",
        "--inspectors", str(folder / "inspectors.csv"), "--seed", str(folder / "seed.json"), "--on", "2026-03-09",
        "--title", "儿童首饰监督抽查", "--out", str(here.home / "draws" / "jewellery"),
    )  # fmt: skip
    committed = as_json(here.ran("draw", "commit", "jewellery", "--json"))
    day.at("2026-03-10T08:30")
    for name, secret in PARTIES.items():
        here.ran("draw", "reveal", "jewellery", "--party", name, "--secret", padded(secret).hex())
    here.ran("draw", "run", "jewellery")
    assert as_json(here.ran("draw", "verify", "jewellery", "--published", committed["manifest_sha256"], "--json"))[
        "holds"
    ]
    with here.as_(OFFICER) as page:
        page.goto("/cases/drawn/")
        page.locator("main a[href='/cases/drawn/jewellery/']").click()
        expect(page.locator("#new-procedure")).to_have_value("product-sampling")
        page.locator("#new-basis").select_option("jewellery")
        page.locator("#new-category").fill(CATEGORY)
        page.locator("#new-programme").fill("2026年儿童首饰监督抽查")
        page.locator("#new-laboratory").select_option(label=cast.LABORATORIES[0][1])
        whole(page)
        page.locator("main form button.button:not([name=step])").click()
        expect(page.locator(".banner[role=status]")).to_contain_text("新立案 1 件")
        day.number = page.locator("main td a[href^='/case/']").inner_text().strip()
        assert re.fullmatch(r"PS-440106-2026-\d{6}", day.number)
        page.goto(f"/case/{day.number}/")
        expect(page.locator(".facts-list")).to_contain_text("2026年儿童首饰监督抽查")
        day.firm = page.locator(".facts-list a[href^='/register/organisations/']").first.inner_text()


def padded(secret: bytes) -> bytes:
    """A secret that is long enough."""
    return secret.ljust(32, b".")


def promise(name: str, secret: bytes) -> str:
    """The promise of a secret, as docs/explanation/verifiable-draws.md says."""
    return hashlib.sha256(f"zhiheng-draw/1 promise\n{name}\n".encode() + padded(secret)).hexdigest()


def visited_without_a_network(day: Day) -> None:
    """The inspector goes with the phone; in the cellar there is no network; outside the form goes off by itself, once."""
    day.at("2026-03-10T14:00")
    fields = FIELDS | {
        "product": "儿童手链", "product_type": "饰品 > 儿童首饰", "made_on": "2026-02-01", "sampled_on": "2026-03-10",
        "test_seal": "TH-0310-1", "reserve_seal": "TH-0310-2", "reserve_holder": "laboratory",
        "samplers": [{"name": "何检", "card": "A001"}, {"name": "林检", "card": "A002"}],
    }  # fmt: skip
    with day.here.as_(INSPECTORS[0], PHONE) as page:
        page.goto("/visits/")
        sent: list[int] = []
        page.on("response", lambda answer: sent.append(answer.status) if answer.url.endswith("/api/forms/") else None)
        page.locator(f"form[action='/visits/{day.number}/form/'] button").click()
        page.wait_for_url("**/sampling/")
        ready(page)
        page.evaluate("navigator.serviceWorker.ready.then(() => 1)")
        page.wait_for_function("navigator.serviceWorker.controller !== null")
        page.get_by_role("button", name="新建抽样单").first.click()
        page.wait_for_url("**/sampling/sampling-product/#form=*")
        ready(page)
        page.context.set_offline(True)
        fill(page, fields)
        finish(page)
        tag = page.locator(".queue .state-tag").first
        expect(tag).to_have_text("待发送")
        assert sent == []
        page.context.set_offline(False)
        expect(tag).to_have_text("已送达", timeout=120_000)
        assert sent == [201]
        page.goto("/visits/")
        page.get_by_role("button", name="已交付运送").first.click()
        expect(page.locator(".banner")).to_contain_text("已交付运送")


def results_released(day: Day) -> None:
    """The laboratory compares the seals, one person enters, the same cannot release, a second one does."""
    day.at("2026-03-11T10:00")
    with day.here.as_("lab1a") as page:
        day.sample = handed(page, "TH-0310-1", "receive")
        handed(page, "TH-0310-2", "store")
        entered(page, day.sample, "620")
        expect(page.locator("main")).to_contain_text("待另一人签发")
        expect(page.locator("form[action$='/release/']")).to_have_count(0)
    day.at("2026-03-18T16:00")
    with day.here.as_("lab1b") as page:
        released(page, day.sample, verdict="不合格")


def handed(page: Page, seal: str, move: str) -> str:
    """Find a sample by the seal in hand and note a hand-over; the number of the sample."""
    page.goto("/laboratory/")
    page.goto(f"/laboratory/?q={seal}")
    page.wait_for_url("**/laboratory/sample/*/")
    form = page.locator(f"form[action$='/move/{move}/']")
    if not form.is_visible():
        page.locator(f"details:has(form[action$='/move/{move}/']) > summary").click()
    form.locator("[name=seal]").fill(seal)
    form.locator("[name=look]").fill("完好，封条未破")
    form.locator("button.button").click()
    expect(page.locator(".banner").first).to_contain_text("已记录")
    return page.url.rstrip("/").rsplit("/", 1)[-1]


def entered(page: Page, sample: str, lead: str) -> None:
    """Enter one result and save the draft."""
    page.goto(f"/laboratory/sample/{sample}/results/")
    expect(page.locator("[data-grid][data-ready]")).to_be_attached()
    for name, value in (("analyte", "铅"), ("value", lead), ("unit", "mg/kg")):
        page.locator(f"[name={name}]").first.fill(value)
    page.get_by_role("button", name="保存草稿").click()
    page.wait_for_url("**/laboratory/report/**")


def released(page: Page, sample: str, *, verdict: str) -> None:
    """Release the draft of a sample, by what the rules say of it."""
    page.goto(f"/laboratory/sample/{sample}/")
    page.locator("main a[href*='/laboratory/report/']").first.click()
    expect(page.locator(".release .verdict").first).to_contain_text(verdict)
    page.locator("#sure").check()
    page.locator(".release button.button").click()
    expect(page.locator(".banner").first).to_contain_text("已签发")


def determined_and_served(day: Day) -> None:
    """The officer finds what failed and by which rule, determines, and serves the notice."""
    day.at("2026-03-20T10:00")
    with day.here.as_(OFFICER) as page:
        assert "检验不合格" in state(page, day.number)
        expect(page.locator("section:has(#findings)")).to_contain_text("620 mg/kg")
        act(page, day.number, "determine")
        act(page, day.number, "notify", received_on="2026-03-20")
        assert "结果已送达" in state(page, day.number)


def objected(day: Day) -> None:
    """The firm reads what was found and until when, and objects with a letter; the officer accepts; the firm takes the steps."""
    who = firm_account(day)
    day.at("2026-04-03T15:00")
    with day.here.as_(who) as page:
        page.goto("/firm/")
        expect(page.locator("main")).to_contain_text("2026-04-07")
        page.locator(f"main a[href='/case/{day.number}/']").first.click()
        expect(page.locator("section:has(#findings)")).to_contain_text("620 mg/kg")
        act(page, day.number, "object", papers=["objection_letter"], ground="取样位置不具代表性", items="铅")
    day.at("2026-04-08T11:00")
    with day.here.as_(OFFICER) as page:
        page.goto(f"/case/{day.number}/")
        with page.expect_download() as coming:
            page.locator("a[download]", has_text="objection_letter.pdf").first.click()
        assert Path(coming.value.path()).read_bytes().startswith(b"%PDF-")
        act(page, day.number, "accept_objection")
    day.at("2026-04-14T09:30")
    with day.here.as_(who) as page:
        act(page, day.number, "take_retest_steps")


def firm_account(day: Day) -> str:
    """The account of the firm that was drawn, as the administrator of the demonstration finds it."""
    found = re.search(r"演示(\d+)", day.firm)
    assert found
    return f"firm{found.group(1)}"


def retest_drawn(day: Day) -> None:
    """The first laboratory cannot be named; one of the others is drawn by lot, and the page shows seed and list."""
    day.at("2026-04-15T10:00")
    first = cast.LABORATORIES[0][1]
    with day.here.as_(OFFICER) as page:
        form = opened(page, day.number, "name_retest_body")
        assert first not in form.locator("select[name=retest_laboratory] option").all_inner_texts()
        form.locator(f"a[href='/case/{day.number}/retest/']").click()
        page.locator("#subject").select_option("饰品")
        page.locator("main form.chooser button").click()
        among = page.locator("main table tbody tr").all_inner_texts()
        assert len(among) == 2 and not any(first in one for one in among)
        whole(page)
        page.locator("main form[method=post] button.button").click()
        expect(page.locator(".banner[role=status]")).to_contain_text("已抽取")
        expect(page.locator(".timeline")).to_contain_text("抽签种子")
        page.goto(f"/case/{day.number}/retest/")
        expect(page.locator("main")).to_contain_text("由种子和名单重新计算，结果一致")
        day.other = next(
            name for _, name in cast.LABORATORIES if name in page.locator("section.figure h2").inner_text()
        )
    place = [name for _, name in cast.LABORATORIES].index(day.other) + 1
    day.laboratory = f"lab{place}"


def retested(day: Day) -> None:
    """Staff of the first laboratory stand back, and cannot do otherwise; the other one confirms what was found."""
    day.at("2026-04-16T10:00")
    with day.here.as_("lab1a") as page:
        page.goto(f"/case/{day.number}/")
        page.locator("details:has(.why-not) > summary").click()
        expect(page.locator(".why-not > ul").first).to_contain_text("应当回避")
        page.goto("/laboratory/?q=TH-0310-2")
        expect(page.locator("form[action$='/move/release/']")).to_have_count(0)
        expect(page.locator("main a[href$='/results/']")).to_have_count(0)
        expect(page.locator(".facts-list")).to_contain_text("3 只")
        page.goto(page.url + "results/")
        expect(page.locator(".banner")).to_contain_text("初检由贵机构承担")
        expect(page.locator("[data-grid]")).to_have_count(0)
    with day.here.as_(f"{day.laboratory}a") as page:
        day.retest = handed(page, "TH-0310-2", "release")
        entered(page, day.retest, "598")
    day.at("2026-04-24T17:00")
    with day.here.as_(f"{day.laboratory}b") as page:
        released(page, day.retest, verdict="不合格")


def ordered_and_corrected(day: Day) -> None:
    """Who determined may not decide; another officer orders, the firm reports what it did."""
    day.at("2026-04-27T09:00")
    with day.here.as_(OFFICER) as page:
        assert "结论确定" in state(page, day.number)
        refused(page, day.number, "order", words="不得再办理")
    with day.here.as_(DECIDER) as page:
        act(page, day.number, "order", served_on="2026-04-27", measures="停止生产、销售，更换镀层供应商")
    day.at("2026-06-24T15:00")
    with day.here.as_(firm_account(day)) as page:
        act(page, day.number, "report_correction", papers=["rectification_report"])


def checked_again_and_announced(day: Day) -> None:
    """The re-check fails; who failed it may not announce it; the province does, and the public reads it."""
    day.at("2026-07-09T09:00")
    with day.here.as_(INSPECTORS[1]) as page:
        act(page, day.number, "draw_recheck")
    day.at("2026-07-20T09:00")
    with day.here.as_(SECOND) as page:
        act(page, day.number, "fail_recheck")
        refused(page, day.number, "announce", words="不得再办理")
    day.at("2026-07-24T10:00")
    with day.here.as_(PROVINCE) as page:
        act(page, day.number, "announce", announced_on="2026-07-24")
    with day.here.as_("", PHONE) as page:
        page.goto("/announcements/")
        expect(page.locator("main")).to_contain_text(day.firm)
        page.locator("main tbody tr", has_text=day.firm).locator("a").first.click()
        page.wait_for_url(re.compile(r"/announcements/[A-Za-z0-9_-]{16,}/"))
        expect(page.locator("main")).to_contain_text("铅")
        whole(page)


def checked_after_the_announcement_and_closed(day: Day) -> None:
    """A day before the window opens the second re-check is refused; in it, it passes; a decider who did not determine closes."""
    day.at("2026-09-21T16:00")
    with day.here.as_(OFFICER) as page:
        refused(page, day.number, "draw_second_recheck", words="2026-09-22")
    day.at("2026-09-23T09:00")
    with day.here.as_(OFFICER) as page:
        act(page, day.number, "draw_second_recheck")
    day.at("2026-09-30T09:00")
    with day.here.as_(SECOND) as page:
        act(page, day.number, "pass_recheck")
    day.at("2026-10-09T09:00")
    with day.here.as_(OFFICER) as page:
        refused(page, day.number, "close", words="不得再办理")
    with day.here.as_(DECIDER) as page:
        act(page, day.number, "close")
        assert "已结案" in state(page, day.number)


def the_documents_are_genuine(day: Day) -> None:
    """Every document opens as a PDF that names the case's firm or sample; anybody finds it genuine by its code, and a forgery not."""
    with day.here.as_(OFFICER) as page:
        page.goto(f"/case/{day.number}/")
        papers = page.locator(".files a[href^='/documents/']")
        kinds = papers.all_inner_texts()
        addresses = [str(one.get_attribute("href")) for one in papers.all()]
        files = {}
        for kind, address in zip(kinds, addresses, strict=True):
            answer = page.request.get(address.rstrip("/") + ".pdf")
            assert answer.ok and answer.headers["content-type"] == "application/pdf", kind
            files[address] = answer.body()
            assert files[address].startswith(b"%PDF-") and files[address].rstrip().endswith(b"%%EOF"), kind
            page.goto(address)
            expect(page.locator("main")).to_contain_text("SHA-256")
    assert set(kinds) == {
        "抽样单", "样品交接记录", "检验报告", "检验结果通知书", "异议受理通知书", "复检通知书", "复检报告", "责令改正通知书",
        "复查报告", "公告", INTERNAL,
    }  # fmt: skip
    genuine, forged = files[addresses[0]], files[addresses[0]] + b"%"
    with day.here.as_("", PHONE) as page:
        for kind, address in zip(kinds, addresses, strict=True):
            page.goto(address.replace("/documents/", "/verify/"))
            told = "没有此核验码的文书" if kind == INTERNAL else "由本机关出具"
            expect(page.locator("main")).to_contain_text(told)
        for content, said in ((genuine, "一致"), (forged, "不一致")):
            page.goto(addresses[0].replace("/documents/", "/verify/"))
            page.locator("#file").set_input_files([{"name": "a.pdf", "mimeType": "application/pdf", "buffer": content}])
            page.locator("#compare button").click()
            expect(page.locator("#compare")).to_contain_text(said)
        page.goto("/verify/" + "A" * 22 + "/")
        expect(page.locator("main [role=alert], main .banner.error")).to_be_visible()


def the_clock_is_the_law_s(day: Day) -> None:
    """Each period of the case, as its page tells it, has the day and the article that were counted and read by hand."""
    with day.here.as_(OFFICER) as page:
        told = periods(page, day.number)
    assert set(told) == set(LAST_DAYS)
    for name, (last, article, standing) in LAST_DAYS.items():
        one: dict[str, Any] = told[name]
        assert (one["day"], article in one["cite"], standing in one["stands"]) == (last, True, True), (name, one)
    here = day.here.ran("clock", "product-sampling/objection", "--from", "2026-03-20")
    assert "2026-04-07" in here and "清明" in here


def the_audit_is_whole_until_a_row_is_altered(day: Day) -> None:
    """The chain holds, in the order in which things were done; one word altered in the file of the database is found."""
    here = day.here
    found = as_json(here.ran("audit", "verify", "--json"))
    assert found["faults"] == [] and found["events"] > len(STEPS)
    events = as_json(here.ran("audit", "events", "--case", day.number, "--last", "100", "--json"))
    walked = [one for one in events if one["state_after"] in STEPS and one["act"] != "open"]
    assert list(dict.fromkeys(one["state_after"] for one in walked)) == STEPS
    altered = next(one["number"] for one in events if one["act"] == "determine")
    with sqlite3.connect(here.home / "register.sqlite3") as database:
        guards = database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        with pytest.raises(sqlite3.IntegrityError):
            database.execute("UPDATE register_event SET who = 'somebody' WHERE number = ?", (altered,))
        for name, _ in guards:  # whoever has the file can take the guards away
            database.execute(f"DROP TRIGGER {name}")
        database.execute("UPDATE register_event SET who = 'somebody' WHERE number = ?", (altered,))
        for _, sql in guards:
            database.execute(sql)
    database.close()
    said = here.ran("audit", "verify", fails=True)
    assert re.search(rf"^\s*{altered}\s", said, re.MULTILINE), said
