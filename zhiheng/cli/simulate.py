"""zhiheng simulate"""

import re
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from zhiheng.cli import options, output
from zhiheng.errors import UsageError
from zhiheng.simulation import Nation, simulate

PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%")
SHOWN = {"count": "", "n": "number"}


@click.group("simulate", short_help="Make a country that does not exist, with known truth.")
def command() -> None:
    """Make data that nobody reported: for trying the lake, for training, and to score estimates and alarms.

    \b
    Examples:
      zhiheng simulate nation --out nation-1pct --size 1%
    """


@command.command("nation", short_help="Daily deliveries of a simulated nation, and the truth behind them.")
@click.option(
    "--out", metavar="DIR", type=click.Path(path_type=Path), required=True, help="Where the days are written."
)
@click.option("--size", default="1%", show_default=True, help="How much of a nation: 100% is 4.56 million batches.")
@click.option("--seed", type=int, default=7, show_default=True, help="The same seed gives the same country.")
@click.option("--start", metavar="DAY", default="2025-04-01", show_default=True, help="The first day of receipt.")
@click.option("--days", type=int, default=275, show_default=True, help="How many days of receipt there are.")
@click.option("--from-day", metavar="DAY", default="", help="Write only from this day on.")
@click.option("--to-day", metavar="DAY", default="", help="Write only up to this day.")
@click.option("--force", is_flag=True, help="Make days again that are already there.")
@click.option("--progress", is_flag=True, help="Say on standard error how far it is.")
@options.as_json
def nation(
    out: Path,
    size: str,
    seed: int,
    start: str,
    days: int,
    from_day: str,
    to_day: str,
    force: bool,
    progress: bool,
    as_json: bool,
) -> None:
    """Write one folder a day of receipt, and the folder truth.

    A run that was stopped goes on where it stopped. Days made apart, with --from-day and --to-day, are the same as days
    made in one run: on several cores run several slices at once into the same folder.

    \b
    Examples:
      zhiheng simulate nation --out nation-1pct --size 1% --progress
      zhiheng simulate nation --out june --size 10% --from-day 2025-06-01 --to-day 2025-06-30
    """
    wanted = Nation(seed, share(size), a_day("--start", start), days)
    first = (a_day("--from-day", from_day) - wanted.start).days if from_day else 0
    last = (a_day("--to-day", to_day) - wanted.start).days if to_day else None
    say = output.progress() if progress else lambda _: None
    found = simulate(wanted, out, first=first, last=last, again=force, say=say)
    del found["settings"]
    if as_json:
        output.echo_json(found)
    else:
        click.echo(told(found, out))


def share(text: str) -> float:
    """A percentage as a share.

    >>> share("0.1%")
    0.001
    """
    found = PERCENT.fullmatch(text.strip())
    if found is None:
        raise UsageError(f"--size '{text[:40]}': write a percentage, such as 1%")
    return float(found[1]) / 100


def a_day(option: str, text: str) -> date:
    """A day of an option."""
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError as error:
        raise UsageError(f"{option}: '{text[:40]}' is not a day; write it as 2025-04-01") from error


def told(found: dict[str, Any], out: Path) -> str:
    """What was made, for the terminal."""
    lines = [
        f"{out}: {found['days_written']} of {found['days']} days, {found['failing_share']:.2%} of reports fail, "
        f"{found['results_per_report']:.1f} results a report, {found['ruled_share']:.1%} of results have a rule",
        output.table([{"count": name.replace("_", " "), "n": n} for name, n in found["counts"].items()], SHOWN),
    ]
    return "\n".join(lines)
