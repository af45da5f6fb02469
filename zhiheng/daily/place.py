"""Where the lake of a data set lies, and which book of judgements is in force."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zhiheng.decision.tables import JUDGED
from zhiheng.errors import NothingThereYet
from zhiheng.evidence.delivered import LAKE
from zhiheng.evidence.lake import Lake
from zhiheng.evidence.snapshot import Workspace, load_json


@dataclass(frozen=True)
class Place:
    """Where the lake of a data set lies."""

    workspace: Workspace
    dataset: str

    @property
    def root(self) -> Path:
        """The folder of the lake."""
        return self.workspace.root / "lake" / self.dataset

    @property
    def evidence(self) -> Lake:
        """What was received."""
        return Lake(self.root, LAKE)

    @property
    def card(self) -> dict[str, Any]:
        """What is known of the data set."""
        path = self.root / "card.json"
        if not path.exists():
            raise NothingThereYet(
                f"there is no lake of '{self.dataset}': take a delivery in with 'zhiheng lake append {self.dataset} FOLDER'"
            )
        return dict(load_json(path))

    def book(self, key: str) -> Lake:
        """The judgements under one state of the law."""
        return Lake(self.root / "judged" / key, JUDGED)

    @property
    def current(self) -> dict[str, Any]:
        """The book in force, or nothing."""
        path = self.root / "judged" / "current.json"
        return dict(load_json(path)) if path.exists() else {}
