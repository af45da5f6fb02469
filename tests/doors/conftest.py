"""A small workspace for the doors: the first rows of two of the bundled data sets, after one turn."""

import csv
import os
import shutil
from datetime import date
from pathlib import Path

import django
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections

from zhiheng import loop
from zhiheng.evidence.snapshot import Workspace

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhiheng.site.settings")

django.setup()
# the name under which Django's test client calls
settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
EXAMPLES = Path(__file__).parents[2] / "examples" / "data"
PARTS = {
    "cn_food_2026": ("notices_2026.csv", 120),
    "nyc_consumer_product_metals": ("metal_content_consumer_products_20240217.csv", 400),
}
TODAY = date(2026, 11, 22)


@pytest.fixture(scope="session", autouse=True)
def register_of_the_doors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty register for whatever asks one."""
    file = tmp_path_factory.mktemp("doors") / "register.sqlite3"
    connections.close_all()
    for described in (settings.DATABASES["default"], connections["default"].settings_dict):
        described["NAME"] = str(file)
    call_command("migrate", verbosity=0, interactive=False)
    return file


@pytest.fixture(scope="session")
def small_examples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like examples/data with the first rows of two data sets."""
    root = tmp_path_factory.mktemp("examples")
    for name, (table, rows) in PARTS.items():
        (root / name).mkdir()
        shutil.copy(EXAMPLES / name / "profile.yaml", root / name)
        with (EXAMPLES / name / table).open(encoding="utf-8-sig", newline="") as source:
            lines = [line for _, line in zip(range(rows + 1), csv.reader(source), strict=False)]
        with (root / name / table).open("w", encoding="utf-8", newline="") as target:
            csv.writer(target).writerows(lines)
    return root


@pytest.fixture(scope="session")
def small_home(small_examples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace in which those data sets have been through one turn."""
    home = tmp_path_factory.mktemp("home")
    for folder in sorted(small_examples.iterdir()):
        loop.turn(folder, workspace=Workspace(home), today=TODAY)
    return home
