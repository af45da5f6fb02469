"""What the public named, counted for each target of a list: the column `nominated` that a plan reads, written into the list.

A nomination names a product, and may name a division. It counts for a target when the product of one is the other's or stands in
it (two letters at least), and the target lies in the division. Convention of this project; no law says how to match them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import ibis

from zhiheng.engines import Engine
from zhiheng.engines.duckdb import ROW
from zhiheng.errors import PlanInvalid
from zhiheng.evidence.source import raw_name, raw_schema
from zhiheng.rules import regions
from zhiheng.selection.plan import frame

COLUMN, PRODUCT, REGION = "nominated", "product", "region"
LEAST = 2  # letters; a single one stands in too many words
WHOLE, CITY = ("0000", "00")


@dataclass(frozen=True)
class Named:
    """So many nominations of a product in a division (GB/T 2260), empty for everywhere."""

    product: str
    region: str
    count: int


def counted(source: Path, named: Sequence[Named], out: Path, engine: Engine) -> None:
    """Write the list with its column `nominated` made of these nominations alone; rows and other columns stay as they are.

    PlanInvalid: the list has no column `product`, so that nothing can be matched.
    """
    names = frame.brought(source, engine)
    if PRODUCT not in names:
        raise PlanInvalid(
            f"{source.name} line 1: there is no column '{PRODUCT}', so what the public named matches nothing; add one, or plan "
            "with the nominations of the list"
        )
    table = ibis.table(raw_schema(names), name="raw")
    product = table[raw_name(PRODUCT)].fill_null("")
    region = table[raw_name(REGION)].fill_null("") if REGION in names else ibis.literal("")
    pairs = engine.rows(table.select(p=product, r=region).distinct())
    lines = [(row["p"], row["r"], votes(row["p"], row["r"], named)) for row in pairs]
    engine.table("votes", lines, ibis.schema({"p": "string", "r": "string", "n": "int64"}))
    held = ibis.table({"p": "string", "r": "string", "n": "int64"}, name="votes")
    joined = table.mutate(_p=product, _r=region).left_join(held, [("_p", "p"), ("_r", "r")])
    shown = {name: joined[raw_name(name)] for name in names if name != COLUMN}
    whole = joined.order_by(ROW).select(**shown, **{COLUMN: joined.n.fill_null(0)})
    engine.write(whole, out)


def votes(product: str, region: str, named: Sequence[Named]) -> int:
    """How many nominations count for a target.

    >>> votes("乳制品", "440106", [Named("乳制品", "440100", 2), Named("乳制品", "", 1), Named("糕点", "", 9)])
    3
    """
    return sum(one.count for one in named if is_same(product, one.product) and lies_in(region, one.region))


def is_same(product: str, named: str) -> bool:
    """Whether one product's name is the other's, or stands in it.

    >>> is_same("乳制品 > 液体乳", "液体乳"), is_same("糖", "糖果")
    (True, False)
    """
    one, other = product.strip().casefold(), named.strip().casefold()
    if one == other:
        return bool(one)
    return min(len(one), len(other)) >= LEAST and (one in other or other in one)


def lies_in(region: str, named: str) -> bool:
    """Whether a target's division, by code or by name, lies in the one that was named.

    >>> lies_in("440106", "440100"), lies_in("440106", "440300"), lies_in("天河区", "440106"), lies_in("", "440106")
    (True, False, True, False)
    """
    if not named:
        return True
    cell = region.strip()
    if cell.isdecimal():
        return cell.startswith(reach(named))
    return bool(cell) and any(cell == one.name for one in regions.regions().get(named, ()))


def reach(code: str) -> str:
    """The digits that the codes of all parts of a division begin with.

    >>> reach("440000"), reach("440100"), reach("440106")
    ('44', '4401', '440106')
    """
    return code.removesuffix(WHOLE) if code.endswith(WHOLE) else code.removesuffix(CITY)
