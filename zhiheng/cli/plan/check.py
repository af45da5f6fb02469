"""zhiheng plan check"""

from datetime import date
from pathlib import Path

import click

from zhiheng import rules
from zhiheng.cli import options, output
from zhiheng.errors import DrawTampered
from zhiheng.selection.plan import folder as folders


@click.command("check", short_help="Compute a plan again from its own files.")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@options.as_json
def command(folder: Path, as_json: bool) -> None:
    """Plan once more from the list, scores and terms in FOLDER, and compare every file byte by byte.

    \b
    Examples:
      zhiheng plan check autumn-2026
    """
    held = folders.read_terms(folder)["terms"]
    faults = folders.again(folder, rules.programme(held["programme"], on=date.fromisoformat(held["on"])))
    if as_json:
        output.echo_json({"holds": not faults, "faults": faults})
    elif faults:
        click.echo("\n".join(faults))
    else:
        click.echo("Everything holds: the plan is what its list and terms give.")
    if faults:
        raise DrawTampered(f"{folder}: {len(faults)} of its files are not what its list and terms give")
