"""The plan builder: lists to plan from that lie on this server, held in memory, and the plan that a question gives."""

import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from math import isfinite
from pathlib import Path
from threading import RLock
from typing import Any, Protocol, TypeVar

from zhiheng import rules
from zhiheng.engines import Engine
from zhiheng.errors import NothingThereYet, UsageError
from zhiheng.selection.plan import folder, frame, made, nominations
from zhiheng.selection.plan.frame import Floats, Frame
from zhiheng.selection.plan.made import Plan
from zhiheng.selection.plan.nominations import Named
from zhiheng.selection.plan.terms import PlanTerms, planned

T = TypeVar("T")
EXAMPLE, PROPORTIONAL = "example", "proportional"
# whose nominations a plan reads: the column of the list, or what waits in the register
LIST, REGISTER = "list", "register"
NOMINATIONS = (LIST, REGISTER)
FORMS = (".csv", ".parquet", ".xlsx")
HELD, ANSWERS = 4, 8  # lists and plans in memory; a plan of a million targets takes about 60 MB
EXAMPLE_SIZE = 5000
WHOLE_NUMBERS = {"budget": 10**8, "coverage_months": 1200}
SHARES = ("random_share", "largest_share", "nominations_share")
WORDS = ("allocation", "due")


@dataclass(frozen=True)
class Question:
    """What is asked of the builder: a list, a programme, a budget, a day, and what is changed of the programme's terms."""

    list: str = EXAMPLE
    programme: str = "food-2026"
    budget: int | None = None
    on: date = date.min
    against: str = PROPORTIONAL
    strata: tuple[str, ...] = ()
    changed: tuple[tuple[str, Any], ...] = ()
    nominations: str = LIST

    def terms(self) -> PlanTerms:
        """The terms. PlanInvalid: nothing can be planned with them."""
        programme = rules.programme(self.programme, on=self.on)
        return planned(programme, on=self.on, budget=self.budget, strata=self.strata or None, **dict(self.changed))


def asked(given: Mapping[str, Sequence[str]], *, today: date) -> Question:
    """The question of an address: empty parts change nothing. UsageError: a part that is no number, day or share.

    >>> asked({"budget": ["300"], "random_share": ["25"]}, today=date(2026, 11, 22)).changed
    (('random_share', 0.25),)
    """
    said = {name: values[-1].strip()[:200] for name, values in given.items() if values and values[-1].strip()}
    changed: dict[str, Any] = {name: said[name] for name in WORDS if name in said}
    try:
        changed |= {name: float(said[name]) / 100 for name in SHARES if name in said}
        numbers = {name: int(said[name]) for name in WHOLE_NUMBERS if name in said}
        on = date.fromisoformat(said["on"]) if "on" in said else today
    except ValueError as error:
        raise UsageError(
            f"{error}: shares are percent, budget and months whole numbers, the day is written 2026-09-28"
        ) from error
    if not all(isfinite(changed.get(name, 0.0)) for name in SHARES):
        raise UsageError("shares are percent, such as 20")
    for name, most in WHOLE_NUMBERS.items():
        if not 0 <= numbers.get(name, 0) <= most:
            raise UsageError(f"{name}: {numbers[name]} is not between 0 and {most:,}")
    if "coverage_months" in numbers:
        changed["coverage_months"] = numbers["coverage_months"]
    if said.get("nominations", LIST) not in NOMINATIONS:
        raise UsageError(f"nominations: '{said['nominations'][:20]}' is neither {' nor '.join(NOMINATIONS)}")
    strata = [part.strip() for value in given.get("strata", ()) for part in value.split(",") if part.strip()]
    return Question(
        list=said.get("list", EXAMPLE),
        programme=said.get("programme", "food-2026"),
        budget=numbers.get("budget"),
        on=on,
        against=said.get("against", PROPORTIONAL),
        strata=tuple(dict.fromkeys(strata)),
        changed=tuple(sorted(changed.items())),
        nominations=said.get("nominations", LIST),
    )


class Example(Protocol):
    """Writes a list of so many targets as it stands on a day."""

    def __call__(self, path: Path, *, number: int, on: date) -> object:
        """Write it."""


class Planner:
    """The lists under `targets` of a workspace, the plans under `plans`, and an example that is always there.

    `named` gives the nominations that wait in the register. Where the site `is_open` to others than the staff there is the
    example alone: who will be inspected, and how likely, is not public.
    """

    def __init__(
        self, root: Path, example: Example, named: Callable[[], Sequence[Named]] = tuple, *, is_open: bool = False
    ) -> None:
        self.root, self.example, self.named, self.is_open = root, example, named, is_open
        self.held: dict[Any, Any] = {}
        self.lock = RLock()

    def lists(self) -> list[str]:
        """The names of the lists, the example last."""
        folder = [] if self.is_open else (self.root / "targets").glob("*")
        found = (path for path in folder if path.suffix in FORMS)
        return [*sorted(path.name for path in found), EXAMPLE]

    def earlier(self) -> list[str]:
        """The names of the plans that one may compare with."""
        if self.is_open:
            return []
        return sorted(path.parent.name for path in (self.root / "plans").glob(f"*/{folder.WHOLE}"))

    def plan(self, question: Question) -> Plan:
        """The plan that a question gives. PlanInvalid: it says what to change."""
        terms = question.terms()
        held = self.frame(question, terms)
        return self.once(("plan", question, self.stamp(question)), lambda: made.make(held, terms))

    def frame(self, question: Question, terms: PlanTerms) -> Frame:
        """A list, read once for as long as the file stays what it is."""
        day = question.on if question.list == EXAMPLE else None
        key = ("frame", question.list, question.nominations, terms.strata, day, self.stamp(question))
        return self.once(key, lambda: self.read(question, terms))

    def columns(self, question: Question) -> tuple[str, ...]:
        """The columns of a list that strata can be made of, by the programme's own names."""
        plain = Question(list=question.list, programme=question.programme, on=question.on)
        terms = plain.terms()
        return tuple(name for name in terms.strata if name in self.frame(plain, terms).given)

    def beside(self, question: Question, plan: Plan) -> dict[str, Any] | None:
        """What the plan is expected to find against last year's plan, or the same budget in proportion."""
        if not plan.rated:
            return None
        other, known = self.once(("against", question, self.stamp(question)), lambda: self.other(question, plan))
        found = made.beside(plan, other)
        return found and {"name": question.against, "known": known, **found}

    def other(self, question: Question, plan: Plan) -> tuple[Floats, int]:
        """The chances of the other plan for today's targets, and how many of them it knew."""
        if question.against == PROPORTIONAL:
            return made.proportional(plan).chances.inclusion, int(plan.eligible.sum())
        if question.against not in self.earlier():
            raise NothingThereYet(
                f"there is no plan '{question.against[:60]}'; there are {', '.join(self.earlier()) or 'none yet'}"
            )
        with Engine() as engine:
            return made.earlier(plan, folder.chances_of(self.root / "plans" / question.against / folder.WHOLE, engine))

    def path(self, name: str) -> Path:
        """The file of a list. NothingThereYet: there is none of this name."""
        if name not in self.lists() or name == EXAMPLE:
            told = (
                "; lists of targets are shown to the staff alone, and others can reach this site"
                if self.is_open
                else ""
            )
            raise NothingThereYet(f"there is no list '{name[:60]}'; there are {', '.join(self.lists())}{told}")
        return self.root / "targets" / name

    def stamp(self, question: Question) -> tuple[Any, ...]:
        """What tells one state of a list, and of what waits in the register, from another."""
        named = tuple(self.named()) if question.nominations == REGISTER else ()
        if question.list == EXAMPLE:
            return (0, 0, named)
        found = self.path(question.list).stat()
        return found.st_mtime_ns, found.st_size, named

    def read(self, question: Question, terms: PlanTerms) -> Frame:
        """A list from its file."""
        with tempfile.TemporaryDirectory(prefix="zhiheng-plan-") as scratch, Engine() as engine:
            return frame.read(self.source(question, Path(scratch), engine), terms, engine)

    def source(self, question: Question, scratch: Path, engine: Engine) -> Path:
        """The file of a list, with the register's nominations where those are asked for; the example is made as it stands on the day."""
        if question.list != EXAMPLE:
            path = self.path(question.list)
        else:
            path = scratch / "targets-example.csv"
            self.example(path, number=EXAMPLE_SIZE, on=question.on)
        if question.nominations == LIST:
            return path
        nominated = scratch / f"{path.stem}-nominated.csv"
        nominations.counted(path, self.named(), nominated, engine)
        return nominated

    def packed(self, question: Question, path: Path) -> None:
        """The plan's folder as a zip, ready for `zhiheng draw commit`."""
        plan = self.plan(question)
        chain = rules.settings("draw", on=question.on)["chains"]["quicknet"]
        day = question.on + timedelta(days=plan.terms.draw_after_days)
        changed = dict(question.changed) | ({"strata": list(question.strata)} if question.strata else {})
        with tempfile.TemporaryDirectory(prefix="zhiheng-plan-") as scratch, Engine() as engine:
            out = Path(scratch) / "folder"
            folder.write(
                plan,
                out,
                engine,
                source=self.source(question, Path(scratch), engine),
                seed_terms={"kind": "drand", "chain": "quicknet", "round": folder.drand_round(day, chain)},
                asked={"columns": {}, "changed": changed},
            )
            made_at = shutil.make_archive(str(Path(scratch) / "plan"), "zip", out)
            shutil.move(made_at, path)

    def once(self, key: Any, answer: Callable[[], T]) -> T:
        """An answer that is kept for a while; two readers never work out the same one at once."""
        with self.lock:
            if key not in self.held:
                found = answer()
                kind = [other for other in self.held if other[0] == key[0]]
                for old in kind[: max(0, len(kind) + 1 - (HELD if key[0] == "frame" else ANSWERS))]:
                    del self.held[old]
                self.held[key] = found
            result: T = self.held[key]
            return result


@lru_cache(maxsize=2)
def planner(root: Path, example: Example, named: Callable[[], Sequence[Named]] = tuple, *, is_open: bool) -> Planner:
    """The planner of a workspace; pages and API share it."""
    return Planner(root, example, named, is_open=is_open)
