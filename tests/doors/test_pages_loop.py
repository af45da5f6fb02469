"""The pages by dimension, place, signal, plan, bulletin, intake, figure and search: every address in both languages."""

import csv
import gzip
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import django
import pytest
from django.test import Client, override_settings

from zhiheng import loop
from zhiheng.evidence.snapshot import Workspace

EXAMPLES = Path(__file__).parents[2] / "examples" / "data"
CN, NYC, WATER, TORN = "cn_food_2026", "nyc_metals", "usgs_inl_water", "torn_metals"
TODAY = date(2026, 11, 22)
FIXED = (
    f"/by/{CN}/product_type/",
    f"/by/{CN}/analyte/?sort=-results",
    f"/by/{CN}/maker/?page=2",
    f"/by/{CN}/period/",
    f"/by/{CN}/period/?step=year",
    f"/by/{CN}/region/?q=市",
    f"/by/{NYC}/product_type/?force=guidance",
    f"/by/{NYC}/origin/",
    f"/by/{NYC}/period/?step=month",
    f"/by/{WATER}/site/",
    f"/by/{WATER}/period/",
    f"/by/{WATER}/analyte/?q=zzz",
    f"/by/{NYC}/analyte/one/?value=lead",
    f"/by/{NYC}/analyte/one/?value=lead&force=guidance&step=month",
    f"/by/{NYC}/maker/one/?value=",
    f"/by/{CN}/province/one/?value=山东",
    f"/by/{CN}/analyte/one/?value=lead",
    f"/map/{CN}/",
    f"/map/{NYC}/",
    f"/map/{WATER}/",
    "/signals/",
    f"/signals/?dataset={CN}&dimension=analyte",
    "/signals/?q=zzz",
    "/plan/",
    f"/plan/?dataset={NYC}",
    f"/plan/?dataset={WATER}&page=2",
    "/bulletins/",
    "/intake/",
    f"/intake/{CN}/",
    f"/intake/{TORN}/",
    f"/intake/{TORN}/?code=nothing",
    f"/intake/{TORN}/?q=lead",
    "/figure/",
    f"/figure/?name={CN}/rate",
    f"/figure/?name={NYC}/rate",
    f"/figure/?name={NYC}/nonconforming%3Fproduct_type%3DFood-Spice%26force%3Dguidance",
    f"/figure/?name={WATER}/judged",
    "/search/",
    "/search/?q=lead",
    "/search/?q=铅",
    "/search/?q=zzzzqq",
    "/search/?q=%27%22%3Cb%3E%25_",
)
BAD = (
    (f"/by/{CN}/laboratory/", 400),
    (f"/by/{CN}/nothing/", 400),
    ("/by/nowhere/analyte/", 404),
    (f"/by/{CN}/analyte/?sort=nothing", 400),
    (f"/by/{CN}/analyte/?page=0", 400),
    (f"/by/{CN}/analyte/?page=x", 400),
    (f"/by/{CN}/analyte/?force=divine", 400),
    (f"/by/{CN}/period/?step=week", 400),
    (f"/by/{CN}/analyte/one/?value=no-such-thing", 404),
    (f"/by/{CN}/nothing/one/?value=x", 400),
    ("/map/nowhere/", 404),
    (f"/signals/{CN}/000000000000/", 404),
    ("/signals/nowhere/000000000000/", 404),
    ("/signals/?since=tomorrow", 400),
    ("/plan/?dataset=nowhere", 404),
    (f"/bulletins/{CN}/fr.html", 404),
    (f"/bulletins/{CN}/zh.exe", 404),
    ("/bulletins/nowhere/zh.html", 404),
    ("/intake/nowhere/", 404),
    (f"/intake/{TORN}/?page=-1", 400),
    ("/figure/?name=nonsense", 400),
    (f"/figure/?name={CN}/magic", 400),
    (f"/figure/?name={CN}/rate%3Fprinted%3D1", 400),
    ("/figure/?name=nowhere/rate", 404),
)


@pytest.fixture(scope="session")
def loop_home(small_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small workspace with a part of the water data, and a data set that has rows turned away."""
    home = tmp_path_factory.mktemp("loop") / "home"
    shutil.copytree(small_home, home)
    for folder in (torn(tmp_path_factory.mktemp("torn")), water(tmp_path_factory.mktemp("water"))):
        loop.turn(folder, workspace=Workspace(home), today=TODAY)
    return home


def torn(folder: Path) -> Path:
    """A few rows of the metals with two that cannot be used."""
    source = EXAMPLES / "nyc_consumer_product_metals"
    name = "metal_content_consumer_products_20240217.csv"
    text = (source / "profile.yaml").read_text(encoding="utf-8").replace("name: nyc_metals", f"name: {TORN}")
    (folder / "profile.yaml").write_text(text, encoding="utf-8")
    with (source / name).open(encoding="utf-8-sig", newline="") as stream:
        lines = [line for _, line in zip(range(40), csv.reader(stream), strict=False)]
    metal = lines[0].index("METAL")
    lines[3][metal] = lines[7][metal] = "Unobtainium"
    with (folder / name).open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(lines)
    return folder


def water(folder: Path) -> Path:
    """The first rows of the water data."""
    source = EXAMPLES / WATER
    for name in ("profile.yaml", "analytes.csv"):
        shutil.copy(source / name, folder)
    with (
        gzip.open(source / "samples.csv.gz", "rt", encoding="utf-8") as read,
        gzip.open(folder / "samples.csv.gz", "wt", encoding="utf-8") as written,
    ):
        written.writelines(line for _, line in zip(range(4001), read, strict=False))
    return folder


@pytest.fixture(scope="session")
def site(loop_home: Path) -> Iterator[Client]:
    """The whole site over that workspace."""
    django.setup()
    from zhiheng.web import shell  # noqa: PLC0415  (needs Django set up)

    shell.shelf.cache_clear()
    with override_settings(WORKSPACE=loop_home):
        yield Client(raise_request_exception=False)
    shell.shelf.cache_clear()


def text(answer: Any) -> str:
    """An answer as text."""
    return str(answer.content.decode())


@pytest.mark.slow
@pytest.mark.parametrize("prefix", ["", "/en"])
@pytest.mark.parametrize("address", FIXED)
def test_every_address_answers_in_both_languages(site: Client, address: str, prefix: str) -> None:
    answer = site.get(prefix + address)
    assert answer.status_code == 200, text(answer)[-800:]
    assert "<h1>" in text(answer) and len(answer.content) < 400_000


@pytest.mark.parametrize("prefix", ["", "/en"])
@pytest.mark.parametrize(("address", "status"), BAD)
def test_what_cannot_be_shown_is_refused_with_a_page_of_words(
    site: Client, address: str, status: int, prefix: str
) -> None:
    answer = site.get(prefix + address)
    assert answer.status_code == status
    assert "<h1>" in text(answer)


@pytest.mark.slow
@pytest.mark.parametrize("dataset", [CN, NYC])
@pytest.mark.parametrize("edition", ["zh", "en"])
def test_a_bulletin_is_served_with_a_policy_of_its_own(site: Client, dataset: str, edition: str) -> None:
    page = site.get(f"/bulletins/{dataset}/{edition}.html")
    assert page.status_code == 200 and "default-src 'none'" in page["Content-Security-Policy"]
    sheet = site.get(f"/bulletins/{dataset}/{edition}.pdf")
    assert sheet.status_code == 200 and sheet.content[:5] == b"%PDF-" and "inline" in sheet["Content-Disposition"]


def test_a_set_of_failures_shows_no_rate_and_says_why(site: Client) -> None:
    page = text(site.get(f"/en/by/{CN}/product_type/"))
    assert (
        "There is no rate here" in page
        and "Nonconformity rate" not in page
        and "export/cn_food_2026/rates/product_type.csv" in page
    )


def test_a_rate_comes_with_interval_and_bounds(site: Client) -> None:
    page = text(site.get(f"/en/by/{NYC}/product_type/"))
    assert "Nonconformity rate" in page and "95% interval" in page and "If all inconclusive conform – fail" in page


def test_every_signal_has_a_page_with_the_rows_that_it_counts(site: Client) -> None:
    from zhiheng.reports import profiles  # noqa: PLC0415
    from zhiheng.web import shell  # noqa: PLC0415

    for signal in profiles.all_signals(shell.shelf())[:6]:
        page = text(site.get(f"/en/signals/{signal['dataset']}/{signal['signal_id']}/"))
        assert f"{signal['count']} of {signal['count']} nonconforming results" in page


def test_a_number_goes_straight_to_its_page(site: Client) -> None:
    sample = site.get("/search/?q=r0001")
    assert sample.status_code == 302 and sample["Location"] == f"/results/{CN}/sample/r0001/"
    rule = site.get("/search/?q=us/cpsia/toys-lead")
    assert rule.status_code == 302 and rule["Location"].endswith("/rules/key/us/cpsia/toys-lead/")


def test_the_form_for_a_figure_leads_to_its_name(site: Client) -> None:
    answer = site.get(f"/figure/?dataset={NYC}&measure=rate&dimension=analyte&value=lead&force=guidance")
    assert (
        answer.status_code == 302
        and answer["Location"] == "/figure/?name=nyc_metals%2Frate%3Fanalyte%3Dlead%26force%3Dguidance"
    )


def test_the_place_of_a_sample_is_never_guessed() -> None:
    from zhiheng.reports.atlas import Gazetteer, place  # noqa: PLC0415

    known = Gazetteer({"370000": "山东省", "330000": "浙江省"}, {"371500": "聊城市", "330100": "杭州市"})
    assert place("山东省聊城市莘县", known) == "371500"
    assert place("中国浙江杭州上城区", known) == "330100"
    assert place("山东省莱西市", known) == "370000"
    assert place("巨野县", known) is None and place("", known) is None


def test_rows_turned_away_stand_with_reason_and_remedy(site: Client) -> None:
    page = text(site.get(f"/en/intake/{TORN}/"))
    assert "Unobtainium" in page and "2 of 39 rows were rejected" in page
    assert "Nothing was turned away" in text(site.get(f"/en/intake/{NYC}/"))
