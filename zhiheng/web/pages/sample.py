"""One sample as a story: made, sampled, tested, tested again, published, taken in, judged."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext

from zhiheng.decision import FINDINGS, SAMPLES
from zhiheng.errors import NothingThereYet
from zhiheng.web.pages import common, words
from zhiheng.web.pages.common import url
from zhiheng.web.shell import shelf

MOST = 200
OPEN = 2
WALKED = 12
CITED = 3
FIRST = ("nonconforming", "inconclusive", "conforming", "not_judged")
PLACES = ("product_type", "maker", "origin", "site", "region", "province", "reference", "laboratory")
NO_DAY = ""


def story(dataset: str, sample_id: str) -> dict[str, Any]:
    """Everything that is known of a sample."""
    table, samples = FINDINGS.unbound(), SAMPLES.unbound()
    of_sample = table.filter(table.sample_id == sample_id)
    rows = shelf().rows(dataset, of_sample.order_by(["stage", "row", "item", "result_id"]).limit(MOST))
    if not rows:
        raise NothingThereYet(
            gettext(
                "There is no sample “%(name)s” in this data set; search above finds samples by number, firm or product."
            )
            % {"name": sample_id[:80]}
        )
    verdicts = shelf().rows(dataset, samples.filter(samples.sample_id == sample_id))
    first = rows[0]
    return {
        "title": first["product_name"] or sample_id,
        "active": "results",
        "dataset": dataset,
        "sample_id": sample_id,
        "question": gettext("Sample %(name)s: what was found, and under which rule was it judged?")
        % {"name": sample_id},
        "crumbs": [
            {"label": gettext("Test results"), "url": url("results")},
            {"label": common.title(dataset), "url": url("dataset_results", dataset)},
            {"label": sample_id},
        ],
        "verdict": verdicts[0]["verdict"] if verdicts else "not_judged",
        "summary": summed(verdicts, rows),
        "facts": facts(dataset, first),
        "events": events(dataset, rows),
        "table": items(rows, sample_id),
        "walk": [step(row, place) for place, row in enumerate(sorted(rows, key=urgency)[:WALKED])],
        "walked": WALKED if len(rows) > WALKED else 0,
        "supports": common.supports(dataset),
        "exports": common.downloads(dataset, "findings", common.View((("sample_id", (sample_id,)),))),
        "stale": any(row["standing"] in ("stale", "unverified") for row in rows),
        "cut": len(rows) == MOST,
    }


def summed(verdicts: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, Any]]) -> str:
    """The verdict in one sentence."""
    if not verdicts:
        return gettext("A quality-control sample: its results are kept and not judged.")
    row = verdicts[0]
    failed = [
        words.analyte(one["analyte"]) if one["analyte"] else one["analyte_printed"]
        for one in rows
        if one["verdict"] == "nonconforming" and not one["superseded"] and one["force"] == "legal"
    ]
    if failed:
        named = words.listed([*dict.fromkeys(failed[:4])])
        return gettext("%(failed)s of %(results)s results failed: %(named)s") % {
            "failed": words.number(len(failed)),
            "results": words.number(row["results"]),
            "named": named,
        }
    advised = [one for one in rows if one["force"] == "guidance" and not one["superseded"]]
    if row["verdict"] == "not_judged" and advised:
        return gettext(
            "No legal limit covers what was tested. Against guidance values: %(above)s of %(results)s results above."
        ) % {
            "above": words.number(sum(one["verdict"] == "nonconforming" for one in advised)),
            "results": words.number(len(advised)),
        }
    if row["verdict"] == "not_judged":
        return gettext(
            "No rule of ours covers what was tested, so nothing was judged. The reason stands beside each item."
        )
    return gettext("%(results)s results, none beyond a limit that applies.") % {"results": words.number(row["results"])}


def facts(dataset: str, row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the sample is and where it comes from; empty facts are left out."""
    found = [{"label": words.label(FINDINGS, "sample_id"), "text": row["sample_id"]}]
    for name in PLACES:
        if row[name]:
            link = (
                common.one_url(dataset, name, row[name])
                if name in common.BROWSABLE
                else common.rows_url(dataset, **{name: row[name]})
            )
            found.append({"label": words.label(FINDINGS, name), "text": words.said(name, row[name]), "url": link})
    return found


def events(dataset: str, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What happened, in order; what has no day of its own says so."""
    first, opened = rows[0], shelf().open(dataset)
    part = next((one for one in opened.summary["parts"] if one["sha256"] == first["source"]), {})
    found = []
    if first["made_on"]:
        found.append({"at": words.day(first["made_on"]), "title": gettext("Made"), "why": first["maker"] or ""})
    if first["sampled_on"]:
        found.append(
            {
                "at": words.day(first["sampled_on"]),
                "title": gettext("Sampled"),
                "why": " · ".join(part for part in (first["site"], first["region"]) if part),
            }
        )
    found += [tested(rows, stage) for stage in ("first", "retest") if any(row["stage"] == stage for row in rows)]
    if first["reference"]:
        found.append(
            undated(
                gettext("Published in a bulletin"),
                first["reference"],
                common.rows_url(dataset, reference=first["reference"]),
            )
        )
    file = gettext("File %(file)s, row %(row)s, SHA-256 %(sum)s…") % {
        "file": part.get("file", ""),
        "row": first["row"],
        "sum": first["source"][:16],
    }
    found.append(
        {
            "at": opened.summary["card"]["origin"].get("retrieved", NO_DAY),
            "title": gettext("Taken in"),
            "why": file,
            "by": opened.summary["card"]["origin"].get("publisher", ""),
            "url": url("rejects", dataset),
        }
    )
    cited = dict.fromkeys(row["citation"] for row in rows if row["rule_key"])
    text = (
        gettext("Under the rules in force on %(day)s") % {"day": words.spoken(first["day"])}
        if cited
        else gettext("No rule applied")
    )
    more = gettext(" and %(more)s more") % {"more": len(cited) - CITED} if len(cited) > CITED else ""
    return [
        *found,
        {
            "at": words.day(first["day"]),
            "shown": gettext("rules of %(day)s") % {"day": words.day(first["day"])},
            "title": gettext("Judged"),
            "why": text,
            "by": "; ".join([*cited][:CITED]) + more,
            "state": "now",
        },
    ]


def tested(rows: Sequence[Mapping[str, Any]], stage: str) -> dict[str, Any]:
    """The first test or the retest as one event."""
    of_stage = [row for row in rows if row["stage"] == stage]
    told = words.listed([f"{item_name(row)} {words.measured(row)}" for row in of_stage[:4]])
    more = gettext(" and %(more)s more") % {"more": words.number(len(of_stage) - 4)} if len(of_stage) > 4 else ""
    laboratory = of_stage[0]["laboratory"] or ""
    return undated(gettext("Tested first") if stage == "first" else gettext("Tested again (retest)"), told + more) | {
        "by": laboratory
    }


def undated(title: str, why: str, link: str = "") -> dict[str, Any]:
    """An event whose day the source does not give."""
    return {"at": NO_DAY, "shown": gettext("day not given"), "title": title, "why": why, "url": link}


def item_name(row: Mapping[str, Any]) -> str:
    """The test item by name, or as printed when nobody has entered it."""
    return words.analyte(row["analyte"]) if row["analyte"] else row["analyte_printed"] or words.MISSING


def items(rows: Sequence[Mapping[str, Any]], sample_id: str) -> dict[str, Any]:
    """All items of a sample with verdict and reason."""
    has_printed = any(row["printed_verdict"] for row in rows)
    columns = [
        {"label": words.label(FINDINGS, "analyte"), "wide": True},
        {"label": gettext("Result"), "numeric": True},
        {"label": gettext("Our limit"), "nowrap": True},
        *([{"label": gettext("Printed limit"), "nowrap": True}] if has_printed else []),
        {"label": words.label(FINDINGS, "verdict")},
        {"label": words.label(FINDINGS, "reason"), "wide": True},
        {"label": words.label(FINDINGS, "exceedance"), "numeric": True},
    ]
    lines = []
    for row in rows:
        tag = (
            words.said("stage", "retest")
            if row["stage"] == "retest"
            else words.said("superseded", True)
            if row["superseded"]
            else ""
        )
        printed = [
            {
                "text": words.printed_limit(row),
                "note": words.said("agreement", row["agreement"]) if row["agreement"] else "",
            }
        ]
        lines.append(
            [
                {"text": item_name(row), "main": True, "tag": tag},
                {"text": words.measured(row)},
                {
                    "text": words.limit(row["operator"], row["rule_text"]),
                    "url": common.rule_url(row["rule_key"], on=row["day"]) if row["rule_key"] else "",
                },
                *(printed if has_printed else []),
                {"verdict": row["verdict"]},
                {"text": words.reason(row["reason"])},
                {"text": words.times(row["exceedance"])},
            ]
        )
    return common.table(columns, lines, label=gettext("Items of sample %(name)s") % {"name": sample_id})


def urgency(row: Mapping[str, Any]) -> int:
    """What a reader wants to have explained first."""
    return FIRST.index(row["verdict"])


def unit_beside(row: Mapping[str, Any]) -> str:
    """The printed unit, where the printed result does not carry it already and the source means one by it."""
    unit = row["printed_unit"] or ""
    return "" if unit in (row["printed"] or "") or unit == "None" else unit


def step(row: Mapping[str, Any], place: int) -> dict[str, Any]:
    """One item walked back to its rule and its row."""
    label = {name: words.label(FINDINGS, name) for name in FINDINGS.schema.names}
    found: list[dict[str, Any]] = [
        {"label": label["verdict"], "verdict": row["verdict"], "note": words.reason(row["reason"])},
        {"label": label["printed"], "text": row["printed"] or words.MISSING, "note": unit_beside(row)},
    ]
    if row["uncertainty"] is not None:
        found.append(
            {
                "label": label["uncertainty"],
                "text": words.amount(row["uncertainty"], row["kind"]),
                "note": gettext("95% interval %(low)s to %(high)s")
                % {"low": words.amount(row["lower"]), "high": words.amount(row["upper"])},
            }
        )
    if row["reporting_level"] is not None:
        found.append({"label": label["reporting_level"], "text": words.amount(row["reporting_level"], row["kind"])})
    if row["rule_key"]:
        found += ruled(row, label)
    if row["printed_verdict"]:
        found.append(
            {
                "label": label["printed_verdict"],
                "verdict": row["printed_verdict"],
                "note": words.said("agreement", row["agreement"]),
            }
        )
    found.append(
        {
            "label": gettext("Where it stands"),
            "text": gettext("row %(row)s, item %(item)s") % {"row": row["row"], "item": row["item"]},
            "note": f"SHA-256 {row['source'][:16]}… · {row['result_id']}",
        }
    )
    return {
        "title": item_name(row),
        "note": " · ".join(part for part in (words.measured(row), words.said("stage", row["stage"])) if part),
        "facts": found,
        "open": place < OPEN,
    }


def ruled(row: Mapping[str, Any], label: Mapping[str, str]) -> list[dict[str, Any]]:
    """Under which rule an item was judged, and how well that rule is known."""
    until = (
        gettext("until %(day)s") % {"day": words.day(row["rule_until"])}
        if row["rule_until"]
        else gettext("still in force as far as read")
    )
    found = [
        {
            "label": label["rule_key"],
            "text": words.rule(row["rule_key"]),
            "url": common.rule_url(row["rule_key"], on=row["day"]),
            "note": row["rule_key"],
        },
        {
            "label": label["rule_text"],
            "text": words.limit(row["operator"], row["rule_text"]),
            "note": words.said("force", row["force"]),
        },
        {
            "label": label["citation"],
            "text": row["citation"],
            "note": words.cited(gettext("since %(day)s") % {"day": words.day(row["rule_since"])}, until),
        },
        {
            "label": label["standing"],
            "text": words.said("standing", row["standing"]),
            "note": " · ".join([words.said("confidence", row["confidence"] or ""), words.day(row["checked"])]),
        },
        {"label": label["decision"], "text": words.said("decision", row["decision"]), "note": ""},
        {
            "label": label["placed"],
            "text": gettext("every product")
            if row["placed"] == "*"
            else words.category(row["placed"] or words.MISSING),
        },
    ]
    if row["condition"]:
        found.append({"label": label["condition"], "text": words.condition(row["condition"])})
    return found
