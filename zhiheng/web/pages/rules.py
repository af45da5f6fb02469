"""The book of rules: the list, one rule through time, two editions side by side, and what nobody has placed."""

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import localdate

from zhiheng.reports import browse
from zhiheng.web.access import access
from zhiheng.web.pages import book, common
from zhiheng.web.pages.edition import comparison
from zhiheng.web.pages.law import page_of

BEFORE, AFTER = date(2026, 9, 1), date(2026, 9, 2)
FAMILY = "cn/gb2762"


@access("public")
def rules(request: HttpRequest) -> HttpResponse:
    """Every rule as it stands on a day, today unless another is asked for."""
    return render(request, "rules.html", book.listed(common.given(request)))


@access("public")
def rule(request: HttpRequest, key: str) -> HttpResponse:
    """One rule through time, what it covers, what it was used for, and its worked cases."""
    on = browse.a_day(browse.single(common.given(request), "on"), "on") or localdate()
    return render(request, "rule.html", page_of(key, on=on))


@access("public")
def editions(request: HttpRequest) -> HttpResponse:
    """A family of rules on two days, and the findings that would turn out otherwise."""
    given = common.given(request)
    family = browse.single(given, "family") or FAMILY
    before = browse.a_day(browse.single(given, "before"), "before") or BEFORE
    after = browse.a_day(browse.single(given, "after"), "after") or AFTER
    return render(request, "editions.html", comparison(family, before, after))


@access("public")
def unplaced(request: HttpRequest) -> HttpResponse:
    """Categories that nobody has placed, with the findings concerned."""
    return render(request, "unplaced.html", book.unplaced())
