"""A state of the law, and what it requires of everything that a lake holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from zhiheng import decision, rules
from zhiheng.decision import envelope
from zhiheng.decision.required import name_key
from zhiheng.decision.tables import ENVELOPES, REQUIRED
from zhiheng.engines import AnyEngine
from zhiheng.errors import RuleFileInvalid, UsageError
from zhiheng.evidence.delivered import REPORTS, SUBJECTS

EACH_DAY = "each-day"
Histories = dict[tuple[str, str], dict[str, list[dict[str, Any]]]]


@dataclass(frozen=True)
class Law:
    """A state of the law: the rules, how it is named, and the day whose rules hold for all results, if one is fixed."""

    book: rules.Book
    name: str
    fingerprint: str
    on: date | None = None
    decision: str = ""


def law(words: str = EACH_DAY, *, decision: str = "") -> Law:
    """The law as a caller names it: `each-day`, a day such as 2025-02-07, or a folder of law files.

    The files are read once. A folder that changes while it is read is told, not half believed.
    """
    folder, _, day = words.partition("@")
    if folder == EACH_DAY and not day:
        return Law(rules.book(), EACH_DAY, rules.fingerprint(), decision=decision)
    on = day_named(day or folder)
    if on and not day:
        return Law(rules.book(), words, rules.fingerprint(), on, decision)
    root = Path(folder)
    if not root.is_dir():
        raise UsageError(f"'{words}' is neither '{EACH_DAY}', nor a day such as 2025-02-07, nor a folder of law files")
    before = rules.fingerprint_of(root)
    book = rules.read_book(root)
    if rules.fingerprint_of(root) != before:
        raise RuleFileInvalid(f"{root}: a file changed while the law was read; nothing was judged: run again")
    return Law(book, words, before, on if day else None, decision)


def day_named(words: str) -> date | None:
    """A day, if the words are one."""
    try:
        return date.fromisoformat(words)
    except ValueError:
        return None


@dataclass(frozen=True)
class Layout:
    """What a law requires of the subjects of a lake: tables in the engine, and the same lines in hand."""

    subjects: list[dict[str, Any]]
    histories: Histories
    lines: list[tuple[Any, ...]]
    guarded: bool


def lay_out(engine: AnyEngine, *, card: dict[str, Any], law: Law, suffix: str = "") -> Layout:
    """Make the tables `required` and `envelopes`, with the suffix, for every subject of the lake."""
    subjects = engine.rows(SUBJECTS.unbound())
    wanted = {
        rules.Subject(row["product_type"], name, row["analyte"])
        for names in [deciding_names(engine, card)]
        for row in subjects
        for name in names.get(row["product_type"], [""])
    }
    found = rules.requirements(
        sorted(wanted, key=lambda subject: (subject.category, subject.name, subject.analyte)),
        book=law.book,
        categories=rules.categories(),
        origin=card["scheme"],
        families=tuple(card["rules"]),
    )
    lines = list(decision.required(found, decision=law.decision or str(card["decision"])))
    if law.on:
        lines = frozen(lines, law.on)
    engine.table(f"required{suffix}", lines, REQUIRED.schema)
    histories = histories_of(lines)
    listed = {key: list(by_name.values()) for key, by_name in histories.items()}
    rows = list(envelope.envelopes(subjects, listed))
    engine.table(f"envelopes{suffix}", rows, ENVELOPES.schema)
    return Layout(subjects, histories, lines, any(row[-1] for row in rows))


def deciding_names(engine: AnyEngine, card: dict[str, Any]) -> dict[str, list[str]]:
    """The product names of each product type, where the name decides; elsewhere the empty name."""
    reports = REPORTS.unbound()
    named = reports.select(
        product_type="product_type", name=name_key(reports, rules.categories(), origin=card["scheme"])
    )
    found: dict[str, list[str]] = {}
    for row in engine.rows(named.distinct()):
        found.setdefault(row["product_type"], []).append(row["name"])
    return found


def histories_of(lines: Sequence[tuple[Any, ...]]) -> Histories:
    """Lines of REQUIRED by (product type, test item), then by deciding name."""
    found: Histories = {}
    for values in lines:
        line = dict(zip(REQUIRED.schema.names, values, strict=True))
        found.setdefault((line["product_type"], line["analyte"]), {}).setdefault(line["name_key"], []).append(line)
    return found


def frozen(lines: Sequence[tuple[Any, ...]], on: date) -> list[tuple[Any, ...]]:
    """The requirements of one day, holding for all days."""
    names = REQUIRED.schema.names
    since, until = names.index("since"), names.index("until")
    kept = [list(line) for line in lines if line[since] <= on < line[until]]
    for line in kept:
        line[since], line[until] = date.min, envelope.FOREVER
    return [tuple(line) for line in kept]
