"""Turns of the loop on a small set, again and again, until somebody kills it: `killed_loop.py WORKSPACE DATA`."""

import itertools
import sys
from datetime import date
from pathlib import Path

from zhiheng import loop
from zhiheng.evidence.snapshot import Workspace

if __name__ == "__main__":
    workspace, data = Workspace(Path(sys.argv[1])), Path(sys.argv[2])
    for number in itertools.count():
        folder = data / str(number % 2)
        loop.turn(folder, workspace=workspace, today=date(2026, 11, 22))
        print(number, flush=True)
