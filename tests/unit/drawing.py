"""Folders of draws for the tests: prepared, committed, drawn, checked."""

import json
import random
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from zhiheng import rules
from zhiheng.selection import commitment, draw, seed

ROOT = Path(__file__).parents[2]
QUICKNET = json.loads((ROOT / "tests/numbers/reference/drand_quicknet_info.json").read_text(encoding="utf-8"))
BEFORE, AFTER = QUICKNET["genesis_time"] + 100, QUICKNET["genesis_time"] + 3_000_000
SECRETS = {"bureau": bytes(range(32)), "消委会": bytes(range(9, 41))}
PROMISED = {"kind": "reveal", "parties": {name: seed.promise(name, secret) for name, secret in SECRETS.items()}}
DRAND = {"kind": "drand", "chain": "quicknet", "round": 657413}
LOTTERY = {"kind": "rfc3797", "sources": ["lottery of 1 October", "index of 2 October"]}
GIVEN: dict[str, dict[str, Any]] = {
    "reveal": {"secrets": {name: secret.hex() for name, secret in SECRETS.items()}},
    "drand": QUICKNET["beacon"],
    "rfc3797": {"values": [[9, 41, 26, 34, 18, 45], [9319]]},
}


def prepared(folder: Path, *, people: bool = False, units: int = 120, **plan: Any) -> Path:
    """A folder to be committed: targets in no order, a plan, and inspectors if wanted."""
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(3)
    rows = [
        f"91440101MA{number:06d},{chance.choice(['天河', '越秀', '海珠'])},{chance.randrange(1, 400)},"
        f"{chance.choice(['food', 'drug', ''])},4401{chance.randrange(3, 6):02d}"
        for number in range(units)
    ]
    header = "id,stratum,size,qualifications,region"
    if plan.get("design") == "cube":
        plan = {"balance": ["workers", "exports"]} | plan
        header, rows = f"{header},workers,exports", [f"{row},{len(row) * n % 97},{n % 2}" for n, row in enumerate(rows)]
    chance.shuffle(rows)
    text = "\n".join([header, *rows]) + "\n"
    (folder / "targets.csv").write_text(text, encoding="utf-8")
    body = {"title": "autumn", "design": "simple", "n": 15, "seed": PROMISED} | plan
    (folder / "plan.json").write_text(json.dumps(body, ensure_ascii=False), encoding="utf-8")
    if people:
        staff = [
            f"G{n:02d},{chance.choice(['food', 'drug', 'food;drug'])},4401{chance.randrange(3, 6):02d},{chance.choice(['', '6'])}"
            for n in range(14)
        ]
        (folder / "inspectors.csv").write_text(
            "\n".join(["inspector,qualifications,region,most", *staff]) + "\n", encoding="utf-8"
        )
        (folder / "recusals.csv").write_text("inspector,target,reason\nG01,91440101MA000003,family\n", encoding="utf-8")
        (folder / "earlier.csv").write_text("inspector,target\nG02,91440101MA000005\n", encoding="utf-8")
    return folder


def committed(folder: Path, at: float = BEFORE) -> commitment.Committed:
    return commitment.commit(folder, at=at, terms=rules.settings("draw", on=datetime.fromtimestamp(at, UTC).date()))


def drawn(folder: Path, **plan: Any) -> Path:
    """A folder with its outcome."""
    prepared(folder, **plan)
    committed(folder)
    draw.reveal(folder, GIVEN[plan.get("seed", PROMISED)["kind"]])
    draw.run(folder)
    return folder


def checked(folder: Path, *more: str) -> tuple[int, str]:
    """What the verifier without Zhiheng says."""
    found = subprocess.run(
        [sys.executable, "-I", str(ROOT / "docs" / "verify_draw.py"), str(folder), *more],
        capture_output=True,
        encoding="utf-8",
        env={"PYTHONIOENCODING": "utf-8"},
        check=False,
    )
    assert not found.stderr
    return found.returncode, found.stdout
