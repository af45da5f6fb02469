"""One of many processes that write to the register at once: `python writers.py WORKSPACE NUMBER ACTS FIRST_FIRM FIRMS`."""

import random
import sys
from datetime import UTC, datetime
from pathlib import Path

from zhiheng.register import opening

WORKSPACE, NUMBER, ACTS, FIRST, FIRMS = Path(sys.argv[1]), *map(int, sys.argv[2:6])
opening.opened(WORKSPACE)

from django.db import transaction  # noqa: E402

from zhiheng.errors import Overtaken  # noqa: E402
from zhiheng.register.acts import audit, numbering, parties  # noqa: E402
from zhiheng.register.models import Account, Event, Organisation  # noqa: E402


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


officer, dice = Account.objects.get(username=f"officer{NUMBER}"), random.Random(NUMBER)
for turn in range(ACTS):
    if turn % 2:
        numbered(officer, dice)
    else:
        counted(officer, FIRST + dice.randrange(FIRMS))
print("done")
