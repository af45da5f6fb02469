"""Sampling forms (抽样单): forms as data, checked the same way on a phone and here, numbered, linked to a task, kept for good."""

from zhiheng.errors import FormRefused
from zhiheng.selection.form.checking import Fault, faults, stops
from zhiheng.selection.form.definition import FORMS, Form, read
from zhiheng.selection.form.filled import Filled, edition, filled, judged, load
from zhiheng.selection.form.link import Task
from zhiheng.selection.form.received import Outcome, Received

__all__ = [
    "FORMS",
    "Fault",
    "Filled",
    "Form",
    "FormRefused",
    "Outcome",
    "Received",
    "Task",
    "edition",
    "faults",
    "filled",
    "judged",
    "load",
    "read",
    "stops",
]
