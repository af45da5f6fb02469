"""The database itself refuses to change or remove what was recorded: events, checkpoints, released reports, issued documents."""

from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

EVENT = (
    "number", "at", "by_id", "who", "role", "organisation", "kind", "key", "act", "state_before", "state_after", "why",
    "data_digest", "before", "digest",
)  # fmt: skip
REPORT = (
    "number", "version", "case_id", "sample_id", "laboratory_id", "is_retest", "entered_by_id", "released_by_id",
    "released_at", "tested_on", "verdict", "conclusion", "note", "digest",
)  # fmt: skip
DOCUMENT = ("number", "kind", "case_id", "event_id", "issued_at", "data", "digest", "token")
CHECKPOINT = ("number", "at", "digest", "signature", "key")


def differs(columns: tuple[str, ...], vendor: str) -> str:
    """A condition that is true when any of the columns changes; NULL counts as a value."""
    word = "IS DISTINCT FROM" if vendor == "postgresql" else "IS NOT"
    return " OR ".join(f'NEW."{name}" {word} OLD."{name}"' for name in columns)


def rules(vendor: str) -> list[tuple[str, str, str, str, str]]:
    """Name, table, occasion, condition and message of each refusal."""
    removed = "NEW.data IS NOT NULL OR NEW.salt <> ''"
    released = "OLD.released_at IS NOT NULL"
    line = "EXISTS (SELECT 1 FROM register_report r WHERE r.id = {}.report_id AND r.released_at IS NOT NULL)"
    return [
        ("event_is_kept", "register_event", "UPDATE", f"{differs(EVENT, vendor)} OR {removed}", "an event is never changed"),
        ("event_stays", "register_event", "DELETE", "1 = 1", "an event is never removed"),
        ("checkpoint_is_kept", "register_checkpoint", "UPDATE", differs(CHECKPOINT, vendor), "a checkpoint is never changed"),
        ("checkpoint_stays", "register_checkpoint", "DELETE", "1 = 1", "a checkpoint is never removed"),
        (
            "report_is_kept", "register_report", "UPDATE", f"{released} AND ({differs(REPORT, vendor)})",
            "a released report is never changed: make its next version",
        ),
        ("report_stays", "register_report", "DELETE", released, "a released report is never removed"),
        ("line_is_kept", "register_line", "UPDATE", line.format("OLD"), "a released result is never changed"),
        ("line_stays", "register_line", "DELETE", line.format("OLD"), "a released result is never removed"),
        ("line_is_in_time", "register_line", "INSERT", line.format("NEW"), "a released report gets no further result"),
        ("document_is_kept", "register_document", "UPDATE", differs(DOCUMENT, vendor), "an issued document is never changed"),
        ("document_stays", "register_document", "DELETE", "1 = 1", "an issued document is never removed"),
    ]  # fmt: skip


def refuse(apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
    """Write the triggers."""
    vendor = editor.connection.vendor
    for name, table, occasion, condition, message in rules(vendor):
        for statement in statements(vendor, name, table, occasion, condition, message):
            editor.execute(statement, params=None)


def statements(vendor: str, name: str, table: str, occasion: str, condition: str, message: str) -> list[str]:
    """The trigger in the words of a database."""
    if vendor == "sqlite":
        return [
            f"CREATE TRIGGER {name} BEFORE {occasion} ON {table} WHEN {condition} "
            f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
        ]
    row = "OLD" if occasion == "DELETE" else "NEW"
    return [
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {condition} THEN "
        f"RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN {row}; END $$",
        f"CREATE TRIGGER {name} BEFORE {occasion} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
    ]


def allow(apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
    """Take the triggers away."""
    vendor = editor.connection.vendor
    for name, table, *_ in rules(vendor):
        editor.execute(f"DROP TRIGGER {name}" + (f" ON {table}" if vendor != "sqlite" else ""), params=None)
        if vendor != "sqlite":
            editor.execute(f"DROP FUNCTION {name}()", params=None)


def begin(apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
    """The chain's end before its first event."""
    apps.get_model("register", "Chain").objects.using(editor.connection.alias).create(id=1, number=0, digest="0" * 64)


class Migration(migrations.Migration):
    """Triggers on what is kept for ever."""

    dependencies = [("register", "0001_initial")]
    operations = [migrations.RunPython(refuse, allow), migrations.RunPython(begin, migrations.RunPython.noop)]
