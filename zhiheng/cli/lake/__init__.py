"""zhiheng lake: state, checks, and tidying up; taking in and judging stand in `taking`."""

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import click

from zhiheng.cli import options, output
from zhiheng.cli.lake import taking
from zhiheng.daily import Place
from zhiheng.errors import NothingThereYet, StoreError
from zhiheng.evidence import lake as lakes
from zhiheng.evidence.lake import Commit, Lake, Snapshot
from zhiheng.evidence.snapshot import Workspace
from zhiheng.progress import Progress

TABLES = {"table": "table", "version": "version", "rows": "rows", "files": "files", "mb": "MB", "months": "months"}
COMMITS = {"number": "commit", "when": "when", "kind": "kind", "rows": "rows", "about": "about", "clock": "clock"}
MERGES = {"table": "table", "month": "month", "files": "files", "rows": "rows", "mb": "MB"}
MEGABYTE = 1_000_000
KEEP_DAYS = 30
SHOWN = 20

dataset = click.argument("dataset")
judged = click.option(
    "--judged",
    is_flag=True,
    help="The judgements in force instead of the evidence: what was judged when, under which law.",
)


@click.group(short_help="Large data sets: take in, judge, check, tidy up.")
def command() -> None:
    """Look after the lake of a data set: deliveries of results in tables that change together, commit by commit.

    \b
    Examples:
      zhiheng lake append nation deliveries/ --profile deliveries/profile.yaml
      zhiheng lake judge nation
      zhiheng lake status nation
      zhiheng lake history nation --last 5
      zhiheng lake verify nation --quick
      zhiheng lake compact nation --month 2025-04
      zhiheng lake vacuum nation --keep-days 30 --yes
    """


def opened(workspace: Workspace, name: str, *, judged: bool = False) -> Lake:
    """The lake of a data set, which must hold something, or the book of judgements in force."""
    root = workspace.root / "lake" / name
    if not (root / "commits").is_dir():
        raise NothingThereYet(
            f"there is no lake for the data set '{name}' in {workspace.root}; 'zhiheng lake append' makes one"
        )
    if not judged:
        return Lake(root)
    place = Place(workspace, name)
    if not place.current:
        raise NothingThereYet(
            f"nothing of '{name}' is judged yet; 'zhiheng lake judge {name}' makes a book of judgements"
        )
    return place.book(place.current["key"])


@command.command(short_help="What the lake holds.")
@dataset
@options.day("--at", "day", told="As it stood at the end of this day.")
@judged
@options.as_json
@options.workspace
def status(dataset: str, day: date | None, judged: bool, as_json: bool, workspace: Workspace) -> None:
    """Show the last commit and every table: version, rows, files, size, months.

    \b
    Examples:
      zhiheng lake status nation
      zhiheng lake status nation --at 2025-06-30 --json
      zhiheng lake status nation --judged --at 2026-11-22
    """
    lake = opened(workspace, dataset, judged=judged)
    body = state(lake, lake.at(day) if day else lake.snapshot())
    if as_json:
        output.echo_json(body)
        return
    click.echo(
        f"lake   {body['lake']}\ncommit {body['commit']} ({body['kind'] or 'empty'}) {body['when']} {body['clock']}\n"
    )
    click.echo(output.table(body["tables"], TABLES))


def state(lake: Lake, found: Snapshot) -> dict[str, Any]:
    """A snapshot for a reader."""
    tables = []
    for table, version in sorted(found.commit.versions.items()):
        paths, months = found.files(table), found.months(table)
        tables.append(
            {
                "table": table,
                "version": version,
                "rows": found.rows(table),
                "files": len(paths),
                "mb": sum(path.stat().st_size for path in paths) / MEGABYTE,
                "months": f"{months[0]} to {months[-1]}" if months else "",
            }
        )
    commit = found.commit
    told = {"commit": commit.number, "kind": commit.kind, "when": commit.when, "clock": commit.clock}
    return {"lake": str(lake.root), **told, "tables": tables}


@command.command(short_help="The commits of the lake.")
@dataset
@click.option("--last", type=click.IntRange(min=1), default=SHOWN, show_default=True, help="So many, the newest first.")
@judged
@options.as_json
@options.workspace
def history(dataset: str, last: int, judged: bool, as_json: bool, workspace: Workspace) -> None:
    """Show what was done to the lake, the newest first.

    \b
    Examples:
      zhiheng lake history nation
      zhiheng lake history nation --last 100 --json
      zhiheng lake history nation --judged
    """
    lake = opened(workspace, dataset, judged=judged)
    newest = lake.snapshot().number
    commits = [lake.chain.load(number) for number in range(newest, max(newest - last, 0), -1)]
    if as_json:
        output.echo_json([asdict(commit) for commit in commits])
    else:
        click.echo(output.table([line(commit) for commit in commits], COMMITS))


def line(commit: Commit) -> dict[str, Any]:
    """A commit as a line: the rows that it brought, and what its writer said of it."""
    said = {key: value for key, value in commit.about.items() if key != "digests"}
    return {
        "number": commit.number,
        "when": commit.when[:19],
        "kind": commit.kind,
        "rows": sum(file.rows for files in commit.added.values() for file in files),
        "about": ", ".join(f"{key} {value}" for key, value in said.items()),
        "clock": commit.clock,
    }


@command.command(short_help="Check every commit, file and row.")
@dataset
@click.option(
    "--quick", is_flag=True, help="Leave the content of the files out: only chain, logs, sizes and row counts."
)
@judged
@options.log
@options.as_json
@options.workspace
def verify(dataset: str, quick: bool, judged: bool, log: Path | None, as_json: bool, workspace: Workspace) -> None:
    """Check the chain of commits, the log of every table, and every file; with exit code 5 when something is wrong.

    Without --quick every row is read again and compared with the digest that was taken when it was written.

    \b
    Examples:
      zhiheng lake verify nation
      zhiheng lake verify nation --quick --json
      zhiheng lake verify nation --judged
    """
    lake = opened(workspace, dataset, judged=judged)
    again = f"zhiheng lake verify {dataset}{' --quick' if quick else ''}{' --judged' if judged else ''} (from the beginning; nothing was changed)"
    with Progress(log=log) as progress, progress.step("checking", unit="files", resume=again) as step:

        def done(_: int, total: int) -> None:
            step.total = total
            step.advance()

        report = lakes.verify(lake, quick=quick, done=done)
    if as_json:
        output.echo_json(report.body)
    else:
        click.echo(
            f"commit {report.commit:,}: {report.tables} tables, {report.files:,} files, {report.size / MEGABYTE:,.1f} MB, "
            f"{report.rows:,} rows; content {'not read' if quick else 'read'}; {len(report.faults)} faults"
        )
        if report.faults:
            click.echo("\n".join(str(fault) for fault in report.faults))
    if report.faults:
        raise StoreError(f"the lake {dataset} is damaged in {len(report.faults)} places, named above with what to do")


@command.command(short_help="Merge the small files of a month.")
@dataset
@click.option("--month", "months", multiple=True, metavar="YYYY-MM", help="Only this month; may be given again.")
@click.option("--dry-run", is_flag=True, help="Say what would be merged, and write nothing.")
@options.log
@options.as_json
@options.workspace
def compact(
    dataset: str, months: tuple[str, ...], dry_run: bool, log: Path | None, as_json: bool, workspace: Workspace
) -> None:
    """Merge small files of a month into large ones; rows, their order and their digests stay. Old files stay until vacuum.

    \b
    Examples:
      zhiheng lake compact nation --dry-run
      zhiheng lake compact nation --month 2025-04 --month 2025-05
    """
    lake, chosen = opened(workspace, dataset), months or None
    due = lakes.planned(lake, lakes.Inventory().follow(lake.chain), months=chosen)
    if not dry_run and due:
        resume = f"zhiheng lake compact {dataset}"
        with (
            Progress(log=log) as progress,
            progress.step("merging", total=len(due), unit="files", resume=resume) as step,
        ):
            due = lakes.compact(lake, months=chosen, done=lambda _: step.advance())
    rows = [
        {"table": one.table, "month": one.month, "files": len(one.files), "rows": one.rows, "mb": one.size / MEGABYTE}
        for one in due
    ]
    if as_json:
        output.echo_json({"dry_run": dry_run, "merges": rows})
    else:
        click.echo(output.table(rows, MERGES) if rows else "Nothing to merge.")


@command.command(short_help="Remove files that no kept commit names.")
@dataset
@click.option(
    "--keep-days",
    type=click.IntRange(min=0),
    default=KEEP_DAYS,
    show_default=True,
    help="Keep what the commits of so many days name; pinned commits and those being read are always kept.",
)
@click.option("--yes", is_flag=True, help="Do it; without this, only say what would go.")
@options.as_json
@options.workspace
def vacuum(dataset: str, keep_days: int, yes: bool, as_json: bool, workspace: Workspace) -> None:
    """Remove old files, and what interrupted writers left; commits whose files go can no longer be read.

    \b
    Examples:
      zhiheng lake vacuum nation
      zhiheng lake vacuum nation --keep-days 90 --yes
    """
    found = lakes.vacuum(opened(workspace, dataset), keep_days=keep_days, dry=not yes)
    if as_json:
        output.echo_json({"dry_run": not yes, **asdict(found)})
        return
    runs = ", ".join(str(first) if first == last else f"{first} to {last}" for first, last in found.commits)
    click.echo(
        f"{found.files:,} files, {found.size / MEGABYTE:,.1f} MB {'removed' if yes else 'would go'}"
        + (f"; commits {runs} {'can' if yes else 'could'} no longer be read" if runs else "")
        + ("" if yes else "; do it with --yes")
    )


command.add_command(taking.append)
command.add_command(taking.judge)
