"""The signed checkpoints of the audit as anybody may have them: number, day, digest, signature and key, and nothing of any event."""

from typing import Any

from zhiheng.errors import NothingThereYet
from zhiheng.register.models import Checkpoint


def page(number: int, size: int) -> tuple[int, list[Checkpoint]]:
    """How many there are, and those of one page, the latest first."""
    rows = Checkpoint.objects.order_by("-number")
    return rows.count(), list(rows[(number - 1) * size : number * size])


def latest() -> Checkpoint | None:
    """The last one."""
    return Checkpoint.objects.order_by("-number").first()


def one(number: int) -> Checkpoint:
    """One by the number of its last event."""
    found = Checkpoint.objects.filter(number=number).first()
    if found is None:
        raise NothingThereYet(f"there is no checkpoint of event {number}: see the list of checkpoints")
    return found


def keys() -> list[str]:
    """The public keys that signed, the present one first (Ed25519, hex)."""
    return list(dict.fromkeys(Checkpoint.objects.order_by("-number").values_list("key", flat=True)))


def told(point: Checkpoint) -> dict[str, Any]:
    """A checkpoint as others keep it: the file that `zhiheng audit verify --known` takes."""
    return {
        "number": point.number,
        "at": point.at.isoformat(timespec="microseconds"),
        "digest": point.digest,
        "signature": point.signature,
        "key": point.key,
    }
