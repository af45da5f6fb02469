"""The order of the files of tests: each goes as a whole to one worker, and those that take minutes go first."""

import pytest

# what takes longest on a quiet machine; the rest follows in the order of its names
LONG = (
    "test_documentation.py",
    "test_cluster.py",
    "test_robustness.py",
    "test_browser.py",
    "test_daily_killed.py",
    "test_parity.py",
    "test_lake_killed.py",
    "test_day_in_the_life.py",
    "test_sampling_browser.py",
    "test_bad_input.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take minutes before those that take seconds, so that no worker is left alone with one at the end."""
    items.sort(key=lambda item: LONG.index(item.path.name) if item.path.name in LONG else len(LONG))
