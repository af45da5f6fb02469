"""An act as a form: its fields from the procedure's data, what was filled in, what is wrong with it, and files that are not lost."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils.translation import gettext

from zhiheng import clock
from zhiheng.errors import UploadRefused
from zhiheng.register import uploads
from zhiheng.register.acts import files
from zhiheng.register.acts.cases import Doing
from zhiheng.register.acts.files import Given
from zhiheng.register.models import Account, Case, Organisation
from zhiheng.rules.procedures import Act, Field, Procedure
from zhiheng.web.pages import common, words

SALT = "zhiheng.desk.file"
KEPT_SECONDS = 24 * 3600  # how long a form that was sent back may lie open
LABORATORIES = ("laboratory", "retest_laboratory")
LONGEST = 1000
MOST_CHOICES = 500


@dataclass
class Filled:
    """A form as it was filled in: values by field, files by kind, reason, version, and faults by field."""

    values: dict[str, str] = field(default_factory=dict)
    given: dict[str, Given] = field(default_factory=dict)
    why: str = ""
    version: int | None = None
    faults: dict[str, str] = field(default_factory=dict)
    general: list[str] = field(default_factory=list)

    def doing(self, act: Act) -> Doing:
        """The act that is meant."""
        return Doing(act.key, said(act, self.values), tuple(self.given.values()), self.why, self.version)


def filled(request: HttpRequest, account: Account, act: Act, kinds: tuple[str, ...]) -> Filled:
    """What was sent, with what is wrong with its files and its length."""
    sent = request.POST
    found = Filled(
        values={one.key: sent.get(one.key, "").strip() for one in act.fields},
        why=sent.get("why", "").strip(),
        version=common.whole(sent.get("version")),
    )
    for key, value in (*found.values.items(), ("why", found.why)):
        if len(value) > LONGEST:
            found.faults[key] = gettext("has %(n)s characters, more than %(most)s: shorten it") % {
                "n": len(value),
                "most": LONGEST,
            }
    for kind in kinds:
        upload = request.FILES.get(f"file-{kind}")
        try:
            one = received(upload, kind) if upload else kept(sent.get(f"kept-{kind}", ""), account, kind)
        except UploadRefused as error:
            found.faults[kind] = str(error)
            continue
        if one:
            found.given[kind] = one
    return found


def received(upload: UploadedFile, kind: str) -> Given:
    """A file that came, looked at for what it is, and laid down so that it need not be chosen again."""
    content, checked = uploads.read(upload)
    one = Given(kind, checked.name, checked.media_type, content)
    files.written(one)
    return one


def kept(token: str, account: Account, kind: str) -> Given | None:
    """A file that came with an earlier try of the same person."""
    if not token:
        return None
    try:
        told = signing.loads(token, salt=f"{SALT}.{account.pk}", max_age=KEPT_SECONDS)
    except signing.BadSignature:
        return None
    path = files.place(told["digest"])
    if told["kind"] != kind or not path.is_file():
        return None
    return Given(kind, told["name"], told["media_type"], path.read_bytes())


def token(one: Given, account: Account) -> str:
    """What a form keeps of a file, for this person alone."""
    told = {"digest": one.digest, "kind": one.kind, "name": one.name, "media_type": one.media_type}
    return signing.dumps(told, salt=f"{SALT}.{account.pk}")


def said(act: Act, values: Mapping[str, str]) -> dict[str, Any]:
    """The values as an event keeps them: yes and no as truths, everything else as it was written."""
    flags = {"yes": True, "no": False}
    return {
        one.key: flags.get(values.get(one.key, ""), values.get(one.key, ""))
        if one.type == "flag"
        else values.get(one.key, "")
        for one in act.fields
    }


def judged(found: Filled, refusals: tuple[clock.Refusal, ...]) -> None:
    """Put each reason against an act where it belongs: beside its field, or above the form."""
    said = "en" if words.language() == "en" else "zh"
    for one in refusals:
        if one.kind in ("field", "document"):
            found.faults.setdefault(one.what, one.text[said])
        else:
            found.general.append(one.text[said])


def fields(case: Case, act: Act, found: Filled) -> list[dict[str, Any]]:
    """The fields of a form."""
    shown = []
    for one in act.fields:
        value = found.values.get(one.key, "")
        shown.append(
            {
                "key": one.key,
                "id": f"{act.key}-{one.key}",
                "label": words.both(one.title),
                "kind": kind(one),
                "required": one.required,
                "value": value,
                "fault": found.faults.get(one.key, ""),
                "options": options(case, one, value),
                "help": hint(one),
                "starts": one.key in dict(act.starts).values(),
            }
        )
    return shown


def kind(one: Field) -> str:
    """How a field is shown."""
    if one.type == "code" and one.key in (*LABORATORIES, "authority"):
        return "choice"
    return {"text": "long", "date": "date", "number": "number", "flag": "flag", "choice": "choice"}.get(
        one.type, "short"
    )


def options(case: Case, one: Field, value: str) -> list[dict[str, Any]]:
    """What may be chosen: the data's options, or the laboratories and authorities of the register."""
    if one.options:
        return [{"value": key, "label": words.both(title), "on": key == value} for key, title in one.options]
    if one.key not in (*LABORATORIES, "authority"):
        return []
    wanted = "laboratory" if one.key in LABORATORIES else "authority"
    rows = Organisation.objects.filter(kind=wanted, merged_into=None).order_by("name")
    if one.key == "retest_laboratory" and case.laboratory_id:
        rows = rows.exclude(pk=case.laboratory_id)
    return [{"value": str(row.pk), "label": row.name, "on": str(row.pk) == value} for row in rows[:MOST_CHOICES]]


def hint(one: Field) -> str:
    """What helps to fill a field in."""
    if one.key in ("subject", "producer"):
        return gettext("The firm's unified social credit code, 18 characters.")
    if one.type == "code" and one.key.endswith("region"):
        return gettext("Six digits of GB/T 2260, such as 440106.")
    if one.type == "number":
        return gettext("A number, such as 0.25.")
    return ""


def papers(
    procedure: Procedure, kinds: tuple[str, ...], act: Act, found: Filled, account: Account
) -> list[dict[str, Any]]:
    """The files that an act needs; one that came with an earlier try stays."""
    return [
        {
            "key": one,
            "id": f"{act.key}-file-{one}",
            "label": words.both(procedure.documents[one]),
            "fault": found.faults.get(one, ""),
            "kept": found.given[one].name if one in found.given else "",
            "token": token(found.given[one], account) if one in found.given else "",
        }
        for one in kinds
    ]


def summary(shown: list[dict[str, Any]], found: Filled, why_id: str) -> list[dict[str, str]]:
    """All faults above the form, each leading to its field."""
    lines = [
        {"text": f"{one['label']}{gettext(': ')}{plain(one['fault'], one['label'])}", "target": one["id"]}
        for one in shown
        if one["fault"]
    ]
    if "why" in found.faults:
        lines.append({"text": f"{gettext('Reason')}{gettext(': ')}{found.faults['why']}", "target": why_id})
    return lines


def plain(fault: str, label: str) -> str:
    """A fault without the name of its field, which stands before it already."""
    for opening in (f"“{label}”", f"'{label}' "):
        if fault.startswith(opening):
            return fault.removeprefix(opening).strip()
    return fault
