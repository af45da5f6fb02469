"""A morning: what the sources of a workspace say becomes the inbox; and the words in which a signal explains itself."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from zhiheng import rules
from zhiheng.decision import FINDINGS
from zhiheng.evidence.snapshot import Workspace
from zhiheng.reports import watched
from zhiheng.reports.nation.held import nations
from zhiheng.reports.shelf import Shelf
from zhiheng.surveillance import inbox, notices, tree
from zhiheng.surveillance.inbox.store import made_from
from zhiheng.surveillance.inbox.terms import plain

PROFILE = "feed.yaml"
SCHEME = "sampling-plan-2026"
GROUNDS = {
    "trend": (
        "{weeks} 周内 {count} 条，此前 {baseline} 周的平均水平为 {expected} 条",
        "{count} in {weeks} weeks, where the {baseline} weeks before let one expect {expected}",
    ),
    "pair": (
        "{weeks} 周内同时通报 {count} 条，若互不相关应为 {expected} 条；收缩比值下限 {lower}，PRR {prr}，ROR {ror}",
        "reported together {count} times in {weeks} weeks, where chance lets one expect {expected}; "
        "lower limit of the shrunk ratio {lower}, PRR {prr}, ROR {ror}",
    ),
    "single": (
        "一条严重通报；此前 {quiet} 周没有同类通报，产品属于本地流通类别",
        "one serious notice; none of its kind in the {quiet} weeks before, on a product of our market",
    ),
}
# our own results: what was seen, by which detector, how late results were allowed for, and how the tree was controlled
MEASURED = {
    "count": (
        "{week} 起一周不合格 {count} 项，{detector} 期望 {expected} 项，上限 {threshold}；此前各周 {baseline}",
        "{count} nonconforming in the week of {week}; {detector} expects {expected}, bound {threshold}; weeks before: {baseline}",
    ),
    "rate": (
        "{week} 起一周已判 {judged} 项中不合格 {count} 项，按此前不合格率 {detector} 期望 {expected} 项，上限 {threshold}",
        "{count} of {judged} judged nonconforming in the week of {week}; at the rate before, {detector} expects {expected}, bound {threshold}",
    ),
}
SHORT = (
    "序列不足 Farrington 所需年数，故用 EARS。",
    "The series is shorter than the baseline of Farrington flexible, so EARS judges it.",
)
LATE = (
    "该周结果已到约 {arrived}，基线按同样的到达程度折算。",
    "About {arrived} of that week's results are in; the baseline was made as incomplete.",
)
LATE_RATE = (
    "该周结果已到约 {arrived}；分母同样不全，率无需折算。",
    "About {arrived} of that week's results are in; the denominator is as incomplete, so a rate needs no correction.",
)
CONTROL = (
    "当日检验 {series} 条序列、{tests} 次，全树错误发现率控制在 {rate}（Benjamini–Bogomolov）；本条 p = {p}，所在一组按 {level} 检验。",
    "That morning {series} series were tested, {tests} tests in all; false discoveries over the whole tree are held at {rate} "
    "(Benjamini-Bogomolov); here p = {p}, its family was tested at {level}.",
)
UNITS = {"weeks": "周", "years": "年"}
PARTS = {
    "strength": ("统计上的把握", "how sure"),
    "growth": ("超出多少", "how much more"),
    "severity": ("严重程度", "how serious"),
    "novelty": ("是否新出现", "how new"),
    "market": ("是否在本地流通", "sold here"),
}


def take(folder: Path, *, workspace: Workspace) -> list[notices.Taken]:
    """Take in the files of a source by the feed.yaml of its folder."""
    feed = notices.load(folder / PROFILE)
    return [notices.Kept(workspace).take(folder / name, feed) for name in feed.files]


def morning(workspace: Workspace, *, today: date, say: Callable[[str], None] = lambda _: None) -> inbox.Inbox:
    """Look at every source, data set and lake; nothing is done where nothing changed since the last look."""
    kept, shelf, box = notices.Kept(workspace), Shelf(workspace), inbox.Inbox(workspace)
    lakes = nations(workspace.root)
    judged = [name for name in lakes.datasets() if lakes.is_judged(name)]
    turns = [f"{name}={shelf.open(name).key}" for name in shelf.datasets()]
    turns += [f"{name}={lakes.open(name).made_from}" for name in judged]
    law = [rules.fingerprint(name) for name in ("inbox", "vocabulary", "signals")]
    key = made_from(kept.version(), *turns, *law, today.isoformat()[:7])
    if box.key() == key:
        return box
    terms, market = inbox.terms(today), on_market(shelf)
    signals, evaluations = [], {}
    for source in kept.sources():
        name = source["feed"]["name"]
        say(f"{name}: looking")
        lines = kept.lines(name)
        made = inbox.raised(lines, terms, market=market)
        signals += made
        evaluations[name] = inbox.evaluate(lines, made, terms)
    looked: dict[str, Any] = {}
    for name in [*shelf.datasets(), *(name for name in judged if name not in shelf.datasets())]:
        say(f"{name}: looking at its series")
        found, told = look(workspace, name, today=today, market=market)
        signals += found
        looked |= {name: told} if told else {}
    box.keep(signals, evaluations, key=key, looks=looked)
    return box


def look(
    workspace: Workspace, dataset: str, *, today: date, market: frozenset[str] = frozenset()
) -> tuple[list[inbox.Signal], dict[str, Any]]:
    """The signals of the series of a data set or a lake, as every Monday's look raised them, and what the last look saw."""
    terms, series = inbox.terms(today), tree_terms(today)
    shelf, lakes = Shelf(workspace), nations(workspace.root)
    is_lake = dataset not in shelf.datasets() and dataset in lakes.datasets()
    cells = watched.of_nation(lakes.open(dataset)) if is_lake else watched.of_dataset(shelf, dataset, series)
    looks = list(tree.looks(cells, series))
    source = inbox.Source(dataset, is_lake)
    found = inbox.from_looks(cells, looks, source, terms=terms, tree=series, market=market)
    return found, looks[-1].told() if looks else {}


def tree_terms(on: date) -> dict[str, Any]:
    """The terms of looks over trees of series."""
    found: dict[str, Any] = plain(rules.settings("signals", on=on))["tree"]
    return found


def on_market(shelf: Shelf) -> frozenset[str]:
    """The categories in which our own data sets of food have results: the market as far as we know it."""
    found: set[str] = set()
    for name in shelf.datasets():
        if shelf.open(name).summary["card"]["scheme"] == SCHEME:
            table = FINDINGS.unbound()
            asked = table.select("product_type").distinct().order_by("product_type")
            found |= {row["product_type"] for row in shelf.rows(name, asked) if row["product_type"]}
    return frozenset(found)


def explained(signal: inbox.Signal, language: str) -> list[str]:
    """Why the signal was raised, a sentence or two a ground; how the tests were controlled is said once."""
    place = 0 if language.startswith("zh") else 1
    found = []
    for one in signal.grounds:
        said = (
            measured(one, place)
            if one["ground"] == "results"
            else [GROUNDS[one["ground"]][place].format_map(Shown(one))]
        )
        found += said
    if signal.grounds[0]["ground"] == "results":
        one = signal.grounds[0]
        figures = one | {"rate": f"{one['rate']:.0%}", "p": f"{one['p']:.2g}", "level": f"{one['level']:.2g}"}
        found.append(CONTROL[place].format_map(Shown(figures)))
    return found


def measured(one: Mapping[str, Any], place: int) -> list[str]:
    """A test of our own results in words: the figures, then why this detector, then what is not in yet."""
    named_one = dict(one) | {"detector": detector(one["detector"], ("zh", "en")[place])}
    found = [MEASURED[one["measure"]][place].format_map(Shown(named_one))]
    if not one["is_long"]:
        found.append(SHORT[place])
    if one["arrived"] is not None:
        late = LATE_RATE if one["measure"] == "rate" else LATE
        found.append(late[place].format(arrived=f"{one['arrived']:.0%}"))
    return found


def detector(name: str, language: str) -> str:
    """A detector in words.

    >>> detector("EARS C2, 13 weeks", "zh")
    'EARS C2（13 周）'
    """
    if not language.startswith("zh"):
        return name
    return re.sub(r", (\d+) (weeks|years)$", lambda one: f"（{one[1]} {UNITS[one[2]]}）", name)


class Shown(dict[str, str]):
    """Figures as a sentence takes them; one that is missing is a dash."""

    def __init__(self, figures: Mapping[str, Any]) -> None:
        super().__init__({name: shown(value) for name, value in figures.items()})

    def __missing__(self, name: str) -> str:
        return "–"


def shown(value: Any) -> str:
    """A figure in a sentence.

    >>> shown(4.0), shown(0.0756), shown(None)
    ('4', '0.08', '–')
    """
    if value is None:
        return "–"
    if isinstance(value, (int, float)):
        return f"{value:,.2f}".rstrip("0").rstrip(".") if abs(value) >= 0.005 or value == 0 else "<0.01"
    return str(value)


def named(subject: Mapping[str, str], language: str) -> str:
    """A subject in words: product, hazard, origin; a name that has no translation stands as it is."""
    zh = language.startswith("zh")
    found = []
    for part, value in subject.items():
        if part == "hazard":
            found.append(rules.hazards().name(value, rules.analytes(), language))
        elif part == "product":
            found.append(product_words(value, zh=zh))
        elif part == inbox.WHOLE:
            found.append("全部结果" if zh else "all results")
        else:
            found.append(value)
    return " · ".join(found)


def product_words(path: str, *, zh: bool) -> str:
    """A category by its own name; in English, where it has none, by its Chinese name and the English one of what holds it."""
    last = path.split(rules.STEP)[-1].strip("[]")
    if zh:
        return last
    tree, steps = rules.categories().trees.get(SCHEME, {}), path.split(rules.STEP)
    if english := tree.get(path):
        return english
    above = next((tree[up] for n in range(len(steps) - 1, 0, -1) if tree.get(up := rules.STEP.join(steps[:n]))), "")
    return f"{last} ({above})" if above else last


def row(signal: inbox.Signal, state: inbox.State, language: str) -> dict[str, Any]:
    """A signal as a row of INBOX."""
    subject = {part: named({part: value}, language) for part, value in signal.subject.items()}
    return {
        "signal_id": signal.signal_id,
        "source": signal.source,
        "day": signal.day,
        "level": signal.level,
        "score": signal.score,
        "state": state.state,
        "product": subject.get("product"),
        "hazard": subject.get("hazard"),
        "origin": subject.get("origin"),
        "grounds": " ".join(dict.fromkeys(one["ground"] for one in signal.grounds)),
        "count": signal.count,
        "expected": signal.expected,
        "q": signal.q,
        "first": signal.first,
        "region": state.region or (f"→ {state.handed_to}" if state.handed_to else None),
    }


def evidence(signal: inbox.Signal, workspace: Workspace) -> list[dict[str, Any]]:
    """The notices behind a signal, the latest first; none for a signal of results, whose page has the rows."""
    if signal.grounds[0]["ground"] == "results":
        return []
    wanted = set(signal.evidence)
    lines = notices.Kept(workspace).lines(signal.source)
    return [line for line in reversed(lines) if f"{line['notice']}#{line['item']}" in wanted]
