"""The pages over a lake: every figure is counted again in Python from reports and findings, in both languages."""

import csv
import io
import re
import shutil
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.test import Client

from zhiheng import daily, rules
from zhiheng.decision.tables import KEPT_FINDINGS, LEDGER
from zhiheng.engines import Engine
from zhiheng.errors import NothingThereYet
from zhiheng.evidence import delivery
from zhiheng.evidence.delivered import REPORTS
from zhiheng.evidence.snapshot import Workspace, store_json
from zhiheng.reports import process
from zhiheng.reports.nation import Nation, Nations, asking, batch, figures, firm, moved
from zhiheng.reports.nation import rows as lists
from zhiheng.reports.nation.periods import period
from zhiheng.reports.nation.stated import stated
from zhiheng.stats import wilson
from zhiheng.surveillance import OF_POPULATION, OF_TESTED
from zhiheng.web.pages.nation import parts

sys.path.insert(0, str(Path(__file__).parents[1] / "unit"))
import delivering  # noqa: E402

TODAY = date(2026, 11, 22)
NAME = "little"
CATEGORY = "蔬菜"
pytestmark = pytest.mark.slow


def made(root: Path, *, judged: bool = True) -> daily.Place:
    """A small lake with corrections, retests and repeated reports, judged twice."""
    place = daily.Place(Workspace(root), NAME)
    place.root.mkdir(parents=True)
    store_json(place.root / "card.json", delivering.CARD)
    for day, folder in enumerate(delivering.deliveries(root / "sent", seed=3, days=3, batches=60) if judged else ()):
        append(place, folder)
        if day:
            judge(place)
    return place


def append(place: daily.Place, folder: Path) -> None:
    """Take a delivery in."""
    with Engine() as engine:
        delivery.append(engine, place.evidence, delivery.found(folder), analytes=rules.analytes())


def judge(place: daily.Place) -> None:
    """Judge what came."""
    daily.judge(place, law=daily.law(), today=TODAY)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> daily.Place:
    return made(tmp_path_factory.mktemp("nation"))


@pytest.fixture(scope="module")
def nation(place: daily.Place) -> Nation:
    return Nations(place.workspace).open(NAME)


@pytest.fixture
def client(place: daily.Place) -> Iterator[Client]:
    """The site over the lake."""
    before, settings.WORKSPACE = settings.WORKSPACE, place.workspace.root
    yield Client()
    settings.WORKSPACE = before


def read(place: daily.Place, table: Any, *, judged: bool) -> list[dict[str, Any]]:
    """Every row of a table of the lake or of the book in force."""
    snapshot = (place.book(place.current["key"]) if judged else place.evidence).snapshot()
    with Engine() as engine:
        engine.attach(table.name, snapshot.files(table.name), table.schema)
        return engine.rows(table.unbound())


@pytest.fixture(scope="module")
def counted(place: daily.Place) -> list[dict[str, Any]]:
    """The batches by hand: of each sample the newest version of its first report, with the verdict that the ledger leaves."""
    latest: dict[tuple[str, str], dict[str, Any]] = {}
    for report in read(place, REPORTS, judged=False):
        key = report["sample_id"], report["stage"]
        if report["sample_kind"] == "regular" and (key not in latest or report["version"] > latest[key]["version"]):
            latest[key] = report
    heads: dict[str, dict[str, Any]] = {}
    for (sample, _), report in sorted(latest.items(), key=lambda entry: entry[0]):
        heads.setdefault(sample, report)
    left: Counter[tuple[str, str]] = Counter()
    for entry in read(place, LEDGER, judged=True):
        left[entry["sample_id"], entry["verdict"]] += entry["sign"]
    verdicts = {sample: verdict for (sample, verdict), n in left.items() if n > 0 and verdict != "conforming"}
    return [head | {"verdict": verdicts.get(sample, "conforming")} for sample, head in heads.items()]


def tally(batches: list[dict[str, Any]], **where: Any) -> Counter[str]:
    """Batches by verdict."""
    return Counter(row["verdict"] for row in batches if all(row[name] == value for name, value in where.items()))


@pytest.mark.parametrize("dimension", ["province", "region", "channel", "product_type", "arm"])
def test_figures_are_those_of_a_plain_count(nation: Nation, counted: list[dict[str, Any]], dimension: str) -> None:
    shown = {row[dimension]: row for row in figures.sums(nation, (dimension,))}
    assert set(shown) == {row[dimension] for row in counted}
    for value, row in shown.items():
        by_hand = tally(counted, **{dimension: value})
        assert row["batches"] == sum(by_hand.values())
        assert [row[name] for name in asking.VERDICTS[1:]] == [by_hand[name] for name in asking.VERDICTS[1:]]


def test_the_arms_are_never_mixed(nation: Nation, counted: list[dict[str, Any]]) -> None:
    arms = figures.arms(nation)
    for arm in figures.ARMS:
        by_hand = tally(counted, arm=arm)
        judged = by_hand["conforming"] + by_hand["nonconforming"]
        assert arms[arm]["rate"] == pytest.approx(by_hand["nonconforming"] / judged)
        interval = wilson(by_hand["nonconforming"], judged, level=0.95)
        assert (arms[arm]["lower"], arms[arm]["upper"]) == pytest.approx((float(interval.lower), float(interval.upper)))


def test_the_weighted_rate_is_that_of_hajek(nation: Nation, counted: list[dict[str, Any]]) -> None:
    """The weights of the cells have six decimals, hence the tolerance."""
    judged = [row for row in counted if row["verdict"] in ("conforming", "nonconforming")]
    weights = [(1 / row["inclusion"] if row["inclusion"] else 0.0, row["verdict"] == "nonconforming") for row in judged]
    by_hand = sum(weight for weight, failed in weights if failed) / sum(weight for weight, _ in weights)
    every = figures.arms(nation)["all"]
    assert every["weighted"] == pytest.approx(by_hand, abs=1e-6)
    assert every["unweighted"] == sum(not row["inclusion"] for row in judged) > 0
    # while a probability is not known there is no interval
    assert every["weighted_lower"] is None and every["weighted_upper"] is None
    sums = [sum(weight**2 for weight, _ in weights), sum(weight**2 for weight, failed in weights if failed)]
    assert [float(every[name]) for name in ("square_judged", "square_nonconforming")] == pytest.approx(sums, rel=1e-6)


def test_the_days_of_the_calendar_are_those_of_a_plain_count(nation: Nation, counted: list[dict[str, Any]]) -> None:
    for day, row in figures.days(nation, "random").items():
        by_hand = tally(counted, arm="random", sampled_on=day)
        assert (row["batches"], row["nonconforming"]) == (sum(by_hand.values()), by_hand["nonconforming"])


def test_the_weeks_of_a_firm_are_those_of_a_plain_count_and_arms_stay_apart(
    nation: Nation, counted: list[dict[str, Any]]
) -> None:
    numbers = Counter(row["maker_id"] for row in counted if row["maker_id"])
    number, _ = numbers.most_common(1)[0]
    own = [row for row in counted if number in (row["maker_id"], row["site_id"])]
    judged = [row for row in own if row["verdict"] in ("conforming", "nonconforming")]
    found = firm.weeks(nation, number)
    assert set(found) == {row["arm"] or "" for row in judged}
    for arm, weeks in found.items():
        mine = [row for row in judged if (row["arm"] or "") == arm]
        by_hand = Counter(row["sampled_on"] - timedelta(days=row["sampled_on"].weekday()) for row in mine)
        assert {week: n for week, _, n in weeks} == dict(by_hand)
        assert sum(failed for _, failed, _ in weeks) == sum(row["verdict"] == "nonconforming" for row in mine)


def test_a_firm_with_enough_weeks_has_a_p_chart_of_each_arm(
    nation: Nation, client: Client, counted: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    number, _ = Counter(row["maker_id"] for row in counted if row["maker_id"]).most_common(1)[0]
    usual = process.terms(on=TODAY)
    assert max(map(len, firm.weeks(nation, number).values())) < usual["firm_weeks"]
    assert "chart-random" not in client.get(f"/lake/{NAME}/firm/{number}/").content.decode()
    monkeypatch.setattr(process, "terms", lambda **_: usual | {"firm_weeks": 2})
    charts = firm.charted(nation, number, on=TODAY)
    assert charts
    text = client.get(f"/en/lake/{NAME}/firm/{number}/").content.decode()
    for arm, drawn in charts.items():
        assert f"chart-{arm}" in text and len(drawn.points) == len(firm.weeks(nation, number)[arm])
    assert "Of the batches tested" in text


def test_a_row_that_may_speak_of_the_population_carries_the_weighted_interval(nation: Nation) -> None:
    """Page and API tell the same figure: weighted where every probability is known, bare and with a reason where not."""
    for row in figures.sums(nation, ("province", "arm")):
        told = stated(row, row["arm"] or "")
        if row["arm"] == "random" and row["judged"] and not row["unweighted"]:
            assert (told.of, told.rate, told.lower) == (OF_POPULATION, row["weighted"], row["weighted_lower"])
        else:
            assert told.of == OF_TESTED and told.lower is None and told.reasons


def test_empty_weeks_are_gaps_and_unknown_probabilities_are_told(nation: Nation) -> None:
    """A course drawn from rows in which one week is missing and one holds a batch without a known probability."""
    whole = {
        "batches": 40,
        "inconclusive": 0,
        "not_judged": 0,
        "nonconforming": 4,
        "weight_judged": 400.0,
        "weight_nonconforming": 40.0,
    }
    row = whole | {"square_judged": 4000.0, "square_nonconforming": 400.0, "unweighted": 0}
    known, unknown = figures.rated([row, row | {"unweighted": 1}])
    weeks = [(date(2026, 1, 5), known), (date(2026, 1, 12), unknown), (date(2026, 1, 26), known)]
    chart, notes = parts.line(weeks, "random", "week")
    assert chart["kind"] == "band" and chart["x"] == ["2026-01-05", "2026-01-12", "2026-01-19", "2026-01-26"]
    assert chart["values"] == [10.0, None, None, 10.0] and chart["low"][0] < 10 < chart["high"][0]
    assert len(notes) == 3
    chart, notes = parts.line([(day, unknown) for day, _ in weeks], "random", "week")
    assert chart["kind"] == "lines" and "low" not in chart and len(notes) == 2
    chart, _ = parts.line(weeks, "targeted", "week")
    assert chart["kind"] == "lines" and chart["series"][0]["values"] == [10.0, 10.0, None, 10.0]


SPANS = "from=2026-01-05..2026-02-08&to=2026-02-09..2026-03-01"


@pytest.mark.parametrize("arm", ["random", "targeted", "all"])
def test_what_moved_the_rate_is_counted_from_the_batches(
    client: Client, counted: list[dict[str, Any]], arm: str
) -> None:
    """Weeks that begin within each span, batches counted once: some probability is not known, so of the items tested."""
    body = client.get(f"/api/lakes/{NAME}/moved?{SPANS}&by=channel&arm={arm}").json()
    judged = [
        row for row in counted if row["verdict"] in ("conforming", "nonconforming") and arm in (row["arm"], "all")
    ]
    spans = [(date(2026, 1, 5), date(2026, 2, 8)), (date(2026, 2, 9), date(2026, 3, 1))]
    for told, (first, last) in zip(body["periods"], spans, strict=True):
        mine = [row for row in judged if first <= row["sampled_on"] <= last]
        assert told["judged"] == len(mine) > 0
        assert told["rate"] == pytest.approx(sum(row["verdict"] == "nonconforming" for row in mine) / len(mine))
    assert sum(part["effect"] for part in body["parts"]) == pytest.approx(body["difference"])
    assert [part["name"] for part in body["parts"]] == ["channel", *(["arm"] if arm == "all" else []), "rates"]
    assert body["of"] == "of the items tested" and body["reasons"] and not body["weighted"]


def test_a_rank_is_never_told_without_its_interval(client: Client, counted: list[dict[str, Any]]) -> None:
    body = client.get(f"/api/lakes/{NAME}/ranking?by=province").json()
    assert {unit["value"] for unit in body["items"]} == {row["province"] for row in counted if row["province"]}
    assert all(unit["rank_lower"] <= unit["rank_upper"] for unit in body["items"])
    assert all(unit["shrunk_lower"] < unit["shrunk_upper"] for unit in body["items"])
    # some probability is not known here: the rates are of the items tested, and none has an interval of a population
    assert body["of"] == "of the items tested" and "is not known" in body["reasons"][0]
    assert all(unit["lower"] is None for unit in body["items"])
    assert "comparisons" in body["promise"] and body["note"]
    assert client.get(f"/api/lakes/{NAME}/ranking?by=laboratory").status_code in (400, 422)


def test_other_limits_are_told_apart_and_the_book_in_force_stays(place: daily.Place) -> None:
    """The part of the limits comes from pairs of batches in two ledgers, the rates from the cells of two books: they must agree."""
    law = daily.law("2026-09-10")
    before = place.current
    daily.judge(place, law=law, today=TODAY, in_force=False)
    assert place.current == before
    lakes = Nations(place.workspace)
    assert lakes.beside(NAME) == {"2026-09-10": lakes.under(NAME, "2026-09-10").key}
    spans = period("2026-01-05..2026-02-08"), period("2026-02-09..2026-03-01")
    own = moved.moved(lakes.open(NAME), *spans, by=["channel"], arm="all")
    told = moved.moved(lakes.open(NAME), *spans, by=["channel"], arm="all", other=lakes.under(NAME, "2026-09-10"))
    limits = told.movement.parts[0]
    assert limits.name == "limits" and limits.lower <= limits.effect <= limits.upper
    assert told.movement.first == pytest.approx(own.movement.first)
    whole = sum(part.effect for part in told.movement.parts)
    assert whole == pytest.approx(own.movement.moved.after - own.movement.first)
    with pytest.raises(NothingThereYet, match="--limits"):
        lakes.under(NAME, "1999-01-01")


@pytest.mark.parametrize(
    "where",
    [
        {},
        {"verdict": "nonconforming"},
        {"verdict": "conforming", "arm": "random"},
        {"province": "广东省", "verdict": "nonconforming"},
        {"province": ""},
        {"region": "440000"},
        {"category": CATEGORY},
        {"channel": "", "arm": "targeted"},
        {"week": "2026-02-16", "arm": "random"},
    ],
    ids=str,
)
def test_a_figure_opens_to_exactly_its_rows(
    nation: Nation, counted: list[dict[str, Any]], where: dict[str, str]
) -> None:
    question = asking.asked({name: [value] for name, value in where.items()} | {"size": ["7"]})
    found, after = lists.page(nation, question)
    while after:
        more, after = lists.page(nation, asking.Asked(question.where, after, question.size))
        assert len(more) <= question.size
        found += more
    assert len(found) == lists.counted(nation, question) == len({row["sample_id"] for row in found})
    low, high = asking.window(where)
    wanted = {
        row["sample_id"]: row["verdict"]
        for row in counted
        if all(fits(row, name, value) for name, value in where.items() if name != "week")
        and (low is None or high is None or low <= row["sampled_on"] <= high)
    }
    assert {row["sample_id"]: row["verdict"] for row in found} == wanted
    assert [row["sampled_on"] for row in found] == sorted((row["sampled_on"] for row in found), reverse=True)
    whole = nation.rows(lists.whole(nation, question))
    assert [row["sample_id"] for row in whole] == [row["sample_id"] for row in found]


def fits(row: dict[str, Any], name: str, value: str) -> bool:
    """Whether a batch fits a filter."""
    if name == "region":
        return str(row["region"] or "").startswith(value[:2])
    if name == "category":
        return bool(row["product_type"].startswith(value))
    return bool((row[name] or "") == value)


def test_findings_of_an_item_are_those_that_the_tally_counts(nation: Nation) -> None:
    items = {row["analyte"]: row["nonconforming"] for row in figures.items(nation)}
    assert sum(items.values()) > 10
    for analyte, n in items.items():
        question = asking.asked({"analyte": [analyte], "verdict": ["nonconforming"], "size": ["500"]})
        found, _ = lists.page(nation, question)
        assert len(found) == n == lists.counted(nation, question)


def test_every_batch_shows_the_verdict_of_its_lines(
    place: daily.Place, nation: Nation, counted: list[dict[str, Any]]
) -> None:
    kept = {row["result_id"]: row["verdict"] for row in read(place, KEPT_FINDINGS, judged=True)}
    reports: dict[str, int] = defaultdict(int)
    for row in read(place, REPORTS, judged=False):
        reports[row["sample_id"]] += 1
    several = [row for row in counted if reports[row["sample_id"]] > 1][:6]
    for row in (*counted[:6], *several):
        held = batch.batch(nation, row["sample_id"])
        assert held.verdict == row["verdict"] and len(held.reports) == reports[row["sample_id"]]
        for line in held.lines:
            # what was plain conforms, or had no rule; everything else is as it was judged
            assert line["verdict"] == kept.get(line["result_id"], line["verdict"])
            assert line["result_id"] in kept or line["verdict"] == ("conforming" if line["rule_key"] else "not_judged")
    assert several


def test_a_lake_is_read_again_when_it_was_judged_again(place: daily.Place, tmp_path: Path) -> None:
    copy = daily.Place(Workspace(tmp_path / "copy"), NAME)
    shutil.copytree(place.root, copy.root)
    nations = Nations(copy.workspace)
    before = nations.open(NAME)
    assert nations.open(NAME) is before
    append(copy, delivering.write(tmp_path / "2026-03-05", delivering.report(Random(1), "new", date(2026, 3, 4))))
    assert nations.open(NAME) is before
    judge(copy)
    after = nations.open(NAME)
    assert after.made_from != before.made_from
    assert batch.batch(after, "new").sample_id == "new"


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_pages_answer_in_both_languages(client: Client, counted: list[dict[str, Any]], prefix: str) -> None:
    sample, firm = counted[0]["sample_id"], next(row["maker_id"] for row in counted if row["maker_id"])
    for path in (
        "/lake/", f"/lake/{NAME}/", f"/lake/{NAME}/region/440000/", f"/lake/{NAME}/region/440106/",
        f"/lake/{NAME}/category/{quote(CATEGORY)}/", f"/lake/{NAME}/category/{quote('蔬菜 > 芹菜')}/",
        f"/lake/{NAME}/firm/{firm}/", f"/lake/{NAME}/batch/{sample}/", f"/lake/{NAME}/rows/",
        f"/lake/{NAME}/moved/", f"/lake/{NAME}/moved/?{SPANS}&by=channel&arm=all", f"/lake/{NAME}/ranking/",
        f"/lake/{NAME}/ranking/?by=channel&arm=targeted", f"/lake/{NAME}/rows/?since=2026-02-09&until=2026-02-15&arm=random",
    ):  # fmt: skip
        answer = client.get(prefix + path)
        assert answer.status_code == 200, path
        text = answer.content.decode()
        assert text.count("<h1>") == 1 and "None" not in re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)


def test_the_overview_prints_the_figures(client: Client, counted: list[dict[str, Any]]) -> None:
    text = client.get(f"/en/lake/{NAME}/").content.decode()
    by_hand = tally(counted, arm="random")
    rate = by_hand["nonconforming"] / (by_hand["conforming"] + by_hand["nonconforming"])
    assert f'<span class="value">{100 * rate:.2f}%</span>' in text
    assert f'<span class="value">{tally(counted)["nonconforming"]}</span>' in text


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet"])
@pytest.mark.parametrize(
    "name",
    [
        "table/province",
        "table/course",
        "table/items",
        "table/days",
        "table/moved",
        "table/mix?of=category",
        "table/ranking",
        "rows",
    ],
)
def test_every_table_is_a_file(client: Client, name: str, form: str) -> None:
    path, _, query = name.partition("?")
    answer = client.get(f"/lake/{NAME}/{path}.{form}?{query}")
    body = b"".join(answer.streaming_content)
    assert answer.status_code == 200 and len(body) > 100 and form in answer["Content-Disposition"]


def test_the_file_of_rows_has_what_the_list_has(client: Client, counted: list[dict[str, Any]]) -> None:
    answer = client.get(f"/en/lake/{NAME}/rows.csv?verdict=nonconforming")
    lines = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert {line["Sample"] for line in lines} == {
        row["sample_id"] for row in counted if row["verdict"] == "nonconforming"
    }


@pytest.mark.parametrize(
    "path",
    ["lake/other/", f"lake/{NAME}/batch/nothing/", f"lake/{NAME}/firm/nothing/", f"lake/{NAME}/region/990000/",
     f"lake/{NAME}/category/nothing/", f"lake/{NAME}/?as_known=2020-01-01"],
)  # fmt: skip
def test_what_is_not_there_says_so(client: Client, path: str) -> None:
    assert client.get(f"/{path}").status_code == 404


@pytest.mark.parametrize(
    "path", ["moved/?by=laboratory", "moved/?from=lately", "moved/?arm=both", "ranking/?by=week", "ranking/?arm=all"]
)
def test_a_comparison_that_makes_no_sense_is_refused(client: Client, path: str) -> None:
    assert client.get(f"/lake/{NAME}/{path}").status_code == 400


@pytest.mark.parametrize("query", ["verdict=maybe", "week=today", "since=now", "after=x", "size=0"])
def test_a_question_that_makes_no_sense_is_refused(client: Client, query: str) -> None:
    assert client.get(f"/lake/{NAME}/rows/?{query}").status_code == 400


def test_without_a_lake_the_page_says_how_one_comes(tmp_path: Path) -> None:
    before, settings.WORKSPACE = settings.WORKSPACE, tmp_path
    try:
        empty = Client().get("/en/lake/").content.decode()
        assert "zhiheng lake append" in empty and '<a href="/en/lake/"' not in empty
        made(tmp_path, judged=False)
        waiting = Client().get("/en/lake/").content.decode()
        assert "zhiheng lake judge little" in waiting and '<a href="/en/lake/"' in waiting
    finally:
        settings.WORKSPACE = before


def test_the_api_tells_the_same(client: Client, counted: list[dict[str, Any]]) -> None:
    lake = client.get("/api/lakes").json()[0]
    assert (lake["dataset"], lake["batches"]) == (NAME, len(counted))
    cells = client.get(f"/api/lakes/{NAME}/cells/course?by=arm").json()["items"]
    by_arm = {cell["by"]["arm"]: cell["nonconforming"] for cell in cells}
    assert by_arm == {arm: tally(counted, arm=arm)["nonconforming"] for arm in figures.ARMS}
    sample = counted[0]["sample_id"]
    assert client.get(f"/api/lakes/{NAME}/batches/{sample}").json()["verdict"] == counted[0]["verdict"]
    found = client.get(f"/api/lakes/{NAME}/findings?analyte=lead&size=3").json()
    assert found["total"] >= len(found["items"]) > 0
    assert client.get(f"/api/lakes/{NAME}/cells/course?by=region").status_code == 400
    assert client.get(f"/api/lakes/{NAME}/batches/nothing").status_code == 404


def test_the_search_finds_batches_firms_regions_and_categories(client: Client, counted: list[dict[str, Any]]) -> None:
    row = next(row for row in counted if row["maker_id"] and row["region"])
    for wanted, page in (("sample_id", "batch"), ("maker_id", "firm"), ("region", "region")):
        answer = client.get("/search/", {"q": row[wanted]})
        assert answer["Location"] == f"/lake/{NAME}/{page}/{row[wanted]}/"
    found = client.get("/search/", {"q": CATEGORY}).content.decode()
    assert f'href="/lake/{NAME}/category/{quote(CATEGORY)}/"' in found
    assert client.get("/search/", {"q": "nowhere-000000"}).status_code == 200
