"""zhiheng bulletin"""

from pathlib import Path

import click

from zhiheng.cli import options
from zhiheng.errors import UsageError
from zhiheng.reports import Shelf, bulletin


@click.command(short_help="Write the bulletin of a data set.")
@click.argument("dataset")
@click.option(
    "--language", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="The language of the bulletin."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=None,
    help="A .html or .pdf file; DATASET.LANGUAGE.html here if left out.",
)
@click.option(
    "--data",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="Also write the data behind each chart into this folder, as CSV, XLSX and Parquet.",
)
@options.shelf
def command(dataset: str, language: str, out: Path | None, folder: Path | None, shelf: Shelf) -> None:
    """Write the bulletin of DATASET: what was tested, what failed, by which rules, and what cannot be said.

    \b
    Examples:
      zhiheng bulletin cn_food_2026
      zhiheng bulletin usgs_inl_water --language en --out water.pdf
      zhiheng bulletin cn_food_2026 --data charts
    """
    target = out or Path(f"{dataset}.{language}.html")
    if target.suffix not in (".html", ".pdf"):
        raise UsageError(f"--out {target.name}: ends in neither .html nor .pdf")
    if not target.resolve().parent.is_dir():
        raise UsageError(f"--out {target}: the folder does not exist; make it first")
    if target.suffix == ".pdf":
        target.write_bytes(bulletin.pdf(shelf, dataset, language))
    else:
        target.write_text(bulletin.html(shelf, dataset, language), encoding="utf-8")
    click.echo(f"The bulletin is in {target}.")
    if folder is not None:
        made = bulletin.files(shelf, dataset, language, folder)
        click.echo(f"The data behind its charts are {len(made)} files in {folder}.")
