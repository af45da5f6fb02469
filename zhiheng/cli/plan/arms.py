"""zhiheng plan arms"""

from collections import Counter
from pathlib import Path

import click

from zhiheng.cli import options, output
from zhiheng.selection.plan import attribution


@click.command("arms", short_help="Tell the random from the targeted arm after the draw.")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@options.as_json
def command(folder: Path, as_json: bool) -> None:
    """Write arms.csv of FOLDER: every drawn target with its arm, probability and weight, from the draw's own seed.

    \b
    Examples:
      zhiheng plan arms autumn-2026
    """
    rows = attribution.write(folder)
    if as_json:
        output.echo_json(rows)
        return
    counts = Counter(row["arm"] for row in rows)
    click.echo(f"{counts['random']:,} random, {counts['targeted']:,} targeted; see {folder / attribution.ARMS}.")
