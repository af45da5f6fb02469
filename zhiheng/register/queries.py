"""Who may see what. Every page, endpoint and act asks here; there is no other way to a case."""

from django.db.models import Q, QuerySet

from zhiheng.errors import NothingThereYet
from zhiheng.register.models import Account, Case, Deadline, Organisation, Sample

# how many digits of a division code (GB/T 2260) an authority of this level answers for
DIGITS = {"nation": 0, "province": 2, "city": 4, "county": 6}


def reach(authority: Organisation) -> str:
    """The beginning of the division codes that an authority answers for."""
    return authority.region[: DIGITS[authority.level]] if authority.level else authority.region


def cases(account: Account) -> QuerySet[Case]:
    """The cases an account may see: its region's, its own visits, the samples in its laboratory, or what concerns its firm."""
    every = Case.objects.all()
    own = account.organisation
    if not account.is_active:
        return every.none()
    if account.role == "officer":
        return every.filter(Q(region__startswith=reach(own)) | Q(authority=own))
    if account.role == "inspector":
        return every.filter(inspectors=account)
    if account.role == "laboratory":
        return every.filter(Q(laboratory=own) | Q(retest_laboratory=own))
    if account.role == "firm":
        return every.filter(Q(subject=own) | Q(producer=own), is_shown_to_subject=True)
    return every.none()  # the administrator keeps accounts, not cases


def case(account: Account, number: str) -> Case:
    """One case that an account may see; one that it may not see is not told from one that is not there."""
    found = cases(account).filter(number=number).first()
    if found is None:
        raise NothingThereYet(f"there is no case {number} here: check the number, or ask the authority that wrote it")
    return found


def samples(account: Account) -> QuerySet[Sample]:
    """The samples of those cases; a laboratory sees only the ones it holds, held, or is to receive."""
    found = Sample.objects.filter(case__in=cases(account))
    if account.role == "laboratory":
        own = account.organisation
        due = Q(part="T", case__laboratory=own) | Q(part="R", case__retest_laboratory=own)
        return found.filter(pk__in=found.filter(Q(holder=own) | Q(reports__laboratory=own) | due).values("pk"))
    return found


def deadlines(account: Account) -> QuerySet[Deadline]:
    """The open deadlines of those cases, the soonest first; a firm and a laboratory see what binds them."""
    found = Deadline.objects.filter(case__in=cases(account), state="open").select_related("case")
    return found.filter(binds=account.role) if account.role in ("laboratory", "firm") else found


def accounts(account: Account) -> QuerySet[Account]:
    """The accounts an account may see: an administrator all, everybody else those of the own organisation."""
    if not account.is_active:
        return Account.objects.none()
    return (
        Account.objects.all()
        if account.role == "administrator"
        else Account.objects.filter(organisation=account.organisation)
    )
