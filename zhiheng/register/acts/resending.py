"""Results that a program sends again because it does not know whether they arrived: known by the program's own key."""

from collections.abc import Mapping, Sequence
from datetime import date

from zhiheng.errors import Overtaken
from zhiheng.register import history
from zhiheng.register.models import Account, Event, Report, Sample
from zhiheng.selection import chain


def sent(lines: Sequence[Mapping[str, str]], tested_on: date | None) -> str:
    """A digest of what a program sent, by which it is known again."""
    told = [{name: str(value or "").strip() for name, value in line.items() if value} for line in lines]
    return chain.digest({"lines": told, "tested_on": tested_on.isoformat() if tested_on else ""})


def found(
    by: Account, sample: Sample, lines: Sequence[Mapping[str, str]], *, tested_on: date | None, client_key: str
) -> Report | None:
    """The report that the same program made of the same results under the same key; the case is held."""
    if not client_key:
        return None
    event = Event.objects.filter(
        kind="file",
        key=sample.case.number,
        act="enter_results",
        organisation=history.organisation_of(by),
        data__client_key=client_key,
    ).last()
    if event is None:
        return None
    if event.data["sent"] != sent(lines, tested_on):
        raise Overtaken(
            f"{sample.number}: the key '{client_key}' came with other results before: take a new key for new results"
        )
    report = Report.objects.filter(number=event.data["report"], version=1, laboratory=by.organisation).first()
    if report is None:
        raise Overtaken(
            f"{sample.number}: what was sent under the key '{client_key}' was replaced by a later entry: look at the sample"
        )
    return report
