"""Which laboratories may test again what another one has tested, and which of them a seed names."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q

from zhiheng import clock
from zhiheng.register import history
from zhiheng.register.models import Account, Case, Event, Organisation, Scope
from zhiheng.selection.stream import Stream

FIELD = "retest_laboratory"
LABEL = "retest laboratory"
SEED_BYTES = 32


@dataclass(frozen=True)
class Qualified:
    """A laboratory that may test again, with the certificates that say so on the day."""

    laboratory: Organisation
    scopes: tuple[Scope, ...]

    def told(self) -> dict[str, Any]:
        """As the event of the draw keeps it."""
        return {
            "laboratory": str(self.laboratory.pk),
            "name": self.laboratory.name,
            "credit_code": self.laboratory.credit_code or "",
            "certificates": [
                {"number": one.certificate, "subject": one.subject, "valid_to": one.valid_to.isoformat()}
                for one in self.scopes
            ],
        }


def naming(by: Account, case: Case, *, at: datetime | None = None) -> clock.OpenAct | None:
    """The act of the procedure that names a retest laboratory, the one that can be done now first; None where there is none."""
    found = [one for one in history.open_acts(by, case, at=at) if any(field.key == FIELD for field in one.act.fields)]
    return next((one for one in found if one.allowed), found[0] if found else None)


def scopes(case: Case, *, on: date) -> list[Scope]:
    """The certificates of retest bodies in force on a day, without those of who tested the case and of its own houses."""
    tested = {case.laboratory_id, *case.reports.values_list("laboratory_id", flat=True)} - {None}
    above = Organisation.objects.filter(pk__in=tested).exclude(superior=None).values_list("superior_id", flat=True)
    first = tested | set(above)
    return list(
        Scope.objects.filter(is_retest_body=True, valid_from__lte=on, valid_to__gte=on, laboratory__kind="laboratory")
        .filter(laboratory__merged_into=None)
        .exclude(Q(laboratory__in=first) | Q(laboratory__superior__in=first))
        .select_related("laboratory")
        .order_by("laboratory_id", "certificate", "subject")
    )


def subjects(found: Sequence[Scope]) -> list[str]:
    """What these certificates are for, each once."""
    return sorted({one.subject for one in found})


def suggested(case: Case, known: Sequence[str]) -> str:
    """The subject that the category or the title of a case names; empty where none does, or more than one."""
    about = f"{case.evidence.get('product_type', '')} {case.title}"
    fitting = [one for one in known if one and one in about]
    return fitting[0] if len(fitting) == 1 else ""


def qualified(found: Sequence[Scope], subject: str) -> list[Qualified]:
    """The laboratories certified for a subject, in the order of their register."""
    held: dict[int, list[Scope]] = {}
    for one in found:
        if one.subject == subject:
            held.setdefault(one.laboratory_id, []).append(one)
    return [Qualified(scopes[0].laboratory, tuple(scopes)) for scopes in held.values()]


def place(seed: str, count: int) -> int:
    """Which of so many a seed names, from 0: the `below` of the stream of draws (docs/explanation/verifiable-draws.md).

    >>> place("00" * 32, 3)
    2
    """
    return Stream(bytes.fromhex(seed)).below(LABEL, count)


def drawn(case: Case) -> list[dict[str, Any]]:
    """The draws of retest laboratories in a case, each as its event keeps it."""
    rows = Event.objects.filter(kind="case", key=case.number).order_by("number")
    return [row.data["drawn"] | {"event": row.number} for row in rows if row.data and "drawn" in row.data]


def holds(told: dict[str, Any]) -> bool:
    """Whether a draw names whom its seed and its list name."""
    among = told["among"]
    return bool(among[place(told["seed"], len(among))]["laboratory"] == told["laboratory"])
