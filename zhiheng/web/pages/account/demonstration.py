"""Signing in with one click, in demonstration mode only: elsewhere this address is not there."""

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from zhiheng.register.models import Account
from zhiheng.web.access import access
from zhiheng.web.limits import limited


@access("public")
@require_POST
@limited("login")
def enter(request: HttpRequest) -> HttpResponse:
    """In as one of the accounts that were made for trying out."""
    if not settings.DEMO:
        raise Http404
    found = get_object_or_404(Account, username=request.POST.get("username", ""), is_demo=True, is_active=True)
    record_authentication(request, found, "demonstration")
    return perform_login(request, Login(user=found))
