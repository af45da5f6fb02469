"""The pages of results and rules: every address answers, filters narrow, bad input gets a page."""

import io
import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zipfile import ZipFile

import django
import pytest

django.setup()

from django.conf import settings  # noqa: E402  (Django has to be set up first)
from django.test import Client, override_settings  # noqa: E402
from django.urls import resolve  # noqa: E402
from django.utils.translation import override  # noqa: E402

from zhiheng import rules  # noqa: E402
from zhiheng.decision import FINDINGS  # noqa: E402
from zhiheng.evidence.snapshot import Workspace  # noqa: E402
from zhiheng.reports import Shelf, browse, compare, facets, lawbook  # noqa: E402
from zhiheng.web import shell  # noqa: E402
from zhiheng.web.pages import words  # noqa: E402

Ask = Callable[..., Any]
FOOD, METALS = "cn_food_2026", "nyc_metals"
TOYS = "rules/key/us/cpsia/toys-lead/"
ADDRESSES = [
    "",
    "results/",
    f"results/{FOOD}/",
    f"results/{METALS}/",
    f"results/{METALS}/?verdict=nonconforming&sort=-exceedance&size=5",
    f"results/{FOOD}/?q=zzzz",
    f"results/{FOOD}/?page=999",
    f"printed/{FOOD}/",
    f"printed/{METALS}/",
    "rules/",
    "rules/?family=cn/gb2762&q=lead&sort=since",
    "rules/?q=zzzz",
    "rules/?on=2010-01-01",
    TOYS,
    f"{TOYS}?on=2001-01-01",
    "rules/editions/",
    "rules/editions/?before=2022-01-01&after=2026-09-02",
    "rules/editions/?family=us/cpsia&before=2009-08-13&after=2009-08-14",
    "rules/unplaced/",
]
REFUSED = [
    (f"results/{FOOD}/?page=x", 400),
    (f"results/{FOOD}/?sort=nothing", 400),
    (f"results/{FOOD}/?since=yesterday", 400),
    ("results/none/", 404),
    (f"results/{FOOD}/sample/none/", 404),
    ("printed/none/", 404),
    ("rules/key/none/", 404),
    (f"{TOYS}?on=never", 400),
    ("rules/?on=never", 400),
    ("rules/editions/?family=none", 404),
    ("rules/editions/?before=x", 400),
    (f"export/{FOOD}/none.csv", 400),
    (f"export/{FOOD}/findings.exe", 400),
    ("export/none/findings.csv", 404),
    (f"export/{FOOD}/rates/none.csv", 400),
    (f"export/{FOOD}/rates/analyte.csv?force=none", 400),
    ("nowhere/", 404),
]


@pytest.fixture(scope="module")
def ask(small_home: Path) -> Iterator[Ask]:
    """Ask for a page; its status is checked and its text given back."""

    def get(path: str, status: int = 200, language: str = "en") -> str:
        answer = Client(headers={"host": "localhost"}).get(("/en/" if language == "en" else "/") + path)
        assert answer.status_code == status, answer.content.decode()
        return str(answer.content.decode())

    shell.shelf.cache_clear()
    with override_settings(WORKSPACE=small_home):
        yield get
    shell.shelf.cache_clear()


@pytest.fixture(scope="module")
def download(ask: Ask) -> Ask:
    """Fetch a file; its headers and its bytes."""

    def get(path: str) -> tuple[Any, bytes]:
        answer = Client(headers={"host": "localhost"}).get(f"/en/export/{path}")
        assert answer.status_code == 200
        return answer.headers, b"".join(answer.streaming_content)

    return get


@pytest.fixture(scope="module")
def shelf(small_home: Path) -> Shelf:
    """The same data without a page."""
    return Shelf(Workspace(small_home))


def a_sample(shelf: Shelf, dataset: str, **wanted: str) -> dict[str, Any]:
    table = FINDINGS.unbound()
    for name, value in wanted.items():
        table = table.filter(table[name] == value)
    return shelf.rows(dataset, table.order_by("result_id").limit(1))[0]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("path", ADDRESSES)
def test_every_address_answers_in_both_languages(ask: Ask, path: str, language: str) -> None:
    page = ask(path, language=language)
    assert f'<html lang="{"en" if language == "en" else "zh-CN"}"' in page
    assert page.count("<h1>") == 1
    assert "[{" not in re.sub(r"<script.*?</script>", "", page, flags=re.S)


@pytest.mark.parametrize(("path", "status"), REFUSED)
def test_what_nobody_can_act_on_gets_a_page_and_no_bug(ask: Ask, path: str, status: int) -> None:
    page = ask(path, status=status)
    assert "Start from the overview" in page
    assert f"Answer {status}" in page


@pytest.mark.parametrize(
    "path",
    [*ADDRESSES, f"results/{FOOD}/sample/r0001/", f"export/{FOOD}/findings.csv", f"export/{FOOD}/rates/analyte.csv"],
)
def test_every_view_states_who_may_use_it(path: str) -> None:
    with override("en"):
        assert resolve("/en/" + path.split("?")[0]).func.access == "public"


def test_overview_counts_failures_and_gives_them_no_rate(ask: Ask, shelf: Shelf) -> None:
    page, summary = ask(""), shelf.open(FOOD).summary
    assert f"of {summary['intake']['items']} printed" in page
    assert "Failures only" in page
    assert f"{FOOD}%2Frate" not in page


def test_overview_gives_every_rate_with_interval_bounds_and_what_was_not_judged(ask: Ask) -> None:
    page = ask("")
    assert f"{METALS}%2Frate" in page
    assert re.search(r"95% interval \d", page)
    assert "whatever the inconclusive results truly are" in page
    assert f"{METALS}%2Fnot_judged" in page


def test_filters_narrow_the_list(ask: Ask, shelf: Shelf) -> None:
    for verdict in ("nonconforming", "not_judged"):
        total = facets.tallies(shelf, FOOD, "findings", browse.View((("verdict", (verdict,)),)))[0]
        assert f" of {total}</span>" in ask(f"results/{FOOD}/?verdict={verdict}")
    assert "No result fits all the filters" in ask(f"results/{FOOD}/?q=zzzz")


def test_a_filter_that_is_on_can_be_taken_off(ask: Ask) -> None:
    page = ask(f"results/{FOOD}/?verdict=nonconforming&q=r0")
    assert "Verdict: Nonconforming" in page
    assert "Search: r0" in page
    assert f'href="/en/results/{FOOD}/?q=r0"' in page


def test_facet_counts_add_up_to_the_list(shelf: Shelf) -> None:
    total, counts = facets.tallies(shelf, FOOD, "findings", browse.View())
    assert total == sum(row["n"] for row in counts["verdict"]) == sum(row["n"] for row in counts["province"])


def test_pages_of_a_list_never_overlap(ask: Ask) -> None:
    first, second = (re.findall(r"/sample/([^/]+)/", ask(f"results/{METALS}/?size=20&page={n}")) for n in (1, 2))
    assert len(first) == len(second) == 20
    assert first != second


def test_a_sample_tells_its_story_down_to_the_row(ask: Ask, shelf: Shelf) -> None:
    row = a_sample(shelf, FOOD, verdict="nonconforming")
    page = ask(f"results/{FOOD}/sample/{row['sample_id']}/")
    for text in (
        "What happened",
        "Tested first",
        "Taken in",
        "Judged",
        f"row {row['row']}",
        row["source"][:16],
        row["result_id"],
    ):
        assert text in page
    assert f"/en/rules/key/{quote(row['rule_key'], safe='/')}/?on={row['day']}" in page
    assert words.REASONS[row["reason"]][0] in page


def test_a_sample_leads_to_its_maker_and_place(ask: Ask, shelf: Shelf) -> None:
    row = next(
        row for row in shelf.rows(FOOD, FINDINGS.unbound().order_by("result_id")) if row["maker"] and row["site"]
    )
    page = ask(f"results/{FOOD}/sample/{row['sample_id']}/")
    for dimension in ("maker", "site", "product_type", "province"):
        assert f"/en/by/{FOOD}/{dimension}/one/?value=" in page


def test_printed_limits_are_counted_by_agreement(ask: Ask, shelf: Shelf) -> None:
    page = ask(f"printed/{FOOD}/")
    differing = sum(row["n"] for row in shelf.open(FOOD).summary["printed"] if row["agreement"] == "differ")
    assert f"{differing} item" in page
    assert "This source prints no limits" in ask(f"printed/{METALS}/")


def test_a_difference_is_explained_by_who_looked_into_it(
    ask: Ask, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = FINDINGS.unbound()
    odd = table.filter(table.printed_verdict.notnull()).order_by("result_id").limit(1)
    found = shelf.rows(FOOD, odd)
    monkeypatch.setattr(compare, "odd", lambda: odd)
    note = {"explanation_en": "a slip of the pen", "explanation_zh": "笔误"}
    monkeypatch.setattr(compare, "explanations", lambda _: {(found[0]["sample_id"], str(found[0]["item"])): note})
    assert "a slip of the pen" in ask(f"printed/{FOOD}/")


def test_the_list_of_rules_narrows_by_family_and_words(ask: Ask) -> None:
    page = ask("rules/?family=us/cpsia")
    assert "1–2 of 2" in page
    assert TOYS in page
    assert "No rule fits all the filters" in ask("rules/?q=zzzz")


def test_a_rule_shows_its_value_on_the_day_or_why_there_is_none(ask: Ask) -> None:
    assert "≤ 300 ppm" in ask(f"{TOYS}?on=2010-01-01")
    assert "no value on 2001-01-01; the first begins on 2009-02-10" in ask(f"{TOYS}?on=2001-01-01")


def test_a_rule_shows_its_history_cases_and_uses(ask: Ask) -> None:
    page = ask(TOYS)
    assert '"kind": "steps"' in page
    assert "the day of the first limit" in page
    assert f"/en/results/{METALS}/?rule_key=us%2Fcpsia%2Ftoys-lead" in page


def test_a_rule_with_a_chinese_key_has_a_page(ask: Ask) -> None:
    key = next(key for key in rules.book().rules if not key.isascii())
    assert key in ask(f"rules/key/{quote(key)}/")


@pytest.mark.slow
def test_every_rule_of_the_book_has_a_page_context(ask: Ask) -> None:
    from_each_family = {rule.family: rule.key for rule in rules.book().rules.values()}
    for key in from_each_family.values():
        assert key in ask(f"rules/key/{quote(key)}/")


def test_rules_of_two_days_are_counted_as_changed_new_and_gone() -> None:
    changes = compare.editions("us/cpsia", date(2009, 8, 13), date(2009, 8, 14))
    assert {change.rule.key: change.kind for change in changes}["us/cpsia/toys-lead"] == "changed"
    alone = compare.editions("us/cpsia", date(2000, 1, 1), date(2009, 8, 14))
    assert all(change.kind in ("new", "unchanged") for change in alone)


def test_findings_that_would_turn_out_otherwise_are_found(shelf: Shelf) -> None:
    turned = compare.replayed(shelf, METALS, family="us/cpsia", before=date(2001, 1, 1), after=date(2020, 1, 1))
    assert all(row["before"] != row["after"] for row in turned)
    assert compare.replayed(shelf, METALS, family="us/cpsia", before=date(2020, 1, 1), after=date(2020, 1, 1)) == ()


def test_a_rule_history_ends_where_the_rule_ends() -> None:
    ended = next(
        rule for rule in rules.book().rules.values() if rule.values[-1].until and rule.values[-1].high is not None
    )
    assert lawbook.history(ended)[-1][1] is None


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet"])
def test_exports_open_and_carry_their_date(download: Ask, form: str) -> None:
    headers, body = download(f"{FOOD}/findings.{form}?verdict=nonconforming")
    assert re.search(rf'filename="{FOOD}-findings-\d{{4}}-\d\d-\d\d\.{form}"', headers["Content-Disposition"])
    if form == "csv":
        assert body.startswith(b"\xef\xbb\xbf")
        assert "not_judged" not in body.decode("utf-8-sig")
    elif form == "xlsx":
        assert "xl/worksheets/sheet1.xml" in ZipFile(io.BytesIO(body)).namelist()
    else:
        assert body[:4] == b"PAR1" == body[-4:]


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet"])
def test_rates_of_a_dimension_can_be_downloaded(download: Ask, form: str) -> None:
    headers, body = download(f"{METALS}/rates/product_type.{form}?force=guidance")
    assert "rates-product_type-guidance" in headers["Content-Disposition"]
    assert len(body) > 100


@pytest.mark.parametrize("listing", ["samples", "signals", "rejects", "proposal"])
def test_every_list_can_be_downloaded(download: Ask, listing: str) -> None:
    assert download(f"{METALS}/{listing}.csv")[1].startswith(b"\xef\xbb\xbf")


def test_an_empty_workspace_says_how_it_is_filled(tmp_path: Path) -> None:
    shell.shelf.cache_clear()
    with override_settings(WORKSPACE=tmp_path):
        client = Client(headers={"host": "localhost"})
        for path in ("/en/", "/en/results/"):
            assert "No data yet" in client.get(path).content.decode()
        assert client.get("/en/rules/").status_code == client.get("/en/rules/unplaced/").status_code == 200
    shell.shelf.cache_clear()
    assert settings.WORKSPACE


def test_the_day_of_the_rules_stays_when_the_list_is_narrowed(ask: Ask) -> None:
    page = ask("rules/?on=2010-01-01&family=us/cpsia")
    assert "≤ 300 ppm" in page
    assert "/en/rules/?on=2010-01-01&amp;family=us%2Fcpsia&amp;sort=" in page
