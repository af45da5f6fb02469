"""The cases of the demonstration, played act by act in the order of time."""

import heapq
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import cycle, islice
from pathlib import Path

import numpy as np
from django.db import transaction
from django.utils import timezone

from zhiheng import rules
from zhiheng.register import history, judging
from zhiheng.register.acts import reminding
from zhiheng.register.demo import actors, cast, results, way
from zhiheng.register.models import Case, Organisation

Say = Callable[[str], None]


def played(examples: Path, *, now: datetime | None = None, seed: int = 2026, say: Say = lambda _: None) -> int:
    """Fill an empty register; gives how many cases there are. A register that has organisations is left alone."""
    if Organisation.objects.exists():
        return 0
    until, draw = now or timezone.now(), np.random.default_rng(seed)
    terms = rules.settings("demonstration", on=timezone.localdate(until))
    with transaction.atomic():
        tested = results.drawn(examples, draw, most=int(terms["cases"]))
        say(f"judging the results of {len(tested)} samples")
        stage = actors.Stage(cast.gathered(draw), draw, until, pooled(tested))
        # retests that come out well are judged here all at once; their reports then find it done
        judging.findings([judging.Asked(one.evidence, stage.passing) for one in stage.pools["nonconforming"]])
        courses = [
            stage.sampling(*aim, number)
            for number, aim in enumerate(aims(terms["procedures"], int(terms["cases"]), until))
        ]
        courses += [
            stage.complaint(acts, number)
            for number, (_, acts) in enumerate(aims(["complaint"], int(terms["complaints"]), until))
            if acts
        ]
        say(f"playing {len(courses)} cases")
        run(courses, until)
    reminding.tell(morning(until))  # what everybody finds who signs in at night, when nobody is told of anything
    return Case.objects.count()


def morning(until: datetime) -> datetime:
    """The last time before a moment at which reminders begin to go out."""
    at, hour = timezone.localtime(until), reminding.terms(timezone.localdate(until))["from_hour"]
    day = at if at.hour >= hour else at - timedelta(days=1)
    return day.replace(hour=hour, minute=0, second=0, microsecond=0)


def pooled(tested: list[results.Tested]) -> dict[str, list[results.Tested]]:
    """Samples by what the rules say of them; those on which they say nothing are left out."""
    judged = judging.findings([judging.Asked(one.evidence, one.lines) for one in tested])
    found: dict[str, list[results.Tested]] = {"conforming": [], "nonconforming": []}
    for one, rows in zip(tested, judged, strict=True):
        found.setdefault(judging.overall(rows), []).append(one)
    return found


def aims(procedures: Sequence[str], count: int, until: datetime) -> Iterator[tuple[str, tuple[str, ...]]]:
    """So many cases, turn by turn on their way to every state of every procedure."""
    known = [history.procedure(key, on=timezone.localdate(until), region="440000") for key in procedures]
    ends = [(one.key, acts) for one in known for _, acts in sorted(way.ways(one).items())]
    return islice(cycle(ends), count)


def run(courses: list[Iterator[datetime]], until: datetime) -> None:
    """Let every case take its next step in the order of time, until its end or now."""
    waiting = [(next(course), number) for number, course in enumerate(courses)]
    heapq.heapify(waiting)
    while waiting:
        at, number = heapq.heappop(waiting)
        if at > until:
            continue
        following = next(courses[number], None)
        if following is not None:
            heapq.heappush(waiting, (following, number))
