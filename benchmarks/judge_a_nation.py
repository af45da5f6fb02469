"""Every result of a lake judged: our expressions against SQL by hand, a bare scan, Polars, pandas, and Spark.

    python benchmarks/judge_a_nation.py                                   # makes a nation of 1 % first
    python benchmarks/judge_a_nation.py --home var --dataset nation --runs 3 --with scan,narrow,ours,sql,polars,pandas,spark,cluster

Each figure is a whole process from reading the files to the counts by verdict; each prints its seconds (without the
interpreter's start), its peak memory, and its counts, which must be the same. pandas takes a tenth of the files and its
time is multiplied, which is said. The requirements lie ready for everybody; reading the law is timed apart.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import ibis
from measured import table as as_table
from measured import write

from zhiheng import daily, rules
from zhiheng.daily.judgement import attach, judged_in_full
from zhiheng.daily.law import lay_out
from zhiheng.decision import envelope
from zhiheng.decision.tables import ENVELOPES, KEPT_FINDINGS, REQUIRED
from zhiheng.engines import AnyEngine, Engine, open_engine
from zhiheng.evidence.delivered import LINES, PANELS, PIECES, REPORTS
from zhiheng.evidence.lake import Snapshot
from zhiheng.evidence.snapshot import Workspace

TODAY = date(2026, 11, 22)
FACTOR, BANDS = Decimal(2), {"minor": Decimal(1), "major": Decimal(2), "serious": Decimal(5)}
COLUMNS = ("subject", "day", "sign", "special", "value", "level", "uncertainty", "units_tested")
PARTS = 10
TIMES = int(os.environ.get("TIMES", "1"))
SLOW = ("spark", "cluster")
NOTES = {
    "scan": " of the columns that ours reads",
    "narrow": f" scan, the {len(COLUMNS)} columns of a bare verdict",
    "pandas": " (a tenth, times ten; counts of the tenth)",
    "spark": " local, two threads (one run)",
    "cluster": ": Spark, master and two workers (one run)",
}
ALL = ("scan", "narrow", "ours", "sql", "polars", "pandas", "spark", "cluster")


def prepared(place: daily.Place, folder: Path) -> None:
    """The requirements and envelopes of every subject as files: what a morning's work starts from."""
    with Engine(memory="3GB", spill=folder) as engine:
        attach(engine, place.evidence.snapshot())
        begun = time.perf_counter()
        lay_out(engine, card=place.card, law=daily.law())
        print(f"reading the law for every kind of result: {time.perf_counter() - begun:.1f} s, once")
        engine.write(REQUIRED.unbound(), folder / "required.parquet")
        engine.write(ENVELOPES.unbound(), folder / "envelopes.parquet")
        # for the peers: one row a subject and stretch of days, figures only
        engine.run(
            f"COPY (SELECT DISTINCT s.subject, r.since, r.until, r.operator, r.low::DECIMAL(18,9) AS low, r.high::DECIMAL(18,9) AS high, r.m::DECIMAL(18,9) AS m, "
            f"r.m_max::DECIMAL(18,9) AS m_max, r.n, r.c, (r.rule_kind = s.kind) IS TRUE AS alike, r.rule_key IS NOT NULL AS ruled "
            f"FROM subjects s JOIN required r ON s.product_type = r.product_type AND s.analyte = r.analyte) "
            f"TO '{folder / 'by_subject.parquet'}' (FORMAT PARQUET)"
        )


def ours(place: daily.Place, folder: Path, engine: AnyEngine) -> dict[str, int]:
    """Our expressions: what is plain by its envelope, the rest in full; findings are made and kept."""
    snapshot = place.evidence.snapshot()
    attach(engine, snapshot)
    if TIMES > 1:
        several(engine, snapshot)
    engine.attach("required", [folder / "required.parquet"], REQUIRED.schema)
    engine.attach("envelopes", [folder / "envelopes.parquet"], ENVELOPES.schema)
    held = envelope.unsettled(LINES.unbound(), ENVELOPES.unbound(), coverage_factor=FACTOR, guarded=False)
    engine.create("held", held)
    engine.create("kept_findings", judged_in_full(engine, card=place.card, bands=BANDS, factor=FACTOR))
    findings, lines = KEPT_FINDINGS.unbound(), snapshot.rows("lines") * TIMES
    counts = {row["verdict"]: row["n"] for row in engine.rows(findings.group_by("verdict").agg(n=findings.count()))}
    reports, panels = REPORTS.unbound(), PANELS.unbound()
    groups = reports.group_by(["panel", "day"]).agg(n=reports.count())
    content = panels.inner_join(ENVELOPES.unbound(), "subject").select(
        "panel", "times", "settled_before", "settled_after"
    )
    joined = groups.inner_join(content, "panel").filter(lambda table: envelope.bare(table.day, table))
    bare = engine.scalar((joined.n * joined.times.cast("int64")).sum()) or 0
    again = engine.scalar(findings.filter(findings.settled).count())
    settled = int(bare) - int(again)
    counts["not_judged"] = counts.get("not_judged", 0) + settled
    counts["conforming"] = counts.get("conforming", 0) + lines - settled - engine.scalar(findings.count())
    return {word: int(n) for word, n in sorted(counts.items())}


def several(engine: AnyEngine, snapshot: Snapshot) -> None:
    """So many nations, one after the other: the same files read again under other numbers, nothing of them kept."""
    for table in (LINES, REPORTS, PIECES):
        engine.attach(f"one_{table.name}", snapshot.files(table.name), table.schema)
        held = table.unbound(f"one_{table.name}")
        engine.view(table.name, ibis.union(*[held.mutate(delivery=held.delivery + number) for number in range(TIMES)]))


def sql(place: daily.Place, folder: Path) -> dict[str, int]:
    """The same by hand, as somebody would write it who has only this data: one statement, nothing general in it."""
    files = [str(path) for path in place.evidence.snapshot().files("lines")]
    pieces = [str(path) for path in place.evidence.snapshot().files("pieces")]
    with Engine(memory="6GB", spill=folder) as engine:
        # one pass over the lines: what is plain is counted by verdict, what is not keeps its place
        engine.run(
            f"""CREATE TABLE judged AS
            SELECT verdict, if(keeps, delivery, NULL) AS delivery, if(keeps, report, NULL) AS report, if(keeps, item, NULL) AS item,
                   if(keeps, c, NULL) AS c, if(keeps, asked, NULL) AS asked, if(keeps, m, NULL) AS m, if(keeps, m_max, NULL) AS m_max, count(*) AS n
            FROM (SELECT *, verdict NOT IN ('conforming', 'not_judged') AS keeps FROM (
                SELECT l.delivery, l.report, l.item, CASE
                    WHEN r.ruled IS NOT TRUE OR l.sign = 5 THEN 'not_judged'
                    WHEN r.operator IN ('not_permitted', 'not_detected')
                        THEN CASE WHEN l.sign IN (1, 2) OR l.value = 0 THEN 'conforming' ELSE 'nonconforming' END
                    WHEN r.operator = 'plan' AND l.sign IN (6, 7) THEN CASE WHEN l.special = 0 AND l.value <= r.m AND l.units_tested >= r.n AND (l.sign = 6 OR r.m = 0) THEN 'conforming' ELSE 'open' END
                    WHEN NOT r.alike OR l.sign IN (6, 7) THEN 'not_judged'
                    WHEN l.sign = 3 THEN 'inconclusive'
                    WHEN l.sign IN (1, 2) THEN CASE WHEN l.level <= r.high THEN 'conforming' ELSE 'inconclusive' END
                    WHEN l.value > r.high OR l.value < r.low THEN 'nonconforming'
                    ELSE 'conforming' END AS verdict, r.c, r.n AS asked, r.m, r.m_max
                FROM read_parquet({files}) l
                LEFT JOIN '{folder}/by_subject.parquet' r ON l.subject = r.subject AND l.day >= r.since AND l.day < r.until))
            GROUP BY ALL"""
        )
        # the single units of the few plans that are still open
        engine.run(
            f"""CREATE TABLE settled AS
            SELECT CASE WHEN j.verdict <> 'open' THEN j.verdict WHEN k.over_max > 0 OR k.over_m > j.c THEN 'nonconforming'
                        WHEN k.units < j.asked THEN 'inconclusive' ELSE 'conforming' END AS verdict, j.n
            FROM judged j LEFT JOIN (
                SELECT p.delivery, p.report, p.item, count(*) AS units,
                       count(*) FILTER (p.value > o.m OR (p.comparator = 'detected' AND o.m = 0)) AS over_m, count(*) FILTER (p.value > o.m_max) AS over_max
                FROM read_parquet({pieces}) p JOIN (FROM judged WHERE verdict = 'open') o USING (delivery, report, item) GROUP BY ALL
            ) k USING (delivery, report, item)"""
        )
        found = engine.connection.execute("SELECT verdict, sum(n) FROM settled GROUP BY ALL ORDER BY ALL").fetchall()
    return {word: int(n) for word, n in found}


def scan(place: daily.Place, folder: Path) -> dict[str, int]:
    """The floor: the columns that ours reads, read and looked at so that none is left out."""
    return passed(place, folder, tuple(LINES.schema.names))


def narrow(place: daily.Place, folder: Path) -> dict[str, int]:
    """A lower floor: only the columns that a bare verdict needs, without the place and the print that a finding keeps."""
    return passed(place, folder, COLUMNS)


def passed(place: daily.Place, folder: Path, columns: tuple[str, ...]) -> dict[str, int]:
    """How many lines there are, once every value of these columns was looked at."""
    files = [str(path) for path in place.evidence.snapshot().files("lines")]
    with Engine(memory="3GB", spill=folder) as engine:
        sums = ", ".join(f"max({name})" for name in columns)
        row = engine.connection.execute(f"SELECT count(*), {sums} FROM read_parquet({files})").fetchone()
    return {"rows": int(row[0])}


def polars(place: daily.Place, folder: Path) -> dict[str, int]:
    """Polars, streaming; plans by their greatest unit only, so a few verdicts of plans stay open."""
    import polars as pl

    lines = pl.scan_parquet(place.evidence.snapshot().files("lines")).select(*COLUMNS)
    held = pl.scan_parquet(folder / "by_subject.parquet")
    joined = lines.join(held, on="subject", how="left").filter(
        pl.col("since").is_null() | ((pl.col("day") >= pl.col("since")) & (pl.col("day") < pl.col("until")))
    )
    absent = pl.col("operator").is_in(["not_permitted", "not_detected"])
    below = pl.col("sign").is_in([1, 2])
    verdict = (
        pl.when(~pl.col("ruled").fill_null(False) | (pl.col("sign") == 5)).then(pl.lit("not_judged"))
        .when(absent).then(pl.when(below | (pl.col("value") == 0)).then(pl.lit("conforming")).otherwise(pl.lit("nonconforming")))
        .when((pl.col("operator") == "plan") & pl.col("sign").is_in([6, 7])).then(pl.when(pl.col("value") <= pl.col("m")).then(pl.lit("conforming")).otherwise(pl.lit("open")))
        .when(~pl.col("alike") | pl.col("sign").is_in([6, 7])).then(pl.lit("not_judged"))
        .when(pl.col("sign") == 3).then(pl.lit("inconclusive"))
        .when(below).then(pl.when(pl.col("level") <= pl.col("high")).then(pl.lit("conforming")).otherwise(pl.lit("inconclusive")))
        .when((pl.col("value") > pl.col("high")) | (pl.col("value") < pl.col("low"))).then(pl.lit("nonconforming"))
        .otherwise(pl.lit("conforming"))
    )  # fmt: skip
    found = joined.group_by(verdict.alias("verdict")).len().collect(engine="streaming")
    return {row["verdict"]: row["len"] for row in found.sort("verdict").to_dicts()}


def pandas(place: daily.Place, folder: Path) -> dict[str, int]:
    """pandas on a tenth of the files, in binary fractions; plans by their greatest unit only."""
    import numpy as np
    import pandas as pd

    files = place.evidence.snapshot().files("lines")
    held = pd.read_parquet(folder / "by_subject.parquet")
    for name in ("low", "high", "m"):
        held[name] = held[name].astype("float64")
    counts: dict[str, int] = {}
    for path in files[:: max(1, min(PARTS, len(files)))]:
        lines = pd.read_parquet(path, columns=list(COLUMNS))
        for name in ("value", "level"):
            lines[name] = lines[name].astype("float64")
        rows = lines.merge(held, on="subject", how="left")
        rows = rows[rows.since.isna() | ((rows.day >= rows.since) & (rows.day < rows.until))]
        absent, below = rows.operator.isin(["not_permitted", "not_detected"]), rows.sign.isin([1, 2])
        plan = (rows.operator == "plan") & rows.sign.isin([6, 7])
        verdict = np.select(
            [
                (rows.ruled != True) | (rows.sign == 5),  # noqa: E712 - missing is not true
                absent & (below | (rows.value == 0)),
                absent,
                plan & (rows.value <= rows.m),
                plan,
                (rows.alike != True) | rows.sign.isin([6, 7]),  # noqa: E712
                rows.sign == 3,
                below & (rows.level <= rows.high),
                below,
                (rows.value > rows.high) | (rows.value < rows.low),
            ],
            ["not_judged", "conforming", "nonconforming", "conforming", "open", "not_judged", "inconclusive", "conforming",
             "inconclusive", "nonconforming"],
            "conforming",
        )  # fmt: skip
        for word, n in zip(*np.unique(verdict, return_counts=True), strict=True):
            counts[str(word)] = counts.get(str(word), 0) + int(n)
    return counts


def one(name: str, place: daily.Place, folder: Path) -> None:
    """Run one of them in this process, and print what it took."""
    rules.book()
    begun, machines = time.perf_counter(), 0.0
    if name in ("ours", "spark", "cluster"):
        setting = {"ours": "duckdb", "spark": "local[2]", "cluster": os.environ.get("CLUSTER", "")}[name]
        with (
            tempfile.TemporaryDirectory(dir=folder) as spill,
            open_engine(setting, memory="3GB", spill=Path(spill)) as engine,
        ):
            counts = ours(place, folder, engine)
            machines = java_peak() if name != "ours" else 0.0
    else:
        counts = {"sql": sql, "scan": scan, "narrow": narrow, "polars": polars, "pandas": pandas}[name](place, folder)
    seconds = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 + machines
    print(json.dumps({"seconds": seconds, "peak": peak, "counts": counts}))


def java_peak() -> float:
    """MB that the Java processes of this machine have held at most, added up: Spark works in them."""
    held = 0.0
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            told = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
        except OSError:  # it has ended meanwhile
            continue
        if told["Name"].strip() == "java":
            held += int(told.get("VmHWM", "0 kB").split()[0]) / 1024
    return held


def measured(name: str, options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Several whole processes of one of them: the medians."""
    found = []
    for _ in range(1 if name in SLOW else options.runs):
        call = [
            sys.executable,
            __file__,
            "--home",
            options.home,
            "--dataset",
            options.dataset,
            "--one",
            name,
            "--folder",
            str(folder),
        ]
        done = subprocess.run(call, capture_output=True, text=True, check=False)
        if done.returncode:
            return {"fault": done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"exit {done.returncode}"}
        found.append(json.loads(done.stdout.strip().splitlines()[-1]))
    return {
        "seconds": statistics.median(run["seconds"] for run in found),
        "peak": max(run["peak"] for run in found),
        "counts": found[0]["counts"],
    }


def small_nation(folder: Path) -> None:
    """A nation of 1 %, taken into a lake."""
    zhiheng = [sys.executable, "-m", "zhiheng"]
    subprocess.run(
        [*zhiheng, "simulate", "nation", "--size", "1%", "--days", "30", "--out", str(folder / "sent")],
        check=True,
        capture_output=True,
    )
    subprocess.run(
        [*zhiheng, "lake", "append", "nation", str(folder / "sent"), "--home", str(folder / "home")],
        check=True,
        capture_output=True,
    )


def main() -> None:
    """Measure what was asked for, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", default="")
    parser.add_argument("--dataset", default="nation")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--with", dest="which", default="scan,narrow,ours,sql,polars")
    parser.add_argument("--write", default="", help="the part of docs/explanation/nation-figures.md to write")
    parser.add_argument("--one", choices=ALL, help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if "cluster" in options.which.split(",") and not os.environ.get("CLUSTER"):
        parser.error(
            "set CLUSTER to the master, such as spark://127.0.0.1:7077; 'zhiheng cluster start' starts one and says where"
        )
    if options.one:
        one(options.one, daily.Place(Workspace(Path(options.home)), options.dataset), Path(options.folder))
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        if not options.home:
            small_nation(folder)
            options.home = str(folder / "home")
        place = daily.Place(Workspace(Path(options.home).resolve()), options.dataset)
        rows = place.evidence.snapshot().rows("lines")
        size = sum(path.stat().st_size for path in place.evidence.snapshot().files("lines"))
        print(f"{rows:,} results, {size / rows:.2f} bytes a result on disk")
        prepared(place, folder)
        table = {}
        for name in options.which.split(","):
            table[name] = measured(name, options, folder)
            print(f"{name}: {table[name]}", flush=True)
    lines = told(table, rows * TIMES, size / rows)
    print("\n".join(lines))
    if options.write:
        write(options.write, lines)


def told(table: dict[str, dict[str, Any]], rows: int, size: float) -> list[str]:
    """The table, with ratios to ours; and whether the counts agree."""
    base = table.get("ours", {}).get("seconds")
    lines = []
    for name, row in table.items():
        if "fault" in row:
            lines.append({"who": name, "s": row["fault"]})
            continue
        seconds = row["seconds"] * (PARTS if name == "pandas" else 1)
        lines.append(
            {
                "who": name + NOTES.get(name, ""),
                "s": f"{seconds:.1f}",
                "results a second": f"{rows / seconds / 1e6:.1f} M",
                "peak MB": f"{row['peak']:,.0f}",
                "to ours": f"{seconds / base:.2f}" if base else "",
                "nonconforming": f"{row['counts'].get('nonconforming', 0):,}",
                "inconclusive": f"{row['counts'].get('inconclusive', 0):,}",
                "not judged": f"{row['counts'].get('not_judged', 0):,}",
            }
        )
    lines.sort(key=lambda line: len(line) == 2)
    found = [f"{rows:,} results, {size:.2f} bytes a result on disk.", "", *as_table(lines)]
    if base and "seconds" in table.get("sql", {}):
        alike = "the same counts" if table["sql"]["counts"] == table["ours"]["counts"] else "NOT the same counts"
        found += ["", f"Ours to SQL by hand {base / table['sql']['seconds']:.2f}, with {alike}."]
    if base and "seconds" in table.get("scan", {}):
        found += ["", f"Ours to the scan of the same columns {base / table['scan']['seconds']:.2f}."]
    if base and "seconds" in table.get("narrow", {}):
        found += [
            "",
            f"Ours to the scan of the {len(COLUMNS)} columns of a bare verdict {base / table['narrow']['seconds']:.2f}.",
        ]
    return found


if __name__ == "__main__":
    main()
