"""zhiheng plan. Each sub-command is one module, read when it is called; a data set in its place is shown."""

import click

from zhiheng.cli.groups import Lazy

COMMANDS = {
    "show": "The proposal for a data set of the workspace.",
    "make": "Plan inspections from a list of targets, ready to draw.",
    "check": "Compute a plan again from its own files.",
    "arms": "Tell the random from the targeted arm after the draw.",
    "example": "Write a list of firms that do not exist, to try.",
}


class Plans(Lazy):
    """The commands of plans; whatever is not one of them is a data set to show."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """`zhiheng plan`, `zhiheng plan DATASET` and `zhiheng plan --json` are short for `zhiheng plan show …`."""
        if not args or (args[0] not in COMMANDS and args[0] not in ("-h", "--help")):
            args = ["show", *args]
        return super().parse_args(ctx, args)


@click.group(
    cls=Plans,
    package=__name__,
    sections={"Commands": COMMANDS},
    short_help="Plans of inspections: propose, make, check, tell the arms apart.",
)
def command() -> None:
    """Plan inspections: who can be drawn, how likely, why, and what the plan is expected to find.

    A share of the budget is always drawn at random, so that what nobody suspects is found too, and every target's
    probability of being drawn is known, so that rates can be weighted afterwards.

    \b
    Examples:
      zhiheng plan cn_food_2026
      zhiheng plan example --out firms.csv
      zhiheng plan make firms.csv --programme food-2026 --budget 500 --out autumn-2026
      zhiheng draw commit autumn-2026
      zhiheng plan arms autumn-2026
    """
