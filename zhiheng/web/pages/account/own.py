"""The own account: who one is here, and what can be set."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from zhiheng.register import queries
from zhiheng.web.access import access
from zhiheng.web.pages import common, words
from zhiheng.web.shell import role_name


@access("signed")
def home(request: HttpRequest) -> HttpResponse:
    """Who is signed in, and where to go on."""
    user = request.user
    doors = [
        ("mfa_index", gettext("Second factor and passkeys")),
        ("account_change_password", gettext("Change the password")),
        ("usersessions_list", gettext("Where you are signed in")),
    ]
    if user.role == "laboratory":
        doors.append(("account_tokens", gettext("Keys for the API")))
    if user.role == "administrator":
        doors.append(("account_people", gettext("Accounts")))
    context = {
        "title": gettext("Your account"),
        "question": gettext("As whom are you here, and how is that kept safe?"),
        "active": "account",
        "facts": [
            {"label": gettext("Name"), "text": user.name},
            {"label": gettext("User name"), "text": user.username},
            {"label": gettext("Role"), "text": role_name(user.role)},
            {"label": gettext("Organisation"), "text": user.organisation.name},
            {"label": gettext("Unread messages"), "text": words.number(queries.unread(user))},
        ],
        "doors": [{"url": common.url(name), "word": word} for name, word in doors],
    }
    return render(request, "account/home.html", context)
