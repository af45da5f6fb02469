"""What a document can name: the data of a case as texts in one language, by placeholder."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from zhiheng.reports.wording import Words, day_in_words

Body = Mapping[str, Any]
PARTIES = ("subject", "producer", "laboratory", "retest_laboratory")
ARTICLE = re.compile(r"第([0-9、—\-]+)条(?:第([0-9]+)款)?")
HAN = re.compile(r"[\u4e00-\u9fff]")
ACT = re.compile(r"^(.*?)(（[^（）]*）)?$")


def facts(data: Body, said: Words) -> dict[str, str]:
    """Every placeholder with its text; one with nothing to say is empty.

    Those with a prefix (said.…, told.…, number_of.…, day_of.…, due.…) are there only where the case has them.
    """
    found = {name: str(data.get(name) or "") for name in ("authority", "case", "title", "number", "why")}
    found |= {"day": day(data["on"], said), "cite": citation(data.get("cite") or {}, said)}
    found |= {
        name: said_in(data.get(f"{name}_title"), said) or str(data.get(name, ""))
        for name in ("procedure", "act", "state")
    }
    found |= parties(data.get("parties") or {}) | product(data, said) | tested(data, said)
    found |= {
        f"{group}.{key}": plain(value, said)
        for group in ("said", "told")
        for key, value in (data.get(group) or {}).items()
    }
    for paper in data.get("papers") or ():
        found |= {f"number_of.{paper['kind']}": paper["number"], f"day_of.{paper['kind']}": day(paper["on"], said)}
    for period in data.get("periods") or ():
        found[f"due.{period['key']}"] = day(period["due"], said)
    return found


def parties(told: Body) -> dict[str, str]:
    """Names, codes and addresses of who is concerned."""
    found = {}
    for role in PARTIES:
        one = told.get(role) or {}
        found[role] = str(one.get("name") or "")
        found[f"{role}_code"] = str(one.get("credit_code") or "")
        found[f"{role}_address"] = str(one.get("address") or "")
    return found


def product(data: Body, said: Words) -> dict[str, str]:
    """What was sampled: as the product is registered, else as the first sample has it, else the title of the case."""
    told, samples = data.get("product") or {}, data.get("samples") or ()
    first = samples[0] if samples else {}
    found = {name: str(told.get(name) or first.get(name) or "") for name in ("model", "mark", "standard", "batch")}
    found["product"] = str(told.get("name") or first.get("product") or data.get("title") or "")
    drawn = next((one["on"] for one in data.get("papers") or () if one["kind"] == "sampling_form"), "")
    found["sampled_on"] = day(first.get("sampled_on") or drawn, said)
    if not found["sampled_on"] and data.get("kind") == "sampling_form":
        found["sampled_on"] = day(data["on"], said)
    found["samples"] = listed([one["number"] for one in samples], said)
    found["product_full"] = " ".join(filter(None, (found["mark"], found["product"], found["model"])))
    return found


def tested(data: Body, said: Words) -> dict[str, str]:
    """What the laboratories found, the first and that of the retest."""
    found: dict[str, str] = {}
    for prefix, is_retest in (("", False), ("retest_", True)):
        lines = [one for one in data.get("findings") or () if bool(one.get("retest")) == is_retest]
        failed = [said_in(one["item"], said) for one in lines if one["verdict"] == "nonconforming"]
        report: Body = next(
            (one for one in reversed(data.get("reports") or ()) if bool(one.get("retest")) == is_retest), {}
        )
        found[f"{prefix}report"] = str(report.get("number") or "")
        found[f"{prefix}{'day' if is_retest else 'report_day'}"] = day(report.get("on") or "", said)
        found[f"{prefix}{'failed' if is_retest else 'failed_items'}"] = listed(list(dict.fromkeys(failed)), said)
        if not is_retest:
            found |= {"failed_count": str(len(failed)), "items_count": str(len(lines))}
    return found


def listed(names: Sequence[str], said: Words) -> str:
    """Names one after the other.

    >>> from zhiheng.reports.wording import words
    >>> listed(["铅", "镉"], words("zh"))
    '铅、镉'
    """
    return ("、" if said.is_chinese else ", ").join(names)


def said_in(told: Any, said: Words) -> str:
    """A text of both languages in one, or a text as it is."""
    return str(told.get(said.language) or "") if isinstance(told, Mapping) else str(told or "")


def plain(value: Any, said: Words) -> str:
    """What was said in a field: a day in words, the rest as it is."""
    text = said_in(value, said)
    return day(text, said) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else text


def day(iso: str, said: Words) -> str:
    """An ISO day in words; nothing stays nothing."""
    return day_in_words(date.fromisoformat(iso), said) if iso else ""


def citation(cite: Body, said: Words) -> str:
    """An article as a document cites it.

    >>> from zhiheng.reports.wording import words
    >>> told = {"act": "产品质量监督抽查管理暂行办法（总局令第18号）", "at": "第45、46条"}
    >>> citation(told, words("zh")), citation(told, words("en"))
    ('《产品质量监督抽查管理暂行办法》（总局令第18号）第45、46条', '产品质量监督抽查管理暂行办法（总局令第18号）, Art. 45, 46')
    """
    act, at = str(cite.get("act") or ""), str(cite.get("at") or "")
    if not act:
        return ""
    if said.is_chinese:
        named = "、".join(bracketed(one) for one in act.split("、"))
        return f"{named} {at}".strip() if named[-1:].isascii() else named + at
    article = ARTICLE.sub(lambda one: f"Art. {one[1]}" + (f"({one[2]})" if one[2] else ""), at)
    return f"{act}, {article.replace('、', ', ')}" if article else act


def bracketed(act: str) -> str:
    """A law in its brackets; a standard has none.

    >>> bracketed("产品质量法"), bracketed("GB 4806.7-2023")
    ('《产品质量法》', 'GB 4806.7-2023')
    """
    found = ACT.match(act)
    if found is None or not HAN.search(found[1]):
        return act
    return f"《{found[1]}》{found[2] or ''}"
