"""What points to an organisation, and what of it follows when two are merged."""

from dataclasses import dataclass
from typing import Any

from django.db import models

from zhiheng.register.models import Account, Case, Product, Sample, Site


@dataclass(frozen=True)
class Reference:
    """A column that names a firm; `twin` are the columns by which the kept firm may have the same thing already."""

    name: str
    model: type[models.Model]
    column: str
    twin: tuple[str, ...] = ()

    def of(self, number: int) -> "models.QuerySet[Any]":
        """The rows that name a firm."""
        return self.model._default_manager.filter(**{self.column: number})


# what a firm can be named by; authorities and laboratories are not merged, so what names only them is not here
FOLLOWING = (
    Reference("site", Site, "organisation_id", ("name",)),
    Reference("product", Product, "producer_id", ("name", "standard", "mark", "model")),
    Reference("case.subject", Case, "subject_id"),
    Reference("case.producer", Case, "producer_id"),
    Reference("sample.holder", Sample, "holder_id"),
    Reference("account", Account, "organisation_id"),
)
BY_NAME = {one.name: one for one in FOLLOWING}


def split(reference: Reference, duplicate: int, kept: int) -> tuple[list[int], dict[int, int]]:
    """The rows of a duplicate that follow, and those that stay because the kept one has their twin: own number → twin's."""
    rows = list(reference.of(duplicate).order_by("pk").values("pk", *reference.twin))
    if not reference.twin:
        return [row["pk"] for row in rows], {}
    there = {
        tuple(row[name] for name in reference.twin): row["pk"]
        for row in reference.of(kept).values("pk", *reference.twin)
    }
    twins = {row["pk"]: there[key] for row in rows if (key := tuple(row[name] for name in reference.twin)) in there}
    return [row["pk"] for row in rows if row["pk"] not in twins], twins
