"""zhiheng intake"""

import sys
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import click

from zhiheng import loop, rules
from zhiheng.cli import options, output, profiles
from zhiheng.cli.run import told
from zhiheng.errors import UsageError
from zhiheng.evidence import intake
from zhiheng.evidence.profile import Profile
from zhiheng.evidence.snapshot import Workspace


@click.command(short_help="Take a file into the workspace by its profile.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--profile",
    "-p",
    "profile_name",
    required=True,
    metavar="PROFILE",
    help="A profile.yaml, a folder that has one, or 'plain' for columns with our own names.",
)
@click.option("--yes", "-y", is_flag=True, help="Write without asking; needed where nobody can be asked.")
@click.option("--dry-run", is_flag=True, help="Say what would be taken in, and write nothing.")
@options.as_json
@options.workspace
def command(file: Path, profile_name: str, yes: bool, dry_run: bool, as_json: bool, workspace: Workspace) -> None:
    """Take FILE in: say first what is understood of it, then write it, then judge its data set again.

    Rows that cannot be taken are kept with their reason. Taking the same file in twice changes nothing.

    \b
    Examples:
      zhiheng intake september.csv --profile laboratory.yaml
      zhiheng intake september.csv --profile laboratory.yaml --dry-run
      zhiheng intake september.xlsx --profile plain --yes
    """
    known = profiles.chosen(profile_name, file)
    if not yes and not dry_run and not sys.stdin.isatty():
        raise UsageError(
            f"{file.name}: nobody can be asked here, so nothing was written; say --yes to write, or --dry-run to look"
        )
    if not yes:
        outcome = take(file, known=known, workspace=workspace, dry=True)
        if dry_run or not outcome.changed:
            report(outcome, as_json=as_json, summary=None)
            return
        click.echo(explained(outcome), err=as_json)
        click.confirm(f"Write this to {workspace.root}?", abort=True, err=as_json)
    outcome = take(file, known=known, workspace=workspace, dry=False)
    summary = loop.conclude(known.name, workspace=workspace, today=date.today(), say=output.progress())
    report(outcome, as_json=as_json, summary=summary)


def take(file: Path, *, known: Profile, workspace: Workspace, dry: bool) -> intake.Outcome:
    """One intake, or a look at what it would do."""
    return intake.intake(
        file, profile=known, workspace=workspace, analytes=rules.analytes(), dry=dry, say=output.progress()
    )


def explained(outcome: intake.Outcome) -> str:
    """What was understood of a file, and what it gives."""
    part = outcome.part
    lines = [f"{part.file}:", *(f"  {line}" for line in outcome.understood)]
    lines.append(f"  {output.received(asdict(part))}")
    return "\n".join([*lines, *(f"  rejected, {code}: {n:,}" for code, n in outcome.codes.items())])


def report(outcome: intake.Outcome, *, as_json: bool, summary: dict[str, Any] | None) -> None:
    """What an intake did, and the counts that followed."""
    if as_json:
        output.echo_json(
            {
                "part": asdict(outcome.part),
                "changed": outcome.changed,
                "written": summary is not None,
                "understood": list(outcome.understood),
                "rejected": outcome.codes,
                "summary": summary,
            }
        )
        return
    click.echo(explained(outcome))
    click.echo(f"\n{told(summary)}" if summary else "Nothing was written.")
