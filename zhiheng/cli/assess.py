"""zhiheng assess"""

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import click
import ibis.expr.types as ir

from zhiheng import decision, loop, rules
from zhiheng.cli import options, output, profiles
from zhiheng.engines import AnyEngine
from zhiheng.errors import UsageError
from zhiheng.evidence import intake
from zhiheng.evidence.profile import Profile
from zhiheng.reports import files

SHOWN = {
    "sample_id": "sample",
    "product_name": "product",
    "analyte": "test item",
    "printed": "result",
    "rule_text": "limit",
    "reason": "reason",
    "citation": "source",
}
MOST = 10


@dataclass(frozen=True)
class Call:
    """What is to be judged, and how."""

    path: Path
    profile: Profile
    on: date | str | None
    decision: str
    out: Path | None


@click.command(short_help="Judge one file without a workspace.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--profile",
    "-p",
    "profile_name",
    default=profiles.PLAIN,
    show_default=True,
    metavar="PROFILE",
    help="A profile.yaml or a folder that has one; 'plain' reads columns with our own names.",
)
@click.option(
    "--on",
    metavar="DAY",
    default="",
    help="Judge by the rules of this day, or 'each-day' for those of each result's own day.",
)
@click.option(
    "--decision",
    "rule",
    type=click.Choice(["simple", "guarded"]),
    default=None,
    help="How measurement uncertainty enters (JCGM 106); as each rule says if left out.",
)
@click.option(
    "--rules",
    "families",
    multiple=True,
    metavar="FAMILY",
    help="Only these families of rules, such as cn/gb2762; may be repeated.",
)
@click.option("--scheme", default="", help="The category scheme of product_type, where it is not the profile's.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=None,
    help="Write every finding to this .csv, .xlsx or .parquet file.",
)
@options.as_json
def command(
    file: Path,
    profile_name: str,
    on: str,
    rule: str | None,
    families: tuple[str, ...],
    scheme: str,
    out: Path | None,
    as_json: bool,
) -> None:
    """Judge the results in FILE by the rules of a day; no workspace, no account, no network.

    Without a profile FILE needs the columns analyte and value, and best also product_type, product_name, unit and
    sampled_on (or their labels in Chinese or English). With --rules of one category scheme, product_type is read in
    that scheme. Whatever cannot be judged is said, with the reason.

    \b
    Examples:
      zhiheng assess results.csv --on 2026-09-28
      zhiheng assess results.xlsx --on each-day --rules cn/gb2762 --out findings.xlsx
      zhiheng assess samples.csv.gz --profile examples/data/usgs_inl_water --on each-day --decision simple
    """
    if out is not None:
        writable(out)
    plain = profile_name == profiles.PLAIN
    day = a_day(on, needed=plain)
    known = narrowed(profiles.chosen(profile_name, file), families=families, scheme=scheme, plain=plain)
    found = assessed(Call(file, known, day, rule or "", out))
    if as_json:
        output.echo_json(found)
    else:
        click.echo(told(found))


def a_day(text: str, *, needed: bool) -> date | str | None:
    """A day, the word each-day, or nothing where the profile says which."""
    if needed and not text:
        raise UsageError("say by which day's rules to judge: --on 2026-09-28, or --on each-day for each one's own")
    if text in ("", loop.EACH_DAY):
        return text or None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"--on: '{text[:40]}' is not a day; write it as 2026-09-28, or write each-day") from error


def writable(path: Path) -> None:
    """Refuse a file that cannot be written, before anything is computed."""
    if path.suffix.removeprefix(".") not in files.FORMS:
        raise UsageError(f"--out {path.name}: ends in none of {', '.join('.' + form for form in files.FORMS)}")
    if not path.resolve().parent.is_dir():
        raise UsageError(f"--out {path}: the folder does not exist; make it first")


def narrowed(known: Profile, *, families: tuple[str, ...], scheme: str, plain: bool) -> Profile:
    """The profile with the families and the category scheme that were asked for."""
    schemes = {entry.scheme for entry in rules.book().families(families)} if families else set()
    own = schemes.pop() if plain and len(schemes) == 1 else known.scheme
    if scheme and scheme not in rules.categories().trees:
        known_schemes = ", ".join(sorted(rules.categories().trees))
        raise UsageError(f"--scheme {scheme}: there is no such category scheme; there are {known_schemes}")
    return replace(known, rules=families or known.rules, scheme=scheme or own)


def assessed(call: Call) -> dict[str, Any]:
    """Judge the file, and count."""
    terms = loop.Terms(on=call.on, decision=call.decision or call.profile.decision)
    judged = loop.assessed(call.path, known=call.profile, terms=terms, today=date.today(), say=output.progress())
    with judged as (engine, outcome):
        return counted(engine, call=call, outcome=outcome, terms=terms)


def counted(engine: AnyEngine, *, call: Call, outcome: intake.Outcome, terms: loop.Terms) -> dict[str, Any]:
    """The counts of an assessment, its first nonconforming findings, and the file if one was asked for."""
    findings = decision.FINDINGS.unbound()
    ordered = findings.order_by("row", "item", "result_id")
    if call.out is not None:
        written(engine, ordered, call.out)
    bad = ordered.filter(findings.verdict == "nonconforming").limit(MOST)
    part = outcome.part
    return {
        "file": call.path.name,
        "profile": call.profile.name,
        "on": str(terms.on or call.profile.day),
        "decision": terms.decision,
        "rules": list(call.profile.rules),
        "scheme": call.profile.scheme,
        "understood": list(outcome.understood),
        "intake": {
            name: getattr(part, name) for name in ("received", "accepted", "rejected", "duplicate", "items", "unread")
        },
        "rejected": outcome.codes,
        "results": loop.counts(engine, findings, ["verdict", "reason", "force"]),
        "first": [{name: row[name] for name in SHOWN} for row in engine.rows(bad)],
        "out": str(call.out) if call.out else None,
    }


def written(engine: AnyEngine, findings: ir.Table, out: Path) -> None:
    """The findings as a file."""
    if out.suffix == ".xlsx":
        files.workbook(out, list(findings.columns), engine.rows(findings.limit(files.SHEET_ROWS)), sheet="findings")
    else:
        engine.write(files.harmless(findings) if out.suffix == ".csv" else findings, out)


def told(found: dict[str, Any]) -> str:
    """An assessment for the terminal."""
    taken = found["intake"]
    lines = [
        f"{found['file']}: rules {', '.join(found['rules'])} as on {found['on']}, categories {found['scheme']}, "
        f"decision {found['decision'] or 'as each rule says'}",
        output.received(taken),
    ]
    lines += [f"  rejected, {code}: {n:,}" for code, n in found["rejected"].items()]
    lines += ["", output.table(output.reasoned(found["results"]), output.VERDICTS | {"force": "rules"})]
    if found["first"]:
        lines += ["", f"The first {len(found['first'])} nonconforming results:", output.table(found["first"], SHOWN)]
    if found["out"]:
        lines += ["", f"Every finding is in {found['out']}."]
    return "\n".join(lines)
