"""The command line. Each command is one module, read only when it is called, so that help comes at once."""

import sys

import click

from zhiheng import __version__
from zhiheng.cli.groups import Lazy
from zhiheng.errors import ZhihengError

__all__ = ["main", "program"]

INTERRUPTED = 130
# section → command → one line; a test holds these lines against the commands themselves
COMMANDS = {
    "The loop": {
        "run": "Run the whole loop once on the example data.",
        "intake": "Take a file into the workspace by its profile.",
        "assess": "Judge one file without a workspace.",
        "simulate": "Make a country that does not exist, with known truth.",
    },
    "Look": {
        "status": "What the workspace holds.",
        "rates": "Counts and rates by one dimension.",
        "trend": "What moved a rate between two periods.",
        "ranking": "Units beside one another, with the uncertainty of their ranks.",
        "chart": "Control charts of your own process data.",
        "signals": "Series that somebody should look at.",
        "signal": "Signals as work: inbox, triage, sources, evaluation, product risk.",
        "plan": "Plans of inspections: propose, make, check, tell the arms apart.",
        "explain": "Take a figure apart: formula, counts, rules, files.",
        "rule": "A rule as it stood on a day, or a list of rules.",
        "unplaced": "What no rule could judge, and why.",
    },
    "Risk": {
        "risk": "Risk models: fit, score, judge, back-test.",
    },
    "Draw": {
        "draw": "A draw that anyone can compute again: commit, reveal, run, verify.",
    },
    "Sampling": {
        "sampling": "Sampling plans: for a lot, from risks, their curves, switching.",
        "form": "Sampling forms: check, print, give out task links, take in, custody.",
    },
    "Casework": {
        "clock": "A deadline that explains itself, or the clock of a case.",
        "account": "Accounts: make, list, lock, reset.",
        "register": "The register: import, export, duplicates, backup, restore, retention.",
        "audit": "The audit: every act as an event, with a check that finds any alteration.",
        "remind": "Remind of deadlines, let lapse what is over, send the mails.",
    },
    "Publish": {
        "serve": "Serve the pages and the API on this machine.",
        "bulletin": "Write the bulletin of a data set.",
        "export": "Write a list as CSV, XLSX or Parquet.",
    },
    "Large data": {
        "lake": "Large data sets: take in, judge, check, tidy up.",
        "replay": "Who would change verdict under other rules.",
        "cluster": "Start, stop or look at a Spark cluster on this machine.",
    },
    "Shell": {
        "completion": "Print the completion script of a shell.",
    },
}
EXAMPLES = """\b
Examples:
  zhiheng run --serve
  zhiheng assess results.xlsx --on 2026-09-28 --out findings.csv
  zhiheng intake september.csv --profile laboratory.yaml
  zhiheng rule us/cpsia/toys-lead --on 2018-10-28
  zhiheng clock product-sampling/objection --from 2026-09-16
  zhiheng rates nyc_metals --by product_type
  zhiheng explain 'nyc_metals/rate?product_type=Food-Spice&force=guidance'

\b
What is printed goes to standard output, progress and errors to standard error;
every command that prints a table prints JSON with --json. Exit codes: 0 done,
2 the call, 3 a file or unit, 4 a rule, 5 the workspace, 6 a statistic,
7 a cluster, 8 a draw, 9 a sampling form, 10 the triage of a signal,
11 the register, 130 stopped.
"""


class Program(Lazy):
    """The program: an unknown command is told with the nearest names."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that was meant."""
        name = args[0]
        if name not in self.list_commands(ctx) and not name.startswith("-") and not ctx.resilient_parsing:
            raise click.exceptions.NoSuchCommand(name, possibilities=self.list_commands(ctx), ctx=ctx)
        return super().resolve_command(ctx, args)


@click.group(
    cls=Program,
    package="zhiheng.cli",
    sections=COMMANDS,
    epilog=EXAMPLES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--home",
    metavar="DIR",
    envvar="ZHIHENG_HOME",
    default="var",
    show_default=True,
    help="The workspace; ZHIHENG_HOME says the same.",
)
@click.version_option(__version__, "-V", "--version", message="zhiheng %(version)s")
@click.pass_context
def program(context: click.Context, home: str) -> None:
    """Zhiheng (质衡) judges test results of products by the rules of their day, and says why.

    It reads files as they come, keeps them whole, finds for each result the rule that held on
    its day, gives a verdict with its reason, counts, watches, and proposes what to inspect next.
    """
    context.obj = home


def main() -> None:
    """Run the command line and end with its exit code."""
    sys.exit(called(sys.argv[1:]))


def called(arguments: list[str]) -> int:
    """The exit code of a call; an error that was written for readers is told as one paragraph."""
    try:
        program.main(arguments, prog_name="zhiheng", standalone_mode=False)
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return stopped()
    except RuntimeError as error:
        # what the engine makes of Ctrl-C in the middle of a query
        if str(error) != "Query interrupted":
            raise
        return stopped()
    except ZhihengError as error:
        click.echo(f"Error: {error}", err=True)
        return error.exit_code
    return 0


def stopped() -> int:
    """The exit code of a command that was stopped."""
    click.echo("Stopped. What was finished is kept.", err=True)
    return INTERRUPTED
