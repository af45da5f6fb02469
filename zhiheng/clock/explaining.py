"""Why a deadline is the day it is: one sentence a step, in Chinese and in English."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise

from zhiheng.clock.deadline import Deadline, Skipped, Step
from zhiheng.dates import Calendar
from zhiheng.rules.book import Citation
from zhiheng.rules.procedures import UNITS, Text

WEEKDAYS = {
    "zh": ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
WEEKEND = {"zh": "周末", "en": "weekend"}
PAUSED = {"zh": "暂停", "en": "paused"}
STANDINGS = {
    "unverified": Text(
        zh="此期限未经与官方文本核对，仅供参考。", en="This period was not verified against the official text."
    ),
    "stale": Text(
        zh="此期限的文本最后核对于{checked}，其后是否修改未查。",
        en="The text of this period was last read on {checked}; whether it changed since was not looked up.",
    ),
    "checked": Text(zh="此期限已核对至{checked}。", en="This period was verified up to {checked}."),
}


def steps(found: Deadline, calendar: Calendar) -> tuple[Step, ...]:
    """The explanation of a deadline."""
    told = [
        begun(found),
        *ruled(found),
        given(found),
        *unit(found),
        *extended(found),
        *paused(found),
        *passed_over(found),
    ]
    told += [*made_up(found), *roll(found, calendar), *window(found), result(found), *post(found), *force(found)]
    return (*told, standing(found))


def begun(found: Deadline) -> Step:
    """From when it runs."""
    begins, counting = found.rule.period.begins, found.rule.counting
    if found.rule.value.length == 0:
        return Step("start", f"{begins['zh']}：{day_zh(found.start)}。", f"It ends with {begins['en']}, {found.start}.")
    if found.moment is not None:
        article = cited(counting.hours)
        return Step(
            "start",
            f"自{day_zh(found.start)}（{begins['zh']}）的时刻起算{article['zh']}。",
            f"It runs from the moment of the event ({begins['en']}) on {found.start}{article['en']}.",
        )
    article = cited(counting.start)
    return Step(
        "start",
        f"自{day_zh(found.start)}（{begins['zh']}）起算，当日不计{article['zh']}。",
        f"It runs from {found.start} ({begins['en']}); that day is not counted{article['en']}.",
    )


def ruled(found: Deadline) -> Iterator[Step]:
    """The law of which day, where it is not that of the event."""
    on = found.rule.on
    if on != found.start:
        yield Step("law_of", f"按{day_zh(on)}的规定推算。", f"It is counted by the law of {on}.")


def given(found: Deadline) -> Step:
    """What the law gives."""
    value = found.rule.value
    name, words = found.rule.period.title, UNITS[value.unit]
    article = citation(value.cite)
    if value.opens is not None and value.opens < 0:
        return Step(
            "law",
            f"“{name['zh']}”在{found.rule.period.begins['zh']}前{-value.opens}{words['zh']}内，依据{article}（自{day_zh(value.since)}适用）。",
            f"'{name['en']}' is within {-value.opens} {words['en']} before {found.rule.period.begins['en']}: {article}, "
            f"applied since {value.since}.",
        )
    span = f"{value.length}" if value.opens is None else f"{value.opens}—{value.length}"
    return Step(
        "law",
        f"“{name['zh']}”的期限为{span}{words['zh']}，依据{article}（自{day_zh(value.since)}适用）。",
        f"The period '{name['en']}' is {span.replace('—', ' to ')} {words['en']}: {article}, applied since {value.since}.",
    )


def unit(found: Deadline) -> Iterator[Step]:
    """Which days count."""
    rule = found.rule
    if rule.value.unit == "wd":
        act = citation(rule.counting.cite)
        why = cited(Text(zh=act, en=act) if rule.counting.working else {})
        yield Step(
            "unit",
            f"按工作日计，周末和节假日不计，调休上班日计入{why['zh']}。",
            f"Only working days count: weekends and holidays do not, make-up days do{why['en']}.",
        )
    elif rule.value.unit == "d":
        yield Step("unit", "按自然日计，期间内的节假日不扣除。", "Calendar days count, days off inside the period too.")
    elif rule.value.unit in ("month", "year"):
        article = cited(rule.counting.months)
        yield Step(
            "unit",
            f"按月（年）计，到期月的对应日届满；没有对应日的，为月末日{article['zh']}。",
            f"Months and years end on the matching day, or on the last of the month{article['en']}.",
        )


def extended(found: Deadline) -> Iterator[Step]:
    """Whether it was extended."""
    value = found.rule.value
    if found.extensions:
        added = value.extension * found.extensions
        words = UNITS[value.unit]
        yield Step("extended", f"经批准延长{added}{words['zh']}。", f"It was extended by {added} {words['en']}.")


def paused(found: Deadline) -> Iterator[Step]:
    """What did not count because something else was waited for."""
    days = [one.day for one in found.skipped if one.why == "paused"]
    if days:
        kinds = sorted({pause.kind for pause in found.pauses if pause.kind})
        names = {
            said: "、".join(found.rule.period.times.get(kind, {}).get(said, kind) for kind in kinds)
            for said in ("zh", "en")
        }
        yield Step(
            "paused",
            f"{ranges(days, 'zh')}{names['zh'] or '暂停'}，{len(days)}日不计入。",
            f"{len(days)} days did not count ({names['en'] or 'paused'}): {ranges(days, 'en')}.",
        )


def passed_over(found: Deadline) -> Iterator[Step]:
    """Days off that did not count, by holiday."""
    if found.rule.value.unit != "wd":
        return
    groups = grouped([one for one in found.skipped if one.why != "paused"])
    if groups:
        zh = "；".join(f"{name['zh']} {ranges(days, 'zh')}" for name, days in groups)
        en = "; ".join(f"{name['en']} {ranges(days, 'en')}" for name, days in groups)
        yield Step("skipped", f"不计入：{zh}。", f"Not counted: {en}.")


def made_up(found: Deadline) -> Iterator[Step]:
    """Weekend days that count as they are worked."""
    if found.made_up and found.rule.value.unit == "wd":
        yield Step(
            "made_up",
            f"计入调休上班日：{ranges(list(found.made_up), 'zh')}。",
            f"Make-up working days that count: {ranges(list(found.made_up), 'en')}.",
        )


def roll(found: Deadline, calendar: Calendar) -> Iterator[Step]:
    """Whether the last day moved, and why."""
    last, counting = found.counted_to, found.rule.counting
    article = cited(counting.roll)
    if found.rule.value.unit in ("wd", "hour"):
        return
    if found.rolled:
        why = calendar.names.get(last, WEEKEND)
        yield Step(
            "roll",
            f"最后一日{day_zh(last)}（{weekday(last, 'zh')}，{why['zh']}）休息，顺延至其后第一个工作日"
            f"{day_zh(found.not_after)}{article['zh']}。",
            f"The last day, {last} ({weekday(last, 'en')}, {why['en']}), is off, so it moves to the next working day, "
            f"{found.not_after}{article['en']}.",
        )
    elif not found.settled:
        yield Step(
            "roll",
            f"{last.year}年的放假安排尚未公布：最后一日{day_zh(last)}为{weekday(last, 'zh')}，若届时定为休息日则顺延{article['zh']}。",
            f"The notice of holidays for {last.year} is not out: the last day, {last}, is a {weekday(last, 'en')}; "
            f"should it become a day off, it moves{article['en']}.",
        )
    elif calendar.is_made_up(last) if last.year in calendar.years else False:
        yield Step(
            "roll",
            f"最后一日{day_zh(last)}是{weekday(last, 'zh')}，但为调休上班日，不顺延。",
            f"The last day, {last}, is a {weekday(last, 'en')} but a make-up working day, so it stays.",
        )
    elif last.year in calendar.years and not calendar.is_working(last):
        yield Step(
            "roll",
            f"最后一日{day_zh(last)}休息，但本期限不顺延。",
            f"The last day, {last}, is off, but this period does not move.",
        )


def window(found: Deadline) -> Iterator[Step]:
    """From when it may be done."""
    if found.not_before is not None:
        yield Step(
            "window",
            f"不得早于{day_zh(found.not_before)}。",
            f"Not before {found.not_before}.",
        )


def result(found: Deadline) -> Step:
    """The last day."""
    if found.moment is not None:
        return Step(
            "result",
            f"期限至{day_zh(found.not_after)}{found.moment:%H:%M}届满。",
            f"It ends at {found.moment:%Y-%m-%d %H:%M}.",
        )
    stands = (
        ("现处于暂停，恢复后重新推算；", "It is paused at the moment and will be later by as long as it stays so. ")
        if found.stands
        else ("", "")
    )
    return Step(
        "result",
        f"{stands[0]}最后一日为{day_zh(found.not_after)}（{weekday(found.not_after, 'zh')}）。",
        f"{stands[1]}The last day is {weekday(found.not_after, 'en')}, {found.not_after}.",
    )


def post(found: Deadline) -> Iterator[Step]:
    """What else the statute says of its periods."""
    note = found.rule.counting.note
    if note:
        yield Step("post", note["zh"], note["en"])
    if found.rule.value.note:
        yield Step("post", found.rule.value.note["zh"], found.rule.value.note["en"])


def force(found: Deadline) -> Iterator[Step]:
    """Whether it is the law."""
    if not found.rule.value.legal:
        yield Step(
            "force",
            "这是一地的做法或草案，不是具有普遍约束力的规定。",
            "This is a local practice or a draft, not law that binds everywhere.",
        )


def standing(found: Deadline) -> Step:
    """Whether anybody has read the source."""
    text, value = STANDINGS[found.rule.standing], found.rule.value
    zh, en = text["zh"].format(checked=value.checked), text["en"].format(checked=value.checked)
    source = value.cite.source
    return Step("standing", f"{zh}来源：{source}。" if source else zh, f"{en} Source: {source}." if source else en)


def cited(article: Text) -> Text:
    """An article in brackets; nothing where there is none."""
    return Text(zh=f"（{article['zh']}）", en=f" ({article['en']})") if article else Text(zh="", en="")


def citation(cite: Citation) -> str:
    """An act and its article.

    >>> citation(Citation("民法典", "第201条"))
    '民法典第201条'
    """
    return f"{cite.act}{cite.at}"


def weekday(on: date, said: str) -> str:
    """The name of the day of the week."""
    return WEEKDAYS[said][on.weekday()]


def day_zh(on: date) -> str:
    """A day in a Chinese sentence.

    >>> day_zh(date(2026, 9, 28))
    '2026年9月28日'
    """
    return f"{on.year}年{on.month}月{on.day}日"


def grouped(skipped: Sequence[Skipped]) -> list[tuple[Text, list[date]]]:
    """Days off by name, in the order of their first day; weekends last."""
    names: dict[str, tuple[Text, list[date]]] = {}
    for one in skipped:
        name = one.name or WEEKEND
        names.setdefault(name["en"], (name, []))[1].append(one.day)
    return sorted(names.values(), key=lambda pair: pair[0] is WEEKEND)


def ranges(days: Sequence[date], said: str) -> str:
    """Days as runs: the year is said once where all are of one.

    >>> ranges([date(2026, 10, 1), date(2026, 10, 2), date(2026, 10, 10)], "en")
    '2026-10-01 to 2026-10-02, 2026-10-10'
    """
    breaks = [0, *(i for i, (a, b) in enumerate(pairwise(days), start=1) if b - a != timedelta(days=1)), len(days)]
    runs = [(days[i], days[j - 1]) for i, j in pairwise(breaks)]
    if said == "en":
        return ", ".join(f"{a}" if a == b else f"{a} to {b}" for a, b in runs)
    return "、".join(day_zh(a) if a == b else f"{day_zh(a)}至{short_zh(b, a)}" for a, b in runs)


def short_zh(on: date, after: date) -> str:
    """A day without the year or month that the day before it already said."""
    if on.year != after.year:
        return day_zh(on)
    return f"{on.day}日" if on.month == after.month else f"{on.month}月{on.day}日"
