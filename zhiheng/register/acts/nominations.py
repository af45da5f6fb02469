"""What officers do with nominations: take them up into a plan."""

from datetime import datetime

from django.db import transaction

from zhiheng.errors import ActRefused
from zhiheng.register import nominating, queries
from zhiheng.register.acts import audit
from zhiheng.register.acts.permission import act
from zhiheng.register.models import Account, Plan


@act
def take(*, by: Account, plan: Plan, at: datetime) -> int:
    """Take up into a plan of the own authority every nomination of its region that waits; gives how many."""
    if not nominating.plans(by).filter(pk=plan.pk).exists():
        raise ActRefused(f"{plan.key} is no plan of {by.organisation.name}: choose one of your own authority")
    with transaction.atomic():
        found = nominating.waiting(queries.reach(by.organisation)).select_for_update().filter(at__lte=at)
        keys = list(found.values_list("pk", flat=True))
        if not keys:
            raise ActRefused("no nomination waits in this region: they were taken up already, or nobody named anything")
        nominating.waiting().filter(pk__in=keys).update(plan=plan)
        audit.record(by, kind="plan", key=plan.key, act="nominations_taken", at=at, data={"nominations": keys})
    return len(keys)
