"""The site as a WSGI application, warmed up before it answers."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from zhiheng import rules

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhiheng.site.settings")
application = get_wsgi_application()
# the first reader shall not wait for the addresses and the law to be read
assert get_resolver().url_patterns
rules.book()
rules.analytes()
rules.categories()
