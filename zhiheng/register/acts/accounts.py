"""Accounts: made, given a role, locked, reset, each with its event. Who asks for more power does not grant it: a second one does."""

import re
import secrets
from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q

from zhiheng.errors import ActRefused, Overtaken
from zhiheng.register import queries
from zhiheng.register.acts import audit
from zhiheng.register.acts.permission import act
from zhiheng.register.models import Account, Organisation, Pending
from zhiheng.register.models.person import ROLES

# which kind of organisation a role belongs to
BELONGS = {
    "administrator": "authority",
    "officer": "authority",
    "inspector": "authority",
    "laboratory": "laboratory",
    "firm": "enterprise",
}
# roles that nobody gets from one administrator alone
POWERFUL = ("administrator", "officer")
USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,59}")
LONGEST_NAME = 80
LETTERS = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def password() -> str:
    """A password at random, 4 times 5 characters without ones that look alike: 114 bits."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(5)) for _ in range(4))


@act
def make(
    *,
    by: Account | None,
    username: str,
    name: str,
    role: str,
    organisation: Organisation,
    at: datetime,
    secret: str | None = None,
    email: str = "",
    is_demo: bool = False,
) -> Account:
    """A new account. With `secret` somebody can sign in and must change it at once; a powerful one waits for a second
    administrator, unless the system itself makes it."""
    fitting(role, organisation)
    if not USERNAME.fullmatch(username):
        raise ActRefused(
            f"'{username[:60]}' is no user name: 2 to 60 small letters, digits, dots, dashes, beginning with one of the first two"
        )
    if organisation.merged_into_id is not None:
        raise ActRefused(f"{organisation} was merged into another organisation: choose that one")
    if len(name) > LONGEST_NAME or audit.UNKEPT.search(name):
        raise ActRefused(f"a name has at most {LONGEST_NAME} letters that can be printed: write it anew")
    waits = by is not None and role in POWERFUL
    found = Account(
        username=username,
        name=name.strip() or username,
        email=email,
        role=role,
        organisation=organisation,
        is_active=not waits,
        is_demo=is_demo,
        has_given_password=secret is not None,
    )
    if secret is not None:
        good(secret, found)
    found.set_password(secret)
    with transaction.atomic():
        try:
            with transaction.atomic():
                found.save(force_insert=True)
        except IntegrityError as error:
            raise ActRefused(f"the user name '{username}' is taken: choose another") from error
        if waits:
            Pending.objects.create(account=found, act="role", role=role, asked_by=by, asked_at=at)
        written(by, found, "make", at, states=("", state(found)), data={"role": role, "waits": waits})
    return found


@act
def placed(*, by: Account | None, name: str, role: str, region: str, at: datetime) -> Organisation:
    """The organisation of a first account, by name or credit code; made when it is not there and its region is given."""
    kind = BELONGS.get(role, "")
    found = Organisation.objects.filter(kind=kind, merged_into__isnull=True)
    if len(same := list(found.filter(Q(name=name) | Q(credit_code=name))[:2])) == 1:
        return same[0]
    if same:
        raise ActRefused(f"there are several organisations named {name}: give the credit code")
    if not region:
        raise ActRefused(
            f"there is no organisation {name} of the kind '{kind}': check its name, or give its region to make it"
        )
    if not re.fullmatch(r"[0-9]{6}", region):
        raise ActRefused(f"'{region[:20]}' is no division code: six digits of GB/T 2260, such as 440100")
    level = (
        ""
        if kind != "authority"
        else "province"
        if region.endswith("0000")
        else "city"
        if region.endswith("00")
        else "county"
    )
    with transaction.atomic():
        made = Organisation.objects.create(name=name, kind=kind, region=region, level=level)
        audit.record(by, kind="organisation", key=str(made.pk), act="make", at=at, data={"name": name, "kind": kind})
    return made


@act
def change_role(*, by: Account | None, account: Account, role: str, at: datetime, why: str = "") -> Pending | None:
    """Another role in the same organisation. A powerful one waits for a second administrator; what waits is given back."""
    with transaction.atomic():
        found = held(by, account)
        fitting(role, found.organisation)
        if found.role == role:
            raise ActRefused(f"{found.username} has that role already")
        if by is not None and role in POWERFUL:
            return asked(by, found, "role", at, role=role, why=why)
        given(by, found, role, at, why=why)
    return None


@act
def lock(*, by: Account | None, account: Account, at: datetime, why: str) -> None:
    """Nobody signs in with this account any more, and whoever is signed in with it is out at the next page."""
    with transaction.atomic():
        found = held(by, account)
        if by is not None and by.pk == found.pk:
            raise ActRefused("you cannot lock your own account: ask another administrator")
        if not found.is_active:
            raise ActRefused(f"the account {found.username} is locked already")
        if found.role == "administrator" and not others(found):
            raise ActRefused("this is the last administrator: make another one first")
        found.is_active = False
        found.save(update_fields=["is_active"])
        found.tokens.filter(revoked_at__isnull=True).update(revoked_at=at)
        written(by, found, "lock", at, states=("open", "locked"), why=why)


@act
def unlock(*, by: Account | None, account: Account, at: datetime, why: str) -> Pending | None:
    """Let somebody in again. Who was made powerful and never confirmed so waits for a second administrator, as at the first time."""
    with transaction.atomic():
        found = held(by, account)
        if found.is_active:
            raise ActRefused(f"the account {found.username} is not locked")
        if found.pending.filter(act="role", state="open").exists():
            raise ActRefused(f"the role of {found.username} waits for a second administrator: that is decided first")
        last = found.pending.filter(act="role", role=found.role).order_by("-pk").first()
        if by is not None and found.role in POWERFUL and last is not None and last.state != "done":
            return asked(by, found, "role", at, role=found.role, why=why)
        found.is_active = True
        found.save(update_fields=["is_active"])
        written(by, found, "unlock", at, states=("locked", "open"), why=why)
    return None


@act
def reset(*, by: Account | None, account: Account, at: datetime, secret: str) -> None:
    """A new password that is changed at the next sign-in; every session ends. The second factor stays as it is."""
    with transaction.atomic():
        found = held(by, account)
        if by is not None and by.pk == found.pk:
            raise ActRefused("change your own password on your own page")
        good(secret, found)
        found.set_password(secret)
        found.has_given_password = True
        found.save(update_fields=["password", "has_given_password"])
        written(by, found, "reset", at)


@act
def unbind(*, by: Account | None, account: Account, at: datetime, why: str) -> Pending | None:
    """Take away the second factor of somebody who lost it. An administrator asks, another one confirms; the system does it."""
    with transaction.atomic():
        found = held(by, account)
        if by is not None:
            return asked(by, found, "factor", at, why=why)
        without_factor(by, found, at, why=why)
    return None


@act
def confirm(*, by: Account | None, pending: Pending, at: datetime) -> None:
    """Let a change take effect that somebody else asked for."""
    with transaction.atomic():
        target = held(by, pending.account)
        found = decided(by, pending, "done", at)
        if found.act == "factor":
            without_factor(by, target, at)
        else:
            if not target.is_active and target.role == found.role:  # it was made so, and has waited since
                target.is_active = True
                target.save(update_fields=["is_active"])
            given(by, target, found.role, at)


@act
def refuse(*, by: Account | None, pending: Pending, at: datetime, why: str) -> None:
    """Do not let a change take effect; who asked for it may take it back."""
    with transaction.atomic():
        decided(by, pending, "void" if by is not None and by.pk == pending.asked_by_id else "refused", at, why=why)


def decided(by: Account | None, pending: Pending, state_after: str, at: datetime, *, why: str = "") -> Pending:
    """A pending change, decided by somebody else than who asked; it is decided once."""
    found = Pending.objects.select_for_update(of=("self",)).select_related("account").get(pk=pending.pk)
    if found.state != "open":
        raise Overtaken("this was decided in between: look at it again")
    if by is not None and state_after != "void" and by.pk in (found.asked_by_id, found.account_id):
        raise ActRefused("who asked for a change, or whom it is for, does not confirm it: a second administrator does")
    found.state, found.decided_at = state_after, at
    found.decided_by = None if state_after == "void" else by
    found.save(update_fields=["state", "decided_at", "decided_by"])
    written(by, found.account, f"{found.act}_{state_after}", at, states=("asked", state_after), why=why)
    return found


def asked(by: Account, account: Account, what: str, at: datetime, *, role: str = "", why: str = "") -> Pending:
    """A change that waits for a second administrator."""
    try:
        with transaction.atomic():
            found = Pending.objects.create(account=account, act=what, role=role, asked_by=by, asked_at=at)
    except IntegrityError as error:
        raise ActRefused(
            f"that is asked for already, for {account.username}: a second administrator decides it"
        ) from error
    written(by, account, f"{what}_asked", at, why=why, data={"role": role} if role else {})
    return found


def given(by: Account | None, account: Account, role: str, at: datetime, *, why: str = "") -> None:
    """The role, with its event; keys for the API do not survive it."""
    before, account.role = account.role, role
    if before == "administrator" and role != before and not others(account):
        raise ActRefused("this is the last administrator: make another one first")
    account.save(update_fields=["role"])
    account.tokens.filter(revoked_at__isnull=True).update(revoked_at=at)
    written(by, account, "change_role", at, states=(before, role), why=why)


def without_factor(by: Account | None, account: Account, at: datetime, *, why: str = "") -> None:
    """The account without second factor, recovery codes and passkeys."""
    account.authenticator_set.all().delete()
    written(by, account, "unbind", at, why=why)


def fitting(role: str, organisation: Organisation) -> None:
    """Refuse a role that such an organisation does not have."""
    if role not in ROLES:
        raise ActRefused(f"'{role[:40]}' is no role; there are {', '.join(ROLES)}")
    if organisation.kind != BELONGS[role]:
        raise ActRefused(
            f"the role '{role}' belongs to an organisation of the kind '{BELONGS[role]}', not '{organisation.kind}'"
        )


def good(secret: str, account: Account) -> None:
    """Refuse a password that is too weak, in the words of the validators."""
    try:
        validate_password(secret, account)
    except ValidationError as error:
        raise ActRefused(" ".join(error.messages)) from error


def held(by: Account | None, account: Account) -> Account:
    """The account as it is now, held until the act is done; one that may not be seen is not there.

    The administrators are held with it, so that no two of them lock one another out at once.
    """
    every = Account.objects.select_for_update(no_key=True).filter(role="administrator").order_by("pk")
    list(every.values_list("pk", flat=True))
    visible = Account.objects.all() if by is None else queries.accounts(by)
    # not the key: acts that name the account in an event or a message go on meanwhile
    mine = visible.select_for_update(no_key=True, of=("self",)).select_related("organisation")
    found = mine.filter(pk=account.pk).first()
    if found is None:
        raise ActRefused("there is no such account")
    return found


def others(account: Account) -> bool:
    """Whether another administrator can sign in."""
    return Account.objects.filter(role="administrator", is_active=True).exclude(pk=account.pk).exists()


def state(account: Account) -> str:
    """Whether somebody can sign in."""
    return "open" if account.is_active else "locked"


def written(
    by: Account | None,
    account: Account,
    what: str,
    at: datetime,
    *,
    states: tuple[str, str] = ("", ""),
    why: str = "",
    data: dict[str, object] | None = None,
) -> None:
    """The event of an act on an account."""
    audit.record(by, kind="account", key=account.username, act=what, at=at, states=states, why=why, data=data)
