"""What is wrong with a filled form: every fault with its field, why, and what to do; nothing that was entered is changed."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from zhiheng.selection.form.condition import holds
from zhiheng.selection.form.definition import Body, Form
from zhiheng.selection.form.kinds import KINDS, is_empty


@dataclass(frozen=True)
class Fault:
    """One fault: the fields that it concerns, its grade (refuse, fault or remark), words and source."""

    key: str
    fields: tuple[str, ...]
    grade: str
    zh: str
    en: str
    remedy: Body
    cite: Body

    def told(self) -> Body:
        """The fault as JSON."""
        return asdict(self) | {"fields": list(self.fields)}


def faults(form: Form, filled: Body, *, today: date) -> list[Fault]:
    """Every fault of the fields of a form, in its order; then those of its checks."""
    read = {key: reading(form, field, filled.get(key)) for key, field in form.fields.items()}
    values = {key: value for key, (value, _) in read.items() if value is not None} | {"today": today.isoformat()}
    found = []
    for key, field in form.fields.items():
        is_asked, wrong, blank = holds(field["when"], values) is True, read[key][1], is_empty(filled.get(key))
        if not wrong and not is_asked and not blank:
            wrong = "idle"
        if not wrong and is_asked and blank and holds(field["required"], values) is True:
            wrong = "missing"
        if wrong:
            found.append(fault(form, field, wrong))
    found += [unknown(form, key) for key in filled if key not in form.fields]
    return found + [failed(check) for check in form.checks if holds(check["must"], values) is False]


def reading(form: Form, field: Body, entered: Any) -> tuple[Any, str]:
    """What was entered as a value, or what is wrong with it."""
    return (None, "") if is_empty(entered) else KINDS[field["kind"]](entered, field, form.bounds)


def fault(form: Form, field: Body, wrong: str) -> Fault:
    """A fault of one field: its label, then what is wrong with it."""
    words = form.wrong[wrong]
    return Fault(
        wrong,
        (field["key"],),
        "fault",
        f"{field['zh']}：{words['zh']}",
        f"{field['en']}: {words['en']}",
        words["remedy"],
        field["cite"],
    )


def unknown(form: Form, key: str) -> Fault:
    """What was entered under a name that the form has not."""
    words, name = form.wrong["unknown"], key[:40]
    cite = form.checks[0]["cite"]
    return Fault(
        "unknown", (name,), "remark", f"{name}：{words['zh']}", f"{name}: {words['en']}", words["remedy"], cite
    )


def failed(check: Body) -> Fault:
    """A check that does not hold."""
    return Fault(
        check["key"],
        tuple(check["fields"]),
        check["grade"],
        check["zh"],
        check["en"],
        check["remedy"],
        check["cite"],
    )


def stops(found: list[Fault]) -> list[Fault]:
    """The faults for which a form is not accepted; a remark is none."""
    return [one for one in found if one.grade != "remark"]
