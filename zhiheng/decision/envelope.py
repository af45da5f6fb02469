"""What is plain about a result before any rule is opened: conforming under every rule there was, or under none.

Most of a nation's results lie well within the strictest limit that ever held for them. The envelope of a subject is that
strictest limit, its span of days, and the day before which nobody had a rule. A result inside the envelope has the same
verdict as the full judgement gives it (tests/engines hold the two against each other); every other one is judged in full.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

import ibis
import ibis.expr.types as ir

from zhiheng.decision.tables import ENVELOPES
from zhiheng.decision.verdict import ABSENT
from zhiheng.evidence.coding import BELOW, MOST, SEVERAL, SEVERAL_ABSENT, SIGNS
from zhiheng.evidence.delivered import LEAN

PLAIN, SETTLED = 1, 2
# `below`: a single result, or the units of one, may be not found at any level
SINGLE_BELOW, UNITS_BELOW = 1, 2
# a sign that no line has: a subject without a rule
ANY = -1
TINY = Decimal("1e-9")
HIGHEST = MOST - TINY
FOREVER = date(9999, 12, 31)
Line = Mapping[str, Any]


def envelopes(
    subjects: Iterable[Mapping[str, Any]], required: Mapping[tuple[str, str], Sequence[Sequence[Line]]]
) -> Iterator[tuple[Any, ...]]:
    """The lines of ENVELOPES: of each coded subject, from the requirements of each name its product may have.

    `required` gives for (product type, analyte) one list of REQUIRED lines, in order of time, for every deciding name.
    """
    for subject in subjects:
        histories = required[subject["product_type"], subject["analyte"]]
        yield (subject["subject"], *envelope(histories, subject["kind"]).values())


def envelope(histories: Sequence[Sequence[Line]], kind: str) -> dict[str, Any]:
    """The envelope of one subject over all histories that its results may fall under."""
    before = min((first_day(history) for history in histories), default=FOREVER)
    after = max((last_day(history) for history in histories), default=FOREVER)
    ends = [line for history in histories if history for line in (history[0], history[-1])]
    reasons = {line["absence"] for line in ends if line["rule_key"] is None}
    if before == FOREVER:
        after = FOREVER
    elif len(reasons) > 1:
        # which reason holds is for the full judgement to say
        before, after = date.min, FOREVER
    body: dict[str, Any] = dict.fromkeys(ENVELOPES.schema.names[1:])
    body |= {
        "settled_before": before,
        "settled_after": after,
        "absence": min(reasons) if len(reasons) == 1 else None,
        "below": 0,
        "guarded": 0,
    }
    spans = [longest(history, kind) for history in histories]
    since = max((span[0]["since"] for span in spans if span), default=FOREVER)
    until = min((span[-1]["until"] for span in spans if span), default=FOREVER)
    if not spans or not all(spans) or since >= until:
        return body | {"clear_since": FOREVER, "clear_until": FOREVER}
    lines = [line for span in spans for line in span if line["until"] > since and line["since"] < until]
    return body | {"clear_since": since, "clear_until": until} | bounds(lines)


def first_day(history: Sequence[Line]) -> date:
    """The day before which no rule stood in the book."""
    return next((line["since"] for line in history if line["rule_key"] is not None), FOREVER)


def last_day(history: Sequence[Line]) -> date:
    """The day from which no rule stands in the book any more."""
    return next((line["until"] for line in reversed(history) if line["rule_key"] is not None), date.min)


def bare(day: ir.DateValue, envelopes: ir.Table) -> ir.BooleanValue:
    """Whether nobody had a rule on the day: none yet, or none any more."""
    return (day < envelopes.settled_before) | (day >= envelopes.settled_after)


def longest(history: Sequence[Line], kind: str) -> list[Line]:
    """The longest run of days with a legal limit that a plain figure can be held against."""
    runs: list[list[Line]] = [[]]
    for line in history:
        if line["rule_key"] is not None and line["force"] == "legal" and clearable(line, kind):
            runs[-1].append(line)
        elif runs[-1]:
            runs.append([])
    return max(runs, key=lambda run: (run[-1]["until"] - run[0]["since"]).days if run else -1)


def clearable(line: Line, kind: str) -> bool:
    """Whether plain figures of this unit may be held against the requirement."""
    return line["operator"] in ABSENT or line["rule_kind"] == kind


def bounds(lines: Sequence[Line]) -> dict[str, Any]:
    """The strictest of several requirements; a bound that is nothing lets nothing pass."""
    absent = [line["operator"] in ABSENT for line in lines]
    plans = [line["operator"] == "plan" for line in lines]
    if any(plans):
        if not all(plans):
            return {}
        tops = [line["m"] if line["m_max"] is None else min(line["m"], line["m_max"]) for line in lines]
        # a unit in which nothing was found is surely within a bound that is none at all, and within no other
        none = all(line["m"] == 0 and not line["m_max"] for line in lines)
        least = max(line["n"] for line in lines)
        return {"units_high": floor(min(tops)), "units_least": least, "below": UNITS_BELOW if none else 0}
    highs = [floor(line["high"], strict=line["operator"] == "<") for line in lines if line["high"] is not None]
    lows = [ceiling(line["low"], strict=line["operator"] == ">") for line in lines if line["low"] is not None]
    # below a level the value may be anything down to nothing: a lower limit is never plainly met
    level = None if lows else min(highs, default=None)
    if any(absent):
        highs, lows = [Decimal(0), *highs], [Decimal(0), *lows]
    return {
        "high": min(highs, default=HIGHEST),
        "low": max(lows, default=-HIGHEST),
        "level": level,
        "below": SINGLE_BELOW if all(absent) else 0,
        "guarded": int(any(line["decision"] == "guarded" for line in lines)),
    }


def floor(limit: Decimal, *, strict: bool = False) -> Decimal:
    """The greatest lean figure that still meets an upper limit."""
    down = min(limit, HIGHEST).quantize(TINY, rounding=ROUND_FLOOR)
    return down - TINY if strict and down == limit else down


def ceiling(limit: Decimal, *, strict: bool = False) -> Decimal:
    """The least lean figure that still meets a lower limit."""
    up = max(limit, -HIGHEST).quantize(TINY, rounding=ROUND_CEILING)
    return up + TINY if strict and up == limit else up


def marked(
    lines: ir.Table, envelopes: ir.Table, *, coverage_factor: Decimal, guarded: bool, suffix: str = ""
) -> ir.Table:
    """Every line with `plain`: PLAIN conforms, SETTLED has no rule, 0 must be judged in full.

    `settled` also tells it of the lines that are special in some way and judged in full all the same.
    """
    # every subject has an envelope; a left join, because what is asked after a join is far faster than within it
    joined = lines.left_join(envelopes, lines.subject == envelopes.subject)
    settled = bare(lines.day, envelopes)
    ordinary = (lines.special == 0).fill_null(False)
    clear = cleared(lines, envelopes, coverage_factor if guarded else None).fill_null(False)
    # what has no rule is asked first: it is cheap, and half of a nation's lines need no second question
    plain = ibis.cases((~ordinary, 0), (settled, SETTLED), (clear, PLAIN), else_=0).cast("int8")
    added = {"plain": plain, "settled": settled, "absence": envelopes.absence}
    return joined.select(
        *[lines[name] for name in lines.columns], **{f"{name}{suffix}": value for name, value in added.items()}
    )


def unsettled(lines: ir.Table, envelopes: ir.Table, *, coverage_factor: Decimal, guarded: bool) -> ir.Table:
    """The lines that must be judged in full, with whether nobody had a rule for them."""
    coarse = sieve(lines, envelopes, guarded=guarded)
    joined = lines.left_join(coarse, lines.subject == coarse.subject)
    left = joined.filter(~passes(lines, coarse)).select(*[lines[name] for name in lines.columns])
    table = marked(left, envelopes, coverage_factor=coverage_factor, guarded=guarded)
    return table.filter(table.plain == 0).drop("plain", "absence")


def sieve(lines: ir.Table, envelopes: ir.Table, *, guarded: bool) -> ir.Table:
    """Of each subject, what is surely plain from `since` and before `until`: few columns, because every line looks them up.

    `expects` is the sign of a plain figure, ANY where no rule holds, and nothing where a line needs the envelope itself
    (a lower limit, a guarded one). Of several spans the one that holds on the last day of the lines is taken.
    """
    held = envelopes.cross_join(lines.agg(last=lines.day.max()))
    before, after = held.last < held.settled_before, held.last >= held.settled_after
    clear = (held.last >= held.clear_since) & (held.last < held.clear_until)
    if guarded:
        clear = clear & (held.guarded == 0)
    units = clear & held.units_high.notnull()
    upper = clear & held.units_high.isnull() & (held.low <= ibis.literal(-HIGHEST, LEAN))
    never_found = clear & (held.below == SINGLE_BELOW)
    signs = (
        (before | after, ANY),
        (units & (held.below == UNITS_BELOW), SEVERAL_ABSENT),
        (units, SEVERAL),
        (upper | never_found, SIGNS["="]),
    )
    first, never = ibis.literal(date.min), ibis.literal(FOREVER)
    return held.select(
        "subject",
        expects=ibis.cases(*signs).cast("int8"),
        since=ibis.cases((before, first), (after, held.settled_after), else_=held.clear_since),
        until=ibis.cases((before, held.settled_before), (after, never), else_=held.clear_until),
        # a value of nothing, where nothing may be found, is for the envelope to say
        high=ibis.cases((units, held.units_high), (upper, held.high)),
        level=ibis.cases((never_found, ibis.literal(HIGHEST, LEAN)), (upper, held.level)).cast(LEAN),
        least=ibis.cases((units, held.units_least), else_=0).cast("int32"),
    )


def passes(lines: ir.Table, coarse: ir.Table) -> ir.BooleanValue:
    """Whether a line is surely plain."""
    units = lines.units_tested.fill_null(0) >= coarse.least
    return ibis.cases(
        (lines.special != 0, False),
        # no line is without a day: such rows are turned away at intake
        ((lines.day < coarse.since) | (lines.day >= coarse.until), False),
        (coarse.expects == ANY, True),
        ((lines.sign == coarse.expects) & (lines.value <= coarse.high) & units, True),
        # what was not found at a level that nobody gave is plain only where no level counts
        (lines.sign.isin(list(BELOW)) & (lines.level.fill_null(ibis.literal(HIGHEST, LEAN)) <= coarse.level), True),
        else_=False,
    )


def cleared(lines: ir.Table, held: ir.Table, coverage_factor: Decimal | None) -> ir.BooleanValue:
    """Whether an ordinary line lies inside its envelope."""
    in_time = (lines.day >= held.clear_since) & (lines.day < held.clear_until)
    figure = (lines.sign == SIGNS["="]) & (lines.value <= held.high) & (lines.value >= held.low)
    if coverage_factor is not None:
        half = lines.uncertainty * ibis.literal(coverage_factor)
        inside = (lines.value + half <= held.high) & (lines.value - half >= held.low)
        figure = figure & ((held.guarded == 0) | lines.uncertainty.isnull() | inside)
    below = lines.sign.isin(list(BELOW)) & ((lines.level <= held.level) | (held.below == SINGLE_BELOW)).fill_null(False)
    units = (lines.sign == SEVERAL) | ((lines.sign == SEVERAL_ABSENT) & (held.below == UNITS_BELOW))
    several = units & (lines.value <= held.units_high) & (lines.units_tested >= held.units_least)
    return in_time & (figure.fill_null(False) | below | several.fill_null(False))
