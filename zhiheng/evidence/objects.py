"""JSON: one object a line, or one array of objects."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from zhiheng.engines import Engine, Malformed
from zhiheng.errors import FileUnreadable
from zhiheng.evidence.cells import MOST_COLUMNS, cell_text, raw_schema, usable

LARGEST_ARRAY = 32 * 2**20
LONGEST_LINE = 4 * 2**20


class TwiceError(ValueError):
    """A name that stands twice in one object: which value is meant?"""


def json_lines(path: Path, *, engine: Engine) -> tuple[tuple[str, ...], tuple[Malformed, ...]]:
    """The objects of a file as a text table; read twice, first for the names, so that no file is held in memory."""
    columns: dict[str, None] = {}
    malformed: list[Malformed] = []
    for number, body in objects(path):
        if isinstance(body, Malformed):
            malformed.append(body)
            continue
        columns |= dict.fromkeys(body)
        if len(columns) > MOST_COLUMNS:
            raise FileUnreadable(
                f"{path.name}: more than {MOST_COLUMNS} names up to line {number}; at most that many are read"
            )
    if not columns:
        raise FileUnreadable(f"{path.name}: no JSON object in the file; write one object a line")
    names = usable(list(columns), path)
    rows = (
        (number, *(cell_text(body.get(name)) for name in columns))
        for number, body in objects(path)
        if isinstance(body, dict)
    )
    engine.table("raw", rows, raw_schema(names))
    return names, tuple(malformed)


def objects(path: Path) -> Iterator[tuple[int, dict[str, Any] | Malformed]]:
    """Every object with its line, or its place in the array; what is none comes with the reason."""
    with path.open(encoding="utf-8", newline="\n") as stream:
        start = stream.read(4096).lstrip()[:1]
        stream.seek(0)
        if start == "[":
            yield from members(path)
            return
        number = 0
        while line := stream.readline(LONGEST_LINE):
            number += 1
            if not line.endswith("\n") and len(line) == LONGEST_LINE:
                while rest := stream.readline(LONGEST_LINE):
                    if rest.endswith("\n"):
                        break
                yield number, Malformed(number, line[:2000], f"the line is longer than {LONGEST_LINE} characters")
            elif line.strip():
                yield number, one(number, line)


def members(path: Path) -> Iterator[tuple[int, dict[str, Any] | Malformed]]:
    """The objects of one array; an array is read whole, so it must be small."""
    if path.stat().st_size > LARGEST_ARRAY:
        raise FileUnreadable(f"{path.name}: an array of more than {LARGEST_ARRAY >> 20} MiB; write one object a line")
    try:
        body = json.loads(path.read_text(encoding="utf-8"), **EXACTLY)
    except (ValueError, RecursionError) as error:
        raise FileUnreadable(f"{path.name}: not readable as JSON: {error}") from error
    for number, member in enumerate(body, start=1):
        yield number, member if isinstance(member, dict) else none_such(number, str(member))


def one(number: int, text: str) -> dict[str, Any] | Malformed:
    """The object in a line, or why there is none."""
    try:
        body = json.loads(text, **EXACTLY)
    except (ValueError, RecursionError) as error:
        return Malformed(number, text[:2000], f"not JSON: {error}")
    return body if isinstance(body, dict) else none_such(number, text)


def none_such(number: int, text: str) -> Malformed:
    """What is JSON but no object."""
    return Malformed(number, text[:2000], "not an object of names and values")


def distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names are all different."""
    body = dict(pairs)
    if len(body) < len(pairs):
        names = [name for name, _ in pairs]
        raise TwiceError(f"the name '{next(name for name in names if names.count(name) > 1)[:60]}' stands twice")
    return body


# figures stay as they are written: binary fractions would change them
EXACTLY: dict[str, Any] = {"parse_float": str, "parse_int": str, "parse_constant": str, "object_pairs_hook": distinct}
