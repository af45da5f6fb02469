"""The lake: tables that change together, are checked, read as of a day, and tidied without losing a row."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import ibis
import lakes as small
import pytest

from zhiheng.engines import Engine
from zhiheng.engines.parquet import digests
from zhiheng.errors import StoreError
from zhiheng.evidence import lake as lakes
from zhiheng.evidence.lake import Lake, commits, delta

LINES = small.TABLES["lines"]
MEGABYTE = 1024 * 1024


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """A lake of three deliveries under a name with a blank and Chinese letters."""
    made = Lake(tmp_path / "湖 one", small.TABLES, memory="200MB")
    for _ in range(3):
        small.append(made)
    return made


def faults(lake: Lake, *, quick: bool = False) -> list[str]:
    return [str(fault) for fault in lakes.verify(lake, quick=quick).faults]


def in_order(lake: Lake) -> list[dict[str, object]]:
    """The rows of a table in the order of its files."""
    with lake.reading() as found, Engine() as engine:
        found.attach(engine, "lines")
        return engine.rows(LINES.unbound())


def put(change: lakes.Change, rows: ibis.Table) -> None:
    """Write rows of one table and count them in."""
    path = change.new_file("lines", "2025-04")
    change.engine.write(rows, path)
    change.add("lines", path)


def one_file(lake: Lake, table: str = "lines") -> Path:
    return lake.snapshot().files(table)[0]


def set_clock(monkeypatch: pytest.MonkeyPatch, day: str, hour: int = 12) -> None:
    """The machine's clock stands at an hour of a day in China."""
    moment = datetime.fromisoformat(day).replace(hour=hour, tzinfo=commits.ZONE).timestamp()
    monkeypatch.setattr(commits.time, "time", lambda: moment)


def test_a_change_is_there_whole_after_the_block_and_names_the_versions_of_all_tables(lake: Lake) -> None:
    last = lake.snapshot().commit
    assert (last.number, last.kind, last.about["delivery"]) == (3, "append", 3)
    assert last.rows == {"reports": 15, "lines": 120}
    assert set(last.versions) == {"reports", "lines"}
    assert small.content(lake) == small.whole(3)
    assert small.content(lake, 2) == small.whole(2)
    assert faults(lake) == []


def test_a_change_that_fails_leaves_nothing_behind(lake: Lake) -> None:
    before = sorted(lake.root.rglob("*.parquet"))

    def fail_halfway() -> None:
        with lake.change("append") as change:
            put(change, small.expression("lines", 9, 40))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_halfway()
    assert sorted(lake.root.rglob("*.parquet")) == before
    assert lake.snapshot().number == 3
    assert not list((lake.root / "scratch").iterdir())


def test_a_change_within_a_change_is_refused_instead_of_waiting_for_itself(lake: Lake) -> None:
    with lake.change("append") as change:
        with pytest.raises(RuntimeError, match="would wait for itself"), lake.change("append"):
            pass
        change.nothing()
    assert small.append(lake) == 4


def test_an_empty_lake_is_a_lake(tmp_path: Path) -> None:
    lake = Lake(tmp_path, small.TABLES)
    assert (lake.snapshot().number, lake.snapshot().rows("lines"), lake.snapshot().files("lines")) == (0, 0, [])
    assert faults(lake) == []
    assert small.content(lake) == small.whole(0)


def test_files_are_chosen_by_month_and_stand_in_the_order_of_their_commits(lake: Lake) -> None:
    found = lake.snapshot()
    assert [path.parent.name for path in found.files("lines", ["2025-05"])] == ["month=2025-05", "month=2025-05"]
    assert [path.name[:10] for path in found.files("lines", ["2025-05"])] == ["0000000001", "0000000003"]
    assert found.months("lines") == ["2025-04", "2025-05"]
    with pytest.raises(StoreError, match=r"no table line .* lines, reports"):
        found.files("line")


def test_a_file_that_does_not_fit_its_table_is_refused_by_column(lake: Lake) -> None:
    rows = small.expression("lines", 4, 3)
    refused = pytest.raises(StoreError, match=r"column value .* VARCHAR, and the table has DECIMAL\(18,9\)")
    with refused, lake.change("append") as change:
        put(change, rows.mutate(value=rows.value.cast("string")))
    assert lake.snapshot().number == 3


def test_what_is_read_now_and_what_is_pinned_stays_readable(lake: Lake) -> None:
    lake.pin("judgement-1", 3)
    with lake.change("judge", about={"pins": [1]}):
        pass
    with lake.reading(3) as found:
        small.compact(lake)
        assert small.vacuum(lake).files == 0
        assert all(path.exists() for path in found.files("lines"))
    for number in (1, 3):
        assert small.content(lake, number) == small.whole(number)
    (lake.pins / "judgement-1").unlink()
    small.vacuum(lake)
    assert small.content(lake, 1) == small.whole(1)
    with pytest.raises(StoreError, match=r"of commit 3 is not there; 'zhiheng lake history'"):
        small.content(lake, 3)
    assert faults(lake) == []


def test_compaction_keeps_rows_their_order_and_their_digests(lake: Lake) -> None:
    small.append(lake)
    before, rows = lakes.Inventory().follow(lake.chain), in_order(lake)
    made = small.compact(lake)
    after = lakes.Inventory().follow(lake.chain)
    assert sorted((one.table, one.month, len(one.files)) for one in made) == [
        (table, month, 2) for table in ("lines", "reports") for month in small.MONTHS
    ]
    assert in_order(lake) == rows
    assert after.brought == before.brought
    assert len(lake.snapshot().files("lines")) == 2
    assert small.compact(lake) == [], "what is merged is not merged again"
    small.append(lake)
    small.compact(lake)
    assert small.content(lake) == small.whole(5) and faults(lake) == []


def test_a_merge_of_damaged_files_is_refused(lake: Lake) -> None:
    other_rows(lake.snapshot().files("lines", ["2025-05"])[0])
    with pytest.raises(StoreError, match=r"does not hold the rows of its 2 sources; nothing was changed"):
        small.compact(lake)


def test_a_dry_vacuum_says_what_would_go_and_removes_nothing(lake: Lake) -> None:
    small.compact(lake)
    before = sorted(lake.root.rglob("*"))
    found = lakes.vacuum(lake, keep_days=0, dry=True)
    assert (found.commits, found.files) == ([[1, 3]], 4)
    assert lakes.vacuum(lake, keep_days=30, dry=True).files == 0
    assert sorted(path for path in lake.root.rglob("*") if "readers" not in path.parts) == [
        path for path in before if "readers" not in path.parts
    ]


def test_a_column_that_comes_later_is_empty_in_earlier_files(lake: Lake) -> None:
    wider = small.shaped("lines", *((c.name, c.type) for c in LINES.columns), ("method", "string"))
    later = Lake(lake.root, small.TABLES | {"lines": wider})
    with later.change("append") as change:
        put(change, small.expression("lines", 4, small.LINES).mutate(method=ibis.literal("GC-MS")))
    small.compact(later)
    with Engine() as engine:
        later.snapshot().attach(engine, "lines")
        rows = wider.unbound()
        found = engine.rows(rows.group_by("method").agg(n=rows.count()).order_by("method"))
    assert {row["method"]: row["n"] for row in found} == {None: 120, "GC-MS": 40}
    assert faults(later) == []
    assert faults(lake) == [], "a program that does not know the column reads on"


def test_a_column_never_changes_its_type(lake: Lake) -> None:
    other = small.shaped("lines", ("delivery", "int64"), ("report", "string"))
    rows = small.expression("lines", 4, 3)
    refused = pytest.raises(StoreError, match="column report is long in the lake and would be string now")
    with refused, Lake(lake.root, {"lines": other}).change("append") as change:
        put(change, rows.select("delivery", report=rows.report.cast("string")))
    assert faults(lake) == []


def test_the_lake_is_read_as_it_stood_at_the_end_of_a_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake = Lake(tmp_path, small.TABLES)
    for day, hour in (("2025-04-01", 9), ("2025-04-01", 23), ("2025-04-03", 0)):
        set_clock(monkeypatch, day, hour)
        small.append(lake)
    stood = {day: lake.at(date(2025, 4, day)).number for day in range(1, 5)}
    assert (lake.at(date(2025, 3, 31)).number, stood) == (0, {1: 2, 2: 2, 3: 3, 4: 3})
    assert small.content(lake, stood[2]) == small.whole(2)


def test_a_clock_that_jumps_back_never_takes_time_back_and_the_commit_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = Lake(tmp_path, small.TABLES)
    for day in ("2025-04-02", "2025-03-02", "2025-04-03"):
        set_clock(monkeypatch, day)
        small.append(lake)
    made = list(lake.chain.walk())
    assert [commit.when[:10] for commit in made] == ["2025-04-02", "2025-04-02", "2025-04-03"]
    assert [commit.clock for commit in made] == ["", "behind by 31 days, 0:00:00", ""]
    assert made[0].moment == datetime(2025, 4, 2, 4, tzinfo=UTC)
    assert faults(lake) == []


def test_many_versions_are_written_down_whole_so_that_opening_stays_fast(tmp_path: Path) -> None:
    lake = Lake(tmp_path, {"lines": LINES})
    for number in range(1, 22):
        with lake.change("append") as change:
            put(change, small.expression("lines", number, 1))
    assert [path.name[:20] for path in tmp_path.glob("lines/_delta_log/*.checkpoint.parquet")] == [f"{20:020}"]
    assert lake.snapshot(7).rows("lines") == len(lake.snapshot(7).files("lines")) == 7


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-9])


def flip(path: Path) -> None:
    """Change one byte of the first column's data."""
    body = bytearray(path.read_bytes())
    body[20] ^= 0x55
    path.write_bytes(body)


def other_rows(path: Path) -> None:
    with Engine() as engine:
        engine.write(small.expression("lines", 8, small.LINES), path)


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (Path.unlink, "is missing or unreadable"),
        (cut_short, "bytes, its commit says"),
        (flip, "(SHA-256)"),
        (other_rows, "its rows are not those that were written (digest)"),
    ],
)
def test_verification_names_a_harmed_file_its_table_delivery_and_what_to_do(
    lake: Lake, harm: object, said: str
) -> None:
    path = one_file(lake)
    harm(path)  # type: ignore[operator]
    found = lakes.verify(lake).faults
    assert {(fault.table, fault.file) for fault in found} == {("lines", f"{path.parent.name}/{path.name}")}
    assert said in " ".join(fault.what for fault in found)
    assert all("2" in fault.delivery and fault.commit == 2 and "copy of the lake" in fault.remedy for fault in found)


def test_a_quick_verification_reads_no_content(lake: Lake) -> None:
    flip(one_file(lake))
    assert faults(lake, quick=True) == []
    one_file(lake, "reports").unlink()
    assert "is missing or unreadable" in faults(lake, quick=True)[0]


def test_an_altered_commit_is_named_by_the_next_one_and_the_last_by_the_head_file(lake: Lake) -> None:
    for number in (2, 3):
        path = lake.chain.path(number)
        body = json.loads(path.read_text(encoding="utf-8"))
        body["about"]["delivery"] = 99
        path.write_text(json.dumps(body), encoding="utf-8")
    assert sorted(fault.commit or 0 for fault in lakes.verify(lake).faults) == [2, 3]
    with pytest.raises(StoreError, match=r"0000000003.json .* was altered after it was written"):
        lake.snapshot()


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("harm", [Path.unlink, cut_short])
def test_a_missing_or_truncated_commit_is_named_and_nobody_writes_after_it(
    lake: Lake, number: int, harm: object
) -> None:
    harm(lake.chain.path(number))  # type: ignore[operator]
    assert any(fault.commit == number for fault in lakes.verify(lake).faults)
    if number == 3:
        with pytest.raises(StoreError, match="0000000003"):
            small.append(lake)


def test_a_log_that_lost_a_file_is_named(lake: Lake) -> None:
    (lake.root / "lines/_delta_log" / f"{2:020}.json").unlink()
    found = lakes.verify(lake).faults
    assert found[0].table == "lines" and found[0].file == f"_delta_log/{2:020}.json"


def test_digests_do_not_depend_on_order_but_on_every_cell(tmp_path: Path) -> None:
    rows = small.expression("lines", 3, 500)
    other = rows.mutate(value=ibis.ifelse(rows.line == 1, rows.value + 1, rows.value).cast("decimal(18, 9)"))
    # two rows change one cell with each other: every column holds what it held
    swapped = rows.mutate(line=ibis.cases((rows.line == 1, 2), (rows.line == 2, 1), else_=rows.line).cast("int32"))
    forms: dict[str, ibis.Table] = {
        "as is": rows,
        "reversed": rows.order_by(rows.line.desc()),
        "columns": rows.select(*reversed(rows.columns)),
        "more": rows.mutate(method=ibis.null("string")),
        "cell": other,
        "swapped": swapped,
        "twice": rows.union(rows.limit(1)),
    }
    found = {}
    with Engine() as engine:
        for name, form in forms.items():
            engine.write(form, tmp_path / f"{name}.parquet")
            found[name] = digests(engine, tmp_path / f"{name}.parquet", by="delivery")
    assert found["as is"] == found["reversed"] == found["columns"] == found["more"]
    assert all(found[name] != found["as is"] for name in ("cell", "swapped", "twice"))


def test_a_lake_holds_only_types_that_it_knows() -> None:
    odd = small.shaped("odd", ("a", "array<int64>"))
    with pytest.raises(ValueError, match="holds no columns of type array"):
        delta.schema_of(odd.schema)
