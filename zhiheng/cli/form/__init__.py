"""zhiheng form: forms and files; what needs the workspace stands in `kept`."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import click

from zhiheng.cli import options, output
from zhiheng.cli.form import kept
from zhiheng.errors import FormRefused, UsageError
from zhiheng.reports import sampling_form
from zhiheng.selection import form as forms
from zhiheng.selection.form import Fault, Filled

FILE = click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
OUT = click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="A .pdf file.")
LANGUAGE = click.option(
    "--language", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="The language of the sheet."
)
LISTED = {"key": "form", "zh": "名称", "fields": "fields", "checks": "checks", "source": "source"}
FAULTS = {"grade": "grade", "fields": "fields", "what": "what", "remedy": "what to do", "source": "source"}


@click.group(short_help="Sampling forms: check, print, give out task links, take in, custody.")
def command() -> None:
    """Sampling forms (抽样单): what they ask, whether a filled one holds, on paper, over a task link, and where the samples are.

    A filled form is a JSON file with form, uuid, serial and fields; examples/forms has one.

    \b
    Examples:
      zhiheng form list
      zhiheng form check mine.json
      zhiheng form blank sampling-food --out blank.pdf
      zhiheng form issue --officer 王一 --task T-2026-11 --form sampling-food --region 440106
      zhiheng form received
      zhiheng form custody P440106-26-000-001-C
    """


@command.command("list", short_help="The forms that there are.")
@options.as_json
def listed(as_json: bool) -> None:
    """Show every form with its number of fields and checks, and the act that it follows.

    \b
    Examples:
      zhiheng form list
    """
    today, rows = date.today(), []
    for key in forms.FORMS:
        found = forms.read(key, on=today)
        told = {"key": key, **found.title, "fields": len(found.fields), "checks": len(found.checks)}
        rows.append(told | {"source": found.cite["act"], "standing": found.standing})
    output.echo_json(rows) if as_json else click.echo(output.table(rows, LISTED | {"standing": "standing"}))


@command.command("check", short_help="Whether a filled form holds, and what to do where it does not.")
@FILE
@options.as_json
def check(file: Path, as_json: bool) -> None:
    """Check FILE as the site would before it takes it in: every fault with field, why, remedy and source.

    \b
    Examples:
      zhiheng form check mine.json
      zhiheng form check mine.json --json
    """
    filled = forms.load(file)
    found = forms.judged(filled, today=date.today())
    stopping = forms.stops(found)
    if as_json:
        output.echo_json({"serial": filled.serial, "holds": not stopping, "faults": [one.told() for one in found]})
    else:
        click.echo(
            output.table(shown(found), FAULTS) if found else "The form holds: nothing is missing or contradicts itself."
        )
    if stopping:
        raise FormRefused(f"{file.name}: {len(stopping)} faults, so it would not be accepted")


def shown(found: Sequence[Fault]) -> list[dict[str, str]]:
    """Faults as lines."""
    return [
        {
            "grade": one.grade,
            "fields": ", ".join(one.fields),
            "what": f"{one.zh} · {one.en}",
            "remedy": f"{one.remedy['zh']} · {one.remedy['en']}",
            "source": f"{one.cite['act']} {one.cite['at']}" + ("" if one.cite["checked"] else " (not verified)"),
        }
        for one in found
    ]


@command.command("print", short_help="A filled form as PDF.")
@FILE
@OUT
@LANGUAGE
def printed(file: Path, out: Path, language: str) -> None:
    """Set FILE in the customary layout with its QR code; a form with faults is printed too, and its faults are told.

    \b
    Examples:
      zhiheng form print mine.json --out mine.pdf
    """
    filled = forms.load(file)
    written(out, sampling_form.pdf(edition(filled), filled, language))
    if found := forms.stops(forms.judged(filled, today=date.today())):
        click.echo(f"It has {len(found)} faults: 'zhiheng form check {file}' tells them.", err=True)


@command.command("labels", short_help="The labels of the samples as PDF.")
@FILE
@OUT
@LANGUAGE
def labels(file: Path, out: Path, language: str) -> None:
    """Set a label with QR code for each sealed sample of FILE.

    \b
    Examples:
      zhiheng form labels mine.json --out labels.pdf
    """
    filled = forms.load(file)
    written(out, sampling_form.labels(edition(filled), filled, language))


@command.command("blank", short_help="An empty form as PDF, to write on by hand.")
@click.argument("key", type=click.Choice(forms.FORMS))
@OUT
@LANGUAGE
def blank(key: str, out: Path, language: str) -> None:
    """Set the empty form KEY.

    \b
    Examples:
      zhiheng form blank sampling-product --out blank.pdf
    """
    written(out, sampling_form.pdf(forms.read(key, on=date.today()), None, language))


def edition(filled: Filled) -> forms.Form:
    """The form as it stood on the day of a filled one."""
    return forms.edition(filled, today=date.today())


def written(out: Path, body: bytes) -> None:
    """Write a PDF and say where."""
    if out.suffix != ".pdf":
        raise UsageError(f"--out {out.name}: does not end in .pdf")
    if not out.resolve().parent.is_dir():
        raise UsageError(f"--out {out}: the folder does not exist; make it first")
    out.write_bytes(body)
    click.echo(f"{out} is written.")


for one in kept.COMMANDS:
    command.add_command(one)
