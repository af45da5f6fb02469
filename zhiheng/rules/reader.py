"""Law files: read strictly, every fault named with its file and line."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from importlib.resources.abc import Traversable
from io import StringIO
from typing import Any

import yaml

from zhiheng.errors import RuleFileInvalid
from zhiheng.rules.book import Citation, Rule, Value

OPERATORS = ("<=", "<", ">=", ">", "range", "plan", "not_permitted", "not_detected")
FORCES = ("legal", "guidance")
DECISIONS = ("simple", "guarded")
FAMILY_KEYS = {"title", "force", "scheme", "decision", "table", "rules", "note"}
RULE_KEYS = {
    "analyte",
    "applies",
    "except",
    "operator",
    "unit",
    "force",
    "condition",
    "note",
    "checked",
    "values",
    "title",
}
VALUE_KEYS = {"value", "low", "high", "n", "c", "m", "M", "cite", "until", "note", "confidence", "checked"}
CITE_KEYS = {"act", "at", "url", "source"}
COLUMNS = [
    "id",
    "analyte",
    "applies",
    "except",
    "operator",
    "value",
    "value_to",
    "n",
    "c",
    "m",
    "M",
    "unit",
    "force",
    "condition",
    "since",
    "until",
    "act",
    "at",
    "source",
    "confidence",
    "checked",
    "note",
]
SAME = ("analyte", "operator", "unit", "force", "applies", "excepts")
PLACE = "__line__"


class StrictLoader(yaml.SafeLoader):
    """YAML with decimals kept exact, lines remembered, and duplicate keys refused."""


def mapping(loader: StrictLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    """A mapping with the line of each key under `__line__`."""
    found: dict[Any, Any] = {}
    lines: dict[Any, int] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in found:
            raise RuleFileInvalid(f"line {key_node.start_mark.line + 1}: '{key}' stands twice; keep one")
        found[key] = loader.construct_object(value_node, deep=True)
        lines[key] = key_node.start_mark.line + 1
    found[PLACE] = lines
    return found


def decimal(loader: StrictLoader, node: yaml.ScalarNode) -> Decimal:
    """A number with a point, as printed and not as a binary fraction."""
    return Decimal(str(loader.construct_scalar(node)))


StrictLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, mapping)
StrictLoader.add_constructor("tag:yaml.org,2002:float", decimal)


@dataclass(frozen=True)
class Place:
    """A spot in a law file, for messages."""

    file: str
    line: int

    def fault(self, text: str) -> RuleFileInvalid:
        """An error that begins with file and line."""
        return RuleFileInvalid(f"{self.file}, line {self.line}: {text}")


def load(path: Traversable, *, name: str) -> dict[str, Any]:
    """A YAML file as a mapping, read strictly. What is given back is shared: nobody changes it."""
    try:
        return parsed(path.read_text(encoding="utf-8"), name)
    except UnicodeDecodeError as error:
        raise RuleFileInvalid(f"{name}: not readable as YAML: {error}") from error


@lru_cache(maxsize=256)
def parsed(text: str, name: str) -> dict[str, Any]:
    """What the text of a law file says; the same text is not read twice, on whichever day it is asked for."""
    try:
        body = yaml.load(text, Loader=StrictLoader)  # noqa: S506 - a SafeLoader
    except RuleFileInvalid as error:
        raise RuleFileInvalid(f"{name}, {error}") from error
    except (yaml.YAMLError, InvalidOperation) as error:
        raise RuleFileInvalid(f"{name}: not readable as YAML: {error}") from error
    if not isinstance(body, dict):
        raise RuleFileInvalid(f"{name}, line 1: a mapping of keys was expected")
    return body


def family(path: Traversable, *, folder: Traversable, prefix: str, name: str) -> list[Rule]:
    """Every rule of one law file and of the table beside it."""
    body = load(path, name=name)
    top = Place(name, 1)
    known(body, FAMILY_KEYS, top)
    for needed in ("title", "force", "scheme", "decision"):
        if needed not in body:
            raise top.fault(f"'{needed}' is missing")
    one_of(body["force"], FORCES, "force", top)
    one_of(body["decision"], DECISIONS, "decision", top)
    found = list(inline(body, prefix=prefix, name=name))
    if "table" in body:
        table = folder / str(body["table"])
        found += tabled(table.read_text(encoding="utf-8"), body=body, prefix=prefix, name=f"{name} ({body['table']})")
    seen: dict[str, Rule] = {}
    for rule in found:
        if rule.key in seen:
            raise RuleFileInvalid(f"{rule.source}: the key '{rule.key}' is already taken at {seen[rule.key].source}")
        seen[rule.key] = rule
    return found


def inline(body: dict[Any, Any], *, prefix: str, name: str) -> Iterator[Rule]:
    """The rules written out in the YAML itself."""
    entries = body.get("rules") or {}
    for ident, entry in entries.items():
        if ident == PLACE:
            continue
        place = Place(name, entries[PLACE][ident])
        known(entry, RULE_KEYS, place)
        for needed in ("analyte", "applies", "operator", "unit", "values", "checked"):
            if needed not in entry:
                raise place.fault(f"rule '{ident}': '{needed}' is missing")
        one_of(entry["operator"], OPERATORS, "operator", place)
        one_of(entry.get("force", body["force"]), FORCES, "force", place)
        yield Rule(
            key=f"{prefix}/{ident}",
            title=plain(entry.get("title", body["title"])),
            force=entry.get("force", body["force"]),
            scheme=str(body["scheme"]),
            decision=str(body["decision"]),
            analyte=str(entry["analyte"]),
            applies=tuple(map(str, entry["applies"])),
            excepts=tuple(map(str, entry.get("except", ()))),
            operator=entry["operator"],
            unit=str(entry["unit"] or ""),
            note=str(entry.get("note", "")),
            values=history(entry, ident=str(ident), name=name),
            source=f"{name}, line {place.line}",
        )


def history(entry: dict[Any, Any], *, ident: str, name: str) -> tuple[Value, ...]:
    """The dated values of an inline rule, each closed by the next."""
    values = entry["values"]
    dated = []
    for since, body in values.items():
        if since == PLACE:
            continue
        place = Place(name, values[PLACE][since])
        if not isinstance(since, date):
            raise place.fault(f"rule '{ident}': '{since}' is not a day; write YYYY-MM-DD")
        dated.append(one_value(since, body, entry=entry, place=place))
    return closed(dated, Place(name, 1))


def one_value(since: date, body: Any, *, entry: dict[Any, Any], place: Place) -> Value:
    """One dated value with its citation."""
    known(body, VALUE_KEYS, place)
    cite = body.get("cite")
    if not isinstance(cite, dict) or not cite.get("act"):
        raise place.fault(f"the value of {since} has no citation; add cite: {{act: …, at: …}}")
    known(cite, CITE_KEYS, place)
    low, high = bounds(entry["operator"], body.get("value"), body.get("low"), body.get("high"))
    repealed = "value" in body and body["value"] is None and entry["operator"] not in ("not_permitted", "not_detected")
    return Value(
        since=since,
        until=body.get("until"),
        low=low,
        high=high,
        n=body.get("n"),
        c=body.get("c"),
        m=number(body.get("m"), place),
        M=number(body.get("M"), place),
        checked=body.get("checked", entry["checked"]),
        cite=Citation(str(cite["act"]), str(cite.get("at", "")), str(cite.get("url") or cite.get("source") or "")),
        confidence=str(body.get("confidence", "")),
        note=str(body.get("note", "")),
        condition=str(entry.get("condition", "")),
        repealed=repealed,
    )


def tabled(text: str, *, body: dict[Any, Any], prefix: str, name: str) -> list[Rule]:
    """The rules of a table: one line is one dated value, lines with one id are its history."""
    reader = csv.DictReader(StringIO(text))
    if tuple(reader.fieldnames or ()) != tuple(COLUMNS):
        raise RuleFileInvalid(f"{name}, line 1: the columns must be {','.join(COLUMNS)}")
    rules: dict[str, Rule] = {}
    for row in reader:
        place = Place(name, reader.line_num)
        if None in row or None in row.values():
            raise place.fault("the line has more or fewer cells than the header")
        one_of(row["operator"], OPERATORS, "operator", place)
        rule = tabled_rule(row, body=body, prefix=prefix, place=place)
        earlier = rules.get(rule.key)
        if earlier is None:
            rules[rule.key] = rule
        else:
            changed = [name for name in SAME if getattr(earlier, name) != getattr(rule, name)]
            if changed:
                raise place.fault(
                    f"'{row['id']}' changes its {changed[0]} here: one id is one requirement, give this line another"
                )
            rules[rule.key] = replace(rule, values=(*earlier.values, *rule.values), source=earlier.source)
    return [replace(rule, values=closed(list(rule.values), Place(name, 1))) for rule in rules.values()]


def tabled_rule(row: dict[str, str], *, body: dict[Any, Any], prefix: str, place: Place) -> Rule:
    """One line of a table as a rule with a single value."""
    if not row["act"]:
        raise place.fault(f"'{row['id']}' has no citation; fill the column act")
    figure = number(row["value"], place)
    low, high = bounds(row["operator"], figure, figure, number(row["value_to"], place))
    if row["operator"] in ("<=", "<", ">=", ">", "range") and figure is None:
        raise place.fault(f"'{row['id']}' has no figure; fill the column value")
    value = Value(
        since=a_day(row["since"], place),
        until=a_day(row["until"], place) if row["until"] else None,
        low=low,
        high=high,
        n=int(row["n"]) if row["n"] else None,
        c=int(row["c"]) if row["c"] else None,
        m=number(row["m"], place),
        M=number(row["M"], place),
        checked=a_day(row["checked"], place) if row["checked"] else None,
        cite=Citation(row["act"], row["at"], row["source"]),
        confidence=row["confidence"],
        note=row["note"],
        condition=row["condition"],
    )
    return Rule(
        key=f"{prefix}/{row['id']}",
        title=plain(body["title"]),
        force=row["force"] or body["force"],
        scheme=str(body["scheme"]),
        decision=str(body["decision"]),
        analyte=row["analyte"],
        applies=paths(row["applies"]),
        excepts=paths(row["except"]),
        operator=row["operator"],
        unit=row["unit"],
        note="",
        values=(value,),
        source=f"{place.file}, line {place.line}",
    )


def closed(values: list[Value], place: Place) -> tuple[Value, ...]:
    """Values in order of their days, each ending no later than the next begins."""
    ordered = sorted(values, key=lambda value: value.since)
    ended: list[Value] = []
    for value, following in zip(ordered, [*ordered[1:], None], strict=True):
        if following is not None and following.since == value.since:
            raise place.fault(f"two values begin on {value.since} ({value.cite.act}); keep one")
        if following is not None and (value.until is None or value.until > following.since):
            value = replace(value, until=following.since)
        if value.until is not None and value.until <= value.since:
            raise place.fault(f"the value of {value.since} ends on {value.until}, before it begins")
        ended.append(value)
    return tuple(ended)


def bounds(operator: str, value: Any, low: Any, high: Any) -> tuple[Decimal | None, Decimal | None]:
    """What a value means as lower and upper bound under its operator."""
    as_decimal = None if value is None else Decimal(str(value))
    if operator == "range":
        return (None if low is None else Decimal(str(low)), None if high is None else Decimal(str(high)))
    if operator in (">=", ">"):
        return as_decimal, None
    return None, as_decimal


def known(body: Any, keys: set[str], place: Place) -> None:
    """Refuse a key that nobody reads: it is a slip that would be passed over in silence."""
    if not isinstance(body, dict):
        raise place.fault("a mapping of keys was expected")
    strange = sorted(str(key) for key in body if key != PLACE and key not in keys)
    if strange:
        line = body[PLACE].get(strange[0], place.line) if PLACE in body else place.line
        raise Place(place.file, line).fault(f"unknown key '{strange[0]}'; known are {', '.join(sorted(keys))}")


def one_of(value: Any, allowed: tuple[str, ...], what: str, place: Place) -> None:
    """Refuse a word outside its list."""
    if value not in allowed:
        raise place.fault(f"{what} '{value}' is not one of {', '.join(allowed)}")


def number(text: Any, place: Place) -> Decimal | None:
    """A printed decimal, or nothing."""
    if text is None or text == "":
        return None
    try:
        return Decimal(str(text))
    except InvalidOperation as error:
        raise place.fault(f"'{text}' is not a number") from error


def a_day(text: str, place: Place) -> date:
    """An ISO day."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise place.fault(f"'{text}' is not a day; write YYYY-MM-DD") from error


def paths(text: str) -> tuple[str, ...]:
    """Category paths, separated by bars."""
    return tuple(part.strip() for part in text.split(" | ") if part.strip())


def plain(body: Any) -> dict[str, str]:
    """A mapping of language to text, without the line numbers."""
    return {str(key): str(text) for key, text in body.items() if key != PLACE}
