"""Intake: a source file and its profile become accepted results and explained rejects, and nothing is lost."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir

from zhiheng import rules
from zhiheng.engines import AnyEngine, Engine
from zhiheng.errors import ProfileInvalid
from zhiheng.evidence import columns as shaping
from zhiheng.evidence import source, tables
from zhiheng.evidence.profile import Profile
from zhiheng.evidence.snapshot import Manifest, Part, Workspace
from zhiheng.evidence.tables import REJECTS, RESULTS, UNITS
from zhiheng.rules import Analytes

Say = Callable[[str], None]
HASH = "row_hash"
MEMORY = "600MB"
KNOWN = ibis.schema({HASH: "string"})


@dataclass(frozen=True)
class Outcome:
    """What an intake did."""

    part: Part
    changed: bool
    understood: tuple[str, ...]
    codes: dict[str, int]


def intake(
    path: Path,
    *,
    profile: Profile,
    workspace: Workspace,
    analytes: Analytes,
    dry: bool = False,
    say: Say = lambda _: None,
) -> Outcome:
    """Take a file in. Taking the same file in twice changes nothing; with `dry`, nothing is written."""
    with workspace.alone(profile.name):
        return taken_in(path, profile=profile, workspace=workspace, analytes=analytes, dry=dry, say=say)


def taken_in(path: Path, *, profile: Profile, workspace: Workspace, analytes: Analytes, dry: bool, say: Say) -> Outcome:
    """Take a file in while nobody else changes the data set."""
    manifest = workspace.manifest(profile.name)
    part_name = f"{source.admitted(path)[:16]}-{reading_of(profile)}"
    earlier = next((part for part in manifest.parts if part.name == part_name), None)
    if earlier is not None:
        again = replace(earlier, accepted=0, rejected=0, duplicate=earlier.received, items=0, unread=0)
        return Outcome(again, False, ("this very file was taken in before with this profile: nothing to do",), {})
    with workspace.scratch() as scratch, Engine(memory=MEMORY, spill=scratch) as engine:
        say(f"reading {path.name}")
        found = source.read(path, engine=engine, scratch=scratch, options=profile.read)
        missing = [name for name in profile.needed if name not in found.columns]
        if missing:
            raise ProfileInvalid(
                f"{path.name}: the column '{missing[0]}' is missing; the profile '{profile.name}' needs {', '.join(profile.needed)}; "
                f"the file has {', '.join(found.columns[:40])}"
            )
        superseded = [part for part in manifest.parts if part.sha256 == found.sha256]
        others = [part for part in manifest.parts if part.sha256 != found.sha256]
        known = [workspace.folder(profile.name) / part.name / "hashes.parquet" for part in others]
        engine.attach("known", known, KNOWN)
        say("checking rows")
        shape(engine, found, profile=profile, analytes=analytes)
        part, codes = count(engine, found, profile=profile, name=part_name)
        understood = (
            *shaping.explain(profile, found),
            *((f"replaces {len(superseded)} earlier reading of this file",) if superseded else ()),
        )
        if not dry:
            say("writing")
            workspace.keep(path, found.sha256)
            made = scratch / "part"
            made.mkdir()
            write(engine, made)
            workspace.commit(
                Manifest(profile.name, manifest.version + 1, (*others, part), shaping.card(profile)),
                made=made,
                part=part_name,
            )
    return Outcome(part, True, understood, codes)


def reading_of(profile: Profile) -> str:
    """A name for the way a file is read: its profile, the vocabulary, and the shape of the tables."""
    ways = "".join((profile.fingerprint, rules.fingerprint("vocabulary"), tables.fingerprint(RESULTS, UNITS, REJECTS)))
    return hashlib.sha256(ways.encode()).hexdigest()[:16]


def shape(engine: Engine, found: source.Source, *, profile: Profile, analytes: Analytes) -> None:
    """Make the tables `accepted`, `tested`, `turned_away` and `firsts` from the table `raw`."""
    fresh = set_aside(engine, found.columns, keyed=bool(profile.key))
    if profile.layout == "notices":
        shaping.read_notices(engine, fresh, profile=profile, analytes=analytes)
    else:
        shaping.read_quantities(engine, fresh, profile=profile)
        shaping.read_analytes(engine, profile=profile, analytes=analytes)
    shaping.read_days(engine, fresh, profile=profile)
    shaping.read_paths(engine, fresh, profile=profile)
    full = shaping.assembled(fresh, profile=profile)
    engine.create("assembled", full, values={shaping.SOURCE: found.sha256})
    whole = ibis.table(full.schema(), name="assembled")
    engine.view("accepted", whole.filter(whole.fault_code.isnull()).select(*RESULTS.schema.names))
    engine.create("refused", refused(full.schema(), found.columns))
    cut = [
        (
            profile.name,
            found.sha256,
            bad.line,
            0,
            "",
            "malformed_line",
            bad.reason,
            "correct the line in the source: as many cells as the header, quotes closed",
            bad.text[:4000],
        )
        for bad in found.malformed
    ]
    engine.table("cut", cut, REJECTS.schema)
    engine.create("turned_away", ibis.union(REJECTS.unbound("refused"), REJECTS.unbound("cut")).order_by("row", "item"))
    shaping.units_tested(engine, profile=profile)


@lru_cache(maxsize=32)
def refused(schema: ibis.Schema, columns: tuple[str, ...]) -> ir.Table:
    """The rows and items with a fault, each with its row as received, as an expression."""
    whole, fresh = ibis.table(schema, name="assembled"), ibis.table(source.raw_schema(columns), name="fresh")
    turned = whole.filter(whole.fault_code.notnull())
    originals = fresh.select(original="row", text=shaping.row_text(fresh, columns))
    return turned.inner_join(originals, turned.row == originals.original).select(
        turned.dataset,
        turned.source,
        turned.row,
        turned.item,
        column=turned.fault_column,
        code=turned.fault_code,
        reason=turned.fault_reason,
        remedy=turned.fault_remedy,
        text=originals.text,
    )


def set_aside(engine: Engine, columns: tuple[str, ...], *, keyed: bool) -> ir.Table:
    """The rows that are new, as `fresh`; a row like one of another file is not.

    Where rows have a key, equal rows of one file are one row printed twice. Where they have none, ten equal results are
    ten results: the n-th of them is known again as the n-th.
    """
    raw = ibis.table(source.raw_schema(columns), name="raw")
    text = ibis.literal("\u001f").join([raw[name].fill_null("\u0000") for name in map(source.raw_name, columns)])
    engine.create("marked", raw.mutate(**{HASH: text.hexdigest("md5")}))
    engine.drop("raw")
    if not keyed:
        number_copies(engine, columns)
    marked = ibis.table({**source.raw_schema(columns), HASH: "string"}, name="marked")
    engine.create(
        "firsts", marked.group_by(HASH).agg(row=marked.row.min()).anti_join(ibis.table(KNOWN, name="known"), HASH)
    )
    firsts = ibis.table({HASH: "string", "row": "int64"}, name="firsts")
    repeated = engine.scalar(marked.count()) != engine.scalar(firsts.count())
    engine.view("fresh", marked.semi_join(firsts, "row") if repeated else marked)
    return ibis.table({**source.raw_schema(columns), HASH: "string"}, name="fresh")


def number_copies(engine: Engine, columns: tuple[str, ...]) -> None:
    """Give the second, third … of equal rows a hash of its own."""
    marked = ibis.table({**source.raw_schema(columns), HASH: "string"}, name="marked")
    if engine.scalar(marked.count()) == engine.scalar(marked[HASH].nunique()):
        return
    placed = marked.mutate(place=ibis.row_number().over(ibis.window(group_by=HASH, order_by="row")))
    own = (placed[HASH] + ibis.literal(":") + placed.place.cast("string")).hexdigest("md5")
    numbered = placed.mutate(**{HASH: ibis.ifelse(placed.place == 0, placed[HASH], own)})
    engine.create("numbered", numbered.select(*marked.columns))
    engine.drop("marked")
    engine.create("marked", ibis.table({**source.raw_schema(columns), HASH: "string"}, name="numbered"))
    engine.drop("numbered")


def count(engine: Engine, found: source.Source, *, profile: Profile, name: str) -> tuple[Part, dict[str, int]]:
    """The counts of an intake; they always add up: received = accepted + rejected + duplicate."""
    accepted, refused = RESULTS.unbound("accepted"), REJECTS.unbound("turned_away")
    rows = int(engine.scalar(ibis.table({"row": "int64"}, name="marked").count()))
    fresh = int(engine.scalar(ibis.table({"row": "int64"}, name="fresh").count()))
    taken = int(engine.scalar(accepted.row.nunique()))
    part = Part(
        name=name,
        file=found.path.name,
        sha256=found.sha256,
        profile=profile.fingerprint,
        form=found.form,
        encoding=found.encoding,
        received=rows + len(found.malformed),
        accepted=taken,
        rejected=fresh - taken + len(found.malformed),
        duplicate=rows - fresh,
        items=int(engine.scalar(accepted.count())),
        unread=int(engine.scalar(refused.filter(refused.item > 0).count())),
        day=date_text(profile.day),
    )
    by_code = refused.group_by("code").agg(n=refused.count()).order_by("code")
    return part, {row["code"]: int(row["n"]) for row in engine.rows(by_code)}


def write(engine: Engine, folder: Path) -> None:
    """The tables of a part as Parquet."""
    engine.write(RESULTS.unbound("accepted").order_by("row", "item"), folder / "results.parquet")
    engine.write(UNITS.unbound("tested").order_by("result_id", "number"), folder / "units.parquet")
    engine.write(REJECTS.unbound("turned_away").order_by("row", "item"), folder / "rejects.parquet")
    hashes = ibis.table({HASH: "string", "row": "int64"}, name="firsts")
    engine.write(hashes.select(HASH).order_by(HASH), folder / "hashes.parquet")


def date_text(day: str | date) -> str:
    """A day rule as text."""
    return day if isinstance(day, str) else day.isoformat()


def attach(engine: AnyEngine, workspace: Workspace, dataset: str) -> dict[str, Any]:
    """Name a data set's tables in an engine; the manifest's profile card is given back."""
    manifest = workspace.required(dataset)
    for table in (RESULTS, UNITS, REJECTS):
        # by name: the order in which files came in decides nothing
        engine.attach(table.name, sorted(workspace.paths(dataset, table.name)), table.schema)
    return manifest.profile
