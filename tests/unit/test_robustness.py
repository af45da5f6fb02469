"""Whatever is brought in: rows are accepted, or turned away with a reason, or the whole file is refused with a message.

`ZHIHENG_MUTATIONS=2000 make test` looks at more of the mutated files than the 250 of every day.
"""

import os
import resource
from pathlib import Path

import mutations
import pytest

from zhiheng import rules
from zhiheng.engines import Engine
from zhiheng.errors import FileUnreadable, ZhihengError
from zhiheng.evidence import intake, source, spreadsheet
from zhiheng.evidence.snapshot import Workspace

COUNT = int(os.environ.get("ZHIHENG_MUTATIONS", "250"))
AT_ONCE = 25
MOST_MEMORY_MB = 600


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, COUNT, AT_ONCE))
def test_a_mutated_file_is_taken_in_or_refused_and_every_row_is_counted(first: int, tmp_path: Path) -> None:
    said: dict[int, str] = {}
    for seed in range(first, min(first + AT_ONCE, COUNT)):
        folder = tmp_path / str(seed)
        folder.mkdir()
        _, path = mutations.mutation(seed, folder)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        try:
            found = intake.intake(
                path, profile=mutations.a_profile(folder), workspace=Workspace(folder / "w"), analytes=rules.analytes()
            ).part
        except ZhihengError as error:
            said[seed] = str(error)
        else:
            assert found.received == found.accepted + found.rejected + found.duplicate, f"seed {seed}"
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        assert grown < MOST_MEMORY_MB * 1024, f"seed {seed} took {grown >> 10} MB"
    assert all(len(text) > 20 for text in said.values()), "a message says what, which, why and what next"


def read(tmp_path: Path, data: bytes, *, name: str = "x.csv") -> tuple[list[tuple[object, ...]], list[int]]:
    path = tmp_path / name
    path.write_bytes(data)
    with Engine() as engine:
        found = source.read(path, engine=engine, scratch=tmp_path, options={})
        return engine.connection.execute('SELECT * FROM raw ORDER BY "row"').fetchall(), [
            bad.line for bad in found.malformed
        ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "rows", "malformed"),
    [
        ("a,b\n1,2\n3,4\n", [2, 3], []),
        ("a,b\n1,2\nbroken\n3,4\n", [2, 4], [3]),
        ("a,b\n1,2\n\n\n3,4\n", [2, 5], []),
        ("a,b\n1,2\n\nbroken\n\n3,4\n", [2, 6], [4]),
        ('a,b\n1,"several\nlines\n\nhere"\nbroken\n3,4\n', [2, 4], [3]),
        ('a,b\r\n1,"several\r\nlines"\r\n\r\nbroken\r\n3,4', [2, 5], [4]),
        ("a,b\r1,2\rbroken\r3,4\r", [2, 4], [3]),
        ("a,b\n1,2\r\nbroken\r3,4\n", [2, 4], [3]),
        (
            "broken\n".join(["a,b\n", *["1,2\n"] * 9]),
            [3, 5, 7, 9, 11, 13, 15, 17, 19],
            [2, 4, 6, 8, 10, 12, 14, 16, 18],
        ),
        ('a,b\n1,2\n"never closed,4\n5,6\n', [2], [3]),
    ],
)
def test_the_number_of_a_row_is_right_after_lines_that_are_no_rows(
    tmp_path: Path, text: str, rows: list[int], malformed: list[int]
) -> None:
    # as a spreadsheet shows them: the header is row 1, a cell of several lines is one row, blank lines count
    found, turned_away = read(tmp_path, text.encode())
    assert ([row[0] for row in found], turned_away) == (rows, malformed)


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_text_is_the_same_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    assert read(tmp_path, "名,值\n茶叶,0.5\n".encode(encoding))[0] == [(2, "茶叶", "0.5")]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "data", "word"),
    [
        ("x.csv", b"", "empty"),
        ("x.csv", b"\n", "no column names"),
        ("x.csv", b"a,A\n1,2\n", "stands twice"),
        ("x.csv", b"a,b,a\n1,2,3\n", "stands twice"),
        ("x.csv", ",".join(map(str, range(3000))).encode(), "3000 columns"),
        ("x.csv", b"\xff\xfe\xfa", "damaged|neither"),
        ("x.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old binary"),
        ("x.xlsx", b"PK\x03\x04", "damaged"),
        ("x.parquet", b"PAR1PAR1", "not readable as Parquet"),
        ("x.jsonl", b"[" * 100_000, "not readable as JSON"),
        ("x.jsonl", b"1\n2\n", "no JSON object"),
        ("x.csv.gz", b"\x1f\x8b\x08", "damaged"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_the_reason(
    tmp_path: Path, name: str, data: bytes, word: str
) -> None:
    with pytest.raises(FileUnreadable, match=word):
        read(tmp_path, data, name=name)


@pytest.mark.slow
@pytest.mark.parametrize("act", ["declared", "hidden", "far"])
def test_a_spreadsheet_that_would_swell_is_refused_before_it_is_opened(
    tmp_path: Path, act: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spreadsheet, "LARGEST_SHEET", 2**20)
    monkeypatch.setattr(mutations, "SWOLLEN", 2**21)
    path = swollen(tmp_path, act)
    with pytest.raises(FileUnreadable, match="expands to more|its directory says|its cells reach"):
        read(tmp_path, path.read_bytes(), name="again.xlsx")


def swollen(folder: Path, act: str) -> Path:
    """A small XLSX of twice the size that is read, honest or not about it, or one whose two cells lie a sheet apart."""

    class Hand(mutations.random.Random):
        def randrange(self, *_: object) -> int:
            return 3 if act == "declared" else 4

    plain = folder / "plain.xlsx"
    with mutations.xlsxwriter.Workbook(str(plain)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["a", "b"])
        if act == "far":
            sheet.write_string(1_048_575, 16_383, "far away")
    return plain if act == "far" else mutations.repacked(plain, folder / "swollen.xlsx", Hand(1))


@pytest.mark.slow
def test_json_lines_keep_their_numbers_and_their_figures(tmp_path: Path) -> None:
    text = '{"a": 0.10, "b": 12345678901234567890}\nbroken\n\n{"a": 1, "a": 2}\n{"a": null, "b": "\\ud800"}\n'
    rows, malformed = read(tmp_path, text.encode(), name="x.jsonl")
    assert rows == [(1, "0.10", "12345678901234567890"), (5, "", "\ufffd")]
    assert malformed == [2, 4]


@pytest.mark.slow
def test_a_delimiter_that_is_wrong_is_said_once_and_not_a_hundred_thousand_times(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable, match="more than 100000 lines do not fit the header, the first is line 2"):
        read(tmp_path, b"a,b\n" + b"1;2\n" * 100_001)
