"""Every factor of the vocabulary against UCUM's own table of units, multiplied out here in exact fractions."""

import csv
import re
from fractions import Fraction
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from xml.etree import ElementTree

import pytest

from zhiheng import units

ESSENCE = Path(str(files("ucumvert"))) / "vendor" / "ucum-essence.xml"
SPACE = "{http://unitsofmeasure.org/ucum-essence}"
VOCABULARY = files("zhiheng") / "law" / "int" / "vocabulary" / "units.csv"
ROWS = list(csv.DictReader(VOCABULARY.read_text(encoding="utf-8").splitlines()))
TERM = re.compile(r"(?P<sign>[./]?)(?:\((?P<inner>[^()]*)\)|(?P<atom>\{[^}]*\}|\[[^\]]*\](?![A-Za-z])|[^./()]+))")
Dimensions = tuple[tuple[str, int], ...]


@lru_cache(maxsize=1)
def table() -> tuple[dict[str, Fraction], dict[str, tuple[str, str, bool]], set[str]]:
    """Prefixes, units with value and unit of definition, and base units, from the file of the UCUM organisation."""
    root = ElementTree.parse(ESSENCE).getroot()
    prefixes = {
        found.attrib["Code"]: Fraction(found.find(f"{SPACE}value").attrib["value"])
        for found in root.iter(f"{SPACE}prefix")
    }
    defined = {}
    for found in root.iter(f"{SPACE}unit"):
        value = found.find(f"{SPACE}value")
        defined[found.attrib["Code"]] = (
            value.attrib.get("value", "1"),
            value.attrib["Unit"],
            found.attrib.get("isMetric") == "yes",
        )
    return prefixes, defined, {found.attrib["Code"] for found in root.iter(f"{SPACE}base-unit")}


@lru_cache(maxsize=512)
def size(code: str) -> tuple[Fraction, Dimensions]:
    """A UCUM code as a multiple of base units."""
    amount, powers = Fraction(1), {}
    for term in TERM.finditer(code):
        value, dimensions = size(term["inner"]) if term["inner"] is not None else one(term["atom"])
        direction = -1 if term["sign"] == "/" else 1
        amount *= value**direction
        for base, power in dimensions:
            powers[base] = powers.get(base, 0) + direction * power
    return amount, tuple(sorted((base, power) for base, power in powers.items() if power))


def one(atom: str) -> tuple[Fraction, Dimensions]:
    """One unit with its power; what stands in braces is a remark and counts as 1."""
    atom = re.sub(r"\{[^}]*\}", "", atom)
    if not atom:
        return Fraction(1), ()
    if atom.isdigit():
        return Fraction(atom), ()
    if tens := re.fullmatch(r"10[*^](-?\d+)", atom):
        return Fraction(10) ** int(tens[1]), ()
    prefixes, defined, bases = table()
    name, power = re.fullmatch(r"(.*?[^\d+-]|.*\])([+-]?\d+)?", atom).groups()
    raised = int(power or 1)
    for prefix in ("", *sorted(prefixes, key=len, reverse=True)):
        rest = name[len(prefix) :]
        if not name.startswith(prefix) or (rest not in bases and rest not in defined):
            continue
        if prefix and rest not in bases and not defined[rest][2]:
            continue
        amount, dimensions = (Fraction(1), ((rest, 1),)) if rest in bases else of_definition(rest)
        return (amount * prefixes.get(prefix, Fraction(1))) ** raised, tuple(
            (base, number * raised) for base, number in dimensions
        )
    raise AssertionError(f"UCUM has no unit {atom}")


def of_definition(code: str) -> tuple[Fraction, Dimensions]:
    value, unit, _ = table()[1][code]
    if unit.startswith(("cel(", "degf(")):
        return Fraction(1), ((code, 1),)
    amount, dimensions = size(unit)
    return Fraction(value) * amount, dimensions


def canonical_code(row: dict[str, str]) -> str:
    return next(
        (other["ucum"] for other in ROWS if units.spelling(other["spelling"]) == units.spelling(row["canonical"])),
        row["canonical"],
    )


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["spelling"])
def test_a_factor_is_exactly_that_of_ucum(row: dict[str, str]) -> None:
    """Exact: both sides are fractions, no tolerance. `mg/kg` and the like are taken as mass per mass, as UCUM does."""
    found = units.unit(row["spelling"])
    if row["ucum"] == canonical_code(row):
        assert found.factor == 1
        return
    ours, theirs = size(row["ucum"]), size(canonical_code(row))
    assert ours[1] == theirs[1], "the two measure different kinds of quantity"
    assert found.factor == ours[0] / theirs[0]


@pytest.mark.parametrize(
    ("spelling", "factor"),
    [
        ("ug/kg", Fraction(1, 1000)),
        ("g/100g", Fraction(10_000)),
        ("mg/100g", Fraction(10)),
        ("pCi/L", Fraction(37, 1000)),
        ("mg/cm2", Fraction(10_000)),
        ("mg/dm2", Fraction(100)),
        ("ug/L", Fraction(1, 1000)),
        ("g/100mL", Fraction(10_000)),
        ("mg/m3", Fraction(1, 1000)),
        ("ft", Fraction(3048, 10_000)),
        ("ppm", Fraction(1)),
        ("ppb", Fraction(1, 1000)),
    ],
)
def test_a_factor_is_the_one_that_a_chemist_knows(spelling: str, factor: Fraction) -> None:
    assert units.unit(spelling).factor == factor


def test_every_canonical_unit_is_its_own() -> None:
    for row in ROWS:
        assert units.unit(row["canonical"]).factor == 1
