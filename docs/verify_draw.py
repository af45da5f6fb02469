"""Check a draw of Zhiheng with nothing but Python's standard library.

    python verify_draw.py FOLDER [SHA-256 of manifest.json as it was published before the draw]

It shares no line with Zhiheng: it was written from docs/explanation/verifiable-draws.md. It names every file that does not hold
and ends with exit code 1. What it cannot do is said: the BLS signature of a drand round (only that the randomness is the hash
of the signature), and lists in Parquet. Lists of some million rows take minutes.
"""

import csv
import hashlib
import heapq
import itertools
import json
import math
import sys
from fractions import Fraction
from pathlib import Path

FORMAT = b"zhiheng-draw/1 "
BLOCK = 8192  # values of 8 bytes in a block of the stream
A_ROUND, KEY_BITS, LOAD, MOST_LOAD, MOST_WAY, FORBIDDEN = 500, 32, 64, 63, 63, 1 << 46
SOURCES = ("targets.csv", "targets.xlsx", "targets.parquet")
KNOWN = (*SOURCES, "list.csv", "inspectors.csv", "recusals.csv", "earlier.csv")
MOST_STEPS = 200_000_000  # beyond it, assignments are checked for their rules but not computed again
faults: list[str] = []


def wrong(file: str, what: str) -> None:
    faults.append(f"{file}: {what}")


def sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


# --- the stream -------------------------------------------------------------------------------------------------


class Stream:
    """Values of a label, each a whole number of 64 bits."""

    def __init__(self, seed: bytes) -> None:
        self.seed, self.held = seed, {}

    def value(self, label: str, place: int) -> int:
        number, offset = divmod(place, BLOCK)
        if self.held.get(label, (-1,))[0] != number:
            text = FORMAT + b"stream\n" + self.seed + label.encode() + b"\n" + number.to_bytes(8, "big")
            self.held[label] = (number, hashlib.shake_256(text).digest(8 * BLOCK))
        return int.from_bytes(self.held[label][1][8 * offset : 8 * offset + 8], "big")

    def below(self, label: str, bound: int) -> int:
        return ((self.value(label, 0) << 64 | self.value(label, 1)) * bound) >> 128


# --- the seed ---------------------------------------------------------------------------------------------------


def entropy(terms: dict, given: dict) -> bytes:
    if terms["kind"] == "rfc3797":
        if len(given["values"]) != len(terms["sources"]):
            raise ValueError("not as many lists of numbers as sources")
        return "".join("".join(f"{number}." for number in sorted(one)) + "/" for one in given["values"]).encode()
    if terms["kind"] == "reveal":
        for name, promised in terms["parties"].items():
            secret = bytes.fromhex(given["secrets"][name])
            if hashlib.sha256(FORMAT + b"promise\n" + name.encode() + b"\n" + secret).hexdigest() != promised:
                raise ValueError(f"the secret of {name} is not the one that was promised")
        return b"".join(bytes.fromhex(given["secrets"][name]) for name in sorted(terms["parties"]))
    found = hashlib.sha256(bytes.fromhex(given["signature"])).digest()
    if given["round"] != terms["round"] or given.get("randomness", found.hex()) != found.hex():
        raise ValueError("round or randomness are not those of the signature and the plan")
    print("note: the BLS signature of the drand round is not checked here; compare the round with a relay of drand")
    return found


# --- the designs ------------------------------------------------------------------------------------------------


def smallest(keyed, n: int) -> list[int]:
    """Rows with the n smallest keys, of equal keys the earlier."""
    return sorted(row for _, row in heapq.nsmallest(n, keyed))


def pareto_key(key: int, top: int, bottom: int) -> Fraction:
    return Fraction(key * (bottom - top), ((1 << 64) - key) * top)


def sampford(p: list[float], u: list[float], n: int) -> list[int]:
    plain, marked = [[1.0] + [0.0] * n], [[0.0] * (n + 1)]
    for c in reversed(p):
        a, b = plain[-1], marked[-1]
        plain.append([(1 - c) * a[0]] + [(1 - c) * a[m] + c * a[m - 1] for m in range(1, n + 1)])
        marked.append(
            [(1 - c) * b[0]] + [(1 - c) * b[m] + c * (b[m - 1] + (1 - c) * a[m - 1]) for m in range(1, n + 1)]
        )
    plain.reverse()
    marked.reverse()
    taken, share = [], 0.0
    for k, c in enumerate(p):
        if n == 0:
            break
        yes = c * ((share + 1 - c) * plain[k + 1][n - 1] + marked[k + 1][n - 1])
        no = (1 - c) * (share * plain[k + 1][n] + marked[k + 1][n])
        if u[k] * (yes + no) < yes:
            taken.append(k)
            share, n = share + (1 - c), n - 1
    return taken


def kernel(rows: list[list[int]], width: int) -> list[int] | None:
    """The direction in which all rows add up to 0: Gauss and Jordan in fractions, then made whole."""
    rows, pivots = [[Fraction(cell) for cell in row] for row in rows], []
    for column in range(width):
        at = next((k for k in range(len(pivots), len(rows)) if rows[k][column]), None)
        if at is None:
            t = [Fraction(0)] * width
            t[column] = Fraction(1)
            for row, pivot in enumerate(pivots):
                t[pivot] = -rows[row][column] / rows[row][pivot]
            scale = math.lcm(*(part.denominator for part in t))
            shared = math.gcd(*(int(part * scale) for part in t))
            return [int(part * scale) // shared for part in t]
        done = len(pivots)
        rows[done], rows[at] = rows[at], rows[done]
        for k in range(len(rows)):
            if k != done and rows[k][column]:
                times = rows[k][column] / rows[done][column]
                rows[k] = [cell - times * above for cell, above in zip(rows[k], rows[done], strict=True)]
        pivots.append(column)
    return None


def cube(sizes: list[int], columns: list[list[int]], n: int, keys: list[int]) -> list[int]:
    """The cube method in whole numbers out of 2 ** 256, as the specification says it."""
    one, total, steps = 1 << 256, sum(sizes), iter(keys)
    p = [n * size * one // total for size in sizes]
    for most in range(len(columns), -1, -1):
        kept, held = [sizes, *columns[:most]], []
        waiting = [k for k, chance in enumerate(p) if 0 < chance < one]
        while True:
            room = most + 2 - len(held)
            held, waiting = held + waiting[:room], waiting[room:]
            t = kernel([[column[k] for k in held] for column in kept], len(held))
            if t is None:
                break
            v = [sizes[k] * part for k, part in zip(held, t, strict=True)]
            up = min(Fraction(one - p[k] if x > 0 else p[k], abs(x)) for k, x in zip(held, v, strict=True) if x)
            down = min(Fraction(p[k] if x > 0 else one - p[k], abs(x)) for k, x in zip(held, v, strict=True) if x)
            step = up if next(steps) * (up + down) < down * 2**64 else -down
            for k, x in zip(held, v, strict=True):
                p[k] += x * step.numerator // step.denominator
            held = [k for k in held if 0 < p[k] < one]
    return sorted(sorted(range(len(p)), key=lambda k: (-p[k], k))[:n])


def by_size(
    design: str, stratum: str, rows: list[int], sizes: list[int], columns: list[list[int]], n: int, stream: Stream
) -> dict[int, str]:
    """Rows drawn in one stratum with their probabilities."""
    sure, rest = [], list(range(len(rows)))
    while n:
        total = sum(sizes[k] for k in rest)
        over = [k for k in rest if n * sizes[k] >= total]
        if not over:
            break
        sure, rest, n = sure + over, [k for k in rest if n * sizes[k] < total], n - len(over)
    total, keys = sum(sizes[k] for k in rest), {k: stream.value("targets", rows[k]) for k in rest}
    if not n:
        taken = []
    elif design == "pareto":
        taken = smallest(((pareto_key(keys[k], n * sizes[k], total), k) for k in rest), n)
    elif design == "cube":
        held = [[column[k] for k in rest] for column in columns]
        taken = [rest[place] for place in cube([sizes[k] for k in rest], held, n, [keys[k] for k in rest])]
    elif design == "sampford":
        p, u = [n * sizes[k] / total for k in rest], [(keys[k] >> 11) * 2.0**-53 for k in rest]
        taken = [rest[place] for place in sampford(p, u, n)]
    else:
        order = sorted(rest, key=lambda k: (keys[k], k)) if design == "systematic-random" else rest
        start, steps = stream.below(f"start {stratum}", total), itertools.accumulate(sizes[k] for k in order)
        ends = [(end * n + start) // total for end in steps]
        taken = [k for k, before, end in zip(order, [0, *ends], ends, strict=False) if end > before]
    return {rows[k]: "1/1" for k in sure} | {rows[k]: f"{n * sizes[k]}/{total}" for k in taken}


def draw(path: Path, plan: dict, strata: list[dict], stream: Stream) -> tuple[dict[int, str], dict[int, dict]]:
    """The drawn rows with their probabilities, and their cells; form and order of the list are checked on the way."""
    drawn, cells, seen, last, design = {}, {}, set(), None, plan["design"]
    planned = {entry["stratum"]: entry for entry in strata}
    with path.open(encoding="utf-8", newline="\n") as lines:
        header = next(lines).rstrip("\n").split(",")
        listed = (line.rstrip("\n").split(",") for line in lines)
        for stratum, group in itertools.groupby(enumerate(listed), key=lambda entry: entry[1][0]):
            held = []
            for row, line in group:
                place = (line[0].encode(), line[1].encode())
                if len(line) != len(header) or (last is not None and place <= last) or line[1] in seen:
                    raise ValueError(f"line {row + 2} has another form, is out of order, or names an id again")
                last = place
                seen.add(line[1])
                held.append((row, line))
            entry = planned.pop(stratum, {})
            sizes = [int(line[2]) for _, line in held]
            if (entry.get("first"), entry.get("units"), entry.get("size")) != (held[0][0], len(held), sum(sizes)):
                raise ValueError(f"stratum {stratum} is not as in manifest.json")
            n, rows = entry["draw"], [row for row, _ in held]
            if design == "simple":
                found = dict.fromkeys(
                    smallest(((stream.value("targets", row), row) for row in rows), n), f"{n}/{len(rows)}"
                )
            else:
                columns = [[int(line[header.index(name)]) for _, line in held] for name in plan.get("balance", [])]
                found = by_size(design, stratum, rows, sizes, columns, n, stream)
            drawn |= found
            cells |= {row: dict(zip(header, line, strict=True)) for row, line in held if row in found}
    if planned:
        raise ValueError(f"stratum {next(iter(planned))} of manifest.json is not in the list")
    return dict(sorted(drawn.items())), dict(sorted(cells.items()))


# --- the assignment -----------------------------------------------------------------------------------------------


def table(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return [{key: (cell or "").strip() for key, cell in row.items()} for row in csv.DictReader(stream)]


def names(text: str) -> set[str]:
    return {part.strip() for part in text.replace("；", ";").split(";") if part.strip()}


class Assignment:
    def __init__(self, folder: Path, targets: list[dict], terms: dict, stream: Stream) -> None:
        people = table(folder / "inspectors.csv")
        self.names, self.each, self.again = [row["inspector"] for row in people], terms["each"], terms["partners_again"]
        number = {name: place for place, name in enumerate(self.names)}
        self.most = [int(row.get("most") or 10**6) for row in people]
        barred = {(row["inspector"], row["target"]) for row in table(folder / "recusals.csv")}
        before, visits = set(), {}
        for row in table(folder / "earlier.csv"):
            before.add((row["inspector"], row["target"]))
            if row["inspector"] in number:
                visits.setdefault((row["target"], row.get("day", "")), set()).add(number[row["inspector"]])
        self.partners = [set() for _ in people]
        for together in visits.values():
            for one in together:
                self.partners[one] |= together - {one}
        self.met = [set(mates) for mates in self.partners]
        self.may, self.way, self.rounds = [], [], 0
        for target in targets:
            known = {target["id"], target.get("operator") or target["id"]}
            need = names(target.get("qualifications", ""))
            self.may.append(
                [
                    need <= names(row.get("qualifications", ""))
                    and not any(
                        (row["inspector"], name) in barred or (row["inspector"], name) in before for name in known
                    )
                    for row in people
                ]
            )
            self.way.append([band(target.get("region", ""), row.get("region", ""), terms["travel"]) for row in people])
        count = len(people)
        self.keys = [
            [stream.value("assignment", t * count + p) >> 64 - KEY_BITS for p in range(count)]
            for t in range(len(targets))
        ]
        self.order = sorted(range(len(targets)), key=lambda t: (stream.value("order", t), t))
        self.team, self.load, self.far = [[] for _ in targets], [0] * count, [0] * count

    def give(self, t: int, p: int) -> None:
        for mate in self.team[t]:
            self.partners[p].add(mate)
            self.partners[mate].add(p)
        self.team[t].append(p)
        self.load[p] += 1
        self.far[p] += self.way[t][p]

    def take(self, t: int, p: int) -> None:
        self.team[t].remove(p)
        self.load[p] -= 1
        self.far[p] -= self.way[t][p]

    def lacking(self) -> list[int]:
        return sorted((t for t in self.order if len(self.team[t]) < self.each), key=lambda t: len(self.team[t]))

    def solve(self) -> None:
        while self.round():
            self.rounds += 1
        for t in self.lacking():
            while len(self.team[t]) < self.each:
                self.chain(t)

    def round(self) -> bool:
        free = [p for p in range(len(self.names)) if self.load[p] < self.most[p]]
        rows = [t for t in self.lacking() if any(self.may[t][p] and p not in self.team[t] for p in free)]
        rows = rows[: min(A_ROUND, len(free))]
        if not rows:
            return False
        least = min(self.load[p] for p in free)
        cost = []
        for t in rows:
            line = []
            for p in free:
                way = self.way[t][p] * (1 + self.far[p]) + self.again * sum(
                    p in self.partners[mate] for mate in self.team[t]
                )
                work = LOAD * min(self.load[p] - least, MOST_LOAD)
                fit = self.may[t][p] and p not in self.team[t]
                line.append((work + min(way, MOST_WAY) << KEY_BITS) + self.keys[t][p] if fit else FORBIDDEN)
            cost.append(line)
        for row, column in enumerate(matching(cost)):
            if cost[row][column] < FORBIDDEN:
                self.give(rows[row], free[column])
        return True

    def chain(self, target: int) -> None:
        reached: dict[int, tuple[int, int | None]] = {}
        waiting: list[tuple[int, int | None]] = [(target, None)]
        for t, by in waiting:
            fit = [p for p in range(len(self.names)) if self.may[t][p] and p not in self.team[t] and p not in reached]
            for p in sorted(fit, key=lambda p: self.keys[t][p]):
                reached[p] = (t, by)
                if self.load[p] < self.most[p]:
                    leaves = None
                    place, by = reached[p]
                    self.give(place, p)
                    while by is not None:
                        p, leaves = by, place
                        place, by = reached[p]
                        self.take(leaves, p)
                        self.give(place, p)
                    return
                held = [other for other in range(len(self.team)) if p in self.team[other]]
                waiting += [(other, p) for other in sorted(held, key=lambda other: self.keys[other][p])]
        raise ValueError("no assignment keeps the rules")

    def account(self, teams: list[list[int]], rounds: int) -> dict:
        """The figures that outcome.json gives of the assignment."""
        load, pairs = [0] * len(self.names), {}
        for team in teams:
            for p in team:
                load[p] += 1
            for pair in itertools.combinations(sorted(team), 2):
                pairs[pair] = pairs.get(pair, 0) + 1
        ways = [self.way[t][p] for t, team in enumerate(teams) for p in team]
        return {
            "each": self.each,
            "rounds": rounds,
            "visits": {str(value): load.count(value) for value in sorted(set(load))},
            "ways": {str(value): ways.count(value) for value in sorted(set(ways))},
            "partners_again": sum(n - 1 for n in pairs.values()) + sum(other in self.met[one] for one, other in pairs),
        }


def band(one: str, other: str, bands: list[dict]) -> int:
    for entry in bands:
        if not entry["digits"] or (one and other and one[: entry["digits"]] == other[: entry["digits"]]):
            return entry["band"]
    raise ValueError("travel: no band for all")


def matching(cost: list[list[int]]) -> list[int]:
    """The column of each row in the cheapest assignment: the Hungarian method with prices, in whole numbers."""
    rows, columns = len(cost), len(cost[0])
    u, v, row_of, way = [0] * (rows + 1), [0] * (columns + 1), [0] * (columns + 1), [0] * (columns + 1)
    for i in range(1, rows + 1):
        row_of[0], at = i, 0
        least, used = [1 << 62] * (columns + 1), [False] * (columns + 1)
        while row_of[at]:
            used[at], own, step, following = True, row_of[at], 1 << 62, 0
            for j in range(1, columns + 1):
                if not used[j]:
                    saving = cost[own - 1][j - 1] - u[own] - v[j]
                    if saving < least[j]:
                        least[j], way[j] = saving, at
                    if least[j] < step:
                        step, following = least[j], j
            for j in range(columns + 1):
                if used[j]:
                    u[row_of[j]] += step
                    v[j] -= step
                else:
                    least[j] -= step
            at = following
        while at:
            row_of[at] = row_of[way[at]]
            at = way[at]
    found = [0] * rows
    for j in range(1, columns + 1):
        if row_of[j]:
            found[row_of[j] - 1] = j - 1
    return found


def check_teams(task: Assignment, teams: list[list[str]], ids: list[str]) -> None:
    """The rules of the assignment, against the teams as published."""
    number = {name: place for place, name in enumerate(task.names)}
    load = dict.fromkeys(task.names, 0)
    for t, team in enumerate(teams):
        if len(set(team)) != len(team) or len(team) != task.each or not set(team) <= set(number):
            wrong("outcome.csv", f"target {ids[t]} has not {task.each} different inspectors of the list")
            continue
        for name in team:
            load[name] += 1
            if not task.may[t][number[name]]:
                wrong("outcome.csv", f"{name} may not inspect {ids[t]}: not qualified, recused, or there before")
    for name, visits in load.items():
        if visits > task.most[number[name]]:
            wrong("outcome.csv", f"{name} has {visits} visits, more than the bound")


# --- the folder -------------------------------------------------------------------------------------------------


def check_list(folder: Path, manifest: dict, plan: dict) -> None:
    """Whether the frozen list is what its source gives."""
    if manifest["list"] != "list.csv" or not (folder / "targets.csv").exists():
        return
    rows = table(folder / "targets.csv")
    chosen = {
        ours: plan.get("columns", {}).get(ours, ours if ours in rows[0] or ours != "size" else None)
        for ours in ("stratum", "id", "size")
    }
    more = [name for name in rows[0] if name not in chosen.values()]
    default = {"stratum": "all", "size": "1"}
    lines = sorted(
        [row[theirs] if theirs else default[ours] for ours, theirs in chosen.items()] + [row[name] for name in more]
        for row in rows
    )
    lines.sort(key=lambda line: (line[0].encode(), line[1].encode()))
    text = "".join(",".join(line) + "\n" for line in [[*chosen, *more], *lines])
    if text.encode() != (folder / "list.csv").read_bytes():
        wrong("list.csv", "it is not what freezing targets.csv gives")


def check(folder: Path, published: str) -> None:
    raw = (folder / "manifest.json").read_bytes()
    manifest, digest = json.loads(raw), hashlib.sha256(raw).hexdigest()
    if published and published.lower() != digest:
        wrong("manifest.json", "it is not the one that was published")
    if not {*manifest["files"], manifest["list"]} <= {"plan.json", *KNOWN}:
        wrong("manifest.json", "it names files that are none of a draw")
        return
    for name, entry in manifest["files"].items():
        if not (folder / name).exists():
            wrong(name, "it was committed and is missing")
        elif (sha256(folder / name), (folder / name).stat().st_size) != (entry["sha256"], entry["bytes"]):
            wrong(name, "it is not the file that was committed")
    for name in KNOWN:
        if (folder / name).exists() and name not in manifest["files"]:
            wrong(name, "it was added after the commitment")
    if faults:
        return
    plan = json.loads((folder / "plan.json").read_bytes())
    try:
        check_list(folder, manifest, plan)
    except (UnicodeDecodeError, KeyError):
        print("note: targets.csv is not plain UTF-8 with commas, so list.csv was not made again from it")
    asked = plan["n"] if isinstance(plan["n"], int) else sum(plan["n"].values())
    if sum(entry["draw"] for entry in manifest["strata"]) != asked:
        wrong("manifest.json", "its numbers to draw do not add up to those of plan.json")
    outcome = json.loads((folder / "outcome.json").read_bytes())
    try:
        given = (folder / "seed.json").read_bytes()
        seed = hashlib.sha256(
            FORMAT + b"seed\n" + bytes.fromhex(digest) + entropy(manifest["seed"], json.loads(given))
        ).digest()
    except (ValueError, KeyError, TypeError, OSError) as error:
        wrong("manifest.json" if outcome.get("manifest_sha256") != digest else "seed.json", str(error))
        return
    if outcome.get("manifest_sha256") != digest and outcome.get("seed") != seed.hex():
        wrong("manifest.json", "it is not the manifest that outcome.json was drawn under")
        return
    if outcome.get("seed_sha256") != hashlib.sha256(given).hexdigest():
        wrong("seed.json", "it is not the file that outcome.json was drawn with")
    check_outcome(folder, manifest, plan, outcome, Stream(seed), digest)


def check_outcome(folder: Path, manifest: dict, plan: dict, outcome: dict, stream: Stream, digest: str) -> None:
    try:
        drawn, cells = draw(folder / manifest["list"], plan, manifest["strata"], stream)
    except ValueError as error:
        wrong(manifest["list"], str(error))
        return
    raw = (folder / "outcome.csv").read_bytes()
    lines = [line.split(",") for line in raw.decode().removesuffix("\n").split("\n")]
    expected = [[str(row), cells[row]["stratum"], cells[row]["id"], chance] for row, chance in drawn.items()]
    if [line[:4] for line in lines[1:]] != expected or lines[0] != [
        "row",
        "stratum",
        "id",
        "probability",
        "inspectors",
    ]:
        wrong("outcome.csv", "the targets are not those that list, plan and seed give")
        return
    account = outcome.get("assignment")
    if manifest["inspectors"] is None:
        if any(line[4:] != [""] for line in lines[1:]) or account is not None:
            wrong("outcome.csv", "it names inspectors, and none were committed")
    else:
        task = Assignment(folder, list(cells.values()), manifest["inspectors"], stream)
        teams = [line[4].split(" ") for line in lines[1:]]
        check_teams(task, teams, [line[2] for line in lines[1:]])
        if faults:
            return
        rounds = account.get("rounds") if isinstance(account, dict) else None
        if min(A_ROUND, len(teams)) * len(teams) * task.each * len(task.names) <= MOST_STEPS:
            task.solve()
            rounds = task.rounds
            if [[task.names[p] for p in sorted(team)] for team in task.team] != teams:
                wrong("outcome.csv", "the inspectors are not those that the seed gives")
                return
        else:
            print("note: the assignment keeps its rules; it is too large to be computed again here")
        account = task.account([[task.names.index(name) for name in team] for team in teams], rounds)
    body = {
        "format": "zhiheng-draw/1",
        "manifest_sha256": digest,
        "seed_sha256": sha256(folder / "seed.json"),
        "seed": stream.seed.hex(),
        "design": plan["design"],
        "drawn": len(drawn),
        "outcome_sha256": hashlib.sha256(raw).hexdigest(),
        "assignment": account,
    }
    if (folder / "outcome.json").read_bytes() != (json.dumps(body, ensure_ascii=False, indent=1) + "\n").encode():
        wrong("outcome.json", "it is not what list, plan and seed give")


def main() -> int:
    if len(sys.argv) not in (2, 3):
        print(__doc__)
        return 2
    try:
        check(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) == 3 else "")
    except (OSError, ValueError, KeyError, TypeError, IndexError, StopIteration) as error:
        wrong("the folder", f"it cannot be read as a draw: {error!r}")
    print("\n".join(faults) or "Everything holds: targets and inspectors are those that list, plan and seed give.")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
