"""Settings. A loopback site needs none; anything wider takes its secret and its hosts from the environment, or refuses to start."""

import os
from pathlib import Path

from zhiheng.errors import UsageError
from zhiheng.site import database, keys

PACKAGE = Path(__file__).resolve().parent.parent
WORKSPACE = Path(os.environ.get("ZHIHENG_HOME", "var")).resolve()
LOOPBACK = ["127.0.0.1", "localhost", "[::1]"]

# the first name by which others reach this site: it stands in the codes on documents
PUBLIC_HOST = next(
    (host for host in os.environ.get("ZHIHENG_HOSTS", "").split(",") if host and host[0] not in ".*"), ""
)
ALLOWED_HOSTS = LOOPBACK + [host for host in os.environ.get("ZHIHENG_HOSTS", "").split(",") if host]
SECRET_KEY = os.environ.get("ZHIHENG_SECRET", "")
if not SECRET_KEY:
    if len(ALLOWED_HOSTS) > len(LOOPBACK):
        raise UsageError(
            "ZHIHENG_HOSTS opens the site beyond this machine: set ZHIHENG_SECRET to a long random text as well"
        )
    SECRET_KEY = keys.kept(WORKSPACE / "keys" / "secret")
# whether others than the staff can reach this site: pages that are not public are refused then
OPENED = len(ALLOWED_HOSTS) > len(LOOPBACK) and os.environ.get("ZHIHENG_INSIDE", "") != "1"
DEBUG = False
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
    "ninja",
    "zhiheng.register",
    "zhiheng.web",
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
    "zhiheng.web.shell.Guard",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "web" / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "zhiheng.web.shell.surroundings",
            ]
        },
    }
]
DATABASES = {"default": database.settings(os.environ.get("ZHIHENG_DATABASE", ""), WORKSPACE)}

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

DATA_UPLOAD_MAX_MEMORY_SIZE = 2**20
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "loggers": {"django.request": {"level": "ERROR"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
