"""zhiheng draw"""

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from zhiheng import rules
from zhiheng.cli import options, output
from zhiheng.errors import DrawTampered, UsageError
from zhiheng.selection import ceremony, commitment, draw, verification


def placed(context: click.Context, _: click.Parameter, value: str) -> Path:
    """The folder of a draw: as it is named, or of this name in draws/ of the workspace."""
    home = Path(context.find_root().obj or "var") / ceremony.FOLDER / value
    found = next((path for path in (Path(value), home) if path.is_dir()), None)
    if found is None:
        raise UsageError(
            f"there is no folder {value}, and none of that name in {home.parent}: make one for plan and lists"
        )
    return found


FOLDER = click.argument("folder", callback=placed)


@click.group(short_help="A draw that anyone can compute again: commit, reveal, run, verify.")
def command() -> None:
    """Draw targets and inspectors so that anybody can compute the draw again (双随机、一公开).

    A folder holds plan.json, targets.csv (or .parquet) and, where inspectors are drawn too, inspectors.csv,
    recusals.csv and earlier.csv. Commit freezes it before the seed can be known; publish the checksum that
    it prints. docs/explanation/verifiable-draws.md is the specification; docs/verify_draw.py checks a folder
    with nothing but Python. A folder in draws/ of the workspace is called by its name alone, and has a page.

    \b
    Examples:
      zhiheng draw commit autumn-2026
      zhiheng draw reveal autumn-2026 --beacon round.json
      zhiheng draw run autumn-2026
      zhiheng draw verify autumn-2026 --published 9c1f…
    """


@command.command("commit", short_help="Freeze lists and plan before the seed can be known.")
@FOLDER
@click.option(
    "--at",
    type=click.DateTime(["%Y-%m-%dT%H:%M:%S"]),
    default=None,
    metavar="TIME",
    help="The moment of commitment in UTC, for looking at a past draw; now if left out.",
)
@options.as_json
def commit(folder: Path, at: datetime | None, as_json: bool) -> None:
    """Check plan and lists of FOLDER, write the canonical list and manifest.json, print the checksum to publish.

    \b
    Examples:
      zhiheng draw commit autumn-2026
    """
    moment = time.time() if at is None else at.replace(tzinfo=UTC).timestamp()
    day = datetime.fromtimestamp(moment, UTC).date()
    made = commitment.commit(folder, at=moment, terms=rules.settings("draw", on=day))
    body = {
        "manifest_sha256": made.digest,
        "units": made.body["units"],
        "strata": len(made.strata),
        "draw": sum(made.n),
    }
    said(
        body,
        f"{body['draw']:,} of {body['units']:,} in {body['strata']:,} strata will be drawn.\n"
        f"Publish this before the seed can be known:\n{made.digest}  manifest.json",
        as_json=as_json,
    )


@command.command("reveal", short_help="Bring in the public randomness that the plan names.")
@FOLDER
@click.option("--beacon", type=click.Path(path_type=Path), help="A drand round as the relays give it (JSON).")
@click.option("--values", metavar="JSON", help="Numbers of the plan's sources, a list each: [[9319],[2,5,12]].")
@click.option("--party", help="The party that reveals.")
@click.option("--secret", help="Its secret in hexadecimal digits.")
@options.as_json
def reveal(
    folder: Path, beacon: Path | None, values: str | None, party: str | None, secret: str | None, as_json: bool
) -> None:
    """Write seed.json of FOLDER after its proof has been checked; there is no second try.

    \b
    Examples:
      zhiheng draw reveal autumn-2026 --beacon round.json
      zhiheng draw reveal autumn-2026 --values '[[9319],[2,5,8,10,12]]'
      zhiheng draw reveal autumn-2026 --party 消委会 --secret 8f0c…
    """
    path = draw.reveal(folder, given(beacon, values, party, secret))
    said({"seed": str(path)}, f"{path} holds what the plan asked for.", as_json=as_json)


@command.command("run", short_help="Draw, assign, and write the outcome.")
@FOLDER
@options.as_json
def run(folder: Path, as_json: bool) -> None:
    """Draw from the frozen list of FOLDER, assign inspectors where there are any, write outcome.csv and outcome.json.

    \b
    Examples:
      zhiheng draw run autumn-2026
    """
    body = json.loads(draw.run(folder).body)
    said(body, f"{body['drawn']:,} drawn; see {folder / draw.TABLE}.\nseed {body['seed']}", as_json=as_json)


@command.command("verify", short_help="Compute a draw again and name every file that does not hold.")
@FOLDER
@click.option(
    "--published", default="", metavar="SHA256", help="The checksum of manifest.json published before the draw."
)
@options.as_json
def verify(folder: Path, published: str, as_json: bool) -> None:
    """Compute the draw of FOLDER again from list, plan and seed, and compare every byte.

    \b
    Examples:
      zhiheng draw verify autumn-2026
      zhiheng draw verify autumn-2026 --published 9c1f… --json
    """
    faults = [entry.__dict__ for entry in verification.verify(folder, published=published)]
    drawn = (folder / draw.OUTCOME).exists()
    if as_json:
        output.echo_json({"holds": not faults, "drawn": drawn, "faults": faults})
    elif faults:
        click.echo("\n".join(f"{entry['file']}: {entry['what']}" for entry in faults))
    else:
        told = "the outcome is what list, plan and seed give" if drawn else "nothing is drawn yet; the commitment holds"
        click.echo(f"Everything holds: {told}.")
    if faults:
        raise DrawTampered(
            f"{folder}: the draw does not hold, {len(faults)} of its files or entries are not as committed or drawn"
        )


def given(beacon: Path | None, values: str | None, party: str | None, secret: str | None) -> dict[str, Any]:
    """What is revealed, of one of the three kinds."""
    if sum(word is not None for word in (beacon, values, party)) != 1 or (party is None) != (secret is None):
        raise UsageError("say one of --beacon FILE, --values JSON, or --party NAME with --secret DIGITS")
    if party is not None:
        return {"secrets": {party: secret}}
    try:
        found = json.loads(values if beacon is None else beacon.read_text(encoding="utf-8"))  # type: ignore[arg-type]
    except (OSError, ValueError) as error:
        raise UsageError(f"{beacon or '--values'}: not JSON that can be read: {error}") from error
    if beacon is None:
        return {"values": found}
    if not isinstance(found, dict):
        raise UsageError(f"{beacon}: a beacon is an object with round and signature: save it as drand gives it")
    return found


def said(body: dict[str, Any], text: str, *, as_json: bool) -> None:
    """The same as JSON or for a reader."""
    output.echo_json(body) if as_json else click.echo(text)
