"""Means and 95 % intervals of 1,240 domains of a stratified sample of 4.5 million items, against reading it and against R survey.

    python benchmarks/survey_domains.py [ITEMS [DOMAINS [STRATA]]]

Ours: sums in DuckDB, then the estimator on arrays. The floor is what nobody can save: one scan that adds up the same columns. R:
`svyby` of R survey on as many domains as it is given time for (31), scaled by their number and said to be; needs
`apt-get install r-cran-survey`, and is left out with a line that says so where Rscript is missing. Ratios are of elapsed time.
"""

import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ITEMS, DOMAINS, STRATA = 4_500_000, 1_240, 372
MOST_MB, LEAST_RATIO = 1000, 100  # what must hold
ASKED = 31  # domains that R is asked for

R = """
suppressMessages(library(survey)); d <- read.csv("{file}", colClasses = c("integer", "integer", "numeric", "numeric", "integer"))
gc(); begin <- proc.time()[[3]]
s <- svydesign(id = ~1, strata = ~stratum, weights = ~weight, fpc = ~held, data = d)
made <- proc.time()[[3]]
found <- svyby(~value, ~domain, subset(s, domain < {asked}), svymean)
limits <- confint(found)
cat(made - begin, proc.time()[[3]] - made, sprintf("%.15g", c(coef(found)[1:5], SE(found)[1:5])), "\\n")
"""


def main() -> None:
    items, domains, strata = (
        int(text) if text else default
        for text, default in zip([*sys.argv[1:], "", "", ""], (ITEMS, DOMAINS, STRATA), strict=False)
    )
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        written(folder, items, domains, strata)
        ours = child("ours", folder, domains)
        floor = child("floor", folder, domains)
        print(f"{items:,} items, {strata:,} strata, {domains:,} domains")
        print(f"floor  {floor[0]:7.3f} s  one scan of the columns")
        print(f"ours   {ours[0]:7.3f} s  {ours[0] / floor[0]:.1f} times the scan, peak {ours[1]:.0f} MB")
        missed = [f"peak {ours[1]:.0f} MB, allowed are {MOST_MB}"] if ours[1] >= MOST_MB else []
        if shutil.which("Rscript"):
            ratio = against_r(folder, ours, domains)
            missed += [f"{ratio:.0f} times faster, at least {LEAST_RATIO} are asked for"] if ratio < LEAST_RATIO else []
        else:
            print("R      not here: apt-get install r-cran-survey")
        sys.exit("; ".join(missed) or 0)


def against_r(folder: Path, ours: list[float], domains: int) -> float:
    """R on some of the domains; the agreement of five of them, and what all would take; how many times slower it is on all."""
    told = run_r(folder, f"{ASKED}")
    making, asked, figures = told[0], told[1], told[2:]
    apart = max(abs(one - other) / abs(other) for one, other in zip(ours[2:], figures, strict=True))
    whole = making + asked * domains / ASKED
    print(
        f"R      {making:7.1f} s  svydesign; {asked:.1f} s svyby and confint of {ASKED} domains; largest difference {apart:.1e}"
    )
    print(f"R      {whole:7.1f} s  for {domains:,} domains, scaled from {ASKED}: {whole / ours[0]:.0f} times ours")
    print(f"R      {(making + asked) / ours[0]:7.0f} times ours for {ASKED} domains of its own against our {domains:,}")
    return whole / ours[0]


def run_r(folder: Path, asked: str) -> list[float]:
    """What the R script printed."""
    from zhiheng.engines import Engine  # noqa: PLC0415  the parts pay for their own imports

    with Engine() as engine:
        engine.run(
            f"COPY (FROM '{folder}/items.parquet' SELECT stratum, domain, weight, held, value) TO '{folder}/items.csv' (HEADER)"
        )
    script = folder / "domains.R"
    script.write_text(R.format(file=folder / "items.csv", asked=asked), encoding="utf-8")
    told = subprocess.run(["Rscript", str(script)], check=True, capture_output=True, encoding="utf-8")
    return [float(part) for part in told.stdout.strip().splitlines()[-1].split()]


def child(step: str, folder: Path, domains: int) -> list[float]:
    """Seconds, peak megabytes and some figures of a step in a process of its own."""
    command = [sys.executable, __file__, "--step", step, str(folder), str(domains)]
    found = subprocess.run(command, check=True, capture_output=True, encoding="utf-8")
    return [float(part) for part in found.stdout.split()]


def written(folder: Path, items: int, domains: int, strata: int) -> None:
    """A made-up sample: strata of unequal size and sampling fraction, each with most domains, rates about 2.7 %."""
    from zhiheng.engines import Engine  # noqa: PLC0415

    with Engine() as engine:
        engine.run(
            "CREATE TABLE drawn AS SELECT CAST(least(hash(range, 1) % "
            f"{strata}, hash(range, 2) % {strata}) AS INTEGER) AS stratum, CAST(hash(range, 3) % {domains} AS INTEGER) AS domain, "
            f"CAST(hash(range, 4) % 1000 < 12 + hash(range, 3) % 31 AS INTEGER) AS value FROM range({items})"
        )
        engine.run(
            f"COPY (SELECT d.*, CAST(n * (5 + d.stratum % 17) AS DOUBLE) AS held, CAST(5 + d.stratum % 17 AS DOUBLE) AS weight "
            f"FROM drawn d JOIN (SELECT stratum, count(*) AS n FROM drawn GROUP BY 1) s USING (stratum)) TO '{folder}/items.parquet'"
        )


def stepped(step: str, folder: Path, domains: int) -> None:
    """One step in this process; seconds, peak memory, and of ours five means and standard errors, are printed."""
    import ibis  # noqa: PLC0415

    from zhiheng.engines import Engine  # noqa: PLC0415
    from zhiheng.stats.survey import domain_intervals, domain_means  # noqa: PLC0415
    from zhiheng.surveillance import estimation  # noqa: PLC0415

    kinds = {"stratum": "int32", "domain": "int32", "weight": "float64", "held": "float64", "value": "int32"}
    figures: list[float] = []
    with Engine() as engine:
        engine.attach("items", [folder / "items.parquet"], ibis.schema(kinds))
        items = ibis.table(kinds, name="items")
        start = time.perf_counter()
        if step == "floor":
            engine.rows(items.agg(**{name: items[name].sum() for name in kinds}))
        else:
            estimation.checked(engine.rows(estimation.faults(items, stratum="stratum", weight="weight"))[0])
            sizes = estimation.sizes(items, stratum="stratum", held="held")
            engine.create("sizes", sizes)
            known = ibis.table(sizes.schema(), name="sizes")
            asked = {"stratum": "stratum", "domain": "domain", "weight": "weight", "value": "value"}
            sums = engine.columns(estimation.sums(items, known, **asked))
            cells, strata = estimation.arrays(sums, engine.columns(known.order_by("code")))
            found = domain_means(cells, strata, count=domains)
            domain_intervals(found, level=0.95)
            figures = [*found.value[:5], *found.standard_error[:5]]
        seconds = time.perf_counter() - start
    print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, *(f"{figure:.15g}" for figure in figures))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--step"]:
        stepped(sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]))
    else:
        main()
