"""A procedure as a table of acts, and the clock of a case."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from zhiheng.cli import output
from zhiheng.cli.clock.words import STANDINGS, WORDS
from zhiheng.dates import CHINA, day_of
from zhiheng.reports import casework
from zhiheng.rules import procedures
from zhiheng.rules.procedures import Procedure, Text


@dataclass(frozen=True)
class Asked:
    """A procedure, the events of a case, the moment to look at it, the region, and the law of which day."""

    procedure: str
    events: Path | None
    at: str | None
    region: str
    law: date | None


def show(asked: Asked, said: str, *, as_json: bool) -> None:
    """The procedure, or with events the clock of the case."""
    if asked.events is None:
        found = procedures.procedure(asked.procedure, on=asked.law or date.today(), region=asked.region)
        drawn(found, said, as_json=as_json)
        return
    history = casework.events(asked.events)
    at = casework.moment(asked.at, "--at") if asked.at else datetime.now(CHINA)
    on = day_of(history[0].at if history else at)  # a case follows the procedure of the day it began
    found = procedures.procedure(asked.procedure, on=on, region=asked.region)
    told = casework.timeline(found, history, at=at, law=asked.law)
    output.echo_json(told) if as_json else click.echo(timed(told, found, said))


def drawn(found: Procedure, said: str, *, as_json: bool) -> None:
    """The acts of a procedure, each from which state to which, and by whom."""
    rows = [
        {
            "act": act.title[said] if not as_json else act.title,
            "key": act.key,
            "from": names(found.states, act.sources, said),
            "to": found.states[act.to].title[said] if act.to else "",
            "who": ", ".join(found.roles[role][said] for role in act.by),
            "source": f"{act.cite.act}{act.cite.at}",
        }
        for act in found.acts.values()
    ]
    if as_json:
        output.echo_json({"procedure": found.key, "title": found.title, "on": found.on, "acts": rows})
        return
    columns = {"key": "key"} | {name: WORDS[said][name] for name in ("act", "from", "to", "who")}
    click.echo(f"{found.key}  {found.title[said]}  {found.on}\n\n{output.table(rows, columns)}")


def names(known: Any, keys: tuple[str, ...], said: str) -> str:
    """The names of states."""
    return ", ".join(known[key].title[said] for key in keys)


def timed(told: dict[str, Any], found: Procedure, said: str) -> str:
    """The clock of a case as text."""
    words = WORDS[said]
    parts = [f"{told['title'][said]}  {words['state']}: {told['state'][said]}  ({told['at']})"]
    acts = [
        {"at": act["at"].replace("T", " "), "act": act["title"][said], "by": act["by"], "led": act["state"][said]}
        | {"role": found.roles.get(act["role"], Text(zh=act["role"], en=act["role"]))[said]}
        for act in told["acts"]
    ]
    parts.append(output.table(acts, {name: words[name] for name in ("at", "act", "by", "role", "led")}))
    against = [f"! {act['title'][said]}: {why[said]}" for act in told["acts"] for why in act["refusals"]]
    if against:
        parts.append("\n".join([words["against"], *against]))
    periods = [period(one, said) for one in told["periods"]]
    if periods:
        parts.append(
            output.table(periods, {name: words[name] for name in ("name", "from", "last", "ended", "standing")})
        )
    parts += [
        f"· {one['title'][said]}: {one['explanation'][said]}" for one in told["periods"] if one["ended_on"] is None
    ]
    parts += [f"· {one[said]}" for one in told["silent"]]
    if told["expiring"]:
        parts.append(f"{words['due']}: {', '.join(found.acts[key].title[said] for key in told['expiring'])}")
    allowed = [
        {
            "act": one["title"][said],
            "who": ", ".join(found.roles[role][said] for role in one["by"]),
            "missing": ", ".join(found.documents[key][said] for key in one["missing"]),
        }
        for one in told["next"]
    ]
    if allowed:
        parts.append(
            words["next"] + "\n" + output.table(allowed, {name: words[name] for name in ("act", "who", "missing")})
        )
    return "\n\n".join(parts)


def period(one: dict[str, Any], said: str) -> dict[str, Any]:
    """A period as a row."""
    standing = one["standing"].replace("_", " ")
    return {
        "name": one["title"][said],
        "from": str(one["start"]),
        "last": str(one["moment"] or one["not_after"] or ""),
        "ended": str(one["ended_on"] or ""),
        "standing": STANDINGS[one["standing"]] if said == "zh" else standing,
    }
