"""Damaged, strange and hostile source files, made from one good table by a seeded hand.

>>> kind, path = mutation(7, Path("/tmp"))    # doctest: +SKIP
"""

import csv
import gzip
import io
import json
import random
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import duckdb
import xlsxwriter

from zhiheng.evidence import profile

HEADER = ["id", "day", "item", "value", "unit", "flag", "level", "note"]
SWOLLEN = 260 * 2**20
CELLS = [
    "",
    " ",
    "1e308",
    "-1e308",
    "1e-30",
    "NaN",
    "inf",
    "-inf",
    "-3",
    "0",
    "-0",
    "0.0000000000000000001",
    "9" * 400,
    "1e999999",
    "1E+5",
    "١٢",
    "１２．５",
    "未检出",
    "ND",
    "<0.5",
    ">10",
    "< ",
    "12,5",
    "1,234",
    "0x1F",
    "=1+1",
    '=HYPERLINK("x")',
    "1/0",
    "#DIV/0!",
    "2026-02-30",
    "45366",
    "45366.0",
    "99999",
    "0000-00-00",
    "10000-01-01",
    "a\nb",
    "a\r\nb",
    'quo"te',
    "\u2028",
    "\ufeff",
    "质" * 400,
    "x" * 40_000,
    "\x1f",
    "\\N",
    "NULL",
    "true",
    "mg/kg",
    "μg／kg",
    "furlong",
    "'; DROP TABLE raw; --",
    "%s%n",
    "𝟙𝟚",
    "½",
    "10⁴",
]
PROFILE = """
name: mutated
title: mutated
supports: monitoring
scheme: test
rules: []
day: sampled_on
key: [id]
columns:
  sample_id: id
  sampled_on: {from: day, forms: ["%Y-%m-%d", "serial"]}
  analyte: {from: item, codes: {lead: lead, cadmium: cadmium}, otherwise: refuse}
  product_name: note
quantity:
  value: value
  unit: unit
  comparator: flag
  comparator_codes: {"": "=", "<": "<", U: nd}
  reporting_level: level
"""


def a_profile(folder: Path) -> profile.Profile:
    """The profile under which every mutated file is taken in."""
    path = folder / "profile.yaml"
    path.write_text(PROFILE, encoding="utf-8")
    return profile.load(path)


def good_rows(chance: random.Random, count: int = 30) -> list[list[str]]:
    """A table in which nothing is wrong."""
    return [
        [
            f"s{number}",
            f"2026-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}",
            chance.choice(["lead", "cadmium"]),
            f"{chance.randint(0, 5000) / 1000}",
            chance.choice(["mg/kg", "ug/kg", "g/100g"]),
            chance.choice(["", "", "<", "U"]),
            "0.01",
            chance.choice(["apple", "茶叶", "käse, alt", 'say "x"']),
        ]
        for number in range(count)
    ]


def as_csv(rows: list[list[str]], *, end: str = "\n", delimiter: str = ",") -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator=end, delimiter=delimiter).writerows(rows)
    return stream.getvalue()


def strange_cells(chance: random.Random) -> list[list[str]]:
    rows = [[*HEADER], *good_rows(chance)]
    for _ in range(chance.randint(1, 40)):
        rows[chance.randint(1, len(rows) - 1)][chance.randrange(len(HEADER))] = chance.choice(CELLS)
    return rows


def plain_text(chance: random.Random, folder: Path) -> Path:
    rows = strange_cells(chance)
    form = as_csv(rows, end=chance.choice(["\n", "\r\n", "\r"]), delimiter=chance.choice([",", ";", "\t", "|"]))
    encoding = chance.choice(
        ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "latin-1", "big5", "shift-jis", "cp1252"]
    )
    return stored(folder / "a.csv", form.encode(encoding, "replace"))


def wrong_columns(chance: random.Random, folder: Path) -> Path:
    rows, act = strange_cells(chance), chance.randrange(6)
    place = chance.randrange(len(HEADER))
    if act == 0:
        rows = [[cell for number, cell in enumerate(row) if number != place] for row in rows]
    elif act == 1:
        rows = [[*row, row[place]] for row in rows]
    elif act == 2:
        rows = [row[place:] + row[:place] for row in rows]
    elif act == 3:
        rows[0][place] = chance.choice(["", " ", HEADER[0].upper(), "x" * 70_000, "a\nb", '"', "id\x00"])
    elif act == 4:
        rows = (
            [[*row, *["1"] * 2_992] for row in rows[:2]]
            if chance.random() < 0.5
            else [row + [f"c{n}" for n in range(1_000)] for row in rows[:3]]
        )
    else:
        chance.shuffle(rows)
    return stored(folder / "b.csv", as_csv(rows).encode())


def broken_lines(chance: random.Random, folder: Path) -> Path:
    lines = as_csv(strange_cells(chance)).split("\n")
    for _ in range(chance.randint(1, 6)):
        line = chance.choice(
            ["", "", "   ", "only one", ",,,", "," * 30, '"unclosed', 'a,"b"c,d', '"', "\x00" * 10, "\\", '""""""']
        )
        lines.insert(chance.randint(0 if chance.random() < 0.1 else 1, len(lines)), line)
    return stored(folder / "c.csv", "\n".join(lines).encode())


def bytes_gone_wrong(chance: random.Random, folder: Path) -> Path:
    data = bytearray(as_csv(strange_cells(chance)).encode())
    act = chance.randrange(4)
    if act == 0:
        data = data[: chance.randrange(len(data))]
    for _ in range(chance.randint(0, 30) if act != 0 else 0):
        place = chance.randrange(len(data))
        data[place : place + chance.choice([0, 1])] = bytes(chance.choices(range(256), k=chance.choice([1, 1, 3])))
    if act == 3:
        data = bytearray(chance.randbytes(chance.randint(1, 3000)))
    return stored(folder / "d.csv", bytes(data))


def same_rows(chance: random.Random, folder: Path) -> Path:
    rows = good_rows(chance, 10)
    return stored(folder / "e.csv", as_csv([HEADER, *chance.choices(rows, k=chance.randint(0, 60))]).encode())


def large_cell(chance: random.Random, folder: Path) -> Path:
    rows = [[*HEADER], *good_rows(chance, 5)]
    rows[chance.randint(1, 5)][chance.randrange(8)] = chance.choice(["x", "质", "9", "\n", '"']) * chance.choice(
        [40_000, 1_000_000, 5_000_000]
    )
    return stored(folder / "f.csv", as_csv(rows).encode())


def many_rows(chance: random.Random, folder: Path) -> Path:
    count = chance.choice([20_000, 60_000])
    lines = [f"s{number},2026-01-01,lead,{number / 7},mg/kg,,," for number in range(count)]
    return stored(folder / "g.csv", "\n".join([",".join(HEADER), *lines]).encode())


def gzipped(chance: random.Random, folder: Path) -> Path:
    act = chance.randrange(4)
    if act == 0:  # a bomb: it is refused long before it is wholly out
        packer, pieces = zlib.compressobj(9, zlib.DEFLATED, 31), []
        for _ in range(300):
            pieces.append(packer.compress(b"\x00" * 2**20 if chance.random() < 0.5 else b"a," * 2**19))
        return stored(folder / "h.csv.gz", b"".join([*pieces, packer.flush()]))
    data = bytearray(gzip.compress(as_csv(strange_cells(chance)).encode()))
    if act == 1:
        data = data[: chance.randrange(3, len(data))]
    elif act == 2:
        data[chance.randrange(2, len(data))] ^= 1 << chance.randrange(8)
    return stored(folder / chance.choice(["h.csv.gz", "h.csv"]), bytes(data))


def json_text(chance: random.Random, folder: Path) -> Path:
    rows = [dict(zip(HEADER, row, strict=True)) for row in strange_cells(chance)[1:]]
    lines = [json.dumps(row, ensure_ascii=chance.random() < 0.5) for row in rows]
    strange = [
        "",
        "[]",
        "null",
        "1",
        '"x"',
        "{",
        "}",
        '{"id": 1',
        '{"id": "a", "id": "b"}',
        '{"id": NaN}',
        '{"id": "\\ud800"}',
        '{"id": "\\u0000"}',
        "[" * 100_000,
        '{"id":' * 100_000,
        '{"id": {"a": [1, 2]}}',
        '{"": 1}',
        '{"ID": 1}',
        '{"value": 1e999}',
        '{"value": ' + "9" * 5000 + "}",
        "\x00",
        "{'id': 1}",
        '{"id": true, "value": null}',
        '{"x' + "y" * 5_000_000 + '": 1}',
    ]
    for _ in range(chance.randint(0, 5)):
        lines.insert(chance.randint(0, len(lines)), chance.choice(strange))
    text = "[" + ",".join(lines) + "]" if chance.random() < 0.3 else "\n".join(lines)
    return stored(folder / chance.choice(["i.jsonl", "i.json", "i.ndjson"]), text.encode("utf-8", "surrogatepass"))


def a_sheet(chance: random.Random, path: Path) -> Path:
    book = xlsxwriter.Workbook(
        str(path), {"nan_inf_to_errors": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    sheet, day = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
    top, left = (chance.randint(0, 3), chance.randint(0, 3)) if chance.random() < 0.2 else (0, 0)
    for number, row in enumerate(strange_cells(chance)):
        for column, text in enumerate(row):
            at = top + number, left + column
            act = chance.random() if number else 1.0
            if act < 0.05:
                sheet.write_formula(*at, "=1+1", value=chance.choice([2, "x", "#DIV/0!", "", True]))
            elif act < 0.1:
                sheet.write_number(
                    *at,
                    chance.choice([45366, 1e308, 1e-30, -1, 0.1 + 0.2, float("nan"), float("inf"), 2**60]),
                    chance.choice([None, day]),
                )
            elif act < 0.12:
                sheet.write_boolean(*at, True)
            else:
                sheet.write_string(*at, text[:32_767])
    if chance.random() < 0.1:
        sheet.write_string(1_048_575, 16_383, "far away")
    book.close()
    return path


def spreadsheet(chance: random.Random, folder: Path) -> Path:
    path = a_sheet(chance, folder / "j.xlsx")
    act = chance.randrange(5)
    data = bytearray(path.read_bytes())
    if act == 0:
        data = data[: chance.randrange(4, len(data))]
    elif act == 1:
        for _ in range(chance.randint(1, 10)):
            data[chance.randrange(4, len(data))] ^= 1 << chance.randrange(8)
    elif act == 2:
        return repacked(path, folder / "k.xlsx", chance)
    return stored(folder / chance.choice(["k.xlsx", "k.csv", "k.xls"]), bytes(data))


def repacked(path: Path, target: Path, chance: random.Random) -> Path:
    """The sheet with one of its parts gone, cut, changed, or swollen; sometimes the directory lies about the size."""
    act = chance.randrange(6)
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            body = old.read(name)
            if act == 0 and chance.random() < 0.3:
                continue
            if act == 1 and name.endswith("sheet1.xml"):
                body = body[: chance.randrange(len(body))]
            if act == 2 and name.endswith(".xml"):
                body = body.replace(
                    b"<v>",
                    b"<v>" + chance.choice([b"99999999999", b"-1", b"&lol;", b"<v>", b"\xff"]),
                    chance.randint(1, 9),
                )
            if act in (3, 4) and name.endswith("sheet1.xml"):
                body += b" " * SWOLLEN
            if act == 5 and name.endswith("sheet1.xml"):
                body = body.replace(b'r="A', b'r="' + chance.choice([b"XFD", b"ZZZZ", b"", b"A9", b"a"]), 3)
            new.writestr(name, body)
    if act == 4:  # every size in the directory becomes small; the stream stays as large as it is
        data = bytearray(target.read_bytes())
        place = data.find(b"PK\x01\x02")
        while place >= 0:
            data[place + 24 : place + 28] = (1000).to_bytes(4, "little")
            place = data.find(b"PK\x01\x02", place + 4)
        target.write_bytes(bytes(data))
    return target


def parquet(chance: random.Random, folder: Path) -> Path:
    path = folder / "l.parquet"
    source = folder / "l.csv"
    source.write_text(as_csv([HEADER, *good_rows(chance)]), encoding="utf-8")
    value = chance.choice(
        [
            "value",
            "value::DOUBLE AS value",
            "'nan'::DOUBLE AS value",
            "[value] AS value",
            "NULL AS value",
            "value::BLOB AS value",
        ]
    )
    odd = chance.choice(["note", 'note AS " padded "', 'note AS "ID"', "{'a': note} AS note", "'\\x00'::BLOB AS note"])
    with duckdb.connect() as engine:
        table = f"read_csv('{source}', all_varchar=true, delim=',', quote='\"', header=true)"
        engine.execute(
            f"COPY (SELECT id, day, item, {value}, unit, flag, level, {odd}, note AS n2 FROM {table}) TO '{path}'"
        )
    data = bytearray(path.read_bytes())
    act = chance.randrange(4)
    if act == 0:
        data = data[: chance.randrange(4, len(data))]
    for _ in range(chance.randint(1, 8) if act == 1 else 0):
        data[chance.randrange(4, len(data))] ^= 1 << chance.randrange(8)
    return stored(folder / chance.choice(["m.parquet", "m.csv"]), bytes(data))


def other_forms(chance: random.Random, folder: Path) -> Path:
    body = chance.choice(
        [
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + chance.randbytes(600),
            b"%PDF-1.7\n" + chance.randbytes(300),
            b"",
            b"\n",
            b"\x00" * 1000,
            b"\xff\xfe",
            b"PAR1",
            b"PAR1PAR1",
            b"PK\x03\x04",
            b"PK\x05\x06" + b"\x00" * 18,
            b"\x1f\x8b",
            b"\xef\xbb\xbf",
            ",".join(HEADER).encode(),
            ",".join(HEADER).encode() + b"\n",
            b"SQLite format 3\x00",
            b"<html><table><tr><td>id</td></tr></table></html>",
            b"{}",
            b"[]",
        ]
    )
    return stored(folder / chance.choice(["n.csv", "n.xls", "n.jsonl", "n.parquet", "n"]), body)


KINDS: tuple[tuple[Callable[[random.Random, Path], Path], int], ...] = (
    (plain_text, 5),
    (wrong_columns, 3),
    (broken_lines, 4),
    (bytes_gone_wrong, 4),
    (same_rows, 1),
    (large_cell, 1),
    (many_rows, 1),
    (gzipped, 2),
    (json_text, 4),
    (spreadsheet, 5),
    (parquet, 4),
    (other_forms, 2),
)


def stored(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def mutation(seed: int, folder: Path) -> tuple[str, Path]:
    """The mutated file of a seed, and what was done to it."""
    chance = random.Random(seed)
    make = chance.choices([kind for kind, _ in KINDS], [weight for _, weight in KINDS])[0]
    return make.__name__, make(chance, folder)
