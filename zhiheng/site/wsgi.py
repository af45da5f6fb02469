"""The site as a WSGI application, warmed up before it answers."""

import os
from importlib import import_module

from django.core.wsgi import get_wsgi_application
from django.test import Client

from zhiheng import rules
from zhiheng.register import opening

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhiheng.site.settings")
application = get_wsgi_application()
opening.migrated()
if (
    os.environ.get("ZHIHENG_TICK") == "1"
):  # zhiheng serve says so; another server may leave it to `zhiheng remind --every`
    import_module("zhiheng.register.ticking").started(seconds=float(os.environ.get("ZHIHENG_TICK_SECONDS", "60")))
# the first reader shall not wait for the addresses, the law and the first page to be made
Client(raise_request_exception=False, headers={"host": "localhost"}).get("/")
rules.book()
rules.analytes()
rules.categories()
