"""Options that the sampling commands share, and the plan that they name."""

from dataclasses import dataclass
from datetime import date

import click

from zhiheng.errors import UsageError
from zhiheng.selection import sampling
from zhiheng.selection.sampling import AttributesPlan, Scheme, Severity
from zhiheng.stats import Model, Stages

SCHEMES = ("iso-2859-1", "mil-std-105e")
MODELS: tuple[Model, ...] = ("binomial", "poisson", "hypergeometric")

aql = click.option(
    "--aql", default=None, metavar="AQL", help="Acceptance quality limit, a preferred value such as 0.65."
)
level = click.option(
    "--level", default="II", show_default=True, metavar="LEVEL", help="Inspection level: S-1 to S-4, I, II, III."
)
severity = click.option(
    "--severity",
    type=click.Choice(sampling.SEVERITIES),
    default="normal",
    show_default=True,
    help="How severe the inspection is.",
)
double = click.option("--double", is_flag=True, help="A double plan; --edition mil-std-105e only.")
edition = click.option(
    "--edition",
    type=click.Choice(SCHEMES),
    default=SCHEMES[0],
    show_default=True,
    help="Whose tables: ISO 2859-1:1999 (GB/T 2828.1-2012) or the military standard.",
)
language = click.option(
    "--language", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="The language of the sentence."
)
model = click.option(
    "--model",
    type=click.Choice(MODELS),
    default=None,
    help="How nonconforming items are counted; left out: binomial, or poisson for an AQL above 10.",
)
RISK = click.FloatRange(0, 1, min_open=True, max_open=True)
producers_risk = click.option(
    "--producers-risk", type=RISK, help="How often the good quality may be refused; left out: the usual 0.05."
)
consumers_risk = click.option(
    "--consumers-risk", type=RISK, help="How often the bad quality may be accepted; left out: the usual 0.10."
)


@dataclass(frozen=True)
class Asked:
    """A plan by attributes as a call names it."""

    lot: int | None
    aql: str | None
    level: str
    severity: Severity
    double: bool
    edition: str


def planned(asked: Asked) -> tuple[AttributesPlan, Scheme]:
    """The plan of the tables, and the scheme that it stands in. UsageError: lot or AQL is missing."""
    if asked.lot is None or asked.aql is None:
        raise UsageError("name a lot and an AQL: '--lot 2000 --aql 1.0'")
    today = date.today()
    scheme = sampling.scheme(asked.edition, on=today)
    plan = sampling.for_lot(
        scheme,
        sampling.lots(on=today),
        lot=asked.lot,
        level=asked.level,
        aql=scheme.preferred(asked.aql),
        severity=asked.severity,
        double=asked.double,
    )
    return plan, scheme


def written(n: tuple[int, ...], ac: tuple[int, ...], re: tuple[int, ...]) -> Stages:
    """The plan that --n, --ac and --re write out; --re is left out where it is one above --ac."""
    if len(n) != len(ac) or len(re) not in (0, len(n)):
        raise UsageError(f"{len(n)} times --n, {len(ac)} times --ac, {len(re)} times --re: give each once a sample")
    if len(n) > 1 and not re:
        raise UsageError("a plan of several samples needs --re for each: '--n 50 --ac 0 --re 3 --n 50 --ac 3 --re 4'")
    return Stages(n, ac, re or tuple(number + 1 for number in ac))


def counted(named: str | None, *, per_hundred: bool) -> Model:
    """The model of a call: the one that was named, or the one that suits the AQL."""
    return next((known for known in MODELS if known == named), "poisson" if per_hundred else "binomial")
