"""Units: printed spellings, UCUM codes, and the exact factor to one canonical unit for each kind of quantity.

The spellings are data (law/int/vocabulary/units.csv). Dimensions and factors come from pint, reading UCUM with ucumvert.
"""

import csv
import unicodedata
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from fractions import Fraction
from functools import lru_cache
from importlib.resources import files
from typing import Any

import lark
import pint
import ucumvert

from zhiheng.errors import UnitError

PLACES = 15
LARGEST = Decimal(10) ** 20


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
    found = spellings().get(spelling(text))
    if found is None:
        raise UnitError(f"unit '{text.strip()}' is unknown: add its spelling to the vocabulary, or to the profile of the source")
    name, code, canonical_name, canonical_code, basis = found
    return Unit(name, canonical_name, basis, factor(code, canonical_code))


def exact(value: Decimal, factor: Fraction) -> Decimal:
    """The value times the factor, to fifteen places; refused when that is not exact or out of range.

    Values are stored as DECIMAL(38,15). A figure that does not fit is never rounded into a verdict.

    >>> exact(Decimal("350"), Fraction(1, 1000))
    Decimal('0.350000000000000')
    """
    product = Fraction(value) * factor
    if abs(product) > LARGEST:
        raise UnitError(f"{value} is beyond 1e20 in the canonical unit: check the figure and its unit")
    with localcontext() as context:
        context.prec = 60
        rounded = (Decimal(product.numerator) / Decimal(product.denominator)).quantize(
            Decimal(1).scaleb(-PLACES), rounding=ROUND_HALF_EVEN
        )
    if Fraction(rounded) != product and abs(Fraction(rounded) - product) > abs(product) * Fraction(1, 10**12):
        raise UnitError(f"{value} is finer than 1e-15 in the canonical unit: check the figure and its unit")
    return rounded


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
    with source.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    codes = {spelling(row["spelling"]): row["ucum"] for row in rows}
    known: dict[str, tuple[str, str, str, str, str]] = {}
    for row in rows:
        canonical = row["canonical"]
        known[spelling(row["spelling"])] = (
            row["spelling"], row["ucum"], canonical, codes.get(spelling(canonical), canonical), row["basis"]
        )
    return known
