"""Writes what a script measured into its part of docs/explanation/nation-figures.md."""

from collections.abc import Mapping, Sequence
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "nation-figures.md"


def write(part: str, lines: Sequence[str], *, page: Path = PAGE) -> None:
    """Put lines between the two marks of a part; ValueError: the page has no such part."""
    text = page.read_text(encoding="utf-8")
    begin, end = f"<!-- {part} -->\n", f"<!-- end of {part} -->\n"
    if begin not in text or end not in text:
        raise ValueError(f"{page.name} has no part '{part}'")
    before, rest = text.split(begin, 1)
    page.write_text(before + begin + "\n".join(lines) + "\n" + end + rest.split(end, 1)[1], encoding="utf-8")


def table(rows: Sequence[Mapping[str, str]]) -> list[str]:
    """Rows as a table of Markdown, with the names of the first row as its head."""
    names = list(rows[0])
    return [
        f"| {' | '.join(names)} |",
        f"|{'---|' * len(names)}",
        *(f"| {' | '.join(str(row.get(name, '')) for name in names)} |" for row in rows),
    ]
