"""Settings. A loopback site needs none; anything wider takes its secret and its hosts from the environment, or refuses to start.

ZHIHENG_HOME      the workspace                              ZHIHENG_DATABASE  a PostgreSQL instead of SQLite in the workspace
ZHIHENG_HOSTS     the names the site is reached by, over HTTPS   ZHIHENG_SECRET    a long random text
ZHIHENG_ORIGIN    https://name, when it is not the first of them  ZHIHENG_PROXIES   how many proxies of your own stand before it
ZHIHENG_TICK_SECONDS  between two looks at the deadlines, 60
ZHIHENG_INSIDE=1  only staff can reach the site              ZHIHENG_DEMO=1    accounts to try out; on this machine only
"""

import os
from datetime import date, timedelta
from pathlib import Path

from zhiheng import rules
from zhiheng.register import keys
from zhiheng.site import database, opening, post

PACKAGE = Path(__file__).resolve().parent.parent
WORKSPACE = Path(os.environ.get("ZHIHENG_HOME", "var")).resolve()
LOOPBACK = ["127.0.0.1", "localhost", "[::1]"]

HOSTS = [host.strip() for host in os.environ.get("ZHIHENG_HOSTS", "").split(",") if host.strip()]
WIDE = bool(HOSTS)  # other machines can reach the site
opening.checked(os.environ)
ALLOWED_HOSTS = LOOPBACK + HOSTS
SECRET_KEY = os.environ.get("ZHIHENG_SECRET", "") or keys.kept(WORKSPACE / "keys" / "secret")
# whether others than the staff can reach this site: pages that are not public are refused then to who is not signed in
OPENED = WIDE and os.environ.get("ZHIHENG_INSIDE", "") != "1"
# accounts to try out are listed on the page to sign in, and one click is enough; never where other machines can reach the site
DEMO = os.environ.get("ZHIHENG_DEMO", "") == "1"
# how browsers name the site; passkeys belong to it
ORIGIN = os.environ.get("ZHIHENG_ORIGIN", "") or (f"https://{HOSTS[0]}" if WIDE else "")
# the first name by which others reach this site: it stands in the codes on documents
PUBLIC_HOST = next((host for host in HOSTS if host[0] not in ".*"), "")
DEBUG = False
TERMS = rules.settings("security", on=date.today())
# sampling forms are taken in only from holders of a task link; "off" takes none at all
FORMS_INTAKE = os.environ.get("ZHIHENG_FORMS", "on") != "off"

ROOT_URLCONF = "zhiheng.site.urls"
WSGI_APPLICATION = "zhiheng.site.wsgi.application"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "ninja",
    "zhiheng.register",
    "zhiheng.web.apps.WebConfig",
]
AUTH_USER_MODEL = "register.Account"
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "zhiheng.web.sessions.Limits",
    "zhiheng.web.shell.Guard",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "web" / "templates"],
        "OPTIONS": {
            "builtins": ["zhiheng.web.tongue", "zhiheng.web.cells"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
                "zhiheng.web.shell.surroundings",
            ],
        },
    }
]
# the mail server that reminders go out by; without one they stay in the register, where a page shows them
SMTP, MAIL_FROM = post.settings(os.environ.get("ZHIHENG_SMTP", ""))
DATABASES = {"default": database.settings(os.environ.get("ZHIHENG_DATABASE", ""), WORKSPACE)}
# tries are counted where every process of the site sees them: beside PostgreSQL there may be several, beside SQLite there is one
CACHES = {
    "default": (
        {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "zhiheng_cache"}
        if os.environ.get("ZHIHENG_DATABASE")
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    )
    # what is dropped because others came is not counted any more: Django's own 300 are gone with a few names tried
    | {"OPTIONS": {"MAX_ENTRIES": TERMS["tries_kept"]}}
}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LOCALE_PATHS = [PACKAGE / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "static/"
STATICFILES_DIRS = [PACKAGE / "web" / "static"]
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 3600

# signing in (django-allauth): user name and password, then a second factor; nobody makes an own account
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
VALIDATION = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": f"{VALIDATION}.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["username", "name", "email"]},
    },
    {"NAME": f"{VALIDATION}.MinimumLengthValidator", "OPTIONS": {"min_length": TERMS["password"]["least"]}},
    {"NAME": f"{VALIDATION}.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "account"
LOGOUT_REDIRECT_URL = "overview"
ACCOUNT_ADAPTER = "zhiheng.web.signing.Accounts"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = TERMS["reauthentication_minutes"] * 60
ACCOUNT_RATE_LIMITS = {
    key: rate
    for key, rate in TERMS["rates"].items()
    if key in ("login", "login_failed", "reauthenticate", "change_password")
}
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("ZHIHENG_PROXIES", "0"))
MFA_ADAPTER = "zhiheng.web.signing.Factors"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODE_COUNT = TERMS["recovery_codes"]
MFA_TOTP_TOLERANCE = 1
MFA_RATE_LIMITS = {"webauthn_login": TERMS["rates"]["webauthn_login"]}
SECOND_FACTOR_ROLES = tuple(TERMS["second_factor"])

SESSION_COOKIE_AGE = int(timedelta(hours=TERMS["session"]["whole_hours"]).total_seconds())
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = WIDE
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = ("__Host-session", "__Host-csrf") if WIDE else ("session", "csrf")
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
CSRF_FAILURE_VIEW = "zhiheng.web.shell.forged"
CSRF_TRUSTED_ORIGINS = [ORIGIN] if ORIGIN else []
if WIDE:
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = int(timedelta(days=TERMS["hsts_days"]).total_seconds())
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
if ALLAUTH_TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

DATA_UPLOAD_MAX_MEMORY_SIZE = 2**20
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "loggers": {"django.request": {"level": "ERROR"}, "django.security": {"level": "ERROR"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
