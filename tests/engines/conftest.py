"""The tests of the engines use the bench on which results are judged one beside the other."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "unit"))
