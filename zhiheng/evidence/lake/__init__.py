"""The lake: several append-only tables that change together. It knows nothing of what the rows mean.

Each table is a Delta table; a chain of commit files names the version of every table. The commit file is the one point
that decides: what no commit names is not there, whoever was killed and whenever.
"""

from zhiheng.evidence.lake.change import Change
from zhiheng.evidence.lake.commits import Commit
from zhiheng.evidence.lake.compaction import Merge, compact, planned
from zhiheng.evidence.lake.inventory import Inventory
from zhiheng.evidence.lake.removal import Removal, sweep, vacuum
from zhiheng.evidence.lake.snapshot import Snapshot
from zhiheng.evidence.lake.store import Lake
from zhiheng.evidence.lake.verification import Fault, Report, verify

__all__ = [
    "Change",
    "Commit",
    "Fault",
    "Inventory",
    "Lake",
    "Merge",
    "Removal",
    "Report",
    "Snapshot",
    "compact",
    "planned",
    "sweep",
    "vacuum",
    "verify",
]
