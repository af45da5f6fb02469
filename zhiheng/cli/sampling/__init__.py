"""zhiheng sampling. Each sub-command is one module, read when it is called."""

import click

from zhiheng.cli.groups import Lazy

COMMANDS = {
    "plan": "The plan for a lot: code letter, sample size, Ac and Re.",
    "find": "The smallest plan that keeps two risks.",
    "oc": "The operating characteristic of a plan, as table and drawing.",
    "switch": "Follow a series of lots through the switching rules.",
    "micro": "What a microbiological plan n, c, m, M lets through.",
    "declared": "A plan to check a declared quality level.",
}


@click.group(
    cls=Lazy,
    package=__name__,
    sections={"Commands": COMMANDS},
    short_help="Sampling plans: for a lot, from risks, their curves, switching.",
)
def command() -> None:
    """Choose a sampling plan, and see what it lets through.

    Qualities and AQLs are in percent nonconforming; an AQL above 10 counts nonconformities per 100 items.

    \b
    Examples:
      zhiheng sampling plan --lot 2000 --aql 1.0
      zhiheng sampling find --good 1 --bad 10
      zhiheng sampling oc --lot 2000 --aql 1.0 --out curve.svg
      zhiheng sampling switch --lot 2000 --aql 1.0 4 0 4
    """
