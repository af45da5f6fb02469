"""zhiheng rule"""

from datetime import date

import click

from zhiheng import rules
from zhiheng.cli import options, output
from zhiheng.errors import UsageError
from zhiheng.reports import rulebook

LISTED = {
    "key": "key",
    "analyte": "test item",
    "limit": "limit",
    "since": "since",
    "until": "until",
    "force": "force",
    "citation": "source",
}
DATED = {
    "since": "since",
    "until": "until",
    "limit": "limit",
    "condition": "condition",
    "citation": "source",
    "confidence": "read",
    "checked": "checked",
    "fingerprint": "fingerprint",
}
FAMILIES = {"family": "family", "rules": "rules", "force": "force", "scheme": "scheme", "zh": "标题", "en": "title"}


@click.command(short_help="A rule as it stood on a day, or a list of rules.")
@click.argument("key", required=False)
@options.day("--on", told="As it stood on this day; without one, every dated value.")
@click.option(
    "--list", "listing", is_flag=True, help="List rules; with neither --family nor --search, list the families."
)
@click.option("--family", multiple=True, help="A family such as cn/gb2762, or a folder of families such as cn.")
@click.option("--search", default="", help="Words in key, test item, category, note or source, in Chinese or English.")
@options.as_json
def command(
    key: str | None, on: date | None, listing: bool, family: tuple[str, ...], search: str, as_json: bool
) -> None:
    """Show the rule KEY with every dated value, or as it stood on a day; or list rules.

    \b
    Examples:
      zhiheng rule us/cpsia/toys-lead
      zhiheng rule us/cpsia/toys-lead --on 2010-01-01
      zhiheng rule --list
      zhiheng rule --list --family cn/gb2762 --search 铅
    """
    if listing or family or search:
        listed(rulebook.Asked(family=family, search=search, on=on), as_json=as_json)
    elif key:
        one(key, on=on, as_json=as_json)
    else:
        raise UsageError(
            "name a rule, or say --list: 'zhiheng rule --list' shows the families, '--search 铅' finds rules by words"
        )


def listed(asked: rulebook.Asked, *, as_json: bool) -> None:
    """Rules, or families where nothing narrows them."""
    if not asked.family and not asked.search:
        families = rulebook.families()
        rows = [entry | entry["title"] for entry in families]
        output.echo_json(families) if as_json else click.echo(output.table(rows, FAMILIES))
        return
    if asked.family:
        rules.book().families(asked.family)
    found = [rulebook.entry(rule, on=asked.on) for rule in rulebook.select(asked)]
    if as_json:
        output.echo_json(found)
    else:
        click.echo(output.table(found, LISTED) if found else "No rule has these words.")


def one(key: str, *, on: date | None, as_json: bool) -> None:
    """One rule."""
    found = rulebook.whole(rules.book().rule(key), on=on)
    if as_json:
        output.echo_json(found)
        return
    names, title = found["analyte_name"], found["title"]
    lines = [
        found["key"],
        f"{title['zh']} · {title['en']}",
        f"test item  {names['zh']} · {names['en']} ({found['analyte']})",
        f"applies to {'; '.join(found['applies'])}"
        + (f", except {'; '.join(found['excepts'])}" if found["excepts"] else ""),
        f"force      {found['force']}, decision rule {found['decision']}, category scheme {found['scheme']}",
    ]
    if found["note"]:
        lines.append(f"note       {found['note']}")
    if found["on"]:
        lines.append("on {day}: {limit}, {citation}; source {standing}".format(**found["on"]))
    click.echo("\n".join([*lines, "", output.table(found["values"], DATED)]))
