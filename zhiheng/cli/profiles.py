"""Which profile a file is read with."""

from pathlib import Path

from zhiheng.errors import UsageError
from zhiheng.evidence import plain, profile
from zhiheng.evidence.profile import Profile

PLAIN = "plain"


def chosen(name: str, path: Path) -> Profile:
    """The profile in a YAML file, in a folder with a profile.yaml, or the plain one fitted to the file."""
    if name == PLAIN:
        return plain.fitted(path)
    place = Path(name)
    if place.is_dir():
        place = place / "profile.yaml"
    if not place.is_file():
        raise UsageError(
            f"--profile {name}: there is no such file; name a profile.yaml, a folder that has one, or '{PLAIN}'"
        )
    return profile.load(place)
