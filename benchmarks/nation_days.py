"""A day's work on a lake: one more delivery taken in and judged, a replay, a check; each a whole command.

    python benchmarks/nation_days.py --home HOME --sent FOLDER [--rules 2026-09-10] [--write]

Works on a copy of the lake that shares its files (hard links). The delivery is the latest in FOLDER, under another name, a day
later and with its samples renamed, so that every row is new. The floor of the append is DuckDB reading the same delivery and
writing it again as Parquet; of the replay, reading the columns of all lines.
"""

import argparse
import datetime as dt
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measured import table, write

from zhiheng.daily import Place
from zhiheng.engines import Engine
from zhiheng.evidence.snapshot import Workspace

SCAN = ("subject", "day", "sign", "special", "value", "level", "uncertainty", "units_tested")


def command(*words: str, home: Path) -> tuple[float, float]:
    """Seconds of a whole command, and its peak memory in MB."""
    begun = time.perf_counter()
    done = subprocess.Popen(
        [sys.executable, "-m", "zhiheng", *words, "--home", str(home)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert done.stderr is not None
    told = done.stderr.read()
    _, status, used = os.wait4(done.pid, 0)
    if status:
        raise SystemExit(f"zhiheng {' '.join(words)} failed: {told}")
    return time.perf_counter() - begun, used.ru_maxrss / 1024


def renamed(source: Path, target: Path, number: int) -> None:
    """The delivery with samples of new names, received on another day."""
    target.mkdir(parents=True)
    with Engine() as engine:
        for name in ("results", "units"):
            if (source / f"{name}.parquet").exists():
                engine.run(
                    f"COPY (SELECT * REPLACE ('{number}-' || sample_id AS sample_id) FROM '{source / name}.parquet') "
                    f"TO '{target / name}.parquet' (FORMAT PARQUET)"
                )


def copied(source: Path, target: Path) -> float:
    """Seconds for the engine to read the delivery and write it again: the floor."""
    begun = time.perf_counter()
    with Engine() as engine:
        for name in ("results", "units"):
            if (source / f"{name}.parquet").exists():
                engine.run(f"COPY (FROM '{source / name}.parquet') TO '{target}-{name}.parquet' (FORMAT PARQUET)")
    return time.perf_counter() - begun


def scanned(place: Place) -> float:
    """Seconds to read the columns of all lines that judging needs."""
    begun = time.perf_counter()
    with Engine() as engine:
        files = [str(path) for path in place.evidence.snapshot().files("lines")]
        engine.connection.execute(f"SELECT {', '.join(f'max({name})' for name in SCAN)} FROM read_parquet({files})")
    return time.perf_counter() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--sent", type=Path, required=True)
    parser.add_argument("--dataset", default="nation")
    parser.add_argument("--rules", default="2026-09-10")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    last = max(path for path in options.sent.iterdir() if (path / "results.parquet").exists())
    rows = []

    def told(what: str, seconds: float, size: int, floor: float | None, peak: float, of: str = "") -> None:
        rows.append(
            {
                "what": what,
                "s": f"{seconds:.1f}",
                "results a second": f"{size / seconds:,.0f}",
                "peak MB": f"{peak:,.0f}",
                "floor": f"{floor:.2f} s, {of}" if floor else "",
                "ratio": f"{seconds / floor:.1f}" if floor else "",
            }
        )
        print(rows[-1], flush=True)

    with tempfile.TemporaryDirectory(dir=options.home.parent) as scratch:
        home = Path(scratch) / "home"
        shutil.copytree(options.home, home, copy_function=os.link)
        place = Place(Workspace(home), options.dataset)
        before = place.evidence.snapshot().rows("lines")
        taken, judged, floors = [], [], []
        for number in range(options.runs):
            day = dt.date.fromisoformat(last.name[:10]) + dt.timedelta(days=number + 1)
            fresh = Path(scratch) / "sent" / day.isoformat()
            renamed(last, fresh, number)
            floors.append(copied(fresh, Path(scratch) / f"copy{number}"))
            taken.append(command("lake", "append", options.dataset, str(fresh), home=home))
            judged.append(command("lake", "judge", options.dataset, home=home))
        size = (place.evidence.snapshot().rows("lines") - before) // options.runs
        floor = statistics.median(floors)
        middle = [
            (statistics.median(pair[0] for pair in found), max(pair[1] for pair in found)) for found in (taken, judged)
        ]
        told(
            "a day's delivery taken in", middle[0][0], size, floor, middle[0][1], "the delivery read and written again"
        )
        told("the day judged, figures brought up", middle[1][0], size, None, middle[1][1])
        whole = place.evidence.snapshot().rows("lines")
        floor = statistics.median(scanned(place) for _ in range(options.runs))
        for words, what in (
            (
                ("--rules", "each-day", "--rules", options.rules),
                f"replay, each day's rules against those of {options.rules}",
            ),
            (("--rules", "each-day", "--rules", options.rules, "--month", last.name[:7]), "the same for one month"),
        ):
            found = [command("replay", options.dataset, *words, home=home) for _ in range(options.runs)]
            seconds, peak = statistics.median(pair[0] for pair in found), max(pair[1] for pair in found)
            told(what, seconds, whole, floor, peak, "the columns of all lines read")
        seconds, peak = command("lake", "verify", options.dataset, home=home)
        told("lake verify: every file and row", seconds, whole, None, peak)
    if options.write:
        write("days", [f"A lake of {before:,} results; a day of {size:,}.", "", *table(rows)])


if __name__ == "__main__":
    main()
