"""The page of one draw: four stages, one question about one target."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext, ngettext

from zhiheng.errors import DrawTampered
from zhiheng.reports import browse
from zhiheng.reports.browse import View
from zhiheng.selection import DRAWN
from zhiheng.selection.ceremony import Ceremony, strata
from zhiheng.selection.lookup import Answer, answer, rows
from zhiheng.web.access import access
from zhiheng.web.pages import common, words
from zhiheng.web.pages.ceremony import wording
from zhiheng.web.pages.ceremony.downloads import packable
from zhiheng.web.pages.ceremony.shown import committed, crumbs, one
from zhiheng.web.pages.common import url

LISTING = browse.Listing(DRAWN, facets=(), searched=(), order=("row",), key="row", filters=frozenset({"id"}))
STRATA_SHOWN = 60
COLUMNS = ("id", "stratum", "probability", "inspectors")
LONGEST_ID = 200
DIGITS = 4


@access("public")
def draw(request: HttpRequest, name: str) -> HttpResponse:
    """A draw: what was committed, when the seed becomes known, what it was, what it drew."""
    entry = one(name)
    asked = browse.view(LISTING, common.given(request))
    context: dict[str, Any] = {
        "title": entry.title,
        "question": gettext("Was this drawn by chance alone, from the list that was fixed before?"),
        "active": "draws",
        "crumbs": crumbs(entry),
        "entry": entry,
        "stage": wording.STAGE[entry.stage],
        "verify_url": url("draw_verification", name),
        "api_url": f"/api/draws/{name}",
    }
    if entry.found is None:
        return render(request, "draw.html", context)
    unit = next(iter(dict(asked.filters).get("id", ())), "")[:LONGEST_ID].strip()
    context |= commitment(entry) | waiting(entry) | revealed(entry) | outcome(entry, asked, path=request.path)
    return render(request, "draw.html", context | looked_up(entry, unit) | {"steps": steps(entry)})


def steps(entry: Ceremony) -> list[dict[str, str]]:
    """The four stages; the one that is going on is `now`."""
    at = {"committed": 1, "due": 2, "revealing": 2, "revealed": 3, "drawn": 4}[entry.stage]
    labels = (gettext("Commitment"), gettext("Countdown"), gettext("Reveal"), gettext("Outcome"))
    ids = ("commitment", "countdown", "reveal", "outcome")
    return [
        {"label": label, "url": f"#{anchor}", "state": "done" if place < at else "now" if place == at else "ahead"}
        for place, (label, anchor) in enumerate(zip(labels, ids, strict=True))
    ]


def commitment(entry: Ceremony) -> dict[str, Any]:
    """What was fixed, and the checksum that was published."""
    assert entry.found is not None
    body, design = entry.found.body, str(entry.plan.get("design", ""))
    facts = [
        {"label": gettext("Committed"), "text": wording.moment(committed(entry))},
        {"label": gettext("Design"), "text": wording.DESIGN.get(design, design or words.MISSING)},
        {"label": gettext("Lists become public"), "text": disclosed(entry)},
    ]
    if entry.plan.get("balance"):
        facts.insert(
            2, {"label": gettext("Balanced on"), "text": words.listed([str(name) for name in entry.plan["balance"]])}
        )
    bigs = [
        {"name": gettext("Targets in the list"), "value": words.number(body["units"])},
        {"name": gettext("To draw"), "value": words.number(sum(entry.found.n))},
        {"name": gettext("Strata"), "value": words.number(len(entry.found.strata))},
    ]
    if body["inspectors"]:
        bigs.append({"name": gettext("Inspectors to each target"), "value": words.number(body["inspectors"]["each"])})
    return {
        "bigs": bigs,
        "commitment_facts": facts,
        "digest": entry.found.digest,
        "files": files_of(entry),
        "strata": strata_of(entry),
        "zip_url": url("draw_packed", entry.name) if packable(entry) else "",
    }


def disclosed(entry: Ceremony) -> str:
    """When the lists become public, in words."""
    if entry.plan.get("disclose") == "commitment":
        return gettext("with the commitment")
    return gettext("with the outcome; until then their checksums alone are")


def files_of(entry: Ceremony) -> list[dict[str, Any]]:
    """The files with their checksums, and where each may be read."""
    return [
        {
            "name": file.name,
            "about": wording.FILE.get(file.name, ""),
            "sha256": file.sha256 or "",
            "bytes": words.number(file.bytes),
            "url": url("draw_file", entry.name, file.name) if file.is_public else "",
        }
        for file in entry.files()
    ]


def strata_of(entry: Ceremony) -> dict[str, Any]:
    """The first strata as a table."""
    assert entry.found is not None
    columns = [
        {"label": gettext("Stratum"), "wide": True},
        {"label": gettext("Targets"), "numeric": True},
        {"label": gettext("To draw"), "numeric": True},
    ]
    lines = [
        [{"text": name, "main": True}, {"text": words.number(units)}, {"text": words.number(drawn)}]
        for name, units, drawn in strata(entry, most=STRATA_SHOWN)
    ]
    more = len(entry.found.strata) - len(lines)
    caption = (
        gettext("The first %(n)s; the manifest has the other %(more)s.") % {"n": len(lines), "more": words.number(more)}
        if more
        else ""
    )
    return common.table(columns, lines, label=gettext("Strata"), caption=caption, tall=len(lines) > 12)


def waiting(entry: Ceremony) -> dict[str, Any]:
    """The announced moment of the seed, and how long it is until then."""
    assert entry.found is not None
    moment = entry.moment
    return {
        "kind": wording.KIND[entry.found.body["seed"]["kind"]],
        "moment": "" if moment is None else wording.moment(moment),
        "moment_iso": "" if moment is None else datetime.fromtimestamp(moment, UTC).isoformat(),
        "left": "" if moment is None or moment <= time.time() else wording.left(moment - time.time()),
        "left_words": wording.template(),
    }


def revealed(entry: Ceremony) -> dict[str, Any]:
    """What the seed was made of, whether it holds, and who is awaited."""
    assert entry.found is not None
    terms, proof = entry.found.body["seed"], entry.proof()
    facts: list[dict[str, Any]] = []
    if terms["kind"] == "drand":
        facts += [
            {"label": gettext("Round"), "text": words.number(terms["round"])},
            {"label": gettext("Chain"), "text": terms["chain"]["chain_hash"]},
        ]
    elif terms["kind"] == "rfc3797":
        given = values(entry)
        facts += [
            {"label": source, "text": given[place] if place < len(given) else gettext("not known yet")}
            for place, source in enumerate(terms["sources"])
        ]
    else:
        facts += [
            {
                "label": name,
                "text": gettext("has revealed")
                if name in proof.revealed
                else gettext("has promised, not revealed yet"),
                "note": promised,
            }
            for name, promised in sorted(terms["parties"].items())
        ]
    return {"proof": proof, "reveal_facts": facts, "next": proof.awaited[0] if proof.awaited else ""}


def values(entry: Ceremony) -> list[str]:
    """The numbers of the sources as they were given."""
    if entry.stage not in ("revealed", "drawn") or entry.proof().holds is False:
        return []
    given = entry.revealed().get("values", [])
    return [", ".join(str(number) for number in one) for one in given] if isinstance(given, list) else []


def outcome(entry: Ceremony, asked: View, *, path: str) -> dict[str, Any]:
    """What was drawn, a page at a time, and how."""
    design = str(entry.plan.get("design", ""))
    if entry.stage != "drawn":
        return {"how": wording.HOW.get(design, ""), "drawn": None}
    try:
        account = entry.outcome()
        found = list(rows(entry, first=(asked.page - 1) * asked.size, size=asked.size))
    except DrawTampered as error:
        return {"how": "", "drawn": None, "outcome_fault": str(error)}
    lines = [
        [
            {"text": row.id, "main": True},
            {"text": row.stratum},
            {"text": chance(row.probability), "note": "{}/{}".format(*row.probability)},
            {"text": words.listed(row.inspectors) or words.MISSING},
        ]
        for row in found
    ]
    columns = [common.heading(DRAWN, name) for name in COLUMNS]
    return {
        "drawn": common.table(columns, lines, label=gettext("Targets drawn")),
        "paging": common.paging(asked, int(account["drawn"]), path=path),
        "how": wording.HOW.get(design, ""),
        "seed": account["seed"],
        "assignment": assignment(account.get("assignment")),
        "exports": {f"{form}_url": url("draw_drawn", entry.name, form) for form in ("csv", "xlsx", "parquet")}
        | {"api_url": f"/api/draws/{entry.name}/targets"},
    }


def chance(probability: tuple[int, int]) -> str:
    """A probability as a reader takes it in; certainty is said."""
    top, bottom = probability
    return gettext("certain") if top == bottom else f"{top / bottom:.{DIGITS}f}"


def assignment(account: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """How work and ways were shared."""
    if not account:
        return []
    loads = [
        ngettext("%(n)s inspector with %(visits)s visits", "%(n)s inspectors with %(visits)s visits", n)
        % {"n": words.number(n), "visits": visits}
        for visits, n in account["visits"].items()
    ]
    ways = account["ways"]
    near = sum(n for band, n in ways.items() if band == "0")
    return [
        {"label": gettext("Work"), "text": "; ".join(loads)},
        {
            "label": gettext("Ways"),
            "text": gettext("%(near)s of %(all)s visits in the inspector’s own county")
            % {"near": words.number(near), "all": words.number(sum(ways.values()))},
        },
        {"label": gettext("Together again"), "text": words.number(account["partners_again"])},
    ]


def looked_up(entry: Ceremony, unit: str) -> dict[str, Any]:
    """What the draw says of one target."""
    if not unit or not entry.is_disclosed:
        return {"unit": unit, "answer": None}
    try:
        found = answer(entry, unit)
    except DrawTampered as error:
        return {"unit": unit, "answer": None, "answer_fault": str(error)}
    return {"unit": unit, "answer": found, "answer_facts": said(found)}


def said(found: Answer) -> list[dict[str, Any]]:
    """An answer as facts."""
    if found.stratum is None:
        return []
    facts = [
        {"label": gettext("In the list"), "text": gettext("yes")},
        {"label": gettext("Stratum"), "text": found.stratum, "note": gettext("%(n)s targets") % {"n": found.units}},
        {
            "label": gettext("Probability"),
            "text": chance(found.probability) if found.probability else gettext("follows with the outcome"),
            "note": "{}/{}".format(*found.probability) if found.probability else "",
        },
    ]
    if found.is_drawn is not None:
        facts.append({"label": gettext("Drawn"), "text": gettext("yes") if found.is_drawn else gettext("no")})
    if found.drawn and found.drawn.inspectors:
        facts.append({"label": gettext("Inspectors"), "text": words.listed(found.drawn.inspectors)})
    return facts
