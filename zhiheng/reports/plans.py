"""Sampling plans in words and figures: one sentence, what the plan lets through, its curve as rows."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np
from scipy.optimize import brentq

from zhiheng import rules
from zhiheng.reports.conventions import convention
from zhiheng.selection.sampling import AttributesPlan, PrintedPlan, Scheme, matched
from zhiheng.stats import (
    Model,
    Stages,
    VariablesPlan,
    accepted_by_variables,
    operating,
    outgoing_quality_limit,
    quality_of,
)

Language = Literal["zh", "en"]
Method = Literal["s", "sigma"]
Row = dict[str, Any]
METHODS: tuple[Method, ...] = ("s", "sigma")
END, TINY = 0.005, 1e-9  # where a drawing may end: next to nothing is accepted
SEVERITIES = {
    "normal": ("正常检验", "normal"),
    "tightened": ("加严检验", "tightened"),
    "reduced": ("放宽检验", "reduced"),
}
SENTENCE = {
    "zh": "批量 {lot}、检验水平 {level}、AQL {aql}（{kind}）、{severity}：按 {edition}，字码 {letter}，{draw}",
    "en": "Lot of {lot}, level {level}, AQL {aql} ({kind}), {severity} inspection: by {edition}, letter {letter}, {draw}",
}
KINDS = {
    False: {"zh": "不合格品百分数", "en": "percent nonconforming"},
    True: {"zh": "每百单位产品不合格数", "en": "nonconformities per 100 items"},
}
COUNTED = {False: {"zh": "不合格品", "en": "nonconforming"}, True: {"zh": "不合格", "en": "nonconformities"}}
ARROW = {
    "zh": "字码 {first} 处为箭头，样本量与判定数都改用字码 {used}。",
    "en": " The cell of letter {first} is an arrow: sample size and numbers are those of letter {used}.",
}
EVERYTHING = {
    "zh": "样本量 {size} 不小于批量，应全数检验 {lot} 件，{counted}不超过 {least} 则接收，达到 {most} 则不接收。",
    "en": "the sample of {size} is no smaller than the lot: inspect all {lot} items; accept with at most {least} "
    "{counted}, refuse with {most} or more.",
}
GAP = {
    "zh": "不合格数在 Ac 与 Re 之间时接收该批，下一批恢复正常检验。",
    "en": " Between Ac and Re the lot is accepted and the next one inspected normally.",
}


@dataclass(frozen=True)
class Risks:
    """The two risks that the points of a curve are named by."""

    producers_risk: float
    consumers_risk: float


def risks(*, on: date) -> Risks:
    """The risks that hold where nobody names others."""
    body = rules.settings("sampling/risks", on=on)
    return Risks(float(body["producers_risk"]), float(body["consumers_risk"]))


def sentence(plan: AttributesPlan, scheme: Scheme, *, level: str, language: Language) -> str:
    """A plan by attributes in one sentence, with what is unusual about it after it."""
    place = ("zh", "en").index(language)
    told = SENTENCE[language].format(
        lot=f"{plan.lot:,}" if language == "en" else plan.lot,
        level=level,
        aql=plan.aql,
        kind=KINDS[plan.per_hundred][language],
        severity=SEVERITIES[plan.severity][place],
        edition=scheme.edition[language],
        letter=plan.letter,
        draw=drawn(plan, language),
    )
    if plan.letter != plan.first_letter:
        told += ARROW[language].format(first=plan.first_letter, used=plan.letter)
    return told + (GAP[language] if plan.gap else "")


def drawn(plan: AttributesPlan, language: Language) -> str:
    """What is drawn and when the lot is accepted."""
    stages, counted = plan.stages, COUNTED[plan.per_hundred][language]
    if plan.is_everything:
        least, most = stages.accept[-1], stages.reject[-1]
        size = sum(stages.sizes)
        return EVERYTHING[language].format(size=size, lot=plan.lot, counted=counted, least=least, most=most)
    if len(stages.sizes) == 1:
        size, least, most = stages.sizes[0], stages.accept[0], stages.reject[0]
        if language == "zh":
            return f"从批中随机抽取 {size} 件，{counted}不超过 {least} 则接收，达到 {most} 则不接收。"
        return f"draw {size} items at random; accept with at most {least} {counted}, refuse with {most} or more."
    (one, two), (a, b), (r, s) = stages.sizes, stages.accept, stages.reject
    if language == "zh":
        return (
            f"先随机抽取 {one} 件，{counted}不超过 {a} 则接收，达到 {r} 则不接收；其间再抽 {two} 件，"
            f"累计不超过 {b} 则接收，达到 {s} 则不接收。"
        )
    return (
        f"draw {one} items at random, accept with at most {a} {counted}, refuse with {r} or more; in between draw "
        f"{two} more and accept with at most {b} in all, refuse with {s} or more."
    )


def stages_told(stages: Stages) -> list[Row]:
    """The samples of a plan, one line each."""
    return [
        {"stage": place, "n": size, "cumulative": total, "Ac": least, "Re": most}
        for place, (size, total, least, most) in enumerate(
            zip(stages.sizes, np.cumsum(stages.sizes).tolist(), stages.accept, stages.reject, strict=True), start=1
        )
    ]


def figures(stages: Stages, *, model: Model, terms: Risks, aql: float, lot: int) -> Row:
    """What a plan lets through; qualities in percent, or per 100 items. No risk points where it accepts everything."""
    at = operating(aql / 100, stages, model=model)
    told: Row = {
        "model": model,
        "accepted_at_aql": float(at.accepted[0]),
        "asn_at_aql": float(at.average_sample_number[0]),
    }
    if sum(stages.sizes) < lot:
        told["ati_at_aql"] = float(at.average_total_inspection(lot=lot)[0])
    if refuses_something(stages, model):
        told["producers_risk_quality"] = 100 * quality_of(stages, 1 - terms.producers_risk, model=model)
        told["consumers_risk_quality"] = 100 * quality_of(stages, terms.consumers_risk, model=model)
    worst, at_quality = outgoing_quality_limit(stages, model=model, lot=lot)
    return told | {"aoql": 100 * worst, "aoql_at": 100 * at_quality}


def refuses_something(stages: Stages, model: Model) -> bool:
    """Whether some quality is refused: a sample can hold as many nonconforming items as Re, or counts have no end."""
    return model == "poisson" or stages.reject[-1] <= sum(stages.sizes)


def curve(stages: Stages, *, model: Model, qualities: list[float], lot: int | None = None) -> list[Row]:
    """The operating characteristic as rows; qualities are given and told in percent, or per 100 items."""
    found = operating(np.array(qualities) / 100, stages, model=model, lot=lot)
    columns = [found.accepted, found.average_sample_number, 100 * found.average_outgoing_quality(lot=lot)]
    rows = zip(qualities, *(column.tolist() for column in columns), strict=True)
    return [{"p": p, "accepted": accepted, "asn": asn, "aoq": aoq} for p, accepted, asn, aoq in rows]


def curve_by_variables(plan: VariablesPlan, *, qualities: list[float]) -> list[Row]:
    """The operating characteristic of a plan by variables as rows; qualities in percent."""
    found = accepted_by_variables(np.array(qualities) / 100, n=plan.n, k=plan.k, method=plan.method)
    return [{"p": p, "accepted": accepted} for p, accepted in zip(qualities, found.tolist(), strict=True)]


def spaced(last: float, points: int) -> list[float]:
    """Qualities from a hundredth of the last one up to it, evenly.

    >>> spaced(10, 4)
    [2.5, 5.0, 7.5, 10.0]
    """
    return [float(f"{last * place / points:.6g}") for place in range(1, points + 1)]


def end_of_curve(stages: Stages, *, model: Model) -> float:
    """A quality in percent, or per 100 items, at which a plan accepts next to nothing: where a drawing may end."""
    if not refuses_something(stages, model):
        return 100.0
    return float(f"{100 * quality_of(stages, END, model=model):.2g}")


def source(key: str, *, on: date) -> Row:
    """The law file behind a plan: act, place, first day, and whether anybody here read it."""
    found = convention(f"sampling/{key}", on=on)
    return {name: found[name] for name in ("act", "at", "since", "checked")}


def by_variables(printed: PrintedPlan, twin: AttributesPlan, terms: Risks) -> list[Row]:
    """The printed plan by variables, and those computed to match the plan by attributes, side by side."""
    made = [
        matched(twin, method=method, producers_risk=terms.producers_risk, consumers_risk=terms.consumers_risk)
        for method in METHODS
    ]
    names = [
        f"{printed.edition}, table B-1, letter {printed.letter}",
        *("computed to match the plan by attributes",) * 2,
    ]
    return [
        {"plan": name, "method": plan.method, "n": plan.n, "k": plan.k, "accepted_at_aql": at_aql(plan, printed)}
        for name, plan in zip(names, [printed.plan, *made], strict=True)
    ]


def at_aql(plan: VariablesPlan, printed: PrintedPlan) -> float:
    """The chance to accept a process at the AQL."""
    return float(accepted_by_variables(float(printed.aql) / 100, n=plan.n, k=plan.k, method=plan.method))


def end_by_variables(plan: VariablesPlan) -> float:
    """A quality in percent at which a plan by variables accepts next to nothing."""
    share = brentq(
        lambda p: float(accepted_by_variables(p, n=plan.n, k=plan.k, method=plan.method)) - END, TINY, 1 - TINY
    )
    return float(f"{100 * share:.2g}")
