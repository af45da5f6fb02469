"""One of many processes that write to the register at once: `python writers.py WORKSPACE NUMBER ACTS FIRST_FIRM FIRMS`."""

import random
import sys
from datetime import UTC, datetime
from pathlib import Path

from zhiheng.register import opening

WORKSPACE, NUMBER, ACTS, FIRST, FIRMS = Path(sys.argv[1]), *map(int, sys.argv[2:6])
opening.opened(WORKSPACE)

from django.db import transaction  # noqa: E402

from zhiheng.errors import ActRefused, Overtaken  # noqa: E402
from zhiheng.register.acts import audit, cases, numbering, parties  # noqa: E402
from zhiheng.register.models import Account, Case, Event, Organisation  # noqa: E402


def counted(by: Account, firm: int) -> None:
    """Add one to the number that a firm's address holds: read, then write, again when somebody was quicker."""
    while True:
        seen = (
            Event.objects.filter(kind="organisation", key=str(firm))
            .order_by("-number")
            .values_list("number", flat=True)
        )
        last = seen.first() or 0
        now = int(Organisation.objects.get(pk=firm).address or 0)
        try:
            parties.change(by, "organisation", firm, {"address": str(now + 1)}, at=datetime.now(UTC), why="", seen=last)
        except Overtaken:
            continue
        return


def numbered(by: Account, chosen: random.Random) -> None:
    """Take a number of a series; one time in five the act fails afterwards and gives it back."""
    series = f"S{chosen.randrange(3)}"
    try:
        with transaction.atomic():
            given = numbering.following(series)
            audit.record(by, kind="number", key=series, act="number", at=datetime.now(UTC), data={"given": given})
            if chosen.random() < 0.2:
                raise ArithmeticError("afterwards")
    except ArithmeticError:
        return


def sampled(by: Account) -> None:
    """Open a case and draw its sample: numbers of two series, an event each, deadlines and a document."""
    sampler = Account.objects.select_related("organisation").get(username="sampler")
    firm = Organisation.objects.get(pk=FIRST)
    opening = cases.Opening(
        "product-sampling", "儿童餐具", by.organisation, "440106", subject=firm, responsible=by, inspectors=[sampler]
    )  # fmt: skip
    case = cases.open_case(by, opening)
    cases.perform(sampler, case.number, cases.Doing("draw", {"second_sampler": "zhou"}))


def withdrawn(by: Account, chosen: random.Random) -> None:
    """Withdraw one of the cases that everybody wants to withdraw."""
    wanted = list(Case.objects.filter(title="共有").order_by("pk").values_list("number", "version", "is_final"))
    number, version, is_final = chosen.choice(wanted)
    try:
        cases.perform(by, number, cases.Doing("cancel", {"reason": "重复"}, version=0 if is_final else version))
    except (Overtaken, ActRefused):
        return


officer, dice = Account.objects.get(username=f"officer{NUMBER}"), random.Random(NUMBER)
for turn in range(ACTS):
    if turn % 4 == 0:
        counted(officer, FIRST + dice.randrange(FIRMS))
    elif turn % 4 == 1:
        numbered(officer, dice)
    elif turn % 4 == 2:
        sampled(officer)
    else:
        withdrawn(officer, dice)
print("done")
