"""Real results as a laboratory's input: samples of New York City's consumer products, as it published them."""

import csv
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

SCHEME, RULES = "nyc-product-type", ("us/cpsia", "us/36/ceramics", "us/36/spices")
NOT_FOUND = "-1"
FOLDER = "nyc_consumer_product_metals"
FILE = "metal_content_consumer_products_20240217.csv"


@dataclass(frozen=True)
class Tested:
    """One sample: its product, its day, and its results as lines of a report."""

    product: str
    product_type: str
    sampled_on: str
    lines: tuple[dict[str, str], ...]

    @property
    def evidence(self) -> dict[str, object]:
        """What a case says of it, for its judgement."""
        return {
            "dataset": FOLDER,
            "scheme": SCHEME,
            "rules": list(RULES),
            "product_type": self.product_type,
            "product_name": self.product,
            "sampled_on": self.sampled_on,
        }


def drawn(folder: Path, draw: np.random.Generator, *, most: int) -> list[Tested]:
    """So many samples of the kinds that a rule exists for, drawn at random, each with all its metals."""
    samples: dict[tuple[str, ...], list[dict[str, str]]] = {}
    with (folder / FILE).open(encoding="utf-8-sig", newline="") as opened:
        for row in csv.DictReader(opened):
            if (
                row["PRODUCT_TYPE"] in ("Toys/Children's Products", "Tableware/Pottery", "Jewelry")
                and row["UNITS"] == "ppm"
            ):
                key = (row["PRODUCT_TYPE"], row["PRODUCT_NAME"], row["MANUFACTURER"], row["COLLECTION_DATE"])
                samples.setdefault(key, []).append(row)
    keys = sorted(samples)
    chosen = draw.permutation(len(keys))[:most]
    return [tested(samples[keys[place]]) for place in sorted(chosen)]


def tested(rows: list[dict[str, str]]) -> Tested:
    """One sample of its rows."""
    first = rows[0]
    on = datetime.strptime(first["COLLECTION_DATE"].split(" ")[0], "%m/%d/%Y").date()
    return Tested(first["PRODUCT_NAME"][:120], first["PRODUCT_TYPE"], on.isoformat(), tuple(line(row) for row in rows))


def line(row: dict[str, str]) -> dict[str, str]:
    """One result as a line of a report."""
    is_found = row["CONCENTRATION"].strip() != NOT_FOUND
    return {
        "analyte": row["METAL"].split()[0].lower(),
        "method": "XRF / ICP-MS",
        "comparator": "=" if is_found else "nd",
        "value": row["CONCENTRATION"].strip() if is_found else "",
        "unit": row["UNITS"],
        "reporting_level": "" if is_found else "1",
    }
