"""What a reader sees for the codes and moments of a draw."""

from datetime import UTC, datetime

from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

STAGE = {
    "committed": _("Committed, waiting for the seed"),
    "due": _("The moment of the seed has come"),
    "revealing": _("Being revealed"),
    "revealed": _("Seed revealed, not drawn yet"),
    "drawn": _("Drawn"),
    "damaged": _("Cannot be read"),
}
DESIGN = {
    "simple": _("Simple random sampling"),
    "systematic": _("Systematic sampling by size, in the order of the list"),
    "systematic-random": _("Systematic sampling by size, in random order"),
    "pareto": _("Pareto sampling by size"),
    "sampford": _("Sampford sampling by size"),
    "cube": _("Balanced sampling by size (cube method)"),
}
HOW = {
    "simple": _(
        "Every target of a stratum gets a number from the stream of the seed; those with the smallest are drawn. Each has the "
        "same probability: the number to draw over the number of targets in the stratum."
    ),
    "systematic": _(
        "The sizes of a stratum are laid end to end in the order of the list; a start from the seed and equal steps from it "
        "say who is drawn. The probability is the number to draw times the size over the sum of the sizes."
    ),
    "systematic-random": _(
        "The targets of a stratum are put into the order of their numbers from the seed, their sizes laid end to end; a start "
        "from the seed and equal steps say who is drawn. The probability is in proportion to the size."
    ),
    "pareto": _(
        "Each target gets a number from the seed, weighed by its size; those with the smallest are drawn. The probability is "
        "nearly in proportion to the size."
    ),
    "sampford": _(
        "The targets of a stratum are gone through once; each is drawn with its exact conditional probability. The probability "
        "of being drawn is exactly in proportion to the size."
    ),
    "cube": _(
        "Probabilities move to drawn or not drawn step by step, each step decided by the seed, while the totals of the balancing "
        "columns are kept. The probability is in proportion to the size."
    ),
}
KIND = {
    "drand": _("A round of the public drand beacon"),
    "rfc3797": _("Numbers published elsewhere, such as a lottery (RFC 3797)"),
    "reveal": _("Secrets that several parties promised by their hash"),
}
FILE = {
    "manifest.json": _("Manifest: the checksums of all files, the strata, the numbers to draw"),
    "plan.json": _("Plan: design, numbers, where the seed comes from"),
    "targets.csv": _("Targets as they were handed in"),
    "targets.xlsx": _("Targets as they were handed in"),
    "targets.parquet": _("Targets as they were handed in"),
    "list.csv": _("Frozen list of targets"),
    "inspectors.csv": _("Inspectors"),
    "recusals.csv": _("Recusals"),
    "earlier.csv": _("Earlier visits"),
    "seed.json": _("What was revealed of the seed"),
    "outcome.csv": _("Targets drawn, with their inspectors"),
    "outcome.json": _("Account of the draw"),
}
CHECKED = {
    "manifest.json": _("It can be read, agrees with the plan, and the outcome was drawn under it"),
    "plan.json": _("It is the file that was committed"),
    "targets.csv": _("It is the file that was committed"),
    "targets.xlsx": _("It is the file that was committed"),
    "targets.parquet": _("It is the file that was committed"),
    "list.csv": _("It is the file that was committed, in canonical form, and what freezing the targets gives"),
    "inspectors.csv": _("It is the file that was committed"),
    "recusals.csv": _("It is the file that was committed"),
    "earlier.csv": _("It is the file that was committed"),
    "seed.json": _("Its proof holds, and the outcome was drawn with it"),
    "outcome.csv": _("Its targets and inspectors are those that list, plan and seed give, byte by byte"),
    "outcome.json": _("Its account is the one that list, plan and seed give, byte by byte"),
}


def moment(seconds: float) -> str:
    """A moment with its zone, as a reader here writes it.

    >>> from django.utils.timezone import override
    >>> with override(UTC): moment(1692803367)
    '2023-08-23 15:09:27 UTC+0'
    """
    here = localtime(datetime.fromtimestamp(seconds, UTC))
    offset = here.utcoffset()
    hours = (offset.total_seconds() if offset else 0) / 3600
    return f"{here:%Y-%m-%d %H:%M:%S} UTC{hours:+g}"


def left(seconds: float) -> str:
    """A stretch of time in days, hours, minutes and seconds."""
    whole = max(0, int(seconds))
    days, rest = divmod(whole, 86400)
    return template().format(d=days, h=rest // 3600, m=rest % 3600 // 60, s=rest % 60)


def template() -> str:
    """How time left is said; the script on the page fills the same words."""
    return gettext("{d} days {h} h {m} min {s} s")
