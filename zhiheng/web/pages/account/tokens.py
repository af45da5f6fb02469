"""Keys with which a laboratory's own program calls the API."""

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from zhiheng.errors import ActRefused
from zhiheng.register import queries
from zhiheng.register.acts import tokens as acts
from zhiheng.web.access import access
from zhiheng.web.pages import common
from zhiheng.web.sessions import terms


@access("laboratory")
@never_cache
@reauthentication_required
def tokens(request: HttpRequest) -> HttpResponse:
    """The keys of the own laboratory; a new one is shown once, on the answer to the form, and nowhere kept."""
    context = {
        "title": gettext("Keys for the API"),
        "question": gettext("Which of our programs may send results here?"),
        "active": "account",
        "terms": terms()["token"],
    }
    if request.method == "POST":
        try:
            made, key = acts.issue(
                by=request.user,
                label=request.POST.get("label", ""),
                days=common.whole(request.POST.get("days")),
                at=timezone.now(),
            )
        except ActRefused as error:
            return render(request, "account/tokens.html", context | {"fault": str(error), **kept(request)}, status=422)
        return render(request, "account/tokens.html", context | {"made": made, "key": key, **kept(request)})
    return render(request, "account/tokens.html", context | kept(request))


def kept(request: HttpRequest) -> dict[str, object]:
    """The keys that there are, with what became of them."""
    now = timezone.now()
    found = queries.tokens(request.user)
    return {
        "tokens": [
            {
                "token": one,
                "state": "revoked" if one.revoked_at else "over" if one.expires_at <= now else "open",
            }
            for one in found
        ]
    }


@access("laboratory")
@require_POST
@reauthentication_required
def revoke(request: HttpRequest, token: int) -> HttpResponse:
    """End a key."""
    found = get_object_or_404(queries.tokens(request.user), pk=token)
    try:
        acts.revoke(by=request.user, token=found, at=timezone.now())
    except ActRefused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, gettext("The key is revoked: it does not open the API any more."))
    return redirect("account_tokens")
