"""States and acts, read from the file of a procedure."""

from collections.abc import Mapping
from datetime import date

from zhiheng.rules.procedures.period import Text
from zhiheng.rules.procedures.procedure import Act, Field, State
from zhiheng.rules.procedures.reading_periods import flag, word
from zhiheng.rules.procedures.source import Node, cited

STATE_KEYS = {"zh", "en", "initial", "final", "hidden"}
ACT_KEYS = {
    "zh",
    "en",
    "from",
    "to",
    "by",
    "not_same_as",
    "not_same_laboratory_as",
    "needs",
    "produces",
    "fields",
    "starts",
    "stops",
    "extends",
    "pauses",
    "resumes",
    "report",
    "within",
    "opens",
    "after",
    "cite",
    "checked",
    "since",
    "until",
}
FIELD_KEYS = {"type", "required", "zh", "en", "options"}
REPORTED = dict.fromkeys(("entered", "conforming", "nonconforming"))
TYPES = dict.fromkeys(("text", "date", "number", "flag", "choice", "code"))


def states(node: Node) -> dict[str, State]:
    """The states of a procedure; one of them is the first."""
    found = {}
    for key, body in node.node("states").nodes():
        body.known(STATE_KEYS)
        found[key] = State(
            key, body.text(), **{name: flag(body, name) is True for name in ("initial", "final", "hidden")}
        )
    initial = [key for key, state in found.items() if state.initial]
    if len(initial) != 1:
        raise node.at("states").fault(
            f"one state is initial, not {len(initial)}: {', '.join(initial) or 'none is marked'}"
        )
    return found


def acts(
    node: Node, *, roles: Mapping[str, Text], documents: Mapping[str, Text], times: Mapping[str, Text]
) -> dict[str, Act]:
    """The acts of a procedure through time."""
    return {
        key: act(key, body, node, roles=roles, documents=documents, times=times)
        for key, body in node.node("acts").nodes()
    }


def reported(body: Node) -> str:
    """What a laboratory's report has to do with an act, if anything."""
    if "report" not in body.body:
        return ""
    word(str(body.body["report"]), REPORTED, "way of a report", body.at("report"))
    return str(body.body["report"])


def act(
    key: str,
    body: Node,
    file: Node,
    *,
    roles: Mapping[str, Text],
    documents: Mapping[str, Text],
    times: Mapping[str, Text],
) -> Act:
    """One act."""
    place = file.node("acts").at(key)
    body.known(ACT_KEYS)
    body.need("zh", "en", "from")
    if not body.words("by"):
        raise place.fault(f"the act '{key}' has no role: say who may do it, by: [{', '.join(roles)}]")
    for name, allowed, what in (
        ("by", roles, "role"),
        ("needs", documents, "document"),
        ("produces", documents, "document"),
        ("pauses", times, "kind of time"),
        ("resumes", times, "kind of time"),
    ):
        for one in body.words(name):
            word(one, allowed, what, body.at(name))
    citing = body if "cite" in body.body else file
    cite, read = cited(citing, file.node("sources"), place=place)
    return Act(
        key=key,
        title=body.text(),
        sources=body.words("from"),
        to=str(body.body.get("to") or ""),
        by=body.words("by"),
        cite=cite,
        checked=next((one.day("checked") for one in (body,) if "checked" in one.body), read),
        fields=fields(body),
        starts=starts(body),
        report=reported(body),
        within=str(body.body.get("within", "")),
        opens=str(body.body.get("opens", "")),
        after=str(body.body.get("after", "")),
        since=body.day("since"),
        until=body.day("until"),
        not_same_as=body.words("not_same_as"),
        not_same_laboratory_as=body.words("not_same_laboratory_as"),
        needs=body.words("needs"),
        produces=body.words("produces"),
        stops=body.words("stops"),
        extends=body.words("extends"),
        pauses=body.words("pauses"),
        resumes=body.words("resumes"),
    )


def fields(body: Node) -> tuple[Field, ...]:
    """What an act says."""
    found = []
    for key, node in body.node("fields").nodes():
        node.known(FIELD_KEYS)
        node.need("type")
        word(str(node.body["type"]), TYPES, "type", node.at("type"))
        options = tuple((name, option.text()) for name, option in node.node("options").nodes())
        if (node.body["type"] == "choice") != bool(options):
            raise node.top.fault(f"'{key}': a choice, and only a choice, has options")
        found.append(Field(key, str(node.body["type"]), flag(node, "required") is True, node.text(), options))
    return tuple(found)


def starts(body: Node) -> tuple[tuple[str, str], ...]:
    """The periods that begin, each with the field of the day it runs from; a plain list runs from the day of the act."""
    found = body.body.get("starts")
    if isinstance(found, Node):
        return tuple((str(key), str(value or "")) for key, value in found.body.items())
    return tuple((key, "") for key in body.words("starts"))


def in_force(found: Mapping[str, Act], on: date) -> dict[str, Act]:
    """The acts that a day's law knows."""
    return {
        key: one
        for key, one in found.items()
        if (one.since is None or one.since <= on) and (one.until is None or on < one.until)
    }
