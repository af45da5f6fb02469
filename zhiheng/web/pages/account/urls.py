"""Addresses under /account/. The names are the ones that django-allauth asks for; what it offers beyond them has no address."""

from django.urls import path

from zhiheng.web.pages.account import demonstration, doors, own, people, tokens

urlpatterns = [
    path("", own.home, name="account"),
    path("sign-in/", doors.login, name="account_login"),
    path("sign-in/demonstration/", demonstration.enter, name="account_demonstration"),
    path("sign-in/second/", doors.second, name="mfa_authenticate"),
    path("sign-in/passkey/", doors.passkey, name="mfa_login_webauthn"),
    path("sign-in/locked/", doors.locked, name="account_inactive"),
    path("sign-out/", doors.logout, name="account_logout"),
    path("again/", doors.again, name="account_reauthenticate"),
    path("again/code/", doors.again_code, name="mfa_reauthenticate"),
    path("again/passkey/", doors.again_passkey, name="mfa_reauthenticate_webauthn"),
    path("password/", doors.password, name="account_change_password"),
    path("factors/", doors.factors, name="mfa_index"),
    path("factors/app/", doors.app, name="mfa_activate_totp"),
    path("factors/app/remove/", doors.app_remove, name="mfa_deactivate_totp"),
    path("factors/codes/", doors.codes, name="mfa_view_recovery_codes"),
    path("factors/codes/new/", doors.codes_new, name="mfa_generate_recovery_codes"),
    path("factors/codes/recovery-codes.txt", doors.codes_file, name="mfa_download_recovery_codes"),
    path("factors/passkeys/", doors.factors, name="mfa_list_webauthn"),
    path("factors/passkeys/new/", doors.passkey_new, name="mfa_add_webauthn"),
    path("factors/passkeys/<int:pk>/remove/", doors.passkey_remove, name="mfa_remove_webauthn"),
    path("sessions/", doors.sessions, name="usersessions_list"),
    path("tokens/", tokens.tokens, name="account_tokens"),
    path("tokens/<int:token>/revoke/", tokens.revoke, name="account_token_revoke"),
    path("people/", people.people, name="account_people"),
    path("people/new/", people.new, name="account_person_new"),
    path("people/pending/<int:pending>/", people.decide, name="account_pending"),
    path("people/one/<str:username>/", people.person, name="account_person"),
    path("people/one/<str:username>/<slug:act>/", people.act, name="account_person_act"),
]
