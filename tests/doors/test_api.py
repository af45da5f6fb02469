"""The API answers what the pages show, and says what went wrong and what next."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import django
import pytest

django.setup()

from django.test import Client, override_settings  # noqa: E402  (Django has to be set up first)

from zhiheng import rules  # noqa: E402
from zhiheng.api import data  # noqa: E402
from zhiheng.reports import LISTINGS  # noqa: E402

Ask = Callable[..., Any]
LISTS = ("findings", "samples", "signals", "rejects", "proposal")


@pytest.fixture(scope="module")
def ask(small_home: Path) -> Iterator[Ask]:
    """Ask the API for an address; the answer's status is checked and its body given back."""

    def get(path: str, status: int = 200, **question: Any) -> Any:
        answer = Client(headers={"host": "localhost"}).get(f"/api/{path}", question)
        assert answer.status_code == status, answer.content.decode()
        assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
        return json.loads(answer.content)

    data.shelf.cache_clear()
    with override_settings(WORKSPACE=small_home):
        yield get
    data.shelf.cache_clear()


def test_version_names_program_law_and_data_sets(ask: Ask) -> None:
    assert ask("version")["law"] == rules.fingerprint()
    assert ask("version")["datasets"] == ["cn_food_2026", "nyc_metals"]


def test_data_sets_say_what_came_in_and_how_it_was_judged(ask: Ask) -> None:
    nyc = next(entry for entry in ask("datasets") if entry["dataset"] == "nyc_metals")
    taken = nyc["intake"]
    assert taken["received"] == 400 == taken["accepted"] + taken["rejected"] + taken["duplicate"]
    assert sum(count["n"] for count in nyc["results"]) == taken["items"]
    assert ask("datasets/nyc_metals") == nyc
    assert set(nyc["alternatives"]) == {"simple", "guarded", "each_day"}


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("dataset", ["cn_food_2026", "nyc_metals"])
def test_every_list_answers_a_page_with_all_columns(ask: Ask, dataset: str, name: str) -> None:
    page = ask(f"datasets/{dataset}/{name}", size=3)
    assert set(page) == {"total", "page", "size", "items"}
    assert len(page["items"]) == min(3, page["total"])
    assert all(set(row) == set(LISTINGS[name].table.schema.names) for row in page["items"])


def test_pages_of_a_list_do_not_overlap(ask: Ask) -> None:
    first = ask("datasets/nyc_metals/findings", size=50)["items"]
    second = ask("datasets/nyc_metals/findings", size=50, page=2)["items"]
    assert not {row["result_id"] for row in first} & {row["result_id"] for row in second}


def test_filters_of_a_list_take_several_values(ask: Ask) -> None:
    both = ask("datasets/nyc_metals/findings", verdict=["conforming", "inconclusive"])["total"]
    alone = [ask("datasets/nyc_metals/findings", verdict=word)["total"] for word in ("conforming", "inconclusive")]
    assert both == sum(alone)


def test_search_and_days_narrow_a_list(ask: Ask) -> None:
    found = ask("datasets/nyc_metals/findings", q="turmeric", since="2011-01-01", until="2011-01-31")
    assert 0 < found["total"] < ask("datasets/nyc_metals/findings")["total"]
    assert all("2011-01-01" <= row["day"] <= "2011-01-31" for row in found["items"])


def test_lists_are_sorted_by_a_column_in_both_directions(ask: Ask) -> None:
    rows = ask("datasets/nyc_metals/samples", sort="-results")["items"]
    assert [row["results"] for row in rows] == sorted((row["results"] for row in rows), reverse=True)


def test_decimals_are_texts_without_the_zeros_of_storage(ask: Ask) -> None:
    values = [row["value"] for row in ask("datasets/nyc_metals/findings", q="turmeric")["items"] if row["value"]]
    assert values
    assert all(isinstance(value, str) and not value.endswith("0" * 3) for value in values)


def test_facets_count_the_values_of_a_column(ask: Ask) -> None:
    total = ask("datasets/nyc_metals/findings")["total"]
    assert sum(value["n"] for value in ask("datasets/nyc_metals/facets/verdict")) == total


def test_a_column_that_is_no_facet_is_refused(ask: Ask) -> None:
    assert "Input should be 'verdict'" in ask("datasets/nyc_metals/facets/exceedance", 422)["error"]


def test_rates_say_what_the_sample_supports(ask: Ask) -> None:
    nyc = ask("datasets/nyc_metals/rates/product_type", force="guidance")
    assert nyc["supports"] == "convenience"
    judged = [row for row in nyc["items"] if row["judged"]]
    assert all(row["lower"] <= row["rate"] <= row["upper"] for row in judged)


def test_a_set_of_failures_alone_has_no_rates(ask: Ask) -> None:
    assert all(row["rate"] is None for row in ask("datasets/cn_food_2026/rates/province")["items"])


def test_a_sample_comes_with_its_findings(ask: Ask) -> None:
    known = ask("datasets/nyc_metals/samples", size=1, sort="-results")["items"][0]
    found = ask(f"datasets/nyc_metals/samples/{known['sample_id']}")
    assert len(found["findings"]) == known["results"]
    assert {row["sample_id"] for row in found["findings"]} == {known["sample_id"]}


def test_a_sample_that_nobody_knows_is_not_found(ask: Ask) -> None:
    assert ask("datasets/nyc_metals/samples/none", 404)["error"] == "nyc_metals: there is no sample 'none'"


def test_rules_are_found_by_family_test_item_and_words(ask: Ask) -> None:
    found = ask("rules", family="cn/gb2762", q="铅 乳", on="2024-01-01")
    assert found["total"]
    assert all(row["family"] == "cn/gb2762" and row["analyte"] == "lead" for row in found["items"])


def test_a_rule_is_told_with_every_value_and_as_on_a_day(ask: Ask) -> None:
    rule = ask("rules/us/cpsia/toys-lead", on="2010-01-01")
    assert rule["on"]["limit"] == "≤ 300 ppm"
    assert [value["high"] for value in rule["values"]] == ["600", "300", "100"]
    assert ask("rules/us/cpsia/toys-lead")["on"] is None


def test_a_rule_before_its_first_day_is_not_found_and_the_answer_says_when_it_begins(ask: Ask) -> None:
    fault = ask("rules/us/cpsia/toys-lead", 404, on="1999-01-01")
    assert "the first begins on 2009-02-10" in fault["error"]
    assert fault["what_next"]


def test_a_rule_says_how_many_findings_rest_on_it(ask: Ask) -> None:
    key = next(row["rule_key"] for row in ask("datasets/cn_food_2026/findings", verdict="nonconforming")["items"])
    counts = ask(f"rules/{key}/findings")
    assert sum(row["n"] for row in counts) == ask("datasets/cn_food_2026/findings", rule_key=key)["total"]


def test_a_figure_is_taken_apart(ask: Ask) -> None:
    found = ask("figures", name="cn_food_2026/nonconforming")
    assert (
        found["value"]
        == found["counts"]["nonconforming"]
        == sum(row["n"] for row in found["reasons"] if row["verdict"] == "nonconforming")
    )
    assert found["sources"][0]["file"] == "notices_2026.csv"
    assert found["query"].lstrip().startswith("SELECT")


def test_a_name_of_no_figure_is_refused_with_the_measures(ask: Ask) -> None:
    assert "nonconforming" in ask("figures", 400, name="nyc_metals/beauty")["error"]


def test_vocabulary_is_listed(ask: Ask) -> None:
    assert {"code": "lead", "zh": "铅"}.items() <= ask("analytes", q="7439-92-1")["items"][0].items()
    schemes = {entry["scheme"]: entry["categories"] for entry in ask("categories")}
    assert ask("categories/gb2762", size=1)["total"] == schemes["gb2762"]
    assert "gb2762" in ask("categories/none", 404)["error"]


@pytest.mark.parametrize(
    ("path", "status", "what"),
    [
        ("datasets/none", 404, "there is no data set 'none'"),
        ("rules/no/such/rule", 404, "no rule has the key"),
        ("nothing/here", 404, "no endpoint has the address"),
        ("datasets/nyc_metals/findings?page=0", 422, "page: Input should be greater than or equal to 1"),
        ("datasets/nyc_metals/findings?sort=beauty", 422, "sort: Input should be"),
        ("datasets/nyc_metals/findings?since=yesterday", 422, "since: Value error, write the day as 2026-09-28"),
        ("datasets/nyc_metals/rates/site", 400, "nothing to show by 'site'"),
    ],
)
def test_a_fault_says_what_and_what_next(ask: Ask, path: str, status: int, what: str) -> None:
    fault = ask(path, status)
    assert what in fault["error"]
    assert fault["what_next"]


def test_the_api_only_reads() -> None:
    client = Client(headers={"host": "localhost"})
    assert {client.generic(method, "/api/datasets").status_code for method in ("POST", "PUT", "PATCH", "DELETE")} == {
        405
    }


def test_the_page_of_the_api_lists_every_endpoint_and_loads_nothing_from_elsewhere() -> None:
    text = Client(headers={"host": "localhost"}).get("/api/docs").content.decode()
    schema = json.loads(Client(headers={"host": "localhost"}).get("/api/openapi.json").content)
    assert all(f"GET {path}" in text for path in schema["paths"])
    assert "http://" not in text and "https://" not in text and "<script" not in text
