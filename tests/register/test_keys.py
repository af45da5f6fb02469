"""Secrets of a site: made once, whole or not at all, for their owner only."""

import secrets
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from zhiheng.register import keys, opening


def test_all_that_make_a_secret_at_once_read_the_same_one(tmp_path: Path) -> None:
    file = tmp_path / "keys" / "secret"
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: keys.kept(file, lambda: secrets.token_bytes(24).hex().encode()), range(40)))
    assert len(found) == 1
    assert [one.name for one in file.parent.iterdir()] == ["secret"]
    assert file.stat().st_mode & 0o777 == 0o600


def test_key_of_the_audit_is_the_same_when_asked_again(tmp_path: Path) -> None:
    first, again = (opening.signing_key(tmp_path).private_bytes_raw() for _ in range(2))
    assert first == again
