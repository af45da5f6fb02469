"""The inbox: candidates from counts, from disproportional reports and from single serious notices become signals that people work on.

Takes NOTICES and the signals of results; gives signals with evidence, score, novelty, similar earlier ones and a level, and
their triage as events that are only ever added.
"""

from zhiheng.surveillance.inbox.candidates import Candidate
from zhiheng.surveillance.inbox.evaluation import evaluate
from zhiheng.surveillance.inbox.raising import Signal, raised
from zhiheng.surveillance.inbox.results import WHOLE, Source, from_looks
from zhiheng.surveillance.inbox.similarity import similar
from zhiheng.surveillance.inbox.store import Inbox
from zhiheng.surveillance.inbox.terms import terms
from zhiheng.surveillance.inbox.triage import Event, State, state

__all__ = [
    "WHOLE",
    "Candidate",
    "Event",
    "Inbox",
    "Signal",
    "Source",
    "State",
    "evaluate",
    "from_looks",
    "raised",
    "similar",
    "state",
    "terms",
]
