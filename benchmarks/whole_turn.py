"""One whole turn over 427,523 results, from the packed file to findings: seconds and peak memory of a fresh process.

The floor is what nobody can save: unpacking and parsing the same file with the engine, all columns as text.
Aims: 20 s, 1 GB.
"""

import gzip
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import duckdb

DATA = Path(__file__).parents[1] / "examples" / "data" / "usgs_inl_water"
AIM_SECONDS, AIM_MB = 20, 1000


def floor() -> float:
    """Seconds to unpack and parse the file and nothing else."""
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "plain.csv"
        with gzip.open(DATA / "samples.csv.gz", "rb") as packed, plain.open("wb") as copy:
            shutil.copyfileobj(packed, copy)
        with duckdb.connect() as engine:
            engine.execute(f"CREATE TABLE plain AS SELECT * FROM read_csv('{plain}', all_varchar=true)")
    return time.perf_counter() - start


def turn() -> None:
    """The turn, in this process."""
    from zhiheng import loop  # noqa: PLC0415  the parent process must not pay for the imports
    from zhiheng.evidence.snapshot import Workspace  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        loop.turn(DATA, workspace=Workspace(Path(folder)), today=date(2026, 11, 22))


def main() -> None:
    least = min(floor() for _ in range(3))
    start = time.perf_counter()
    subprocess.run([sys.executable, __file__, "turn"], check=True)
    seconds = time.perf_counter() - start
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    megabytes = used.ru_maxrss / 1024
    print(
        f"whole turn {seconds:.1f} s (processor {used.ru_utime + used.ru_stime:.1f} s), aim {AIM_SECONDS} s; "
        f"peak {megabytes:.0f} MB, aim {AIM_MB} MB"
    )
    print(f"floor (unpack and parse) {least:.2f} s; ratio {seconds / least:.1f}")


if __name__ == "__main__":
    turn() if sys.argv[1:] == ["turn"] else main()
