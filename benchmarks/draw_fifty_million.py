"""A draw of 50,000 among 50 million targets in 3,100 strata, and its verification, against merely hashing the list.

    python benchmarks/draw_fifty_million.py [TARGETS [STRATA [DRAWN]]]

The floor is what nobody can save: one SHA-256 over the same bytes. Ratios are of processor time, so that a busy machine
does not change them. The second part assigns 5,000 targets to 2,000 inspectors.
Peak memory is that of a fresh process for each part. Aims: drawing within 5, commitment and verification within 20 times the floor; 1.5 GB.
"""

import hashlib
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TARGETS, STRATA, DRAWN = 50_000_000, 3_100, 50_000
TASKS, PEOPLE = 5_000, 2_000
CHUNK = 8 << 20
AT = 1_700_000_000


def main() -> None:
    targets, strata, drawn = (
        int(text) if text else default
        for text, default in zip([*sys.argv[1:], "", "", ""], (TARGETS, STRATA, DRAWN), strict=False)
    )
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        written(folder, targets, strata, drawn)
        size = (folder / "targets.csv").stat().st_size
        floor = hashed(folder)
        print(f"{targets:,} targets, {strata:,} strata, {drawn:,} drawn; {size / 1e6:.0f} MB; hashing {floor:.2f} s")
        for step in ("commit", "run", "verify"):
            seconds, used, megabytes = timed(step, folder)
            ratio = f"{used / floor:.1f} times hashing"
            print(f"{step:<7} {seconds:6.1f} s, processor {used:.1f} s = {ratio}, peak {megabytes:.0f} MB", flush=True)
        seconds, used, megabytes = timed("assign", folder)
        told = f"for {TASKS:,} targets and {PEOPLE:,} inspectors, peak {megabytes:.0f} MB"
        print(f"assign  {seconds:6.1f} s, processor {used:.1f} s {told}")


def written(folder: Path, targets: int, strata: int, drawn: int) -> None:
    """A canonical list of made-up credit codes, written a stratum at a time."""
    from zhiheng.selection.seed import promise  # noqa: PLC0415  the parts pay for their own imports

    with (folder / "targets.csv").open("wb") as stream:
        stream.write(b"stratum,id,size\n")
        for number in range(strata):
            low, high = targets * number // strata, targets * (number + 1) // strata
            code = b"%06d" % (110000 + 7 * number)
            stream.write(b"".join(b"%s,91%s%010d,1\n" % (code, code, row) for row in range(low, high)))
    secrets = {name: hashlib.sha256(name.encode()).digest() for name in ("one", "other")}
    seed = {"kind": "reveal", "parties": {name: promise(name, secret) for name, secret in secrets.items()}}
    (folder / "plan.json").write_text(json.dumps({"design": "simple", "n": drawn, "seed": seed}), encoding="utf-8")


def hashed(folder: Path) -> float:
    """Processor seconds to hash the list, the least of three."""
    found = []
    for _ in range(3):
        start, digest = time.process_time(), hashlib.sha256()
        with (folder / "targets.csv").open("rb") as stream:
            while chunk := stream.read(CHUNK):
                digest.update(chunk)
        found.append(time.process_time() - start)
    return min(found)


def timed(step: str, folder: Path) -> tuple[float, float, float]:
    """Seconds, processor seconds and peak megabytes of a step in a process of its own."""
    found = subprocess.run(
        [sys.executable, __file__, "--step", step, str(folder)], check=True, capture_output=True, encoding="utf-8"
    )
    seconds, used, megabytes = found.stdout.split()
    return float(seconds), float(used), float(megabytes)


def stepped(step: str, folder: Path) -> None:
    """One step in this process; what it took is printed."""
    from datetime import UTC, datetime  # noqa: PLC0415

    from zhiheng import rules  # noqa: PLC0415
    from zhiheng.selection import assignment, commitment, draw, verification  # noqa: PLC0415
    from zhiheng.selection.stream import Stream  # noqa: PLC0415

    terms = rules.settings("draw", on=datetime.fromtimestamp(AT, UTC).date())
    given = town() if step == "assign" else None
    start, used = time.perf_counter(), time.process_time()
    if step == "commit":
        commitment.commit(folder, at=AT, terms=terms)
        draw.reveal(folder, {"secrets": {name: hashlib.sha256(name.encode()).hexdigest() for name in ("one", "other")}})
    elif step == "run":
        draw.run(folder)
    elif step == "verify":
        assert verification.verify(folder) == []
    elif given is not None:
        assignment.assign(given, Stream(bytes(32)))
    print(
        time.perf_counter() - start,
        time.process_time() - used,
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    )


def town() -> "object":
    """A province of 21 towns with 5 counties each: four fields, recusals, earlier visits, some bounds."""
    import numpy as np  # noqa: PLC0415

    from zhiheng.selection.people import NO_BOUND, Inspector, Problem  # noqa: PLC0415

    chance = np.random.default_rng(3)
    fields = np.array(["food", "drug", "devices", "special"])
    inspectors = tuple(
        Inspector(f"G{n:04d}", frozenset(fields[chance.random(4) < 0.6].tolist()), "", NO_BOUND if n % 3 else 8)
        for n in range(PEOPLE)
    )
    need = fields[chance.integers(4, size=TASKS)]
    county, home = chance.integers(105, size=TASKS), chance.integers(105, size=PEOPLE)
    travel = np.where(county[:, None] == home, 0, np.where(county[:, None] // 5 == home // 5, 1, 2))
    return Problem(
        tuple(f"T{n}" for n in range(TASKS)),
        inspectors,
        np.array([[field not in entry.qualifications for entry in inspectors] for field in need]),
        chance.random((TASKS, PEOPLE)) < 0.001,
        chance.random((TASKS, PEOPLE)) < 0.001,
        travel,
        np.zeros((PEOPLE, PEOPLE), dtype=bool),
        2,
        1,
    )


if __name__ == "__main__":
    stepped(sys.argv[2], Path(sys.argv[3])) if sys.argv[1:2] == ["--step"] else main()
