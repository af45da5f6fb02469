"""The whole register as one file in a safe place, and back from it into an empty one."""

from zhiheng.register.keeping.filling import restore
from zhiheng.register.keeping.saving import Manifest, backup, manifest

__all__ = ["Manifest", "backup", "manifest", "restore"]
