"""A few organisations and people for the tests of the register."""

from datetime import datetime
from zoneinfo import ZoneInfo

from zhiheng.register.models import Account, Organisation

NOON = datetime(2026, 9, 16, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


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
