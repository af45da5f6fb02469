"""How often something may be tried from one address or for one account, as zhiheng/law/int/security.yaml says."""

from datetime import date

from allauth.core.internal import ratelimit
from django.http import HttpRequest

from zhiheng import rules

APP = "zhiheng"


def waiting(request: HttpRequest, action: str, *, reads: bool = False, key: str | None = None) -> int:
    """The seconds to wait before the next try; 0 when it is allowed, and then it is counted."""
    rates = rules.settings("security", on=date.today())["rates"]
    used = ratelimit.consume(request, app=APP, action=action, config=rates, key=key, limit_get=reads)
    if used is not None:
        return 0
    return int(
        max(rate.duration for rate in ratelimit.parse_rates(rates[action]) if exhausted(request, action, rate, key))
    )


def exhausted(request: HttpRequest, action: str, rate: ratelimit.Rate, key: str | None) -> bool:
    """Whether this one of several rates is used up."""
    place = ratelimit.get_cache_key(request, app=APP, action=action, rate=rate, key=key)
    return len(ratelimit.cache.get(place, [])) >= rate.amount
