"""A few organisations and people for the tests of the register."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from allauth.mfa.models import Authenticator
from django.test import Client

from zhiheng.register.acts import reports
from zhiheng.register.models import Account, Case, Organisation, Report, Sample

NOON = datetime(2026, 9, 16, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
# as in the bundled New York set: lead in a toy, judged by the CPSIA's 100 ppm
EVIDENCE = {
    "scheme": "nyc-product-type",
    "rules": ["us/cpsia"],
    "product_type": "Toys/Children's Products",
    "product_name": "toy",
    "sampled_on": "2019-05-01",
}
LEAD_OVER, LEAD_UNDER = "250", "5"


def authority(name: str = "广州市市场监督管理局", *, region: str = "440100", level: str = "city") -> Organisation:
    """An authority."""
    return Organisation.objects.create(name=name, kind="authority", level=level, region=region)


def enterprise(
    name: str = "某食品厂", *, region: str = "440106", code: str | None = "91350100M000100Y43"
) -> Organisation:
    """An enterprise."""
    return Organisation.objects.create(name=name, kind="enterprise", region=region, credit_code=code)


def laboratory(name: str = "某检测中心", *, region: str = "440100") -> Organisation:
    """A laboratory."""
    return Organisation.objects.create(name=name, kind="laboratory", region=region)


def account(username: str, role: str, organisation: Organisation, **fields: object) -> Account:
    """Somebody with a role in an organisation."""
    return Account.objects.create_user(username, role=role, name=username, organisation=organisation, **fields)


def enter(client: Client, one: Account) -> None:
    """Sign somebody in, with the second factor that the role needs."""
    Authenticator.objects.get_or_create(user=one, type="totp", defaults={"data": {"secret": "x"}})
    client.force_login(one)


def entered(case: Case, value: str, tester: Account, *, at: datetime) -> Report:
    """Somebody of the laboratory that holds the case's sample enters one result."""
    sample, _ = Sample.objects.get_or_create(
        case=case,
        part="R" if case.retest_laboratory_id == tester.organisation_id else "T",
        defaults={
            "number": f"S{case.pk}-{tester.organisation_id}",
            "seal": "s",
            "state": "received",
            "holder": tester.organisation,
        },
    )
    return reports.enter(tester, sample.number, [{"analyte": "lead", "value": value, "unit": "ppm"}], at=at)


def tested(case: Case, value: str, tester: Account, releaser: Account, *, at: datetime) -> Report:
    """One person of the laboratory enters one result, and another releases it an hour later."""
    report = entered(case, value, tester, at=at)
    return reports.release(releaser, report.number, at=at + timedelta(hours=1))
