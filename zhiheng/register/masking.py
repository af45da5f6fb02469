"""Personal data as a role may see it: whole where the work needs it, masked everywhere else, exports included."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.utils import timezone

from zhiheng import rules
from zhiheng.register import queries
from zhiheng.register.models import Account, Case

STAR = "*"
# what a masked record shows of each field that is about a person
PERSONAL = ("name", "phone", "email", "address", "contact")
PHONE = re.compile(r"(?<![0-9])1[3-9][0-9]{9}(?![0-9])")
IDENTITY = re.compile(r"(?<![0-9])[1-9][0-9]{16}[0-9Xx](?![0-9A-Za-z])")


def phone(number: str) -> str:
    """A phone number with its middle hidden.

    >>> phone("13812345678"), phone("020-8765 4321"), phone("12345")
    ('138****5678', '*******4321', '*****')
    """
    digits = re.sub(r"\D", "", number)
    if len(digits) == 11 and digits.startswith("1"):
        return f"{digits[:3]}****{digits[-4:]}"
    return STAR * (len(digits) - 4) + digits[-4:] if len(digits) > 6 else STAR * len(digits)


def name(person: str) -> str:
    """A name of which the first character stays; of a name in letters, the first letter.

    >>> name("张三丰"), name("王五"), name("John Smith"), name("")
    ('张**', '王*', 'J***', '')
    """
    kept = person.strip()
    if not kept:
        return ""
    return kept[0] + (STAR * (len(kept) - 1) if not kept.isascii() else STAR * 3)


def email(address: str) -> str:
    """An address of which the first letter and the domain stay.

    >>> email("li.si@example.cn"), email("nothing")
    ('l***@example.cn', '***')
    """
    user, at, domain = address.partition("@")
    return f"{user[:1]}***@{domain}" if at else STAR * 3 if address else ""


def place(address: str) -> str:
    """An address down to its district, without street and door; where that cannot be told, nothing of it.

    >>> place("广东省广州市天河区体育西路 1 号"), place("12 High Street")
    ('广东省广州市天河区****', '****')
    """
    found = re.match(r".*?[区县旗]|.*市|.*?[省州]", address)
    return (found.group() if found else "") + STAR * 4 if address else ""


MASKS = {"name": name, "contact": name, "phone": phone, "email": email, "address": place}


def text(words: str) -> str:
    """A free text in which mobile numbers and identity numbers are hidden.

    >>> text("请打 13812345678，身份证 11010519491231002X")
    '请打 138****5678，身份证 110105********002X'
    """
    hidden = PHONE.sub(lambda found: phone(found.group()), words)
    return IDENTITY.sub(lambda found: f"{found.group()[:6]}{STAR * 8}{found.group()[-4:]}", hidden)


def record(fields: Mapping[str, Any]) -> dict[str, Any]:
    """A record with its personal fields masked."""
    return {
        key: MASKS[key](str(value)) if key in MASKS and value else text(value) if isinstance(value, str) else value
        for key, value in fields.items()
    }


def may_see(account: Account | None, case: Case) -> bool:
    """Whether an account works on the case as its officer or inspector, and so may see who complained, whole."""
    if account is None or not account.is_active:
        return False
    if account.role == "officer":
        return case.responsible_id == account.pk or case.authority_id == account.organisation_id
    return account.role == "inspector" and case.inspectors.filter(pk=account.pk).exists()


def petitioner(account: Account | None, case: Case, *, export: bool = False) -> dict[str, str]:
    """Who complained, as an account may see it: whole for who works on the case, masked for other staff and in every export.

    A firm, a laboratory and the public see nothing: whom a complaint comes from is not told (举报人信息保密).
    """
    found = getattr(case, "petitioner", None)
    if found is None or account is None or account.role not in ("officer", "inspector", "administrator"):
        return {}
    fields = {key: getattr(found, key) for key in ("name", "phone", "email", "address")}
    return fields if may_see(account, case) and not export else record(fields)


@lru_cache(maxsize=4)
def terms(on: Any) -> Mapping[str, Any]:
    """Which fields are about a person, and who reads them whole, on a day."""
    return rules.settings("personal-data", on=on, place="cn")


@dataclass(frozen=True)
class Reader:
    """Whose personal data somebody reads whole: everybody's, of a region (`prefix`, None: of none), or of some organisations."""

    everything: bool = False
    prefix: str | None = None
    organisations: frozenset[int] = frozenset()

    def whole(self, number: int, region: str) -> bool:
        """Whether the personal data of an organisation are read whole.

        >>> Reader(prefix="4401").whole(7, "440106"), Reader(prefix="4401").whole(7, "330106")
        (True, False)
        """
        if self.everything or number in self.organisations:
            return True
        return self.prefix is not None and (not region or region.startswith(self.prefix))

    def organisation(self, number: int, fields: Mapping[str, Any], *, region: str) -> dict[str, Any]:
        """Fields of an organisation as the reader may see them."""
        if self.whole(number, region):
            return dict(fields)
        hidden = personal(str(fields.get("credit_code") or ""))
        return {name: field(name, value, hidden) for name, value in fields.items()}


def field(name: str, value: Any, hidden: frozenset[str]) -> Any:
    """One field, masked where it is hidden.

    >>> field("contact", "李四", frozenset({"contact"})), field("contact", "李四", frozenset())
    ('李*', '李四')
    """
    return MASKS[name](str(value)) if name in hidden and value else value


def personal(credit_code: str) -> frozenset[str]:
    """The fields of an organisation that are about a person.

    >>> sorted(personal("91440101MA9XXXXXX0")), sorted(personal("92440101MA9XXXXXX0"))
    (['contact', 'email', 'phone'], ['address', 'contact', 'email', 'phone'])
    """
    told = terms(timezone.localdate())
    sole = credit_code.startswith(tuple(told["sole"]["codes"]))
    return frozenset([*told["fields"], *(told["sole"]["fields"] if sole else ())])


def reader(account: Account | None) -> Reader:
    """Whose personal data an account reads whole; who is not signed in reads nobody's."""
    if account is None or not account.is_active:
        return Reader()
    may = terms(timezone.localdate())["whole"].get(account.role, ())
    known: set[int] = {account.organisation_id} if "own" in may else set()
    if "case" in may:
        for pair in queries.cases(account).values_list("subject_id", "producer_id").order_by().distinct():
            known |= {number for number in pair if number}
    prefix = queries.reach(account.organisation) if "region" in may else None
    return Reader("all" in may, prefix, frozenset(known))
