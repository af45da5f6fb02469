"""Pages over a lake, from a real server: median and 95th percentile of each kind of page, and a figure against a plain scan.

Takes the workspace folder (and the data set, "nation" by default; `--write` writes the docs). Every page asked for is another one, so that nothing is
answered from memory of an earlier answer. The peer counts the same figure by reading reports and ledger directly.
"""

import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from first_page import PATIENCE, first, free_port, seconds
from measured import table, write

from zhiheng.decision.tables import LEDGER
from zhiheng.engines import Engine
from zhiheng.evidence.delivered import REPORTS
from zhiheng.evidence.snapshot import Workspace
from zhiheng.reports.nation import Nation, Nations, asking, figures
from zhiheng.reports.nation import rows as lists
from zhiheng.rules import STEP

EACH, SEED = 25, 7
ARMS = ("random", "targeted")


def addresses(nation: Nation, chance: random.Random) -> dict[str, list[str]]:
    """Pages of each kind, no two the same."""
    base = f"/lake/{nation.dataset}"

    def some(values: list[str]) -> list[str]:
        return chance.sample(values, min(EACH, len(values)))

    regions = [row["region"] for row in figures.sums(nation, ("region",)) if row["region"]]
    types = [row["product_type"] for row in figures.sums(nation, ("product_type",)) if row["product_type"]]
    weeks = [row["week"].isoformat() for row in figures.sums(nation, ("week",)) if row["week"]]
    items = [row["analyte"] for row in figures.items(nation, most=60)]
    found: list[dict[str, str]] = []
    for week in some(weeks):
        page, _ = lists.page(nation, asking.asked({"week": [week]}))
        found += page[:3]
    failed, _ = lists.page(nation, asking.asked({"verdict": ["nonconforming"], "size": ["200"]}))
    firms = sorted({row["maker_id"] for row in (*found, *failed) if row["maker_id"]})
    places = [f"{week}&region={region}" for week, region in zip(some(weeks), some(regions), strict=False)]
    return {
        "overview": [f"{base}/", f"/en{base}/"],
        "province": [f"{base}/region/{code}/" for code in some(sorted({f"{code[:2]}0000" for code in regions}))],
        "city": [f"{base}/region/{code}/" for code in some(sorted({f"{code[:4]}00" for code in regions}))],
        "county": [f"{base}/region/{code}/" for code in some(regions)],
        "category": [f"{base}/category/{quote(one)}/" for one in some(sorted({one.split(STEP)[0] for one in types}))],
        "product type": [f"{base}/category/{quote(one)}/" for one in some(types)],
        "firm": [f"{base}/firm/{one}/" for one in some(firms)],
        "batch": [f"{base}/batch/{row['sample_id']}/" for row in chance.sample([*found, *failed], EACH)],
        "rows of a week": [f"{base}/rows/?week={week}&arm={arm}" for week in some(weeks)[:13] for arm in ARMS],
        "rows of a place": [f"{base}/rows/?week={place}" for place in places],
        "failures of an item": [f"{base}/rows/?analyte={quote(one)}&verdict=nonconforming" for one in some(items)],
    }


def by_cells(nation: Nation) -> int:
    """The nonconforming batches of the random arm in a province, from the cells."""
    nation.answers.clear()
    return int(figures.arms(nation, province="广东省")["random"]["nonconforming"])


def by_scan(nation: Nation) -> int:
    """The same by summing the ledger, after reading which reports there are."""
    with Engine(threads=2) as engine:
        engine.attach("reports", nation.evidence.files("reports"), REPORTS.schema)
        engine.attach("ledger", nation.book.files("ledger"), LEDGER.schema)
        reports, entries = REPORTS.unbound(), LEDGER.unbound()
        here = reports.filter((reports.province == "广东省") & (reports.arm == "random"))
        failed = entries.filter(entries.verdict == "nonconforming").semi_join(here, ["delivery", "report"])
        return int(engine.scalar(failed.agg(n=failed.sign.cast("int64").sum()).n.as_scalar()))


def timed(answer: Callable[[], int], rounds: int) -> tuple[int, float]:
    """An answer and the median of its seconds."""
    found, spent = 0, []
    for _ in range(rounds):
        start = time.perf_counter()
        found = answer()
        spent.append(time.perf_counter() - start)
    return found, statistics.median(spent)


def main() -> None:
    given = [word for word in sys.argv[1:] if word != "--write"]
    home, dataset = Path(given[0]), (given[1:] or ["nation"])[0]
    start = time.perf_counter()
    nation = Nations(Workspace(home)).open(dataset)
    print(f"cells and index opened after {time.perf_counter() - start:.1f} s")
    cells, quick = timed(lambda: by_cells(nation), 15)
    scan, slow = timed(lambda: by_scan(nation), 3)
    if cells != scan:
        raise SystemExit(f"the cells say {cells} and the scan {scan}")
    print(f"one figure: cells {1000 * quick:.0f} ms, scan {1000 * slow:.0f} ms, ratio {slow / quick:.0f}")
    asked = addresses(nation, random.Random(SEED))  # noqa: S311  (which pages are timed, nothing secret)
    batches = figures.arms(nation)["all"]
    print(f"{batches['batches']:,} batches, {batches['results']:,} results")
    nation.engine.connection.close()
    port, started = free_port(), time.perf_counter()
    server = subprocess.Popen(
        [sys.executable, "-m", "zhiheng", "serve", "--port", str(port)],
        env=os.environ | {"ZHIHENG_HOME": str(home)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        base = f"http://127.0.0.1:{port}"
        print(f"first page {first(base + '/lake/', started):.1f} s after the start (at most {PATIENCE} s)")
        every, rows = [], []
        for kind, pages in asked.items():
            seconds(base + pages[0])
            spent = sorted(seconds(base + page) for page in pages[1:])
            every += spent
            rows.append(told(kind, spent))
            print(rows[-1], flush=True)
        rows.append(told("all pages", sorted(every)))
        print(rows[-1])
    finally:
        server.terminate()
        server.wait()
    if "--write" in sys.argv:
        one = f"One figure from the cells {1000 * quick:.0f} ms, from a plain scan {1000 * slow:.0f} ms: {slow / quick:.0f} times."
        write("pages", [f"{batches['batches']:,} batches, {batches['results']:,} results. {one}", "", *table(rows)])


def told(kind: str, spent: list[float]) -> dict[str, str]:
    """A line of the table, from sorted times."""
    median, p95 = 1000 * statistics.median(spent), 1000 * late(spent)
    return {"page": kind, "asked": str(len(spent)), "median ms": f"{median:.0f}", "95th percentile ms": f"{p95:.0f}"}


def late(spent: list[float]) -> float:
    """The 95th percentile of sorted times."""
    return spent[min(len(spent) - 1, int(0.95 * len(spent)))]


if __name__ == "__main__":
    main()
