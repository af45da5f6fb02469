"""Task links: what lets an officer send forms, without an account.

A link names officer, task, form, block of serial numbers and last moment, signed with a secret of the workspace (HMAC-SHA-256). It
stands behind the # of an address, so that no server log and no proxy sees it. Whoever holds it may send forms of that task until it ends.
"""

import base64
import binascii
import hashlib
import hmac
import json
import os
import secrets
import stat
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from zhiheng.errors import LinkRefused, StoreError

VERSION = "v1"
SECRET_BYTES = 32
LONGEST = 2000


@dataclass(frozen=True)
class Task:
    """What a link allows; times are seconds since 1970."""

    officer: str
    task: str
    form: str
    region: str
    block: str
    issued: int
    until: int


def signed(task: Task, secret: bytes) -> str:
    """The text of a link."""
    body = encoded(json.dumps(asdict(task), ensure_ascii=False, separators=(",", ":")).encode())
    return f"{VERSION}.{body}.{encoded(stamp(body, secret))}"


def opened(text: str, secret: bytes, *, now: float) -> Task:
    """The task of a link, after its signature and its time were checked; the message says which failed, and no more."""
    if not text:
        raise LinkRefused("no task link was sent: open the link that you were given for the task, then send again")
    version, _, rest = text.partition(".")
    body, _, given = rest.partition(".")
    if (
        len(text) > LONGEST
        or version != VERSION
        or not hmac.compare_digest(given.encode(), encoded(stamp(body, secret)).encode())
    ):
        raise LinkRefused("the task link is not genuine: open the link as it was given to you, whole")
    task = Task(**json.loads(decoded(body)))
    if now >= task.until:
        ended = datetime.fromtimestamp(task.until).astimezone().isoformat(timespec="minutes")
        raise LinkRefused(
            f"the task link ended at {ended}: ask for a new one for the same task; what waits is sent with it"
        )
    return task


def stamp(body: str, secret: bytes) -> bytes:
    """The signature of a body; what it is for is part of what is signed."""
    return hmac.new(secret, f"zhiheng task link {VERSION}\0{body}".encode(), hashlib.sha256).digest()


def encoded(body: bytes) -> str:
    """Bytes as letters that an address may hold."""
    return base64.urlsafe_b64encode(body).decode().rstrip("=")


def decoded(text: str) -> bytes:
    """The bytes of those letters."""
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise LinkRefused("the task link is not genuine: open the link as it was given to you, whole") from error


def secret_made(path: Path) -> bytes:
    """The secret of a workspace, made at random the first time, for its owner's eyes only."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(secrets.token_bytes(SECRET_BYTES))
            stream.flush()
            os.fsync(stream.fileno())
        try:
            os.link(beside, path)  # whole or not at all, and never over another's
        except FileExistsError:
            pass
        finally:
            beside.unlink()
    return secret_read(path)


def secret_read(path: Path) -> bytes:
    """The secret of a workspace; without one no link can be genuine."""
    if not path.exists():
        raise LinkRefused(
            "this site has given out no task links, so it takes no forms: 'zhiheng form issue' makes the first"
        )
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise StoreError(
            f"{path} can be read by others: 'chmod 600' it, and issue the links again if somebody may have seen it"
        )
    found = path.read_bytes()
    if len(found) != SECRET_BYTES:
        raise StoreError(f"{path} is damaged: remove it and issue the task links again")
    return found
