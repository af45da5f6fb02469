"""A firm of a nation: what it made and what was taken at its place, with the verdict of each batch."""

from dataclasses import dataclass
from datetime import date, timedelta

import ibis

from zhiheng.decision.ledger import PLACE
from zhiheng.engines import mark
from zhiheng.errors import NothingThereYet
from zhiheng.reports import process
from zhiheng.reports.nation import rows
from zhiheng.reports.nation.asking import VERDICTS
from zhiheng.reports.nation.figures import Row
from zhiheng.reports.nation.held import Nation
from zhiheng.reports.nation.loading import INDEX
from zhiheng.reports.process import Drawn

JUDGED = ("conforming", "nonconforming")
# what is read from the file of a batch, and from that of the newest one, which has the name of the firm
READ, NAMED = ("sample_id", "product_name", "sampled_on"), ("maker", "maker_id", "site", "site_id")
NEWEST = 12  # each may lie in another file; the list of all of them is a page of its own


@dataclass(frozen=True)
class Firm:
    """A firm by its identifier: its name as the newest report has it, its newest batches, and how all were judged."""

    number: str
    name: str
    regions: tuple[str, ...]
    batches: list[Row]
    counts: Row
    made: int
    inspected: int


def firm(nation: Nation, number: str, *, most: int = NEWEST) -> Firm:
    """The batches of which a firm is the maker or the inspected party."""
    held = batches(nation, number)
    first = next(iter(rows.batches_at(nation, held[:1], NAMED)), None)
    if not number or first is None or number not in (first["maker_id"], first["site_id"]):
        raise NothingThereYet(
            f"no batch of '{nation.dataset}' names a firm with the identifier '{number[:80]}'; "
            "a firm is found by its unified social credit identifier as reports print it"
        )
    own = rows.batches_at(nation, held[:most], READ)
    counts = {verdict: sum(row["verdict"] == verdict for row in held) for verdict in VERDICTS}
    return Firm(
        number,
        (first["maker"] if first["maker_id"] == number else first["site"]) or number,
        tuple(dict.fromkeys(row["region"] for row in held[:most] if row["region"] and row["inspected"])),
        own,
        counts | {"batches": len(held)},
        made=sum(row["made"] for row in held),
        inspected=sum(row["inspected"] for row in held),
    )


def batches(nation: Nation, number: str) -> list[Row]:
    """What memory says of every batch of a firm, newest first, and whether it is the maker and the inspected party: all that is
    asked of a firm comes from one look through the index."""
    table = ibis.table(INDEX, name="index")
    key = ibis.literal(mark("firm")).hash()
    keys = ("happened", *PLACE)
    shown = (*keys, *rows.SLIM, "verdict")
    # one condition a column is looked for while the rows are read, two of them only afterwards; a missing key is nobody's
    is_maker, is_site = ((column == key).fill_null(False) for column in (table.maker_key, table.site_key))
    made = table.filter(table.maker_key == key).select(*shown, made=ibis.literal(True), inspected=is_site)
    others = table.filter((table.site_key == key) & ~is_maker)
    chosen = made.union(others.select(*shown, made=ibis.literal(False), inspected=ibis.literal(True)))
    asked = ("of firm",), (("firm", number),), lambda: rows.ordered(chosen, keys)
    return nation.once(("of firm", number), lambda: nation.ask(*asked))


def weeks(nation: Nation, number: str) -> dict[str, list[tuple[date, int, int]]]:
    """The weeks of each arm in which batches of a firm were judged: week, failed, judged, in order of time; arms are never mixed."""
    found: dict[str, dict[date, tuple[int, int]]] = {}
    for row in batches(nation, number):
        if row["verdict"] in JUDGED:
            monday = row["happened"] - timedelta(days=row["happened"].weekday())
            held = found.setdefault(row["arm"] or "", {})
            before = held.get(monday, (0, 0))
            held[monday] = before[0] + (row["verdict"] == JUDGED[1]), before[1] + 1
    return {arm: [(week, *counts) for week, counts in sorted(held.items())] for arm, held in sorted(found.items())}


def charted(nation: Nation, number: str, *, on: date) -> dict[str, Drawn]:
    """The p-chart of each arm that has enough weeks, under the terms of a day; what was found of a firm, not an estimate of its goods."""
    terms, found = process.terms(on=on), {}
    for arm, held in weeks(nation, number).items():
        newest = held[-int(terms["most_points"]) :]
        if len(newest) < int(terms["firm_weeks"]):
            continue
        names, failed, judged = zip(*newest, strict=True)
        labels = [week.isoformat() for week in names]
        found[arm] = process.charted("p", labels, [failed, judged], terms=terms)[0]
    return found
