"""A procedure: states, the acts that lead from one to another, and the periods that acts start and stop."""

from dataclasses import dataclass
from datetime import date

from zhiheng.rules.book import Citation
from zhiheng.rules.procedures.period import Period, Text


@dataclass(frozen=True)
class State:
    """A state of a case. A case begins in the one that is `initial` and is over in one that is `final`.

    In a `hidden` one whoever it concerns is not told of it: nobody is warned of a check.
    """

    key: str
    title: Text
    initial: bool = False
    final: bool = False
    hidden: bool = False


@dataclass(frozen=True)
class Field:
    """What an act must or may say: `type` is one of text, date, number, flag, choice, code."""

    key: str
    type: str
    required: bool
    title: Text
    options: tuple[tuple[str, Text], ...] = ()


@dataclass(frozen=True)
class Act:
    """A transition. An act whose `to` is empty leaves the state as it is.

    by                      roles that may do it
    not_same_as             acts whose doer may not do this one (four eyes)
    not_same_laboratory_as  acts whose organisation may not do this one
    needs, produces         documents that must be there before, and documents it makes
    starts                  periods that begin, each with the field of the day from which it runs (empty: the day of the act)
    stops, extends          periods that are met, and periods that get their one extension
    pauses, resumes         kinds of time that do not count, such as `laboratory`, from now on and until now
    report                  done with a laboratory's report: "entered", or the conclusion that it is released with
    within, opens, after    a period inside which, not before whose opening, or only after whose end it may be done
    """

    key: str
    title: Text
    sources: tuple[str, ...]
    to: str
    by: tuple[str, ...]
    cite: Citation
    checked: date | None = None
    not_same_as: tuple[str, ...] = ()
    not_same_laboratory_as: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    produces: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()
    starts: tuple[tuple[str, str], ...] = ()
    stops: tuple[str, ...] = ()
    extends: tuple[str, ...] = ()
    pauses: tuple[str, ...] = ()
    resumes: tuple[str, ...] = ()
    report: str = ""
    within: str = ""
    opens: str = ""
    after: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Procedure:
    """A procedure as in force on a day, in a region.

    law_of      "start": each period follows the law of the day it starts from; "case": all follow the law of the day `on`
    roles, documents, times   what the words mean: roles, documents, and kinds of pauses, by key
    """

    key: str
    title: Text
    on: date
    region: str
    law_of: str
    states: dict[str, State]
    acts: dict[str, Act]
    periods: dict[str, Period]
    roles: dict[str, Text]
    documents: dict[str, Text]
    times: dict[str, Text]
    cite: Citation
    checked: date | None
    fingerprint: str

    @property
    def initial(self) -> State:
        """The state in which a case begins."""
        return next(state for state in self.states.values() if state.initial)
