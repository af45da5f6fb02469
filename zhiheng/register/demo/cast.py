"""Who lives in the province of the demonstration. All names are invented."""

from dataclasses import dataclass, field
from datetime import date

import numpy as np

from zhiheng.identifiers import CREDIT
from zhiheng.register.models import Account, Organisation, Scope

# region, name, level, place of its superior in this list
AUTHORITIES = (
    ("440000", "广东省市场监督管理局（演示）", "province", None),
    ("440100", "广州市市场监督管理局（演示）", "city", 0),
    ("440300", "深圳市市场监督管理局（演示）", "city", 0),
    ("440106", "广州市天河区市场监督管理局（演示）", "county", 1),
    ("440111", "广州市白云区市场监督管理局（演示）", "county", 1),
    ("440304", "深圳市福田区市场监督管理局（演示）", "county", 2),
)
LABORATORIES = (
    ("440100", "岭南产品检验中心（演示）"),
    ("440300", "湾区检测研究院（演示）"),
    ("440100", "珠江质量检验所（演示）"),
)
SURNAMES = "陈李张黄何林梁罗郑吴"
GIVEN = ("志明", "婉君", "建华", "晓彤", "文杰", "淑仪", "海涛", "美琪", "国栋", "思敏")
FIRM_WORDS = ("祥和", "永盛", "金穗", "和顺", "南粤", "东升", "嘉禾", "瑞丰", "万家", "四海", "同德", "明辉")
TRADES = ("玩具", "餐具", "食品", "日用品", "饰品")
FIRMS = 36
CERTIFIED_FROM, CERTIFIED_TO = date(2019, 1, 1), date(2035, 12, 31)


@dataclass
class Cast:
    """Everybody of the demonstration."""

    authorities: list[Organisation] = field(default_factory=list)
    laboratories: list[Organisation] = field(default_factory=list)
    firms: list[Organisation] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)

    def of(self, role: str, organisation: int | None) -> list[Account]:
        """The accounts of a role in the organisation of a number."""
        return [one for one in self.accounts if one.role == role and one.organisation_id == organisation]


def credit_code(region: str, number: int) -> str:
    """A code that passes its check, in a series (9Y) that no registry gives out.

    >>> len(credit_code("440106", 7))
    18
    """
    body = f"9Y{region}" + "".join(CREDIT[number // 31**place % 31] for place in range(8, -1, -1))
    total = sum(CREDIT.index(letter) * pow(3, place, 31) for place, letter in enumerate(body))
    return body + CREDIT[-total % 31]


def gathered(draw: np.random.Generator) -> Cast:
    """Make the organisations and the accounts."""
    found = Cast()
    for number, (region, name, level, above) in enumerate(AUTHORITIES):
        superior = None if above is None else found.authorities[above]
        found.authorities.append(
            Organisation.objects.create(
                credit_code=credit_code(region, number),
                name=name,
                kind="authority",
                level=level,
                region=region,
                superior=superior,
            )
        )
    for number, (region, name) in enumerate(LABORATORIES, start=100):
        found.laboratories.append(
            Organisation.objects.create(
                credit_code=credit_code(region, number), name=name, kind="laboratory", region=region
            )
        )
    counties = [one for one in found.authorities if one.level == "county"]
    for number in range(FIRMS):
        county = counties[number % len(counties)]
        word, trade = FIRM_WORDS[number % len(FIRM_WORDS)], TRADES[int(draw.integers(len(TRADES)))]
        name = f"{'深圳' if county.region.startswith('4403') else '广州'}{word}{trade}有限公司（演示{number + 1}）"
        found.firms.append(
            Organisation.objects.create(
                credit_code=credit_code(county.region, 1000 + number),
                name=name,
                kind="enterprise",
                region=county.region,
                address=f"演示路{number + 1}号",
                phone=f"020-5550{number:04d}",
            )  # fmt: skip
        )
    certified(found)
    peopled(found)
    return found


def certified(cast: Cast) -> None:
    """Every laboratory may test again what another one tested; the certificates are invented."""
    for place, one in enumerate(cast.laboratories, start=1):
        for subject in TRADES:
            Scope.objects.create(
                laboratory=one,
                certificate=f"CMA-DEMO-{place}",
                subject=subject,
                is_retest_body=True,
                valid_from=CERTIFIED_FROM,
                valid_to=CERTIFIED_TO,
            )


def peopled(cast: Cast) -> None:
    """The accounts: two officers and two inspectors an authority, two people a laboratory, one a firm, one administrator."""
    names = (f"{SURNAMES[place % 10]}{GIVEN[(place * 7 + place // 10) % 10]}" for place in range(1000))

    def one(username: str, role: str, organisation: Organisation, superior: Account | None = None) -> Account:
        made = Account.objects.create_user(
            username,
            role=role,
            name=next(names),
            organisation=organisation,
            superior=superior,
            is_demo=True,
            email=f"{username}@example.invalid",
        )
        cast.accounts.append(made)
        return made

    one("admin", "administrator", cast.authorities[0])
    heads: dict[int, Account] = {}
    for place, authority in enumerate(cast.authorities):
        above = heads.get(authority.superior_id or 0)
        heads[authority.pk] = one(f"{authority.level}{place}a", "officer", authority, above)
        for letter in "bc":
            one(f"{authority.level}{place}{letter}", "officer", authority, heads[authority.pk])
        for number in (1, 2):
            one(f"inspector{place}{number}", "inspector", authority, heads[authority.pk])
    for place, laboratory in enumerate(cast.laboratories, start=1):
        for letter in "ab":
            one(f"lab{place}{letter}", "laboratory", laboratory)
    for place, firm in enumerate(cast.firms, start=1):
        one(f"firm{place}", "firm", firm)
