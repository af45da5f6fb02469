"""A filled form, and a workspace that gave out a task link: what several tests of sampling forms begin with."""

import json
import time
import uuid
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

from zhiheng.selection import form as forms
from zhiheng.selection.form import Filled, Received, Task, link, serial

ROOT = Path(__file__).parents[2]
TODAY = date(2026, 11, 22)
FIELDS: dict[str, Any] = json.loads((ROOT / "examples/forms/product.json").read_text(encoding="utf-8"))["fields"]
HOUR = 3600


def issued(
    store: Received, *, officer: str = "王一", task: str = "T-1", form: str = "sampling-product", seconds: int = HOUR
) -> Task:
    """A task of the workspace."""
    now = time.time()
    wanted = {"officer": officer, "task": task, "form": form, "region": "440106", "until": int(now) + seconds}
    return store.issue(wanted, letter=forms.read(form, on=TODAY).letter, now=now)


def token(store: Received, task: Task) -> str:
    """The link of a task."""
    return link.signed(task, link.secret_made(store.secret))


def filled(task: Task, running: int = 1, **changes: Any) -> Filled:
    """A form of the task that holds, but for the changes; None takes a field out."""
    fields = {key: value for key, value in (deepcopy(FIELDS) | changes).items() if value is not None}
    number = serial.serial(task.block, running)
    return forms.filled({"form": task.form, "uuid": str(uuid.uuid4()), "serial": number, "fields": fields})
