"""Files that come with acts: kept in the workspace under their digest, written whole before the act is."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from zhiheng.errors import NothingThereYet
from zhiheng.register import uploads
from zhiheng.register.models import Attachment, Case, Event


@dataclass(frozen=True)
class Given:
    """A file as it came: what kind of document it is, its name, its checked media type, its bytes."""

    kind: str
    name: str
    media_type: str
    content: bytes

    @property
    def digest(self) -> str:
        """SHA-256 of the bytes."""
        return hashlib.sha256(self.content).hexdigest()


def folder() -> Path:
    """Where files are kept."""
    return uploads.folder(settings.WORKSPACE)


def place(digest: str) -> Path:
    """Where the file of a digest lies."""
    return uploads.place(settings.WORKSPACE, digest)


def kept(case: Case, event: Event, given: Sequence[Given]) -> None:
    """Note the files of an act, which are `written` already."""
    Attachment.objects.bulk_create(
        Attachment(
            case=case,
            event=event,
            kind=one.kind,
            name=Path(one.name).name[:200],
            media_type=one.media_type,
            size=len(one.content),
            digest=one.digest,
        )
        for one in given
    )


def written(one: Given) -> None:
    """Write a file whole, once."""
    uploads.keep(settings.WORKSPACE, one.content)


def content(attachment: Attachment) -> bytes:
    """The bytes of an attachment, checked against their digest."""
    file = place(attachment.digest)
    if attachment.removed_at or not file.exists():
        raise NothingThereYet(
            f"the file {attachment.name} was removed when its time was over, or is missing in {folder()}"
        )
    found = file.read_bytes()
    if hashlib.sha256(found).hexdigest() != attachment.digest:
        raise NothingThereYet(f"the file {attachment.name} is not what was given: restore {file} from a backup")
    return found
