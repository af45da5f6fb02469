"""How django-allauth is fitted to this house: its words, its keys, and an event for everything that it does."""

import base64
import hashlib
import io
from typing import Any
from urllib.parse import urlsplit

import segno
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.signals import password_changed, user_logged_in
from allauth.core import context
from allauth.mfa import signals as factors
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django.conf import settings
from django.contrib.auth.signals import user_logged_out
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from zhiheng.register.acts import signing
from zhiheng.register.models import Account

NAME = "质衡 Zhiheng"
WRONG = _("This user name and this password do not belong together.")
MANY = _("Too many tries. Wait a few minutes, then try again.")
CODE = _("This code does not hold. Take the one that the app shows now, or a recovery code that was not used.")


class Accounts(DefaultAccountAdapter):
    """Signing in: no sign-up, one answer for everything that is wrong, every failure noted."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": WRONG,
        "enter_current_password": _("Type your present password."),
        "incorrect_code": CODE,
        "incorrect_password": _("This is not your password."),
        "invalid_login": WRONG,
        "too_many_login_attempts": MANY,
        "rate_limited": MANY,
        "username_password_mismatch": WRONG,
        "same_as_current": _("The new password is the old one. Choose another."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Nobody makes an own account: administrators do."""
        return False

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """A wrong password, or a name that nobody has."""
        signing.failed(
            username=str(credentials.get("username", "")), at=timezone.now(), address=address(request), what="password"
        )

    def pre_login(self, request: HttpRequest, user: Account, **named: Any) -> HttpResponse | None:
        """Demonstration accounts sign in only in demonstration mode."""
        if user.is_demo and not settings.DEMO:
            return self.respond_user_inactive(request, user)
        return super().pre_login(request, user, **named)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:  # noqa: ARG002
        """After a change: the own page."""
        return reverse("account")


class Factors(DefaultMFAAdapter):
    """Second factors: secrets encrypted at rest, our name in the app, passkeys bound to the site's own address."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": CODE,
        "cannot_delete_authenticator": _("Your role needs a second factor. Add another one first."),
        "cannot_generate_recovery_codes": _("Set up a second factor first."),
    }

    def encrypt(self, text: str) -> str:
        """A secret as it is kept."""
        return box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """A secret as it was."""
        return box().decrypt(encrypted_text.encode()).decode()

    def can_delete_authenticator(self, authenticator: Any) -> bool:
        """The last factor of a role that needs one stays."""
        user = authenticator.user
        if user.role not in settings.SECOND_FACTOR_ROLES or (user.is_demo and settings.DEMO):
            return True
        return user.authenticator_set.exclude(pk=authenticator.pk).exclude(type="recovery_codes").exists()

    def get_totp_issuer(self) -> str:
        """What the app shows above the code."""
        return NAME

    def _get_user_identifier(self, user: Account) -> str:
        """The user name, not the mail address."""
        return str(user.username)

    def build_totp_svg(self, url: str) -> str:
        """The code to scan, dark on light in every theme."""
        out = io.BytesIO()
        segno.make(url, error="m", micro=False).save(
            out, kind="svg", scale=5, border=3, light="#ffffff", dark="#000000"
        )
        return out.getvalue().decode()

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """The site that passkeys belong to."""
        host = urlsplit(settings.ORIGIN).hostname if settings.ORIGIN else context.request.get_host().partition(":")[0]
        return {"id": str(host), "name": NAME}


def box() -> Fernet:
    """What encrypts the secrets of second factors: its key is made from the site's secret."""
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(f"second factor {settings.SECRET_KEY}".encode()).digest()))


def address(request: HttpRequest) -> str:
    """Where a call came from, proxies that are trusted left out."""
    return str(Accounts(request).get_client_ip(request))


def came(request: HttpRequest, user: Account, **named: Any) -> None:  # noqa: ARG001
    """Somebody signed in."""
    methods = [
        f"{one['method']} {one['type']}" if "type" in one else str(one["method"])
        for one in get_authentication_records(request, user)
    ]
    signing.signed_in(by=user, at=timezone.now(), address=address(request), methods=methods)


def went(request: HttpRequest, user: Account | None, **named: Any) -> None:  # noqa: ARG001
    """Somebody signed out, or the session was over."""
    if user is not None and user.is_active:
        signing.signed_out(by=user, at=timezone.now(), address=address(request))


def changed(request: HttpRequest, user: Account, **named: Any) -> None:  # noqa: ARG001
    """Somebody changed the password."""
    signing.password_changed(by=user, at=timezone.now(), address=address(request))
    user.has_given_password = False


def factor(what: str) -> Any:
    """A receiver that notes what was done with a second factor."""

    def noted(request: HttpRequest, user: Account, authenticator: Any, **named: Any) -> None:  # noqa: ARG001
        signing.factor_changed(
            by=user, at=timezone.now(), address=address(request), what=what, kind=str(authenticator.type)
        )

    return noted


def missed(request: HttpRequest, user: Account, **named: Any) -> None:  # noqa: ARG001
    """A wrong code."""
    signing.failed(username=user.username, at=timezone.now(), address=address(request), what="factor")


RECEIVERS = (
    (user_logged_in, came),
    (user_logged_out, went),
    (password_changed, changed),
    (factors.authenticator_added, factor("added")),
    (factors.authenticator_removed, factor("removed")),
    (factors.authenticator_reset, factor("renewed")),
    (factors.authenticator_used, factor("used")),
    (factors.authentication_failed, missed),
)


def connect() -> None:
    """Note everything from now on; asked for again, nothing is noted twice."""
    for place, (signal, receiver) in enumerate(RECEIVERS):
        signal.connect(receiver, weak=False, dispatch_uid=f"zhiheng {place}")
