"""Product risk from a harm scenario: a form whose address is the assessment, so that it can be sent to somebody."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext

from zhiheng import rules
from zhiheng.errors import UsageError
from zhiheng.surveillance import product_risk as risk
from zhiheng.surveillance.inbox.terms import plain
from zhiheng.web.access import access
from zhiheng.web.pages import words
from zhiheng.web.pages.watch import shown

ROWS = 4
LONGEST = 200


@access("public")
def product_risk(request: HttpRequest) -> HttpResponse:
    """The form, and the assessment once it holds."""
    terms = plain(rules.settings("product-risk", on=timezone.localdate()))
    given = [
        {
            "number": n,
            **{
                name: request.GET.get(f"{name}{n}", "")[:LONGEST].strip()
                for name in ("what", "probability", "evidence")
            },
        }
        for n in range(1, ROWS + 1)
    ]
    severity, items = request.GET.get("severity", "3")[:1], request.GET.get("items", "0")[:13].strip() or "0"
    context: dict[str, Any] = {
        "title": gettext("Product risk assessment"),
        "question": gettext("How grave is the risk of this product, and what does that rest on?"),
        "active": "signals",
        "pages": shown.tabs("watch_risk"),
        "steps": given,
        "items": items,
        "severities": [
            {"value": str(level), "label": words.both(name), "on": str(level) == severity}
            for level, name in terms["severities"].items()
        ],
    }
    if any(one["what"] or one["probability"] for one in given):
        try:
            context |= result(given, severity, items, terms)
        except UsageError as error:
            context["fault"] = str(error)
    return render(request, "watch_risk.html", context)


def result(given: list[dict[str, Any]], severity: str, items: str, terms: dict[str, Any]) -> dict[str, Any]:
    """The assessment in words. UsageError: something given cannot be read."""
    steps = []
    for one in given:
        if not (one["what"] or one["probability"]):
            continue
        try:
            steps.append(risk.Step(one["what"], float(one["probability"]), one["evidence"]))
        except ValueError as error:
            raise UsageError(
                gettext("Step %(n)s: write the probability as a number from 0 to 1, such as 0.05.")
                % {"n": one["number"]}
            ) from error
    if not (severity.isdigit() and items.isascii() and items.isdigit()):
        raise UsageError(gettext("Items in use are a whole number, such as 250000."))
    found = risk.assess(steps, severity=int(severity), items=int(items), terms=terms)
    raised = gettext("raised by %(n)s bands for the items in use; %(level)s without that") % {
        "n": found.bands_raised,
        "level": words.both(terms["words"][found.level_alone]),
    }
    return {
        "level": words.both(terms["words"][found.level]),
        "bigs": [
            {
                "name": gettext("Risk"),
                "value": words.both(terms["words"][found.level]),
                "note": raised if found.bands_raised else "",
                "urgent": found.level == "serious",
            },
            {
                "name": gettext("Probability of harm"),
                "value": f"{found.probability:.3g}",
                "note": words.both(terms["bands"][found.band]),
            },
        ],
        "doubtful": gettext(", ").join(map(str, found.doubtful)),
    }
