"""What the public brings: complaints, nominations of what to inspect, and following one's own by number and code."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from zhiheng.errors import ActRefused, NothingThereYet, UsageError
from zhiheng.register import history, queries
from zhiheng.register.acts import audit, cases
from zhiheng.register.acts.files import Given
from zhiheng.register.models import Case, Nomination

PROCEDURE = "complaint"
LONGEST = 4000


@dataclass(frozen=True)
class Complaint:
    """A complaint as somebody makes it: what happened where, with which product of whom, and how to be reached."""

    region: str
    about: str
    text: str
    product: str = ""
    name: str = ""
    phone: str = ""
    email: str = ""
    address: str = ""
    files: Sequence[Given] = ()


def complain(said: Complaint, *, at: datetime | None = None) -> tuple[Case, str]:
    """Take a complaint in: its case, and the code with which whoever made it follows it. The code is told once and kept hashed."""
    if not said.text.strip() or not said.about.strip():
        raise UsageError("say what happened, and about whom: both are needed to look into it")
    if len(said.text) > LONGEST:
        raise UsageError(f"the text has {len(said.text)} letters, at most {LONGEST} fit: put the rest into a file")
    if not (said.phone.strip() or said.email.strip()):
        raise UsageError("give a telephone number or an e-mail address: a decision has to reach you")
    now, code = at or timezone.now(), secrets.token_urlsafe(9)
    letter = Given("complaint_letter", "投诉书.txt", "text/plain", said.text.encode())
    with transaction.atomic():
        opening = cases.Opening(
            PROCEDURE,
            (said.product or said.about)[:200],
            queries.competent(said.region),
            said.region,
            petitioner={"name": said.name, "phone": said.phone, "email": said.email, "address": said.address},
            evidence={"about": said.about[:200], "product": said.product[:200]},
            access_code=hashed(code),
        )
        case = cases.open_case(None, opening, at=now)
        first = [one for one in history.open_acts(None, case, at=now) if one.allowed]
        if not first:
            raise ActRefused(f"{case.number}: the procedure {PROCEDURE} does not let the public begin it")
        case = cases.done(None, case, cases.Doing(first[0].act.key, given=(letter, *said.files)), now=now)
    return case, code


def hashed(code: str) -> str:
    """A code as it is kept; it is long and random, so a plain digest holds."""
    return hashlib.sha256(code.strip().encode()).hexdigest()


def followed(number: str, code: str) -> Case:
    """The case of whoever has its number and its code; a wrong one is answered as one that is not there."""
    known = Case.objects.none() if audit.UNKEPT.search(number) else Case.objects.exclude(access_code="")
    case = known.filter(number=number.strip()).first()
    kept = case.access_code if case else hashed("")
    if not hmac.compare_digest(kept, hashed(code)) or case is None:
        raise NothingThereYet("number and code do not belong together: both stand on the receipt of your complaint")
    return case


def withdraw(number: str, code: str, *, why: str = "", at: datetime | None = None) -> Case:
    """Take a complaint back, while its procedure allows it."""
    case, now = followed(number, code), at or timezone.now()
    with transaction.atomic():
        held = cases.held(None, case.number)
        for one in history.open_acts(None, held, at=now):
            if one.allowed and "public" in one.act.by and not one.act.needs:
                return cases.done(None, held, cases.Doing(one.act.key, why=why), now=now)
    raise ActRefused(f"{number}: it is decided already and cannot be taken back")


def nominate(
    product: str, *, region: str = "", place: str = "", reason: str = "", at: datetime | None = None
) -> Nomination:
    """Note what somebody wants inspected; plans take these up (zhiheng/selection/plan)."""
    if not product.strip():
        raise UsageError("say which product should be inspected")
    now = at or timezone.now()
    with transaction.atomic():
        found = Nomination.objects.create(
            at=now, product=product.strip()[:120], region=region, place=place[:200], reason=reason[:500]
        )
        audit.record(
            None,
            kind="nomination",
            key=str(found.pk),
            act="nominate",
            at=now,
            data={"product": found.product, "region": region},
        )
    return found
