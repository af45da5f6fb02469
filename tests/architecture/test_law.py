"""The law as data, checked as a whole."""

from datetime import date
from pathlib import Path

import pytest

from zhiheng import rules
from zhiheng.decision.required import unit_faults
from zhiheng.errors import RuleFileInvalid, RuleNotInForce, RuleUnknown
from zhiheng.rules import reader
from zhiheng.rules.categories import STEP

LAW = Path(rules.__file__).parents[1] / "law"


def paths(scheme: str) -> set[str]:
    return set(rules.categories().trees[scheme])


def test_every_rule_is_written_in_a_unit_that_is_known() -> None:
    assert unit_faults(rules.book().rules.values()) == []


def test_every_rule_names_a_known_test_item() -> None:
    known = rules.analytes().by_code
    assert [rule.key for rule in rules.book().rules.values() if rule.analyte not in known] == []


def test_every_category_that_a_rule_names_is_in_its_tree() -> None:
    missing = [
        (rule.key, path)
        for rule in rules.book().rules.values()
        for path in (*rule.applies, *rule.excepts)
        if path != "*" and path not in paths(rule.scheme)
    ]
    assert missing == []


def test_every_decision_leads_from_one_tree_to_another() -> None:
    lost = [
        (pair, decision.to)
        for pair, decisions in rules.categories().decisions.items()
        for decision in decisions
        if decision.to and decision.to not in paths(pair[1])
    ]
    assert lost == []


def test_every_value_has_a_citation_and_every_figure_that_nobody_read_says_so() -> None:
    for rule in rules.book().rules.values():
        for value in rule.values:
            assert value.cite.act
            assert not (value.confidence in ("background", "inferred", "notice") and value.checked), rule.key


def test_every_condition_has_a_translation() -> None:
    used = {value.condition for rule in rules.book().rules.values() for value in rule.values if value.condition}
    assert used <= set(rules.conditions())


def test_a_tree_holds_every_step_of_its_paths() -> None:
    for scheme, tree in rules.categories().trees.items():
        for path in tree:
            parent = STEP.join(path.split(STEP)[:-1])
            assert not parent or parent in tree, f"{scheme}: {path}"


def test_a_rule_is_never_guessed_before_its_first_day_and_the_message_says_when_it_begins() -> None:
    with pytest.raises(
        RuleNotInForce, match="us/cpsia/toys-lead: no value on 2009-02-09; the first begins on 2009-02-10"
    ):
        rules.book().at("us/cpsia/toys-lead", on=date(2009, 2, 9))


def test_an_unknown_key_is_refused_with_a_hint() -> None:
    with pytest.raises(RuleUnknown, match="no rule has the key 'us/cpsia/toys-gold'"):
        rules.book().rule("us/cpsia/toys-gold")


GOOD = """title: {zh: 甲, en: a}
force: legal
scheme: nyc-product-type
decision: simple
rules:
  one:
    analyte: lead
    applies: [Jewelry]
    operator: "<="
    unit: ppm
    checked: null
    values:
      2020-01-01: {value: 1.5, cite: {act: A, at: B}}
"""


@pytest.mark.parametrize(
    ("was", "becomes", "message"),
    [
        ("    unit: ppm", "    unit: ppm\n    unit: mg/kg", "line 11: 'unit' stands twice"),
        ("    unit: ppm", "    unit: ppm\n    limit: 3", "line 11: unknown key 'limit'"),
        ("force: legal", "force: strict", "force 'strict' is not one of"),
        (", cite: {act: A, at: B}}", "}", "line 13: the value of 2020-01-01 has no citation"),
        ("cite: {act: A, at: B}", "cite: {act: A, page: B}", "unknown key 'page'"),
        ("2020-01-01:", "soon:", "'soon' is not a day"),
        ("    checked: null\n", "", "'checked' is missing"),
        ('operator: "<="', 'operator: "=<"', "operator '=<' is not one of"),
        ("title: {zh: 甲, en: a}", "title: [", "not readable as YAML"),
    ],
)
def test_a_fault_in_a_law_file_is_named_with_file_and_line(
    tmp_path: Path, was: str, becomes: str, message: str
) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(GOOD.replace(was, becomes), encoding="utf-8")
    with pytest.raises(RuleFileInvalid) as caught:
        reader.family(path, folder=tmp_path, prefix="xx/x", name="xx/limits/x.yaml")
    assert message in str(caught.value)
    assert "x.yaml" in str(caught.value)


def test_a_repeal_is_told_apart_from_a_rule_that_has_not_begun(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(GOOD + "      2022-01-01: {value: null, cite: {act: C}}\n", encoding="utf-8")
    rule = reader.family(path, folder=tmp_path, prefix="xx/x", name="x.yaml")[0]
    book = rules.Book({rule.key: rule})
    assert str(book.at(rule.key, on=date(2021, 12, 31)).value.high) == "1.5"
    with pytest.raises(RuleNotInForce, match="repealed on 2022-01-01 by C"):
        book.at(rule.key, on=date(2022, 1, 1))


def test_a_finding_knows_whether_its_rule_was_read_lately() -> None:
    book = rules.book()
    assert book.at("us/cpsia/toys-lead", on=date(2015, 1, 1)).standing == "checked"
    assert book.at("us/cpsia/toys-lead", on=date(2030, 1, 1)).standing == "stale"
    unread = next(
        rule for rule in book.rules.values() if rule.values[-1].checked is None and rule.values[-1].until is None
    )
    assert book.at(unread.key, on=date(2026, 11, 22)).standing == "unverified"
