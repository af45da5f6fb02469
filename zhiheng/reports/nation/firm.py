"""A firm of a nation: what it made and what was taken at its place, with the verdict of each batch."""

from dataclasses import dataclass

from zhiheng.decision.ledger import PLACE
from zhiheng.errors import NothingThereYet
from zhiheng.evidence.delivered import REPORTS
from zhiheng.reports.nation.figures import Row
from zhiheng.reports.nation.held import Nation
from zhiheng.reports.nation.loading import ASIDE, STANDING
from zhiheng.reports.nation.rows import LISTED, VERDICTS

MOST = 5000


@dataclass(frozen=True)
class Firm:
    """A firm by its identifier: its name as the newest report has it, its batches newest first, and how they were judged."""

    number: str
    name: str
    size: str | None
    regions: tuple[str, ...]
    batches: list[Row]
    counts: Row
    made: int
    inspected: int
    cut: bool


def firm(nation: Nation, number: str) -> Firm:
    """The batches of which a firm is the maker or the inspected party."""
    rows = nation.once(("firm", number), lambda: batches(nation, number))
    if not rows:
        raise NothingThereYet(
            f"no batch of '{nation.dataset}' names a firm with the identifier '{number[:80]}'; "
            "a firm is found by its unified social credit identifier as reports print it"
        )
    first = rows[0]
    of_maker = first["maker_id"] == number
    counts = {verdict: sum(row["verdict"] == verdict for row in rows) for verdict in VERDICTS}
    return Firm(
        number,
        (first["maker"] if of_maker else first["site"]) or number,
        first["firm_size"],
        tuple(dict.fromkeys(row["region"] for row in rows if row["region"] and row["site_id"] == number)),
        rows,
        counts | {"batches": len(rows)},
        sum(row["maker_id"] == number for row in rows),
        sum(row["site_id"] == number for row in rows),
        len(rows) == MOST,
    )


def batches(nation: Nation, number: str) -> list[Row]:
    """Its batches, newest first."""
    table = nation.view(REPORTS, nation.evidence.files("reports"))
    own = table.filter(((table.maker_id == number) | (table.site_id == number)) & (table.sample_kind == "regular"))
    held = STANDING.unbound().select(*PLACE, "verdict", "severity", "nonconforming", "inconclusive", "not_judged")
    joined = own.anti_join(ASIDE.unbound(), list(PLACE)).left_join(held, list(PLACE))
    rows = nation.rows(
        joined.select(
            *[name for name in LISTED.schema.names if name in REPORTS.schema.names],
            firm_size="size",
            verdict=joined.verdict.fill_null("conforming"),
            severity="severity",
            **{name: joined[name].fill_null(0) for name in ("nonconforming", "inconclusive", "not_judged")},
        ).limit(MOST)
    )
    return sorted(rows, key=lambda row: (row["sampled_on"] or row["day"], row["sample_id"]), reverse=True)
