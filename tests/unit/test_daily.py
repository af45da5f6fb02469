"""The loop over a lake: day by day or all at once, with the envelope or without, the figures are the same."""

from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import delivering
import ibis
import pytest

from zhiheng import daily, rules
from zhiheng.decision import envelope, ledger
from zhiheng.decision.tables import CELLS, KEPT_FINDINGS, LEDGER
from zhiheng.engines import Engine
from zhiheng.errors import RuleFileInvalid, UsageError
from zhiheng.evidence import delivery
from zhiheng.evidence.delivered import LINES, REFUSED, REPORTS
from zhiheng.evidence.snapshot import Workspace, store_json

TODAY = date(2026, 11, 22)


def place(root: Path, name: str) -> daily.Place:
    """An empty lake."""
    found = daily.Place(Workspace(root), name)
    found.root.mkdir(parents=True)
    store_json(found.root / "card.json", delivering.CARD)
    return found


def append(where: daily.Place, folder: Path) -> dict[str, Any]:
    """Take a delivery in."""
    with Engine() as engine:
        return delivery.append(engine, where.evidence, delivery.found(folder), analytes=rules.analytes())


def judge(where: daily.Place) -> dict[str, Any]:
    """Judge what came."""
    return daily.judge(where, law=daily.law(), today=TODAY)


def book(where: daily.Place, key: str = "") -> Any:
    """The judgements in force, or others."""
    return where.book(key or where.current["key"]).snapshot()


def rows(where: daily.Place, table: str, key: str = "") -> list[dict[str, Any]]:
    """The rows of a table of the book."""
    schema = {**CELLS, "kept_findings": KEPT_FINDINGS, "ledger": LEDGER}[table].schema
    with Engine() as engine:
        engine.attach(table, book(where, key).files(table), schema)
        return engine.rows(ibis.table(schema, name=table))


def summed(where: daily.Place, name: str, key: str = "") -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """A cube added up over the commits of the book; what cancels is left out."""
    measures = [column.name for column in CELLS[name].columns if column.type in ("int64", "decimal(38, 6)")]
    sums: dict[tuple[Any, ...], list[Any]] = {}
    for row in rows(where, name, key):
        key = tuple(row[column] for column in row if column not in measures)
        held = sums.setdefault(key, [0] * len(measures))
        sums[key] = [one + row[column] for one, column in zip(held, measures, strict=True)]
    return {key: tuple(values) for key, values in sums.items() if any(values)}


@pytest.fixture(scope="module", params=[1])
def lakes(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> tuple[Any, Any]:
    root = tmp_path_factory.mktemp("lakes")
    by_day, at_once = place(root, "by_day"), place(root, "at_once")
    for folder in delivering.deliveries(root / "sent", seed=request.param, batches=40):
        append(by_day, folder)
        append(at_once, folder)
        judge(by_day)
    judge(at_once)
    return by_day, at_once


@pytest.mark.slow
@pytest.mark.parametrize("name", CELLS)
def test_day_by_day_gives_what_all_at_once_gives(lakes: tuple[Any, Any], name: str) -> None:
    by_day, at_once = (summed(where, name) for where in lakes)
    assert by_day == at_once
    assert by_day


@pytest.mark.slow
def test_the_figures_are_those_of_a_plain_count(lakes: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Every result judged in full, the current reports chosen by hand, the verdicts added up in Python."""
    where = lakes[1]
    verdicts = by_hand(where, monkeypatch)
    cells = summed(where, "course")
    measures = [sum(values[place] for values in cells.values()) for place in range(4)]
    counted = Counter(verdicts.values())
    assert measures == [
        sum(counted.values()),
        counted["nonconforming"],
        counted["inconclusive"],
        counted["not_judged"],
    ]


def by_hand(where: daily.Place, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The verdict of every batch from findings of all lines, without envelope, ledger or cells."""
    whole = daily.Place(where.workspace, "whole")
    if not whole.root.exists():
        whole.root.mkdir(parents=True)
        store_json(whole.root / "card.json", delivering.CARD)
        for folder in sorted((where.workspace.root / "sent").iterdir()):
            append(whole, folder)
    nothing = {
        "clear_since": envelope.FOREVER,
        "clear_until": envelope.FOREVER,
        "settled_before": date.min,
        "settled_after": envelope.FOREVER,
    }
    with monkeypatch.context() as patch:
        real = envelope.envelope
        patch.setattr(envelope, "envelope", lambda histories, kind: real(histories, kind) | nothing)
        patch.setattr(ledger, "kept", lambda findings: findings)
        judge(whole)
    findings = rows(whole, "kept_findings")
    with Engine() as engine:
        snapshot = where.evidence.snapshot()
        engine.attach("reports", snapshot.files("reports"), REPORTS.schema)
        engine.attach("lines", snapshot.files("lines"), LINES.schema)
        reports = engine.rows(REPORTS.unbound())
        assert len(findings) == engine.scalar(LINES.unbound().count())
    plain = {row["result_id"]: row["verdict"] for row in rows(where, "kept_findings")}
    for row in findings:
        if row["result_id"] in plain:
            assert plain[row["result_id"]] == row["verdict"]
        else:
            assert row["verdict"] == "conforming" or (row["verdict"] == "not_judged" and row["rule_key"] is None)
    latest: dict[tuple[str, str], dict[str, Any]] = {}
    for report in reports:
        key = report["sample_id"], report["stage"]
        if key not in latest or report["version"] > latest[key]["version"]:
            latest[key] = report
    current = {
        (report["delivery"], report["report"]) for report in latest.values() if report["sample_kind"] == "regular"
    }
    mine: dict[str, list[dict[str, Any]]] = {}
    for row in findings:
        if (row["delivery"], row["report"]) in current:
            mine.setdefault(row["sample_id"], []).append(row)
    return {sample: verdict(found) for sample, found in mine.items()}


def verdict(found: list[dict[str, Any]]) -> str:
    """The verdict of a batch by the rule in words: one failing item fails it; a retest that came to a verdict replaces."""
    retested = {
        row["analyte"] or row["analyte_printed"]
        for row in found
        if row["stage"] == "retest" and row["verdict"] in ("conforming", "nonconforming")
    }
    counted = [
        row for row in found if row["stage"] == "retest" or (row["analyte"] or row["analyte_printed"]) not in retested
    ]
    legal = [row for row in counted if row["force"] == "legal"]
    said = Counter(row["verdict"] for row in legal)
    if said["nonconforming"]:
        return "nonconforming"
    if said["inconclusive"]:
        return "inconclusive"
    unsettled = any(row["reason"] in ("missing_value", "unit_not_comparable") for row in legal)
    if said["conforming"]:
        return "inconclusive" if unsettled else "conforming"
    return "not_judged"


@pytest.mark.slow
def test_a_delivery_that_is_there_changes_nothing(lakes: tuple[Any, Any]) -> None:
    where = lakes[0]
    number = where.evidence.snapshot().number
    folder = sorted((where.workspace.root / "sent").iterdir())[0]
    assert append(where, folder)["changed"] is False
    assert where.evidence.snapshot().number == number
    assert judge(where)["through"] == number


@pytest.mark.slow
def test_every_row_is_somewhere(tmp_path: Path) -> None:
    where = place(tmp_path, "rows")
    good = {
        "sample_id": "S1",
        "version": 0,
        "stage": "first",
        "sample_kind": "regular",
        "product_type": "蔬菜 > 芹菜",
        "day": date(2026, 3, 1),
        "item": 1,
        "analyte": "lead",
        "analyte_printed": "铅",
        "comparator": "=",
        "value": Decimal("0.1"),
        "kind": "mg/kg",
    }
    faulty = {
        "sample_id": None,
        "stage": "third",
        "comparator": "~",
        "value": Decimal(-1),
        "kind": "furlong",
        "analyte": "unobtainium",
        "inclusion": 1.5,
        "sampled_on": date(2027, 1, 1),
        "item": None,
    }
    sent = [good, good, {**good, "value": Decimal("0.2")}]
    sent += [
        {**good, "sample_id": f"S{place}", column: value} for place, (column, value) in enumerate(faulty.items(), 2)
    ]
    sent += [{**good, "sample_id": "S99"}, {**good, "sample_id": "S99", "item": 2, "province": "广东省"}]
    told = append(where, delivering.write(tmp_path / "2026-03-02", sent))
    assert told["received_rows"] == len(sent) == told["accepted"] + told["rejected"] + told["duplicate"]
    assert (told["accepted"], told["duplicate"]) == (1, 1)
    with Engine() as engine:
        engine.attach("refused", where.evidence.snapshot().files("refused"), REFUSED.schema)
        refused = engine.rows(REFUSED.unbound().order_by("row"))
    assert [row["code"] for row in refused] == [
        "item_twice", "missing", "unknown_code", "unknown_code", "negative", "unknown_unit", "unknown_analyte",
        "out_of_range", "in_the_future", "missing", "report_disagrees", "report_disagrees",
    ]  # fmt: skip
    assert all(row["reason"] and row["remedy"] and "analyte=" in row["text"] for row in refused)


@pytest.mark.slow
def test_a_second_report_that_says_otherwise_must_be_a_correction(tmp_path: Path) -> None:
    where = place(tmp_path, "conflict")
    first = delivering.report(__import__("random").Random(5), "S1", date(2026, 3, 1))
    append(where, delivering.write(tmp_path / "2026-03-01", first))
    other = [{**row, "comparator": "=", "value": Decimal("0.123")} for row in first]
    told = append(where, delivering.write(tmp_path / "2026-03-02", other))
    assert told["rejected"] == len(first) and told["accepted"] == 0
    told = append(where, delivering.write(tmp_path / "2026-03-03", [{**row, "version": 1} for row in other]))
    assert told["accepted"] == len(first) and told["corrections"] == 1


@pytest.mark.slow
def test_a_replay_finds_exactly_what_two_judgements_differ_in(lakes: tuple[Any, Any]) -> None:
    where = lakes[1]
    before, after = daily.law("2024-01-01"), daily.law("2026-09-10")
    found = daily.replayed(where, before=before, after=after, today=TODAY, by=("product_type",))
    sides = [verdicts_under(where, law) for law in (before, after)]
    differ = Counter(
        (sides[0][key][1], sides[0][key][0], sides[1][key][0])
        for key in sides[0]
        if sides[0][key][0] != sides[1][key][0]
    )
    assert {(row["product_type"], row["verdict_a"], row["verdict_b"]): row["n"] for row in found["changes"]} == differ
    assert found["changed"] == sum(differ.values()) > 0
    assert daily.replayed(where, before=after, after=after, today=TODAY)["changes"] == []


def verdicts_under(where: daily.Place, law: daily.Law) -> dict[str, tuple[str, str]]:
    """The verdict of every line in force under a law, judged with nothing plain."""
    other = daily.Place(where.workspace, f"under-{law.on}")
    other.root.mkdir(parents=True)
    store_json(other.root / "card.json", delivering.CARD)
    for folder in sorted((where.workspace.root / "sent").iterdir()):
        append(other, folder)
    nothing = {
        "clear_since": envelope.FOREVER,
        "clear_until": envelope.FOREVER,
        "settled_before": date.min,
        "settled_after": envelope.FOREVER,
    }
    with pytest.MonkeyPatch.context() as patch:
        real = envelope.envelope
        patch.setattr(envelope, "envelope", lambda histories, kind: real(histories, kind) | nothing)
        patch.setattr(ledger, "kept", lambda findings: findings)
        daily.judge(other, law=law, today=TODAY)
    found = rows(other, "kept_findings")
    latest: dict[tuple[str, str], int] = {}
    for row in found:
        key = row["sample_id"], row["stage"]
        latest[key] = max(latest.get(key, 0), row["version"])
    return {
        row["result_id"]: (row["verdict"], row["product_type"])
        for row in found
        if row["version"] == latest[row["sample_id"], row["stage"]]
    }


@pytest.mark.slow
def test_a_change_of_law_judges_again_what_it_touches_and_nothing_else(lakes: tuple[Any, Any]) -> None:
    where = lakes[1]
    judge(where)
    told = daily.judge(where, law=daily.law("2026-09-10"), today=TODAY)
    assert 0 < told["judged_again"] < where.evidence.snapshot().rows("lines")
    alone = daily.Place(where.workspace, "alone")
    alone.root.mkdir(parents=True)
    store_json(alone.root / "card.json", delivering.CARD)
    for folder in sorted((where.workspace.root / "sent").iterdir()):
        append(alone, folder)
    daily.judge(alone, law=daily.law("2026-09-10"), today=TODAY)
    for name in CELLS:
        assert summed(where, name) == summed(alone, name)
    spliced, fresh = (
        {row["result_id"]: row["verdict"] for row in rows(one, "kept_findings")} for one in (where, alone)
    )
    # a finding that was carried over may have become plain in the eyes of a book that starts from nothing
    assert all(spliced[key] == word for key, word in fresh.items())
    assert all(spliced[key] in ("conforming", "not_judged") for key in spliced.keys() - fresh.keys())


@pytest.mark.slow
def test_a_long_judgement_in_stretches_gives_what_one_gives_and_goes_on_where_it_stopped(
    lakes: tuple[Any, Any],
) -> None:
    where = lakes[1]
    judge(where)
    other = daily.Place(where.workspace, "stretches")
    other.root.mkdir(parents=True)
    store_json(other.root / "card.json", delivering.CARD)
    folders = sorted((where.workspace.root / "sent").iterdir())
    for folder in folders:
        append(other, folder)
    told: list[int] = []

    def stop(lines: int) -> None:
        told.append(lines)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        daily.judge(other, law=daily.law(), today=TODAY, most=1, done=stop)
    daily.judge(other, law=daily.law(), today=TODAY, most=1, done=told.append)
    assert len(told) == len(folders) and sum(told) == other.evidence.snapshot().rows("lines")
    for name in CELLS:
        assert summed(other, name) == summed(where, name)


@pytest.mark.slow
def test_the_figures_as_known_on_a_day_are_those_of_what_had_been_received(lakes: tuple[Any, Any]) -> None:
    where = lakes[1]
    judge(where)
    before = where.current["key"]
    folders = sorted((where.workspace.root / "sent").iterdir())
    day = date.fromisoformat(folders[1].name)
    daily.judge(where, law=daily.law(), today=TODAY, known=day)
    assert where.current["key"] == before
    early = daily.Place(where.workspace, "early")
    early.root.mkdir(parents=True)
    store_json(early.root / "card.json", delivering.CARD)
    for folder in folders[:2]:
        append(early, folder)
    judge(early)
    key = daily.book_key(daily.law(), where.card, day)
    for name in CELLS:
        assert summed(where, name, key) == summed(early, name)


def test_a_law_that_changes_while_it_is_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "law" / "cn" / "limits"
    folder.mkdir(parents=True)
    text = (Path(rules.__file__).parents[1] / "law" / "cn" / "limits").glob("*.yaml")
    rule = next(iter(sorted(text)))
    (folder / rule.name).write_bytes(rule.read_bytes())
    real = rules.read_book

    def meddled(root: Any) -> Any:
        found = rules.Book({})
        (folder / rule.name).write_bytes(rule.read_bytes() + b"\n# changed\n")
        return found

    monkeypatch.setattr(rules, "read_book", meddled)
    with pytest.raises(RuleFileInvalid, match="changed while the law was read"):
        daily.law(str(tmp_path / "law"))
    monkeypatch.setattr(rules, "read_book", real)
    with pytest.raises(UsageError, match="neither"):
        daily.law("yesterday")
