"""zhiheng register import."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from zhiheng.cli import options, output
from zhiheng.cli.register import reached

COUNTS = {"outcome": "outcome", "rows": "rows", "means": "means"}
MEANS = {
    "new": "registered",
    "changed": "matched, fields changed",
    "same": "matched, nothing to change",
    "likely": "held back: may be registered already",
    "rejected": "turned away, see rejected.csv",
}
FAULTS = {"row": "row", "column": "column", "value": "value", "what": "what is wrong", "remedy": "what to do"}


@click.command("import", short_help="Take organisations in from a file, after a preview.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option(
    "--apply", "apply_", is_flag=True, help="Do it, exactly as previewed; without it only the preview is made."
)
@click.option("--add-likely", is_flag=True, help="Register rows too that may be there already under a similar name.")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="The day whose divisions and industries hold; today.")
@options.as_json
@click.pass_obj
def command(home: str, file: Path, apply_: bool, add_likely: bool, on: datetime | None, as_json: bool) -> None:
    """Preview FILE (.csv or .xlsx), and with --apply do what the preview says.

    Columns are found by their header, in Chinese or English: 统一社会信用代码, 单位名称, 行政区划代码, 行业代码, 地址, 联系电话 …
    Rows are matched by credit code, else by name and place; an empty cell changes nothing. The preview is kept in the
    workspace under imports/, with the rejected rows and why, and the rows that were held back.

    \b
    Examples:
      zhiheng register import firms.csv
      zhiheng register import firms.xlsx --apply
      zhiheng register import held.csv --add-likely --apply
    """
    imports = reached.part(home, "parties.imports")
    say = output.progress()
    day = on.date() if on else date.today()
    say(f"reading {file.name} and comparing it with the register")
    found, place = imports.kept(Path(home).resolve(), file, name=file.name, on=day, add_likely=add_likely)
    done = None
    if apply_:
        importing = reached.part(home, "acts.importing")
        done = importing.apply(Path(home).resolve(), found.digest, by=None, at=datetime.now(UTC), say=say)
    if as_json:
        body = {"digest": found.digest, "counts": found.counts, "folder": str(place)}
        output.echo_json(body | {"applied": done.__dict__ if done else None})
        return
    click.echo(
        output.table([{"outcome": name, "rows": n, "means": MEANS[name]} for name, n in found.counts.items()], COUNTS)
    )
    if rejected := first(found):
        click.echo("\n" + output.table(rejected, FAULTS))
    click.echo(f"\nPreview {found.digest[:16]} is kept in {place}.")
    click.echo(outcome(done, file))


def first(found: Any, most: int = 10) -> list[dict[str, Any]]:
    """The first faults."""
    rows = [
        {
            "row": line.row,
            "column": fault.field,
            "value": fault.value,
            "what": fault.said()[0],
            "remedy": fault.said()[1],
        }
        for line in found.lines
        for fault in line.faults
    ]
    return rows[:most]


def outcome(done: Any, file: Path) -> str:
    """What was done, or how to do it."""
    if done is None:
        return f"Nothing was written yet. Do it with: zhiheng register import {file} --apply"
    if done.before:
        return "This very import was done before; nothing was written now."
    return f"{done.new:,} organisations are registered, {done.changed:,} changed."
