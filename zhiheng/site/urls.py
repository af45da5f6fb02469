"""Every address: the API once, the pages in Chinese at the root and in English under /en/."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path

from zhiheng.api import api

urlpatterns = [
    path("api/", api.urls),
    *i18n_patterns(path("", include("zhiheng.web.urls")), prefix_default_language=False),
]
handler429 = "zhiheng.web.shell.too_many"
handler404 = "zhiheng.web.shell.not_found"
handler500 = "zhiheng.web.shell.broken"
