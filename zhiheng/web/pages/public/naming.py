"""What places are called on the doors of the public."""

from zhiheng.reports.nation.places import regions
from zhiheng.web.pages import words
from zhiheng.web.shell import language


def region(code: str) -> str:
    """A division with what it lies in, such as 广东省广州市天河区; in English the province by its usual name."""
    if not code:
        return words.MISSING
    known, steps = regions(), [code]
    while above := known.parent(steps[-1]):
        steps.append(above)
    named = [known.name(one) for one in reversed(steps) if one in known.names]
    if language() == "en":
        named = [known.english.get(one, known.name(one)) for one in reversed(steps) if one in known.names]
        return ", ".join(reversed(named)) or code
    return "".join(named) or code
