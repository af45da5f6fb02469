"""From a seed to folders: one delivery a day of receipt, beside them the truth.

A day is written in a folder beside its place and renamed when it is whole, its truth before it: a run that was killed goes
on where it stopped. What a day holds depends on the seed and the day alone, never on what was made before it.
"""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

from zhiheng.engines import Engine
from zhiheng.errors import UsageError
from zhiheng.simulation import delivery, truth
from zhiheng.simulation.lines import lines
from zhiheng.simulation.reports import received
from zhiheng.simulation.world import World, world

Say = Callable[[str], None]
MEMORY = "600MB"
BLOCK = 40_000
MOST_DAYS, LARGEST = 3660, 20.0
EARLIEST_START = date(2000, 1, 1)


@dataclass(frozen=True)
class Nation:
    """Which country: its seed, its size (1 is the whole nation), the first day of receipt and how many there are."""

    seed: int
    size: float
    start: date
    days: int

    def __post_init__(self) -> None:
        if not 0 < self.size <= LARGEST:
            raise UsageError(f"size {self.size:g}: must be above 0 and at most {LARGEST:g} (1 is 100 %)")
        if not 1 <= self.days <= MOST_DAYS:
            raise UsageError(f"days {self.days}: must be 1 to {MOST_DAYS}")
        if not (0 <= self.seed < 2**63 and self.start >= EARLIEST_START):
            raise UsageError(
                f"seed {self.seed}, start {self.start}: the seed is 0 or above, the start {EARLIEST_START} or later"
            )


def simulate(
    nation: Nation,
    out: Path,
    *,
    first: int = 0,
    last: int | None = None,
    again: bool = False,
    say: Say = lambda _: None,
) -> dict[str, Any]:
    """Write the deliveries of the days first to last, counted from 0, and the truth; the counts are given back."""
    end = nation.days - 1 if last is None else last
    if not 0 <= first <= end < nation.days:
        raise UsageError(f"days {first} to {end}: the simulation has the days 0 to {nation.days - 1}")
    say("making the country")
    country = world(seed=nation.seed, size=nation.size, start=nation.start, days=nation.days)
    folder = out / "truth"
    truth.begin(country, nation, folder)
    profile = (files("zhiheng") / "simulation" / "profile.yaml").read_text(encoding="utf-8")
    (out / "profile.yaml").write_text(profile, encoding="utf-8")
    # the engine scans arrays in their order with one thread only; several cores make several slices of days
    with Engine(memory=MEMORY, threads=1) as engine:
        truth.write_prevalence(engine, country, folder)
        write_days(engine, country, out, days=range(first, end + 1), again=again, say=say)
        return truth.finish(engine, nation, folder)


def write_days(engine: Engine, country: World, out: Path, *, days: range, again: bool, say: Say) -> None:
    """The deliveries of some days; those that are there are left alone unless they are to be made again."""
    begun, rows = time.monotonic(), 0
    writer = delivery.Writer(engine, country)
    done, whole = 0, int(country.calendar.batches[days.start : days.stop].sum())
    for number in days:
        name = str(country.calendar.start + timedelta(days=number))
        if again or not (out / name).exists():
            rows += write_day(writer, number, out=out, name=name)
            done += int(country.calendar.batches[number])
            say(progress(name, rows, done / max(whole, 1), time.monotonic() - begun))
        else:
            whole -= int(country.calendar.batches[number])


def progress(name: str, rows: int, share: float, seconds: float) -> str:
    """Where a run stands.

    >>> progress("2025-04-02", 2_000_000, 0.25, 4.0)
    '2025-04-02: 2,000,000 rows, 500,000 a second, 25 %, about 12 s left'
    """
    left = seconds * (1 - share) / share if share > 0 else 0.0
    return f"{name}: {rows:,} rows, {rows / max(seconds, 1e-9):,.0f} a second, {share:.0%}, about {left:.0f} s left".replace(
        "%,", " %,"
    )


def write_day(writer: delivery.Writer, number: int, *, out: Path, name: str) -> int:
    """One delivery and its truth; the number of its rows."""
    engine, country = writer.engine, writer.world
    part = out / f".{name}.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    held = truth.Tally()
    for place, block in enumerate(received(country, number).blocks(BLOCK)):
        found, units = lines(country, block)
        writer.write(block, number=number, found=found, units=units, folder=part / str(place))
        held.add(truth.counts(country, block, found), truth.failures(country, block, number=number, found=found))
    blocks = sorted((path for path in part.iterdir()), key=lambda path: int(path.name))
    if len(blocks) > 1:
        delivery.merge(engine, blocks, part)
    else:
        for path in blocks[0].iterdir():
            path.rename(part / path.name)
        blocks[0].rmdir()
    truth.write_day(engine, held, folder=out / "truth" / "days", name=name)
    shutil.rmtree(out / name, ignore_errors=True)
    part.rename(out / name)
    return held.counts["rows"]
