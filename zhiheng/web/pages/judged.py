"""What the results of a case are judged by, as its pages say it; where nobody stated it, they say that."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from zhiheng.register import judging
from zhiheng.web.pages import words

RULES = {
    "": _("as the standard says"),
    "simple": _("simple acceptance"),
    "guarded": _("guarded by the 95% interval"),
}


def facts(evidence: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Standard, category, decision rule and edition as key and value."""
    basis, stated = judging.basis(evidence, on=timezone.localdate())
    name = words.both(dict(basis.names))
    if not stated:
        note = gettext("Nobody stated it when the case was opened: until then results are judged by %(name)s.")
        return [
            {"label": gettext("Judged by"), "text": gettext("not stated"), "note": note % {"name": name}},
            {"label": gettext("Product category"), "text": evidence.get("product_type") or gettext("not stated")},
        ]
    rule = str(evidence.get("decision", ""))
    found = [
        {"label": gettext("Judged by"), "text": name},
        {"label": gettext("Product category"), "text": evidence.get("product_type") or words.MISSING},
        {"label": gettext("Decision rule"), "text": str(RULES.get(rule, rule))},
    ]
    day = evidence.get("edition_on")
    edition = gettext("that of %(day)s") % {"day": day} if day else gettext("that of the day of sampling")
    return [*found, {"label": gettext("Edition"), "text": edition}]
