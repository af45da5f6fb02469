"""Python reads this at its start: the clock of every process of a day in the life is the real one, moved by what a file says.

Server and commands read the file each time they ask what time it is, so a test can let weeks go by while they run.
"""

import os
import time
from datetime import timedelta
from pathlib import Path

if "CLOCK_MOVED_BY" in os.environ:
    from django.utils import timezone

    FILE = Path(os.environ["CLOCK_MOVED_BY"])
    real_time, real_now = time.time, timezone.now

    def moved() -> float:
        """By how many seconds."""
        return float(FILE.read_text())

    time.time = lambda: real_time() + moved()
    timezone.now = lambda: real_now() + timedelta(seconds=moved())
