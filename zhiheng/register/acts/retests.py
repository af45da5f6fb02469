"""The retest laboratory drawn by chance among the qualified ones: one draw, done and kept in the act that names it."""

import secrets
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from zhiheng.errors import ActRefused
from zhiheng.register import history, retesting
from zhiheng.register.acts import cases, permission
from zhiheng.register.acts.cases import Doing
from zhiheng.register.models import Account, Case


@permission.act
def draw_laboratory(
    by: Account, number: str, subject: str, *, version: int | None = None, why: str = "", at: datetime | None = None
) -> Case:
    """Name a retest laboratory by lot among those certified for a subject; the event keeps seed and list.

    The seed is made inside the act and the act is done once, so nobody can draw until the outcome pleases.
    """
    now = at or timezone.now()
    with transaction.atomic():
        case = cases.held(by, number)
        naming = retesting.naming(by, case, at=now)
        if naming is None:
            raise ActRefused(f"{number}: your role names no retest laboratory in its procedure")
        if not naming.allowed:
            raise ActRefused("; ".join(one.text[history.language()] for one in naming.refusals))
        found = retesting.qualified(retesting.scopes(case, on=timezone.localdate(now)), subject)
        if not found:
            raise ActRefused(
                f"{number}: no other laboratory is certified for retests of '{subject}' today: choose another subject, "
                "register the certificate, or name a laboratory yourself and say why"
            )
        seed = secrets.token_hex(retesting.SEED_BYTES)
        chosen = found[retesting.place(seed, len(found))].laboratory
        drawn = {
            "subject": subject,
            "seed": seed,
            "among": [one.told() for one in found],
            "laboratory": str(chosen.pk),
        }
        doing = Doing(naming.act.key, {retesting.FIELD: str(chosen.pk)}, why=why, version=version, drawn=drawn)
        return cases.perform(by, number, doing, at=now)
