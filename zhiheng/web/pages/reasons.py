"""Why a figure says no more than it does, in the language of the page."""

import re
from collections.abc import Callable

from django.utils.translation import gettext

from zhiheng.reports.nation.stated import IMPOSSIBLE
from zhiheng.stats.survey.aggregates import DEGENERATE, EMPTY, FEW, FIXED
from zhiheng.surveillance import OF_POPULATION
from zhiheng.surveillance.arms import NOTHING, TARGETED, UNSTATED
from zhiheng.surveillance.trend import ALL, LIKE_THESE
from zhiheng.web.pages import words

UNKNOWN = re.compile(r"the inclusion probability of (\d+) of (\d+) items is not known")
SAID: dict[str, Callable[[], str]] = {
    TARGETED: lambda: gettext("of the items tested, taken where failures are expected; not a rate of the market"),
    UNSTATED: lambda: gettext("of the items tested: how they were chosen was not stated"),
    NOTHING: lambda: gettext("nothing was judged"),
    IMPOSSIBLE: lambda: gettext("counts that cannot be: below 0, or more failed than judged"),
    DEGENERATE: lambda: gettext("all alike: exact interval of the batches, as if drawn singly"),
    FEW: lambda: gettext("one batch alone: exact interval, as if drawn singly"),
    FIXED: lambda: gettext("no variance between batches: exact interval, as if drawn singly"),
    EMPTY: lambda: gettext("nothing was judged"),
    ALL: lambda: gettext("of the items tested, both arms together: the share of the arms is one of the parts"),
    LIKE_THESE: lambda: gettext(
        "Intervals say what chance alone does among items like these, and nothing of a population."
    ),
}


def why(reason: str) -> str:
    """A reason in words; one that is made of names and numbers keeps them."""
    if found := UNKNOWN.match(reason):
        return gettext(
            "of the items tested: the inclusion probability of %(missing)s of %(n)s batches is not known"
        ) % {
            "missing": words.number(int(found[1])),
            "n": words.number(int(found[2])),
        }
    name, _, rest = reason.partition(": ")
    if rest in SAID:
        return f"{name}: {SAID[rest]()}"
    return SAID[reason]() if reason in SAID else reason


def of(kind: str, reasons: tuple[str, ...] = ()) -> str:
    """What a figure is of."""
    if kind == OF_POPULATION:
        return gettext("of the population: random arm, each batch weighs 1 / its inclusion probability")
    told = [why(reason) for reason in reasons if reason != LIKE_THESE]
    return told[0] if told else gettext("of the items tested")
