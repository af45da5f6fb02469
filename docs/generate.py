"""Write the reference pages again from the program itself: `python -m docs.generate`. A test compares them."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhiheng.site.settings")
django.setup()

from zhiheng.api import api  # noqa: E402  (Django has to be set up first)
from zhiheng.cli import program  # noqa: E402
from zhiheng.decision import FINDINGS, REQUIRED, SAMPLES  # noqa: E402
from zhiheng.decision.replay import CHANGES  # noqa: E402
from zhiheng.decision.tables import CELLS, LEDGER, REASONS  # noqa: E402
from zhiheng.determination import MEASUREMENTS  # noqa: E402
from zhiheng.evidence import REJECTS, RESULTS, UNITS  # noqa: E402
from zhiheng.evidence.delivered import DELIVERED, DELIVERED_UNITS, LINES, REPORTS  # noqa: E402
from zhiheng.evidence.tables import Table  # noqa: E402
from zhiheng.register.acts.permission import matrix  # noqa: E402
from zhiheng.selection import DRAWN, PROPOSAL, SCORES  # noqa: E402
from zhiheng.selection.tables import PLAN_EXCLUDED, PLAN_STRATA, PLAN_TARGETS  # noqa: E402
from zhiheng.surveillance import INBOX, NOTICES, RATES, SIGNALS  # noqa: E402

REFERENCE = Path(__file__).resolve().parent / "reference"
MADE = "<!-- made by docs/generate.py: change the program, then run `make docs` -->"
PLANS = (PLAN_TARGETS, PLAN_STRATA, PLAN_EXCLUDED)
SETS = (
    RESULTS,
    UNITS,
    REJECTS,
    MEASUREMENTS,
    REQUIRED,
    FINDINGS,
    SAMPLES,
    RATES,
    SIGNALS,
    NOTICES,
    INBOX,
    PROPOSAL,
    DRAWN,
    SCORES,
)
LAKE = (DELIVERED, DELIVERED_UNITS, REPORTS, LINES, LEDGER, *CELLS.values(), CHANGES)
TABLES = (*SETS, *PLANS, *LAKE)
WIDTH = 100


def help_of(command: click.Command, *, parent: click.Context | None, name: str) -> str:
    """What a command prints about itself."""
    names = program.context_settings["help_option_names"]
    return click.Context(
        command, parent=parent, info_name=name, terminal_width=WIDTH, help_option_names=names
    ).get_help()


def cli() -> str:
    """The page of the command line."""
    parent = click.Context(program, info_name="zhiheng", terminal_width=WIDTH)
    parts = ["# The command line", MADE, f"```text\n{help_of(program, parent=None, name='zhiheng')}\n```"]
    for name in program.list_commands(parent):
        command = program.get_command(parent, name)
        assert command is not None
        parts.append(f"## zhiheng {name}\n\n```text\n{help_of(command, parent=parent, name=name)}\n```")
        if isinstance(command, click.Group):
            group = click.Context(command, parent=parent, info_name=name, terminal_width=WIDTH)
            for sub in command.list_commands(group):
                within = command.get_command(group, sub)
                assert within is not None
                said = help_of(within, parent=group, name=sub)
                parts.append(f"### zhiheng {name} {sub}\n\n```text\n{said}\n```")
    return "\n\n".join(parts) + "\n"


def kind(schema: dict[str, Any]) -> str:
    """A type of the schema in words."""
    if "$ref" in schema:
        name = str(schema["$ref"]).rsplit("/", 1)[-1]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(kind(entry) for entry in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {kind(schema['items'])}"
    if "enum" in schema and len(schema["enum"]) <= 4:
        return " or ".join(f"`{value}`" for value in schema["enum"])
    return str(schema.get("format") or schema.get("type") or "any")


def row(*cells: object) -> str:
    """A line of a Markdown table."""
    return "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def endpoint(path: str, operation: dict[str, Any]) -> str:
    """The part of an endpoint."""
    good = next(status for status in operation["responses"] if str(status).startswith("2"))
    answer = operation["responses"][good]["content"]["application/json"]["schema"]
    failures = ", ".join(str(code) for code in operation["responses"] if code != 200) or "none"
    parts = [
        f"### GET {path}",
        f"{operation['summary']}. {operation.get('description', '')}".strip(),
        f"Answers {kind(answer)}; refuses with {failures}.",
    ]
    given = operation.get("parameters", [])
    if given:
        lines = [
            row(entry["name"], entry["in"], kind(entry["schema"]), entry.get("description", "")) for entry in given
        ]
        parts.append("\n".join([row("parameter", "in", "type", "meaning"), "|---|---|---|---|", *lines]))
    return "\n\n".join(parts)


def http() -> str:
    """The page of the API."""
    schema = api.get_openapi_schema(path_prefix="/api/")
    parts = [
        "# The API",
        MADE,
        schema["info"]["description"],
        "The schema is served at `/api/openapi.json`.",
        "## Endpoints",
    ]
    parts += [endpoint(path, operation) for path, methods in schema["paths"].items() for operation in methods.values()]
    parts.append("## Objects")
    for name, body in sorted(schema["components"]["schemas"].items()):
        if "properties" in body and not name.endswith("Query"):
            lines = [
                row(f"`{field}`", kind(entry), entry.get("description", ""))
                for field, entry in body["properties"].items()
            ]
            parts.append(
                "\n".join(
                    [
                        f"### {name}\n\n{body.get('description', '')}\n",
                        row("field", "type", "meaning"),
                        "|---|---|---|",
                        *lines,
                    ]
                )
            )
    return "\n\n".join(parts) + "\n"


def tables() -> str:
    """The page of the tables and of the reasons."""
    parts = ["# The tables", MADE, "Pages, API, exports and this page are made from the same `tables.py`."]
    parts += [told(table) for table in TABLES]
    lines = [row(f"`{code}`", en, zh) for code, (en, zh) in REASONS.items()]
    parts.append("\n".join(["## Reasons of a verdict\n", row("reason", "meaning", "含义"), "|---|---|---|", *lines]))
    return "\n\n".join(parts) + "\n"


def told(table: Table) -> str:
    """The part of a table."""
    lines = [row(f"`{column.name}`", column.type, column.en, column.zh) for column in table.columns]
    head = f"## {table.name}\n\n{table.en} · {table.zh}\n"
    return "\n".join([head, row("column", "type", "meaning", "含义"), "|---|---|---|---|", *lines])


def permissions() -> str:
    """The page of the permissions: who may use every page, endpoint and act."""
    found = matrix()
    roles = [row(f"`{role}`", names["en"], names["zh"]) for role, names in found["roles"].items()]
    parts = [
        "# Permissions",
        MADE,
        "What each role may use at all, from `zhiheng/law/int/roles.yaml`. Which case, sample or account it may be used on "
        "is asked of `zhiheng/register/queries.py`: what somebody may not see is not there. `inside` are administrators, "
        "officers and inspectors, and whoever sits at the machine of a site that is not opened; `signed` is everybody who "
        "is signed in; `link` is the holder of a task link; `system` is what runs by itself, and the command line.",
        "\n".join(["## Roles\n", row("role", "name", "名称"), "|---|---|---|", *roles]),
    ]
    for part, title in (("pages", "Pages"), ("endpoints", "Endpoints"), ("acts", "Acts")):
        lines = [row(f"`{name}`", ", ".join(may)) for name, may in found[part].items()]
        parts.append("\n".join([f"## {title}\n", row(part.rstrip("s"), "who"), "|---|---|", *lines]))
    return "\n\n".join(parts) + "\n"


def pages() -> Iterator[tuple[Path, str]]:
    """Every reference page with its text."""
    yield REFERENCE / "cli.md", cli()
    yield REFERENCE / "api.md", http()
    yield REFERENCE / "tables.md", tables()
    yield REFERENCE / "permissions.md", permissions()


def main() -> None:
    """Write every reference page."""
    REFERENCE.mkdir(exist_ok=True)
    for path, text in pages():
        path.write_text(text, encoding="utf-8")
        print(path.relative_to(REFERENCE.parent))


if __name__ == "__main__":
    main()
