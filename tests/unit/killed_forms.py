"""Take forms in, one after another, until somebody kills it: `killed_forms.py HOME BLOCK`; a number is printed once it counts."""

import sys
import time
from pathlib import Path

from sampling_forms import TODAY, filled

from zhiheng.selection.form import Received, Task

if __name__ == "__main__":
    store = Received(Path(sys.argv[1]))
    task = Task("王一", "T-1", "sampling-product", "440106", sys.argv[2], 0, 0)
    for running in range(1, 1000):
        form = filled(task, running)
        print(form.serial, form.uuid, store.take(form, now=time.time(), today=TODAY, task=task).state, flush=True)
