"""Make the bundled example draw again: `python examples/draws/make.py FOLDER`. The same bytes come out every time.

Firms and inspectors are invented. The seed is that of the sample in RFC 3797, section 6, which everybody can look up; a real draw
names numbers that are still to come.
"""

import json
import random
import sys
from datetime import UTC, datetime
from pathlib import Path

from zhiheng import rules
from zhiheng.selection import commitment, draw

COUNTIES = {
    "天河区": "440106",
    "越秀区": "440104",
    "海珠区": "440105",
    "白云区": "440111",
    "番禺区": "440113",
    "南沙区": "440115",
}
COMMITTED = datetime(2026, 10, 8, 1, 0, tzinfo=UTC)
VALUES = [[9319], [2, 5, 12, 8, 10], [9, 18, 26, 34, 41, 45]]
FIRMS, INSPECTORS, DRAWN = 360, 14, 24
PLAN = {
    "title": "示例抽签（虚构名单）· Example draw (invented list)",
    "design": "sampford",
    "n": DRAWN,
    "least": 2,
    "columns": {"id": "编号", "stratum": "区县", "size": "规模"},
    "seed": {
        "kind": "rfc3797",
        "sources": ["RFC 3797 (6) lottery 1", "RFC 3797 (6) lottery 2", "RFC 3797 (6) lottery 3"],
        "on": "2026-10-20T20:30:00+08:00",
    },
    "inspectors": {"each": 2},
}


def main() -> None:
    """Write the whole folder."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True)
    chance = random.Random(3797)
    firms = ["编号,区县,规模,qualifications,region"]
    for number in range(1, FIRMS + 1):
        county = chance.choice(list(COUNTIES))
        scope = chance.choice(["食品", "食品", "特种设备", ""])
        firms.append(f"示例企业-{number:04d},{county},{chance.randrange(5, 120)},{scope},{COUNTIES[county]}")
    staff = ["inspector,qualifications,region,most"]
    for number in range(1, INSPECTORS + 1):
        scope = ("食品", "特种设备", "食品;特种设备")[number % 3]
        staff.append(f"检{number:02d},{scope},{chance.choice(list(COUNTIES.values()))},6")
    written(folder, "targets.csv", firms)
    written(folder, "inspectors.csv", staff)
    written(
        folder,
        "recusals.csv",
        ["inspector,target,reason", "检03,示例企业-0042,family", "检07,示例企业-0117,earlier employer"],
    )
    written(
        folder,
        "earlier.csv",
        ["inspector,target,day", "检05,示例企业-0200,2026-04-14", "检06,示例企业-0200,2026-04-14"],
    )
    (folder / "plan.json").write_text(json.dumps(PLAN, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    commitment.commit(folder, at=COMMITTED.timestamp(), terms=rules.settings("draw", on=COMMITTED.date()))
    draw.reveal(folder, {"values": VALUES})
    draw.run(folder)


def written(folder: Path, name: str, lines: list[str]) -> None:
    """Write a table."""
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
