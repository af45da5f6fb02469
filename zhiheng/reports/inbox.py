"""A morning: what the sources of a workspace say becomes the inbox; and the words in which a signal explains itself."""

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from zhiheng import rules
from zhiheng.decision import FINDINGS
from zhiheng.evidence.snapshot import Workspace
from zhiheng.reports import browse
from zhiheng.reports.listings import LISTINGS
from zhiheng.reports.shelf import Shelf
from zhiheng.surveillance import inbox, notices
from zhiheng.surveillance.inbox.store import made_from

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
    "results": (
        "一个时段内 {count} 项不合格，此前各时段平均 {expected} 项（{baseline}）",
        "{count} nonconforming results in a period, where those before had {expected} on average ({baseline})",
    ),
}
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
    """Look at every source and at the signals of all data sets; nothing is done where nothing changed since the last look."""
    kept, shelf, box = notices.Kept(workspace), Shelf(workspace), inbox.Inbox(workspace)
    datasets = shelf.datasets()
    turns = [f"{name}={shelf.open(name).key}" for name in datasets]
    key = made_from(
        kept.version(), *turns, rules.fingerprint("inbox"), rules.fingerprint("hazards"), today.isoformat()[:7]
    )
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
    for name in datasets:
        rows = shelf.rows(name, browse.ordered(LISTINGS["signals"], browse.View()))
        signals += inbox.from_results(rows, terms, market=market)
    box.keep(signals, evaluations, key=key)
    return box


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
    """Why the signal was raised, a sentence a ground."""
    place = 0 if language.startswith("zh") else 1
    return [GROUNDS[one["ground"]][place].format_map(Shown(one)) for one in signal.grounds]


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
    """A subject in words: product, hazard, origin."""
    found = []
    for part, value in subject.items():
        if part == "hazard":
            found.append(rules.hazards().name(value, rules.analytes(), language))
        else:
            found.append(value.split(rules.STEP)[-1].strip("[]"))
    return " · ".join(found)


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
