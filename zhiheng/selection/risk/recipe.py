"""What a risk model is made of, read from data: target, day, outcome, features with their words, penalties, held-out stretches."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

from zhiheng.errors import RuleFileInvalid
from zhiheng.identifiers import content_name

KINDS = {
    "number": ("column",),
    "log": ("column",),
    "above": ("column", "than"),
    "flag": ("column",),
    "category": ("column", "least"),
    "last": ("column",),
    "since": ("most",),
    "visits": (),
    "history": ("half_life_days", "prior"),
}
JOINT = " · "


@dataclass(frozen=True)
class Feature:
    """One thing that a model looks at.

    number, log (of 1 + value), above (a threshold), flag and category read `column` of the row itself; `most` caps it.
    last, since (years), visits (log of 1 + count) and history look at earlier events of the same `by` (the target, if left
    out). history: mean of earlier values of `column` (the outcome, if left out), each less what was to be expected of its
    `against` group (of everybody, if left out) by then, halved every `half_life_days`, shrunk by `prior` events to none.
    `joins`: columns that go together share a reason, told in the words of the feature named here.
    `of` visit: known only when somebody goes (who, in what weather); a daily list leaves it at its average.
    """

    code: str
    kind: str
    column: str = ""
    of: str = "target"
    most: float | None = None
    than: float = 0.0
    least: int = 0
    by: str = ""
    against: str = ""
    half_life_days: float = 0.0
    prior: float = 0.0
    joins: str = ""
    high: tuple[str, str] = ("", "")
    low: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Recipe:
    """A risk model before it is fitted. A target of several columns (`parts`), such as firm and product type, is their values joined."""

    name: str
    title: dict[str, str]
    target: str
    day: str
    outcome: str
    outcome_above: float
    features: tuple[Feature, ...]
    penalties: tuple[float, ...]
    stretch_days: int
    stretches: int
    level: float
    bins: int
    budgets: tuple[float, ...]
    repetitions: int
    seed: int
    known: str = ""
    order: str = ""
    where: tuple[tuple[str, str], ...] = ()
    parts: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits that change with anything the recipe says."""
        return content_name(asdict(self))

    @cached_property
    def by_code(self) -> dict[str, Feature]:
        """Features by their code."""
        return {one.code: one for one in self.features}

    def columns(self) -> tuple[str, ...]:
        """Every column that the recipe reads, once."""
        read = [
            *(self.parts or [self.target]),
            self.day,
            self.known,
            self.order,
            self.outcome,
            *(name for name, _ in self.where),
        ]
        for feature in self.features:
            read += [feature.column, feature.by, feature.against]
        return tuple(dict.fromkeys(name for name in read if name))

    def without(self, columns: Sequence[str]) -> "Recipe":
        """The recipe that never looks at some columns; a history compared with such a group is compared with everybody."""
        strange = [name for name in columns if name not in self.columns()]
        if strange:
            raise RuleFileInvalid(f"risk model {self.name}: it does not read '{strange[0]}', so it cannot do without")
        kept = [one for one in self.features if one.column not in columns and one.by not in columns]
        bare = [replace(one, against="") if one.against in columns else one for one in kept]
        return replace(self, features=tuple(bare))


def recipe(name: str, title: Mapping[str, str], body: Mapping[str, Any]) -> Recipe:
    """A recipe from what a file of law says on a day; RuleFileInvalid names what is missing or strange."""
    try:
        features = tuple(feature(name, code, said) for code, said in body["features"].items())
        stretches, outcome = body["stretches"], body["outcome"]
        found = Recipe(
            name=name,
            title=dict(title),
            target=body["target"] if isinstance(body["target"], str) else JOINT.join(body["target"]),
            parts=() if isinstance(body["target"], str) else tuple(body["target"]),
            day=body["day"],
            outcome=outcome["column"],
            outcome_above=float(outcome["above"]),
            features=features,
            penalties=tuple(float(one) for one in body["penalties"]),
            stretch_days=int(stretches["days"]),
            stretches=int(stretches["count"]),
            level=float(body["level"]),
            bins=int(body["bins"]),
            budgets=tuple(float(one) for one in body["budgets"]),
            repetitions=int(body["repetitions"]),
            seed=int(body["seed"]),
            known=body.get("known") or "",
            order=body.get("order") or "",
            where=tuple((body.get("where") or {}).items()),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise RuleFileInvalid(
            f"risk model {name}: {error} is missing or not of its kind; see docs/how-to/score-risk.md"
        ) from error
    if not found.features or not found.penalties or found.stretches < 1:
        raise RuleFileInvalid(f"risk model {name}: it needs a feature, a penalty and a stretch at least")
    lost = [one.joins for one in found.features if one.joins and one.joins not in found.by_code]
    if lost:
        raise RuleFileInvalid(f"risk model {name}: a feature joins '{lost[0]}', which is none of its features")
    return found


def feature(name: str, code: str, said: Mapping[str, Any]) -> Feature:
    """One feature, checked against its kind."""
    body = dict(said)
    words = body.pop("words")
    kind = str(body["kind"])
    if kind not in KINDS:
        raise RuleFileInvalid(f"risk model {name}, {code}: kind '{kind}' is not one of {', '.join(KINDS)}")
    absent = [key for key in KINDS[kind] if key not in body]
    if absent:
        raise RuleFileInvalid(f"risk model {name}, {code}: a feature of kind '{kind}' needs '{absent[0]}'")
    known = set(Feature.__dataclass_fields__) - {"code", "high", "low"}
    strange = sorted(set(body) - known)
    if strange:
        raise RuleFileInvalid(f"risk model {name}, {code}: unknown key '{strange[0]}'")
    figures = ("most", "than", "half_life_days", "prior")
    body |= {key: float(body[key]) for key in figures if body.get(key) is not None}
    high = words.get("high", words)
    low = words.get("low", high)
    return Feature(code=code, high=(high["zh"], high["en"]), low=(low["zh"], low["en"]), **body)
