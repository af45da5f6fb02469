"""Units: printed spellings, UCUM codes, and the exact factor to one canonical unit for each kind of quantity.

The spellings are data (law/int/vocabulary/units.csv). Dimensions and factors come from pint, reading UCUM with ucumvert.
"""

import csv
import re
import unicodedata
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from functools import lru_cache
from importlib.resources import files
from typing import Any

import lark
import pint
import ucumvert

from zhiheng.errors import UnitError

PLACES = 15
SIMPLE = re.compile(r"[A-Za-z]{1,6}[0-9]?")
# Mass in mass is kept apart from a plain ratio, although both have no dimension.
CANONICAL = {
    ("[mass]", "[mass]"): "mg/kg",
    ("[mass]", "[length] ** 3"): "mg/L",
    ("[mass]", "[length] ** 2"): "mg/m2",
    ("1 / [time]", "[length] ** 3"): "Bq/L",
    ("[mass]", "[time]"): "mg/d",
}
LARGEST = 10**20
MAGNITUDE = 60
TOLERANCE = 10**12
WIDE = Context(prec=60)


@dataclass(frozen=True)
class Unit:
    """A printed unit and what it is worth: `canonical` = `factor` times this unit, expressed as `basis`."""

    spelling: str
    canonical: str
    basis: str
    factor: Fraction

    @property
    def kind(self) -> str:
        """The canonical unit with its basis: two values compare only when their kinds are equal.

        >>> unit("mg/L as N").kind
        'mg/L as N'
        """
        return f"{self.canonical} as {self.basis}" if self.basis else self.canonical


def spelling(text: str) -> str:
    """A printed unit with its look-alike characters made one.

    >>> spelling(" μg／kg ")
    'ug/kg'
    """
    folded = unicodedata.normalize("NFKC", text).replace("μ", "u").replace("µ", "u")
    return "".join(folded.split())


@lru_cache(maxsize=4096)
def unit(text: str) -> Unit:
    """The unit that a printed spelling stands for.

    >>> unit("ug/kg").factor
    Fraction(1, 1000)
    """
    found = spellings().get(spelling(text)) or by_dimension(spelling(text))
    if found is None:
        raise UnitError(
            f"unit '{text.strip()[:60]}' is unknown: add its spelling to the vocabulary, or to the profile of the source"
        )
    name, code, canonical_name, canonical_code, basis = found
    return Unit(name, canonical_name, basis, factor(code, canonical_code))


def by_dimension(code: str) -> tuple[str, str, str, str, str] | None:
    """A spelling that is a UCUM code itself, with the canonical unit of its dimension.

    >>> by_dimension("ug/dm3")[2]
    'mg/L'
    """
    parts = code.split("/")
    if len(parts) != 2 or not all(SIMPLE.fullmatch(part) for part in parts):
        return None
    try:
        above, below = (registry().from_ucum(part).dimensionality for part in parts)
    except (pint.errors.PintError, lark.exceptions.LarkError):
        return None
    canonical = CANONICAL.get((str(above), str(below)))
    return (code, code, canonical, canonical, "") if canonical else None


def exact(value: Decimal, factor: Fraction) -> Decimal:
    """The value times the factor, to fifteen places; refused when that is not exact or out of range.

    Values are stored as DECIMAL(38,15). A figure that does not fit is never rounded into a verdict.

    >>> exact(Decimal("350"), Fraction(1, 1000))
    Decimal('0.350000000000000')
    """
    if not value.is_finite():
        raise UnitError(f"'{value}' is not a finite figure: correct it in the source")
    # the size is looked at before anything is multiplied out: 1e999999 would fill the memory with zeros
    if value and value.adjusted() > MAGNITUDE:
        raise UnitError(f"{value} is beyond 1e20 in the canonical unit: check the figure and its unit")
    if value and value.adjusted() < -MAGNITUDE:
        raise UnitError(f"{value} is finer than 1e-15 in the canonical unit: check the figure and its unit")
    over, under = ratio(value, factor)
    if abs(over) > LARGEST * under:
        raise UnitError(f"{value} is beyond 1e20 in the canonical unit: check the figure and its unit")
    whole, rest = divmod(abs(over) * 10**PLACES, under)
    if rest and (2 * rest > under or (2 * rest == under and whole % 2)):  # half to even
        whole, rest = whole + 1, under - rest
    # the tolerance covers factors that are no finite decimals; it is far below the last digit of any laboratory
    if rest * TOLERANCE > abs(over) * 10**PLACES:
        raise UnitError(f"{value} is finer than 1e-15 in the canonical unit: check the figure and its unit")
    return WIDE.scaleb(Decimal(-whole if over < 0 else whole), -PLACES)


def ratio(value: Decimal, factor: Fraction) -> tuple[int, int]:
    """The value times the factor as two whole numbers, not shortened."""
    sign, digits, exponent = value.as_tuple()
    figure = int("".join(map(str, digits))) * (-1 if sign else 1)
    power = int(exponent)
    if power >= 0:
        return figure * 10**power * factor.numerator, factor.denominator
    return figure * factor.numerator, 10**-power * factor.denominator


@lru_cache(maxsize=1024)
def factor(code: str, canonical: str) -> Fraction:
    """How many canonical units one `code` is, both in UCUM, as an exact fraction.

    >>> factor("pCi/L", "Bq/L")
    Fraction(37, 1000)
    """
    if code == canonical:
        return Fraction(1)
    try:
        size = registry().from_ucum(code).to(registry().from_ucum(canonical).units).magnitude
    except (pint.errors.PintError, lark.exceptions.LarkError) as error:
        raise UnitError(f"'{code}' cannot be expressed in '{canonical}': {error}") from error
    return Fraction(format(size, ".12g"))  # the library counts in binary; the factors themselves are decimal


@lru_cache(maxsize=1)
def registry() -> Any:
    """The units library, made once because that takes a second."""
    return ucumvert.PintUcumRegistry()


@lru_cache(maxsize=1)
def spellings() -> dict[str, tuple[str, str, str, str, str]]:
    """Every known spelling with its UCUM code, canonical unit, the canonical unit's code, and basis."""
    source = files("zhiheng") / "law" / "int" / "vocabulary" / "units.csv"
    rows = list(csv.DictReader(source.read_text(encoding="utf-8").splitlines()))
    codes = {spelling(row["spelling"]): row["ucum"] for row in rows}
    known: dict[str, tuple[str, str, str, str, str]] = {}
    for row in rows:
        canonical = row["canonical"]
        known[spelling(row["spelling"])] = (
            row["spelling"],
            row["ucum"],
            canonical,
            codes.get(spelling(canonical), canonical),
            row["basis"],
        )
    return known
