"""zhiheng sampling oc"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import click

from zhiheng.cli import options, output
from zhiheng.cli.sampling import given
from zhiheng.errors import UsageError
from zhiheng.reports import curves, plans
from zhiheng.selection.sampling import Severity
from zhiheng.stats import Model, Stages, VariablesPlan, quality_of

COLUMNS = {"p": "quality", "accepted": "accepted", "asn": "ASN", "aoq": "AOQ"}
WORDS = {
    "zh": ("批质量", "接收概率", "抽样特性（OC）曲线", "每百单位产品不合格数"),
    "en": ("quality", "accepted", "Operating characteristic", "nonconformities per 100 items"),
}
FINE = 240


@dataclass(frozen=True)
class Curve:
    """A curve to print and to draw: few rows, many rows, named points, the plan in symbols, unit and model."""

    rows: list[plans.Row]
    fine: list[plans.Row]
    points: list[curves.Point]
    plan: str
    unit: str
    model: str


@click.command(short_help="The operating characteristic of a plan, as table and drawing.")
@click.option("--n", "sizes", type=click.IntRange(1), multiple=True, help="Sample size; once a sample.")
@click.option("--ac", "accepts", type=click.IntRange(-1), multiple=True, help="Acceptance number; once a sample.")
@click.option("--re", "rejects", type=click.IntRange(1), multiple=True, help="Rejection number; once a sample.")
@click.option("--k", type=float, default=None, help="Acceptability constant: with --n a plan by variables.")
@click.option(
    "--method", type=click.Choice(["s", "sigma"]), default="s", show_default=True, help="How --k knows the spread."
)
@click.option("--lot", type=click.IntRange(1), default=None, help="Number of items of the lot.")
@given.aql
@given.level
@given.severity
@given.double
@given.edition
@given.model
@click.option("--points", type=click.IntRange(2, 1000), default=12, show_default=True, help="How many lines to print.")
@click.option("--to", "last", type=float, default=None, help="The last quality, in percent or per 100 items.")
@click.option("--out", type=click.Path(path_type=Path), default=None, help="A .svg or .png file for the drawing.")
@given.language
@options.as_json
def command(
    sizes: tuple[int, ...],
    accepts: tuple[int, ...],
    rejects: tuple[int, ...],
    k: float | None,
    method: str,
    lot: int | None,
    aql: str | None,
    level: str,
    severity: Severity,
    double: bool,
    edition: str,
    model: str | None,
    points: int,
    last: float | None,
    out: Path | None,
    language: plans.Language,
    as_json: bool,
) -> None:
    """Show how often a plan accepts lots of each quality, for a plan of the tables or one that is written out.

    \b
    Examples:
      zhiheng sampling oc --lot 2000 --aql 1.0
      zhiheng sampling oc --n 50 --ac 0 --re 3 --n 50 --ac 3 --re 4
      zhiheng sampling oc --n 80 --ac 2 --model hypergeometric --lot 1000 --to 10
      zhiheng sampling oc --n 20 --k 1.72 --method s
      zhiheng sampling oc --lot 2000 --aql 1.0 --out curve.png --language en
    """
    if out is not None and (out.suffix not in (".svg", ".png") or not out.resolve().parent.is_dir()):
        raise UsageError(f"--out {out}: name a .svg or .png file in a folder that exists")
    if k is not None:
        curve = measuring(sizes, k, "s" if method == "s" else "sigma", points=points, last=last)
    elif sizes:
        stages = given.written(sizes, accepts, rejects)
        curve = counting(stages, given.counted(model, per_hundred=False), lot, points=points, last=last)
    else:
        plan, _ = given.planned(given.Asked(lot, aql, level, severity, double, edition))
        named = given.counted(model, per_hundred=plan.per_hundred)
        curve = counting(plan.stages, named, lot, points=points, last=last, aql=float(plan.aql))
    if out is not None:
        save(out, curve, language)
    if as_json:
        output.echo_json({"plan": curve.plan, "model": curve.model, "unit": curve.unit, "points": curve.rows})
        return
    told = [row | {"accepted": output.percent(row["accepted"])} for row in curve.rows]
    columns = {name: text for name, text in COLUMNS.items() if name in curve.rows[0]}
    click.echo(f"{curve.plan}\n\n{curves.text(curve.fine, unit=curve.unit)}\n\n{output.table(told, columns)}")
    click.echo(f"\nquality in {curve.unit}, model {curve.model}" + (f"; the drawing is in {out}" if out else ""))


def measuring(sizes: tuple[int, ...], k: float, method: plans.Method, *, points: int, last: float | None) -> Curve:
    """The curve of a plan by variables."""
    if len(sizes) != 1:
        raise UsageError("a plan by variables has one sample: '--n 20 --k 1.72'")
    plan = VariablesPlan(sizes[0], k, method)
    end = last or plans.end_by_variables(plan)
    rows, fine = (plans.curve_by_variables(plan, qualities=plans.spaced(end, number)) for number in (points, FINE))
    return Curve(rows, fine, [], f"n = {plan.n}, k = {plan.k:g}", "%", f"normal, {method}-method")


def counting(
    stages: Stages, model: Model, lot: int | None, *, points: int, last: float | None, aql: float | None = None
) -> Curve:
    """The curve of a plan by attributes; the lot matters to the hypergeometric model only."""
    end = last or plans.end_of_curve(stages, model="binomial" if model == "hypergeometric" else model)
    counted = lot if model == "hypergeometric" else None
    rows = plans.curve(stages, model=model, qualities=spaced(end, points, counted), lot=counted)
    fine = plans.curve(stages, model=model, qualities=[0.0, *spaced(end, FINE, counted)], lot=counted)
    numbers = zip(stages.sizes, stages.accept, stages.reject, strict=True)
    told = "; ".join(f"n = {n}, Ac = {ac}, Re = {re}" for n, ac, re in numbers)
    unit = "/100" if model == "poisson" else "%"
    return Curve(rows, fine, named_points(stages, model, aql), told, unit, model)


def spaced(last: float, points: int, lot: int | None) -> list[float]:
    """Qualities of a curve; of a finite lot, those of whole items."""
    found = plans.spaced(last, points)
    return found if lot is None else sorted({100 * round(value / 100 * lot) / lot for value in found if value <= 100})


def named_points(stages: Stages, model: Model, aql: float | None) -> list[curves.Point]:
    """The points of a curve that have a name: the two risks, the AQL."""
    if model == "hypergeometric" or not plans.refuses_something(stages, model):
        return []
    terms = plans.risks(on=date.today())
    found = []
    for chance in (1 - terms.producers_risk, terms.consumers_risk):
        p = 100 * quality_of(stages, chance, model=model)
        found.append(curves.Point(p, chance, f"{p:.3g} : {output.percent(chance)}"))
    if aql is not None:
        at = plans.curve(stages, model=model, qualities=[aql])[0]["accepted"]
        found.append(curves.Point(aql, at, f"AQL {aql:g} : {output.percent(at)}", is_line=True))
    return found


def save(out: Path, curve: Curve, language: plans.Language) -> None:
    """Write the drawing."""
    quality, accepted, title, per_hundred = WORDS[language]
    unit = per_hundred if curve.unit == "/100" else curve.unit
    drawing = curves.chart(
        curve.fine,
        curve.points,
        title=title,
        subtitle=f"{curve.plan} ({curve.model})",
        axes=(f"{quality} ({unit})", accepted),
    )
    out.write_bytes(curves.picture(drawing, form=out.suffix[1:]))
