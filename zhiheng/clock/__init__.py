"""The statutory clock: periods become days that explain themselves, and the acts of a case become its state.

Takes rules as data (`zhiheng.rules.procedures`), a calendar and events; reads no clock and knows no database.
"""

from zhiheng.clock.acts import OpenAct, Refusal, open_acts, refusals, state_after
from zhiheng.clock.case import Course, Event, follow
from zhiheng.clock.deadline import Deadline, Pause, Skipped, Step
from zhiheng.clock.notices import calendar
from zhiheng.clock.reckoning import due
from zhiheng.clock.running import Running, Silent

__all__ = [
    "Course",
    "Deadline",
    "Event",
    "OpenAct",
    "Pause",
    "Refusal",
    "Running",
    "Silent",
    "Skipped",
    "Step",
    "calendar",
    "due",
    "follow",
    "open_acts",
    "refusals",
    "state_after",
]
