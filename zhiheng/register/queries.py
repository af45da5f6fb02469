"""Who may see what. Every page, endpoint and act asks here; there is no other way to a case."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from zhiheng.errors import NothingThereYet
from zhiheng.register.models import Account, Case, Deadline, Document, Message, Organisation, Pending, Sample, Token
from zhiheng.rules import documents as kinds_of

# how many digits of a division code (GB/T 2260) an authority of this level answers for
DIGITS = {"nation": 0, "province": 2, "city": 4, "county": 6}


def reach(authority: Organisation) -> str:
    """The beginning of the division codes that an authority answers for."""
    return authority.region[: DIGITS[authority.level]] if authority.level else authority.region


def competent(region: str) -> Organisation:
    """The authority that answers for a division: the lowest whose reach holds it."""
    held = [
        one for one in Organisation.objects.filter(kind="authority", merged_into=None) if region.startswith(reach(one))
    ]
    if not held:
        raise NothingThereYet(f"no authority of {region} takes part here: choose the division above it")
    return max(held, key=lambda one: (len(reach(one)), -one.pk))


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
        raise missing(number)
    return found


def missing(number: str) -> NothingThereYet:
    """What is said of a case that is not there, or not there for who asks."""
    return NothingThereYet(f"there is no case {number} here: check the number, or ask the authority that wrote it")


def samples(account: Account) -> QuerySet[Sample]:
    """The samples of those cases; who keeps the reserve differs by province, so a laboratory of the case sees both parts."""
    return Sample.objects.filter(case__in=cases(account))


def documents(account: Account) -> QuerySet[Document]:
    """The documents of those cases that are for the account (`readers` in law/cn/documents): all for the staff of the authority,
    for a firm and a laboratory what goes to them."""
    found, on = Document.objects.filter(case__in=cases(account)), timezone.localdate()
    if account.role == "firm":
        return found.filter(kind__in=kinds_of.read_by("firm", on=on))
    if account.role == "laboratory":
        first = Q(case__laboratory=account.organisation, kind__in=kinds_of.read_by("laboratory", on=on))
        second = Q(case__retest_laboratory=account.organisation, kind__in=kinds_of.read_by("retest_laboratory", on=on))
        return found.filter(first | second)
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


def tokens(account: Account) -> QuerySet[Token]:
    """The keys for the API that an account may see: those of its own laboratory."""
    if not account.is_active or account.role != "laboratory":
        return Token.objects.none()
    return Token.objects.filter(account__organisation=account.organisation).select_related("account")


def pending(account: Account) -> QuerySet[Pending]:
    """The changes of accounts that wait for a second administrator."""
    if not account.is_active or account.role != "administrator":
        return Pending.objects.none()
    return Pending.objects.filter(state="open").select_related("account__organisation", "asked_by")


def unread(account: Account) -> int:
    """How many messages an account has not read."""
    return Message.objects.filter(to=account, read_at__isnull=True).count()


def account_rows() -> list[dict[str, Any]]:
    """Every account as the command line lists it; whoever has the machine has the register."""
    return [
        {
            "username": one.username,
            "name": one.name,
            "role": one.role,
            "organisation": one.organisation.name,
            "state": "open" if one.is_active else "locked",
            "factor": any(factor.type != "recovery_codes" for factor in one.authenticator_set.all()),
        }
        for one in Account.objects.select_related("organisation").prefetch_related("authenticator_set")
    ]
