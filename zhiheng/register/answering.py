"""Which divisions have an authority here that answers for them: what a form may offer to somebody who says where it happened."""

from dataclasses import dataclass
from datetime import date

from zhiheng.register import queries
from zhiheng.register.models import Organisation
from zhiheng.rules import regions

PROVINCE = 2  # digits of a code of GB/T 2260


@dataclass(frozen=True)
class Group:
    """A city, or a province for what lies straight under it, with the divisions in it: (code, name)."""

    code: str
    name: str
    places: tuple[tuple[str, str], ...]


def reaches() -> tuple[str, ...]:
    """The beginnings of the codes for which an authority answers."""
    held = Organisation.objects.filter(kind="authority", merged_into=None)
    return tuple(sorted({queries.reach(one) for one in held}))


def answers(code: str, known: tuple[str, ...]) -> bool:
    """Whether an authority answers for a division.

    >>> answers("440106", ("4401",)), answers("110101", ("4401",)), answers("110101", ("",))
    (True, False, True)
    """
    return any(code.startswith(one) for one in known)


def provinces(*, on: date) -> list[tuple[str, str]]:
    """The provinces in which an authority answers for at least some division: (code, name)."""
    known = reaches()
    return [
        (one.code, one.name)
        for one in divisions(on)
        if one.level == "province" and any(part.startswith(one.code[:PROVINCE]) or not part for part in known)
    ]


def groups(province: str, *, on: date) -> list[Group]:
    """The divisions of a province for which an authority answers, by city."""
    known, inside = reaches(), [one for one in divisions(on) if one.code[:PROVINCE] == province[:PROVINCE]]
    found = []
    for above in inside:
        if above.level == "county":
            continue
        below = [one for one in inside if one.level == "county" and one.parent == above.code]
        places = [(one.code, one.name) for one in (above, *below) if answers(one.code, known)]
        if places:
            found.append(Group(above.code, above.name, tuple(places)))
    return found


def is_answered(code: str, *, on: date) -> bool:
    """Whether a code is that of a division on a day, and an authority answers for it."""
    return regions.is_region(code, on=on) and answers(code, reaches())


def divisions(on: date) -> list[regions.Region]:
    """Every division on a day, by code."""
    return [one for spells in regions.regions().values() for one in spells if one.holds(on)]
