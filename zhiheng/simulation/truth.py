"""The truth behind the deliveries: settings, outbreaks, laboratories, failing shares, planted failures, counts of each day."""

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.types as ir
import numpy as np

from zhiheng import __version__, rules
from zhiheng.engines import Engine
from zhiheng.errors import StoreError
from zhiheng.simulation.cells import CAUSES, UNRULED
from zhiheng.simulation.columns import identifiers, texts
from zhiheng.simulation.design import TARGETED, days_of
from zhiheng.simulation.draws import Array
from zhiheng.simulation.lines import MISSING_SAMPLE, Lines
from zhiheng.simulation.outbreaks import expected_extra
from zhiheng.simulation.reports import AGAIN, CORRECTED, FAULTS, FIRST, RETEST, Day
from zhiheng.simulation.settings import figures, sourced
from zhiheng.simulation.tables import FAILURES, PREVALENCE
from zhiheng.simulation.world import World

if TYPE_CHECKING:
    from zhiheng.simulation.nation import Nation

STAGES = np.array(["first", "retest"], dtype=object)


def begin(country: World, nation: "Nation", folder: Path) -> None:
    """What is known before the first day; a folder of another simulation is refused."""
    (folder / "days").mkdir(parents=True, exist_ok=True)
    card = {
        "seed": nation.seed,
        "size": nation.size,
        "start": nation.start.isoformat(),
        "days": nation.days,
        "version": __version__,
        "law": rules.fingerprint(),
        "settings": sourced(),
    }
    place = folder / "settings.json"
    text = json.dumps(card, ensure_ascii=False, indent=1)
    if place.exists() and place.read_text(encoding="utf-8") != text:
        raise StoreError(
            f"{folder.parent}: holds another simulation (seed, size, days, program or law differ from truth/settings.json); "
            "name another folder, or remove this one"
        )
    place.write_text(text, encoding="utf-8")
    write_csv(folder / "outbreaks.csv", OUTBREAK_COLUMNS, outbreak_rows(country))
    write_csv(folder / "laboratories.csv", LABORATORY_COLUMNS, laboratory_rows(country))


OUTBREAK_COLUMNS = (
    "number",
    "analyte",
    "cause",
    "product_type",
    "provinces",
    "first_day",
    "last_day",
    "factor",
    "expected_extra",
)
LABORATORY_COLUMNS = (
    "laboratory",
    "province",
    "bias_log",
    "biased",
    "reporting_factor",
    "relative_uncertainty",
    "prints",
)


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """A small table of truth."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def outbreak_rows(country: World) -> Iterable[Sequence[Any]]:
    """Outbreaks by number; days are days of sampling; `expected_extra` failing batches among those drawn."""
    extra = expected_extra(
        country.design,
        country.outbreaks,
        country.extra,
        calendar=country.calendar,
        places=country.places,
        panels=country.panels,
    )
    for entry in country.outbreaks:
        where = "|".join(country.places.provinces[place] for place in entry.provinces)
        kind = country.panels.types[entry.type]
        yield (
            entry.number,
            entry.analyte,
            CAUSES[entry.cause],
            kind,
            where,
            entry.first,
            entry.last,
            entry.factor,
            f"{extra[entry.number - 1]:.2f}",
        )


def laboratory_rows(country: World) -> Iterable[Sequence[Any]]:
    """Laboratories with what is wrong with them."""
    lab = country.laboratories
    for place, name in enumerate(lab.names):
        yield (
            name,
            country.places.provinces[lab.province[place]],
            f"{lab.bias[place]:.6f}",
            int(lab.biased[place]),
            float(lab.reporting[place]),
            f"{lab.relative[place]:.6f}",
            "<" if lab.signs[place] else "nd",
        )


def write_prevalence(engine: Engine, country: World, folder: Path) -> None:
    """The table PREVALENCE."""
    engine.arrays("strata", strata_of(country))
    engine.write(ibis.table(PREVALENCE.schema, name="strata"), folder / "prevalence.parquet")


def strata_of(country: World) -> dict[str, Array]:
    """The true failing share of every province × category × channel over the days of the simulation.

    It is the mean probability that a batch of the market fails, outbreaks included: a sum over product types, sizes of
    firm and days of sampling, not a count.
    """
    types, channels = len(country.panels.types), len(country.design.market.channel_risk)
    share = country.design.market.share
    risk = usual_risk(country)[:, None] * country.design.market.channel_risk
    size = float((country.design.market.size_share * country.design.market.size_risk).sum())
    factor = country.places.risk * size
    failing = factor[:, None, None] * np.broadcast_to(risk, (len(factor), types, channels)).copy()
    sampled = country.calendar.sampled()
    for entry, daily in zip(country.outbreaks, country.extra, strict=True):
        more = float((daily * sampled).sum()) * country.design.market.channel_risk
        for province in entry.provinces:
            failing[province, entry.type] += factor[province] * more
    names = sorted(set(country.panels.categories))
    group = np.array([names.index(name) for name in country.panels.categories])
    shape = (len(factor), len(names), channels)
    batches, bad = np.zeros(shape), np.zeros(shape)
    weight = country.places.province_weight[:, None, None] * share[None]
    for kind, place in enumerate(group.tolist()):
        batches[:, place] += weight[:, kind]
        bad[:, place] += (weight * failing)[:, kind]
    return strata(country, names, batches, bad)


def usual_risk(country: World) -> Array:
    """The mean risk of each product type over the days of sampling, for province, channel and firm of risk 1."""
    when = days_of(country.calendar, country.panels)[1]
    seasonal = np.einsum("rm,cm->rc", when, country.design.market.season)
    cause = country.design.cause.reshape(len(country.panels.types), -1, len(CAUSES))
    found: Array = np.einsum("trc,rc->t", cause, seasonal)
    return found


def strata(country: World, names: Sequence[str], batches: Array, bad: Array) -> dict[str, Array]:
    """The columns of PREVALENCE for the strata that have a market."""
    province, group, channel = np.nonzero(batches)
    held = batches[province, group, channel]
    return {
        "province": texts(country.places.provinces)[province],
        "category": texts(names)[group],
        "channel": texts(figures("channels")["names"])[channel],
        "population": held * country.design.population,
        "failing": bad[province, group, channel] / held,
    }


@dataclass
class Tally:
    """The truth of a delivery, block by block."""

    counts: dict[str, int] = field(default_factory=dict)
    failures: list[dict[str, Any]] = field(default_factory=list)

    def add(self, counts: dict[str, int], failures: dict[str, Any]) -> None:
        """One block more."""
        self.counts = {name: self.counts.get(name, 0) + n for name, n in counts.items()}
        self.failures.append(failures)


def write_day(engine: Engine, held: Tally, *, folder: Path, name: str) -> None:
    """The planted failures of a delivery, and how many of everything it holds."""
    (folder / f"{name}.json").write_text(json.dumps(held.counts, indent=1), encoding="utf-8")
    columns = {name: np.concatenate([part[name] for part in held.failures]) for name in FAILURES.schema.names}
    engine.arrays("failures", columns)
    engine.write(typed_failures(), folder / f"{name}.parquet")


@cache
def typed_failures() -> ir.Table:
    """The arrays `failures` with the types of FAILURES."""
    kinds = {name: "timestamp" if str(kind) == "date" else kind for name, kind in FAILURES.schema.items()}
    held = ibis.table(ibis.schema(kinds), name="failures")
    return held.select(**{name: held[name].cast(kind) for name, kind in FAILURES.schema.items()})


def failures(country: World, day: Day, *, number: int, found: Lines) -> dict[str, Any]:
    """The columns of FAILURES; a report that is only sent again is not listed again."""
    line = np.flatnonzero(found.planted & (day.sort[found.report] != AGAIN))
    lot = day.lot.take(found.report[line])
    start = np.datetime64(country.calendar.start, "us")
    sampled = np.datetime64(country.calendar.earliest) + lot.sampled.astype("timedelta64[D]")
    return {
        "sample_id": identifiers(country.calendar, lot),
        "version": np.maximum(lot.version, 0),
        "stage": STAGES[lot.retest.astype(int)],
        "received_on": np.full(len(line), start + np.timedelta64(number, "D")),
        "sampled_on": sampled.astype("datetime64[us]"),
        "item": found.item[line],
        "analyte": country.cells.analyte[found.cell[line]],
        "product_type": texts(country.panels.types)[lot.type],
        "province": texts(country.places.provinces)[lot.province],
        "laboratory": texts(country.laboratories.names)[lot.laboratory],
        "arm": np.where(lot.arm == TARGETED, "targeted", "random").astype(object),
        "cause": texts(CAUSES)[country.cells.cause[found.cell[line]]],
        "outbreak": lot.outbreak,
    }


def counts(country: World, day: Day, found: Lines) -> dict[str, int]:
    """What a delivery holds, and the verdicts that its results must get under the rules of their day."""
    sort, lot = day.sort[found.report], day.lot
    fresh = (sort != AGAIN) & (found.fault == 0)
    unruled = country.cells.form[found.cell] == UNRULED
    late = figures("days")["late"][0]
    lag = lot.day + len(country.calendar.lag) - 1 - lot.sampled
    first = day.sort == FIRST
    body = {
        "rows": len(sort),
        "reports": int(first.sum()),
        "results": int(((sort == FIRST) & (found.fault == 0)).sum()),
        "late_reports": int((first & (lag >= late)).sum()),
        "duplicate_reports": int((day.sort == AGAIN).sum()),
        "duplicate_rows": int((sort == AGAIN).sum()),
        "corrections": int((day.sort == CORRECTED).sum()),
        "correction_rows": int((sort == CORRECTED).sum()),
        "retests": int((day.sort == RETEST).sum()),
        "retest_rows": int((sort == RETEST).sum()),
        "failing_reports": int((first & (lot.planted >= 0)).sum()),
        "failing_random_arm": int((first & (lot.planted >= 0) & (lot.arm != TARGETED)).sum()),
        "reports_random_arm": int((first & (lot.arm != TARGETED)).sum()),
        "expected_nonconforming": int((fresh & found.planted).sum()),
        "expected_conforming": int((fresh & ~found.planted & ~unruled).sum()),
        "expected_not_judged": int((fresh & unruled).sum()),
        "rejected": int((found.fault >= MISSING_SAMPLE).sum()),
    }
    return body | {f"rejected_{name}": int((found.fault == code).sum()) for code, name in enumerate(FAULTS, start=1)}


def finish(engine: Engine, nation: "Nation", folder: Path) -> dict[str, Any]:
    """The days that are there put together: counts.csv, failures.parquet, nation.json."""
    days = [nation.start + timedelta(days=number) for number in range(nation.days)]
    there = [day for day in days if (folder.parent / str(day)).exists()]
    read = {day: json.loads((folder / "days" / f"{day}.json").read_text(encoding="utf-8")) for day in there}
    header = list(read[there[0]])
    write_csv(folder / "counts.csv", ("day", *header), ((day, *read[day].values()) for day in there))
    engine.attach("planted", [folder / "days" / f"{day}.parquet" for day in there], FAILURES.schema)
    table = FAILURES.unbound("planted")
    engine.write(table.order_by("received_on", "sample_id", "version", "stage", "item"), folder / "failures.parquet")
    first = table.filter((table.version == 0) & (table.stage == "first"))
    # the first failing item of a report is its cause
    cause = first.group_by("sample_id").agg(cause=first.cause.min())
    causes = {
        row["cause"]: row["n"] for row in engine.rows(cause.group_by("cause").agg(n=cause.count()).order_by("cause"))
    }
    total = {name: sum(body[name] for body in read.values()) for name in header}
    settings = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
    body = {name: settings[name] for name in ("seed", "size", "start", "days", "version", "law")} | {
        "days_written": len(there),
        "failing_share": total["failing_reports"] / max(total["reports"], 1),
        "results_per_report": total["results"] / max(total["reports"], 1),
        "ruled_share": 1
        - total["expected_not_judged"] / max(total["results"] + total["correction_rows"] + total["retest_rows"], 1),
        "failing_by_cause": causes,
        "counts": total,
        "settings": settings["settings"],
    }
    (folder / "nation.json").write_text(json.dumps(body, ensure_ascii=False, indent=1), encoding="utf-8")
    return body
