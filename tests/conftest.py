"""The order of the files of tests: each goes as a whole to one worker, and those that take minutes go first."""

import pytest

# what waits for other processes; the rest follows in the order of its names
LONG = ("test_cluster.py", "test_daily_killed.py", "test_lake_killed.py", "test_parity.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take minutes before those that take seconds, so that no worker is left alone with one at the end."""
    items.sort(key=lambda item: LONG.index(item.path.name) if item.path.name in LONG else len(LONG))
