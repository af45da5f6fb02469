"""The views of django-allauth with our words and templates, each with who may use it."""

from collections import Counter
from typing import Any

from allauth.account import views as entrance
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import views as base
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as keys
from allauth.usersessions import views as usersessions
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from zhiheng.register.acts import signing
from zhiheng.register.models import Account
from zhiheng.web import sessions as limits
from zhiheng.web.access import access
from zhiheng.web.shell import role_name
from zhiheng.web.signing import address

TOO_MANY = "too_many_login_attempts"


class Titled:
    """What the shell asks of a page: a title and the question that it answers."""

    title = _("Account")
    question = ""

    def get_context_data(self, **named: Any) -> dict[str, Any]:
        """The context with title and question."""
        return super().get_context_data(**named) | {
            "title": self.title,
            "question": self.question,
            "active": "account",
        }


class Limited:
    """Too many tries are answered with 429 and when to try again."""

    def form_invalid(self, form: Any) -> HttpResponse:
        """The form again with its faults."""
        response = super().form_invalid(form)
        if form.has_error("__all__", TOO_MANY) or form.has_error("code", TOO_MANY):
            response.status_code = 429
            response["Retry-After"] = "300"
        return response


class Said:
    """A form whose success is said in our words."""

    done: Any = ""

    def form_valid(self, form: Any) -> HttpResponse:
        """Done, and said so."""
        response: HttpResponse = super().form_valid(form)  # type: ignore[misc]
        messages.success(self.request, str(self.done))  # type: ignore[attr-defined]
        return response


class Login(Limited, Titled, entrance.LoginView):
    title = _("Sign in")
    question = _("Who are you?")

    def get_context_data(self, **named: Any) -> dict[str, Any]:
        """With the accounts to try in demonstration mode, and nowhere else."""
        return super().get_context_data(**named) | {"demonstration": demonstrated()}


def demonstrated() -> list[dict[str, Any]]:
    """The accounts of the demonstration, by role."""
    if not settings.DEMO:
        return []
    found = Account.objects.filter(is_demo=True, is_active=True).select_related("organisation").order_by("pk")
    seen: Counter[tuple[str, str]] = Counter()
    told = []
    for one in found:
        kind = (one.role, one.organisation.level)
        seen[kind] += 1
        told.append(
            {
                "username": one.username,
                "name": one.name,
                "role": role_name(one.role),
                "organisation": one.organisation.name,
                "is_first": seen[kind] == 1,
            }
        )
    return told


class Second(Limited, Titled, base.AuthenticateView):
    title = _("Second step")
    question = _("Is it really you?")


class Logout(Titled, entrance.LogoutView):
    title = _("Sign out")
    question = _("Are you done here?")


class Again(Limited, Titled, entrance.ReauthenticateView):
    title = _("Confirm that it is you")
    question = _("What comes next is sensitive: is it really you?")


class AgainCode(Limited, Titled, base.ReauthenticateView):
    title = _("Confirm that it is you")
    question = _("What comes next is sensitive: is it really you?")


class AgainPasskey(Titled, keys.ReauthenticateWebAuthnView):
    title = _("Confirm that it is you")
    question = _("What comes next is sensitive: is it really you?")


class Password(Said, Titled, entrance.PasswordChangeView):
    title = _("Change the password")
    question = _("Which password shall be yours from now on?")
    done = _("The password is changed. Every other session is signed out.")

    def dispatch(self, request: HttpRequest, *args: Any, **named: Any) -> HttpResponse:
        """An account that has no password, as in the demonstration, has none to change."""
        if not request.user.has_usable_password():
            messages.error(request, gettext("This account has no password that could be changed."))
            return redirect("account")
        return super().dispatch(request, *args, **named)


class Index(Titled, base.IndexView):
    title = _("Second factor and passkeys")
    question = _("What shows, beside the password, that it is you?")

    def get_context_data(self, **named: Any) -> dict[str, Any]:
        """With whether one is still missing."""
        return super().get_context_data(**named) | {"missing": limits.lacks_factor(self.request.user)}


class App(Said, Titled, totp.ActivateTOTPView):
    title = _("Set up the app")
    question = _("Which app shall show your codes?")
    done = _("The app is set up. From now on each sign-in asks for its code.")


class AppRemove(Titled, totp.DeactivateTOTPView):
    title = _("Remove the app")
    question = _("Shall the app's codes no longer count?")


class Codes(Titled, recovery.ViewRecoveryCodesView):
    title = _("Recovery codes")
    question = _("How do you get in when the phone is lost?")


class CodesNew(Titled, recovery.GenerateRecoveryCodesView):
    title = _("New recovery codes")
    question = _("Shall the old codes no longer count?")


class PasskeyNew(Said, Titled, keys.AddWebAuthnView):
    title = _("Add a passkey")
    question = _("Which device or key shall sign you in?")
    done = _("The passkey is added.")


class PasskeyRemove(Titled, keys.RemoveWebAuthnView):
    title = _("Remove the passkey")
    question = _("Shall this device or key no longer sign you in?")

    def form_valid(self, form: Any) -> HttpResponse:
        """Removed, unless it is the last factor of a role that needs one."""
        if not get_adapter().can_delete_authenticator(self.get_object()):
            messages.error(self.request, gettext("Your role needs a second factor. Add another one first."))
            return redirect("mfa_index")
        return super().form_valid(form)


class Sessions(Said, Titled, usersessions.ListUserSessionsView):
    title = _("Where you are signed in")
    question = _("Is every one of these sessions yours?")
    done = _("Every other session is signed out.")

    def form_valid(self, form: Any) -> HttpResponse:
        """All others are ended, and that is noted."""
        count = UserSession.objects.filter(user=self.request.user).count() - 1
        response = super().form_valid(form)
        signing.sessions_ended(
            by=self.request.user, at=timezone.now(), address=address(self.request), count=max(count, 0)
        )
        return response


class Passkey(keys.LoginWebAuthnView):
    """Signing in with a passkey alone."""

    def form_invalid(self, form: Any) -> HttpResponse:
        """What went wrong, noted without a name: who it was is not known."""
        signing.failed(username="", at=timezone.now(), address=address(self.request), what="passkey")
        return super().form_invalid(form)


@access("public")
def locked(request: HttpRequest) -> HttpResponse:
    """The password is right, and the account is locked."""
    context = {"title": gettext("This account is locked"), "question": gettext("Why can I not sign in?")}
    return render(request, "account/locked.html", context | {"active": "account"}, status=403)


def fresh(view: Any) -> Any:
    """A view whose answers nobody keeps."""
    return method_decorator(never_cache, name="dispatch")(view).as_view()


login = access("public")(fresh(Login))
second = access("public")(fresh(Second))
passkey = access("public")(fresh(Passkey))
logout = access("public")(fresh(Logout))
again = access("signed")(fresh(Again))
again_code = access("signed")(fresh(AgainCode))
again_passkey = access("signed")(fresh(AgainPasskey))
password = access("signed")(fresh(Password))
factors = access("signed")(fresh(Index))
app = access("signed")(fresh(App))
app_remove = access("signed")(fresh(AppRemove))
codes = access("signed")(fresh(Codes))
codes_new = access("signed")(fresh(CodesNew))
codes_file = access("signed")(fresh(recovery.DownloadRecoveryCodesView))
passkey_new = access("signed")(fresh(PasskeyNew))
passkey_remove = access("signed")(fresh(PasskeyRemove))
sessions = access("signed")(fresh(Sessions))
