"""Names of regions by their codes of GB/T 2260, and which lies in which."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from io import StringIO

import yaml

LEVELS = ("province", "city", "county")


@dataclass(frozen=True)
class Regions:
    """Names and parents by code; a code that is not in the list is its own name."""

    names: Mapping[str, str]
    parents: Mapping[str, str]
    english: Mapping[str, str] = field(default_factory=dict)

    def name(self, code: str) -> str:
        """The name of a region alone.

        >>> Regions({"440000": "广东省"}, {}).name("440000"), Regions({}, {}).name("440106")
        ('广东省', '440106')
        """
        return self.names.get(code, code)

    def said(self, code: str, language: str) -> str:
        """The name of a region alone in a language, where it has one there.

        >>> known = Regions({"610000": "陕西省"}, {}, {"610000": "Shaanxi"})
        >>> known.said("610000", "en"), known.said("610000", "zh"), known.said("610100", "en")
        ('Shaanxi', '陕西省', '610100')
        """
        return (language == "en" and self.english.get(code)) or self.name(code)

    def parent(self, code: str) -> str:
        """The code of the region above; nothing above a province.

        >>> Regions({}, {}).parent("440106"), Regions({}, {}).parent("440100"), Regions({}, {}).parent("440000")
        ('440100', '440000', '')
        """
        if level(code) == "province":
            return ""
        known = self.parents.get(code)
        return known or (f"{code[:2]}0000" if level(code) == "city" else f"{code[:4]}00")

    def under(self, code: str, above: str) -> str:
        """The region directly below `above` in which a region lies.

        >>> Regions({}, {}).under("440106", "440000"), Regions({}, {"110101": "110000"}).under("110101", "110000")
        ('440100', '110101')
        """
        while code and self.parent(code) not in (above, ""):
            code = self.parent(code)
        return code


def level(code: str) -> str:
    """Whether a code is that of a province, a city or a county.

    >>> level("440000"), level("440100"), level("440106")
    ('province', 'city', 'county')
    """
    return "province" if code.endswith("0000") else "city" if code.endswith("00") else "county"


@lru_cache(maxsize=1)
def regions() -> Regions:
    """The regions that the law folder lists."""
    law = files("zhiheng") / "law" / "cn"
    source = law / "regions.csv"
    rows = list(csv.DictReader(StringIO(source.read_text(encoding="utf-8")))) if source.is_file() else []
    names, parents = ({row["code"]: row[column] for row in rows} for column in ("name", "parent"))
    card = yaml.safe_load((law / "regions.yaml").read_text(encoding="utf-8"))
    spelled = csv.DictReader(StringIO((law / "regions-english.csv").read_text(encoding="utf-8")))
    return Regions(names, parents, {row["code"]: row["english"] for row in spelled} | card["english"])
