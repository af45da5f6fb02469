"""Industries by their code (GB/T 4754): a section, and in it perhaps a division, group or class."""

import re
from dataclasses import dataclass
from datetime import date

from zhiheng.errors import RuleUnknown
from zhiheng.rules import library

CODE = re.compile(r"([A-T])([0-9]{2,4})?")


@dataclass(frozen=True)
class Industry:
    """An industry: the section is known by name, what is finer by its number only."""

    code: str
    section: str
    zh: str
    en: str


def industry(code: str, *, on: date) -> Industry:
    """What an industry code stands for; RuleUnknown where its section has no such division.

    >>> industry("C1432", on=date(2026, 11, 22)).zh
    '制造业'
    """
    sections = library.settings("industries", on=on, place="cn")["sections"]
    found = CODE.fullmatch(code)
    told = sections.get(found[1]) if found else None
    if found is None or told is None:
        raise RuleUnknown(
            f"'{code}' is no industry of GB/T 4754: write its letter and two to four digits, such as C1432"
        )
    if found[2] and not told["first"] <= int(found[2][:2]) <= told["last"]:
        raise RuleUnknown(
            f"'{code}': section {found[1]} ({told['zh']}) has the divisions {told['first']:02} to {told['last']:02} of GB/T 4754"
        )
    return Industry(code, found[1], told["zh"], told["en"])
