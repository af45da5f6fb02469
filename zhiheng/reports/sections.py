"""The sections of a bulletin, in the order of reading; what a source cannot support is not written."""

from datetime import date

from zhiheng import rules
from zhiheng.reports import charts, tallies, wording
from zhiheng.reports.draft import LEVEL, Cell, Draft, Paragraph, chart, rate_columns, section, table, value_chart, value_table
from zhiheng.reports.tallies import Row
from zhiheng.surveillance.signals import following

FORMS = {"month": "%Y-%m", "quarter": "%Y", "year": "%Y"}
NEWEST, PROPOSED, LISTED = 8, 12, 25


def overview(draft: Draft) -> Row:
    """What was received, what could be judged, and what became of it."""
    _ = draft.said.translate
    out, whole, taken = tallies.left_out(draft.desk), draft.legal, draft.desk.summary["intake"]
    came = draft.say(_("The source gave %(rows)s rows, from which %(findings)s results of %(samples)s samples were read; %(rejected)s rows were turned away."), {
        "rows": wording.count(taken["received"]), "findings": wording.count(out["findings"]), "samples": wording.count(out["samples"]),
        "rejected": wording.count(taken["rejected"])})
    without = draft.say(_("No count below includes the %(superseded)s results that a retest replaced or the %(control)s results of quality-control samples."), {
        "superseded": wording.count(out["superseded"]), "control": wording.count(out["control"])})
    reasons = tallies.outcomes(draft.desk, force="legal")
    return section(_("Overall"), draft.paragraph(came, without), judged(draft), unjudged(draft, reasons), by_sample(draft),
                   outcome_chart(draft, reasons), outcome_table(draft, reasons) if whole["results"] else None)


def judged(draft: Draft) -> Paragraph:
    """How many results conform; a rate only where the source supports one."""
    _ = draft.said.translate
    whole = draft.legal
    told: dict[str, Cell | Paragraph] = {name: draft.cite(name, whole[name]) for name in
                                         ("results", "judged", "conforming", "nonconforming", "inconclusive", "not_judged")}
    if draft.desk.is_failures:
        return draft.paragraph(
            draft.say(_("By the legal limits of their day, %(nonconforming)s of the %(results)s results are nonconforming, %(inconclusive)s are "
                        "inconclusive and %(not_judged)s could not be judged."), told),
            draft.say(_("The source lists failed samples only: nobody can compute a rate from it, and none is given here.")))
    if whole["rate"] is None:
        return draft.say(_("None of the %(results)s results could be judged against a legal limit."), told)
    told |= {"rate": draft.cite("rate", whole["rate"]), "interval": wording.between(whole["lower"], whole["upper"]), "level": LEVEL,
             "least": wording.percent(whole["least"]), "most": wording.percent(whole["most"])}
    return draft.paragraph(
        draft.say(_("Against legal limits, %(judged)s of %(results)s results could be judged: %(conforming)s conform and %(nonconforming)s do not."), told),
        draft.say(_("That is a nonconformity rate of %(rate)s of the results judged (%(level)s interval %(interval)s)."), told),
        draft.say(_("A further %(inconclusive)s results are inconclusive: had all of them conformed, the rate would be %(least)s; had all of them failed, %(most)s."), told))


def unjudged(draft: Draft, reasons: list[Row]) -> Paragraph:
    """Why results were left without a verdict, the most frequent reasons first."""
    _ = draft.said.translate
    open_ones = [row for row in reasons if row["verdict"] in ("inconclusive", "not_judged")]
    if not open_ones:
        return []
    top = sorted(open_ones, key=lambda row: -row["n"])[:3]
    listed = draft.listing([(wording.reason_name(row["reason"], draft.said), draft.cite(row["verdict"], row["n"], by=[("reason", row["reason"])]))
                            for row in top])
    return draft.say(_("The main reasons why no verdict was reached: %(reasons)s."), {"reasons": listed})


def by_sample(draft: Draft) -> Paragraph:
    """The verdicts of whole samples."""
    _ = draft.said.translate
    counts = draft.desk.summary["samples"]
    told = {name: wording.count(counts.get(name, 0)) for name in ("nonconforming", "conforming", "inconclusive", "not_judged")}
    return draft.say(_("Taken by sample, where one nonconforming item makes the sample nonconforming: %(nonconforming)s nonconforming, "
                       "%(conforming)s conforming, %(inconclusive)s inconclusive, %(not_judged)s not judged."), told)


def outcome_chart(draft: Draft, reasons: list[Row]) -> Row:
    """What became of every result."""
    _ = draft.said.translate
    total = sum(row["n"] for row in reasons) or 1
    lines: dict[str, Row] = {}
    for row in reasons:
        line = lines.setdefault(row["verdict"], {"verdict": row["verdict"], "n": 0, "label": wording.verdict_name(row["verdict"], draft.said)})
        line["n"] += row["n"]
    rows = [{**line, "share": line["n"] / total, "colour": charts.VERDICTS[line["verdict"]],
             "told": f"{wording.count(line['n'])}  ({wording.percent(line['n'] / total)})"} for line in lines.values()]
    unit = draft.say(_("Number of results and their share of all results counted; n = %(n)s"), {"n": wording.count(total)})
    return chart(draft, "outcomes", title=_("What became of the results, against legal limits"), unit=wording.plain(unit), rows=rows,
                 columns={"label": _("Verdict"), "n": _("Results"), "share": _("Share of results")},
                 draw=lambda: charts.bars(rows, length="n", colours=True))


def outcome_table(draft: Draft, reasons: list[Row]) -> Row:
    """Every verdict with its reason."""
    _ = draft.said.translate
    rows = [[wording.verdict_name(row["verdict"], draft.said), wording.reason_name(row["reason"], draft.said),
             draft.told(row["verdict"], row["n"], by=[("reason", row["reason"])])] for row in reasons]
    return table(_("Verdicts and their reasons"), [_("Verdict"), _("Reason"), _("Results")], rows, texts=2)


def items(draft: Draft) -> Row:
    """Groups of test items, and the items found most often."""
    _ = draft.said.translate
    groups = [row for row in tallies.by_group(draft.desk, draft.items) if row["nonconforming"]]
    total = draft.legal["nonconforming"]
    if not groups:
        return section(_("Test items"), draft.say(_("No result exceeded a legal limit.")))
    first = draft.say(_("%(group)s come first, with %(n)s of the %(total)s nonconforming results (%(share)s)."), {
        "group": wording.group_name(groups[0]["value"], draft.said), "n": wording.count(groups[0]["nonconforming"]),
        "total": draft.cite("nonconforming", total), "share": wording.percent(groups[0]["nonconforming"] / total)})
    often = draft.say(_("The items found nonconforming most often: %(items)s."), {"items": named(draft, draft.items, column="analyte")})
    found = value_chart(draft, draft.items, column="analyte", name="items", title=_("Test items with most nonconforming results"))
    return section(_("Test items"), draft.paragraph(first, often), group_table(draft, groups), found)


def named(draft: Draft, rows: list[Row], *, column: str, force: str = "legal", most: int = 5) -> Paragraph:
    """The first values of a column with the number of nonconforming results of each."""
    top = [row for row in rows if row["nonconforming"] and row["value"]][:most]
    return draft.listing([(wording.value_name(column, row["value"], draft.said),
                           draft.cite("nonconforming", row["nonconforming"], by=[(column, row["value"])], force=force)) for row in top])


def group_table(draft: Draft, groups: list[Row]) -> Row:
    """Nonconforming results by group of test items."""
    _ = draft.said.translate
    total = sum(row["nonconforming"] for row in groups)
    headers = [_("Group of test items"), _("Judged"), _("Nonconforming"), _("Share of nonconforming results")]
    headers += [] if draft.desk.is_failures else [_("Nonconformity rate"), wording.plain(draft.say(_("%(level)s interval"), {"level": LEVEL}))]
    rows = []
    for row in groups:
        ends = [] if draft.desk.is_failures else [wording.percent(row["rate"]), wording.between(row["lower"], row["upper"])]
        rows.append([wording.group_name(row["value"], draft.said), wording.count(row["judged"]), wording.count(row["nonconforming"]),
                     wording.percent(row["nonconforming"] / total), *ends])
    return table(_("Nonconforming results by group of test items"), headers, rows)


def objects(draft: Draft) -> Row:
    """Product types and places."""
    _ = draft.said.translate
    often = draft.say(_("The product types with most nonconforming results: %(types)s."), {"types": named(draft, draft.types, column="product_type")})
    types = value_chart(draft, draft.types, column="product_type", name="types", title=_("Product types with most nonconforming results"))
    if not draft.place or not draft.legal["nonconforming"]:
        return section(_("Product types"), often if draft.legal["nonconforming"] else None, types)
    where = draft.say({
        "province": _("By publishing province: %(places)s."), "origin": _("By place of origin, where it is stated: %(places)s."),
        "site": _("By sampling site: %(places)s."),
    }[draft.place], {"places": named(draft, draft.places, column=draft.place)})
    blank = next((row for row in draft.places if not row["value"] and row["nonconforming"]), None)
    unknown = draft.say(_("For %(n)s nonconforming results the place is not stated."), {
        "n": draft.cite("nonconforming", blank["nonconforming"], by=[(draft.place, "")])}) if blank else []
    warning = draft.say(_("More findings at one place can mean more sampling or fuller publication, and do not mean poorer quality.")) \
        if draft.desk.is_failures else []
    titles = {"province": _("Nonconforming results by publishing province"), "origin": _("Places of origin with most nonconforming results"),
              "site": _("Sampling sites with most nonconforming results")}
    places = value_chart(draft, draft.places, column=draft.place, name="places", title=titles[draft.place])
    return section(_("Product types and places"), often, types, draft.paragraph(where, unknown, warning), places)


def time(draft: Draft) -> Row | None:
    """The course of time, with the days on which the law changed."""
    _ = draft.said.translate
    step = tallies.best_step(draft.desk)
    everything = tallies.periods(draft.desk, step=step)
    rows = everything[-tallies.SHOWN[step]:]
    if len(rows) < 3 or not draft.legal["judged"]:
        return None
    first, last = rows[0]["period"], following(rows[-1]["period"], step)
    until = last
    for _step in range(tallies.AHEAD[step]):
        until = following(until, step)
    changes = tallies.law_changes(draft.rules, since=first, until=until)
    placed = draft.desk.card["day"]
    dated = {"sampled_on": _("Results are placed in time by the day of sampling."), "made_on": _("Results are placed in time by the day of manufacture."),
             "day": _("Results are placed in time by the day whose rules apply.")}[tallies.dated_by(draft.desk)]
    fixed = [] if isinstance(placed, str) and not placed[:4].isdigit() else draft.say(
        _("All of them are judged by the rules of %(day)s: the picture shows the past by the measure of that day."), {"day": str(placed)})
    hidden = sum(row["results"] for row in everything[:-tallies.SHOWN[step]])
    before = draft.say(_("%(n)s results from before %(day)s are not in the picture."), {"n": wording.count(hidden), "day": first.isoformat()}) if hidden else []
    return section(_("Over time"), draft.paragraph(draft.say(dated), fixed, before), time_chart(draft, rows, changes, step=step, until=until),
                   law_table(draft, changes))


def time_chart(draft: Draft, rows: list[Row], changes: list[Row], *, step: str, until: date) -> Row:
    """Counts of failures, or rates, by period."""
    _ = draft.said.translate
    first, last = rows[0]["period"], until
    drawn = [{**row, "label": wording.period_name(row["period"], step), "centre": charts.centre(row["period"], following(row["period"], step)),
              "told": "", "label_at": None} for row in rows]
    marks = charts.staggered([{"day": change["day"], "told": f"{change['act']}  {change['day']}"} for change in changes], first=first, last=last)
    header = {"month": _("Month"), "quarter": _("Quarter"), "year": _("Year")}[step]
    columns = {**rate_columns(draft, header)}
    columns.pop("share", None)
    if draft.desk.is_failures:
        for row in drawn:
            row["told"] = wording.count(row["nonconforming"]) if row["nonconforming"] else ""
        unit = _("Number of nonconforming results in each period; dashed lines: first day of a standard that judged some of them")
        return chart(draft, "time", title=_("Nonconforming results over time"), unit=unit, columns=columns, rows=drawn,
                     draw=lambda: charts.columns(drawn, marks=marks, first=first, last=last, form=FORMS[step]))
    pointed(drawn)
    unit = wording.plain(draft.say(_("Nonconforming of judged results in each period, with the %(level)s interval; dashed lines: first day of a rule "
                                     "that judged some of them; n = %(n)s judged in all"), {"level": LEVEL, "n": wording.count(draft.legal["judged"])}))
    return chart(draft, "time", title=_("Nonconformity rate of the results judged, over time"), unit=unit, columns=columns, rows=drawn,
                 draw=lambda: charts.rates(drawn, marks=marks, first=first, last=last, form=FORMS[step]))


def pointed(rows: list[Row]) -> None:
    """Words at the first, the highest and the last rate."""
    known = [row for row in rows if row["rate"] is not None]
    for row in {id(row): row for row in (known[0], max(known, key=lambda row: row["rate"]), known[-1])}.values():
        row["told"], row["label_at"] = wording.percent(row["rate"]), row["rate"]


def law_table(draft: Draft, changes: list[Row]) -> Row | None:
    """The days on which used rules changed."""
    _ = draft.said.translate
    if not changes:
        return None
    rows = [[change["day"].isoformat(), change["act"], wording.count(change["rules"]), wording.count(change["results"])] for change in changes]
    return table(_("Changes of law in this stretch of time"), [_("In force from"), _("Act or standard"), _("Rules that judged a result here"),
                                                               _("Results under these rules")], rows, texts=2)


def severity(draft: Draft) -> Row | None:
    """How far beyond the limit results lie, and how printed limits stand to ours."""
    _ = draft.said.translate
    found = {row["value"]: row for row in tallies.by_value(draft.desk, "severity") if row["value"]}
    if not found:
        return None
    bands = rules.settings("severity", on=date.max)
    told: dict[str, Cell | Paragraph] = {word: draft.cite("nonconforming", found.get(word, {"nonconforming": 0})["nonconforming"], by=[("severity", word)])
                                         for word in ("serious", "major", "minor")}
    told |= {"high": str(bands["serious"]), "middle": str(bands["major"])}
    said = draft.say(_("Of the nonconforming results, %(serious)s are serious (at least %(high)s times the limit, or a substance that may not be "
                       "there at all), %(major)s major (at least %(middle)s times the limit) and %(minor)s minor. No statute gives these bands; "
                       "they are a convention of this system."), told)
    return section(_("How far beyond the limit"), said)


def printed(draft: Draft) -> Row | None:
    """Limits printed by the notices against our rules."""
    _ = draft.said.translate
    found = tallies.printed_limits(draft.desk)
    if not found:
        return None
    total = sum(row["n"] for row in found)
    rows = [{**row, "label": wording.agreement_name(row["agreement"], draft.said),
             "told": f"{wording.count(row['n'])}  ({wording.percent(row['n'] / total)})", "share": row["n"] / total} for row in found]
    counts = {row["agreement"]: row["n"] for row in found}
    ours = total - counts.get("ours_missing", 0) - counts.get("printed_unreadable", 0)
    said = draft.say(_("Of %(n)s results with a printed limit, our rules hold a limit to set beside %(ours)s; in %(differ)s the two differ."), {
        "n": wording.count(total), "ours": wording.count(ours), "differ": wording.count(counts.get("differ", 0))})
    caution = draft.say(_("Agreement with a rule that was itself read from such notices shows that the notices agree with one another, not that the standard says so."))
    unit = draft.say(_("Number of results with a printed limit and their share; n = %(n)s"), {"n": wording.count(total)})
    picture = chart(draft, "printed", title=_("Limits printed in the notices against our rules"), unit=wording.plain(unit), rows=rows,
                    columns={"label": _("Comparison"), "n": _("Results"), "share": _("Share of results")}, draw=lambda: charts.bars(rows, length="n"))
    lines = [[wording.value_name("analyte", row["analyte"] or "", draft.said), row["product_name"] or "", row["printed_limit"] or "", row["rule_text"] or "",
              row["rule_key"]] for row in tallies.differing(draft.desk)]
    differing = table(_("Printed limits that differ from ours"), [_("Test item"), _("Product"), _("Printed limit"), _("Our limit"), _("Rule")], lines,
                      texts=5) if lines else None
    return section(_("Printed limits against our rules"), draft.paragraph(said, caution), picture, differing)


def guidance(draft: Draft) -> Row | None:
    """Results against values that do not bind."""
    _ = draft.said.translate
    whole = draft.guidance
    if not whole["judged"]:
        return None
    told: dict[str, Cell | Paragraph] = {name: draft.cite(name, whole[name], force="guidance") for name in ("judged", "nonconforming", "inconclusive")}
    said = [draft.say(_("Guidance values do not bind; a result above one is a reason to look, not an offence. %(judged)s results could be set against "
                        "a guidance value; %(nonconforming)s were above it and %(inconclusive)s are inconclusive."), told)]
    if whole["rate"] is not None:
        told |= {"rate": draft.cite("rate", whole["rate"], force="guidance"), "interval": wording.between(whole["lower"], whole["upper"]), "level": LEVEL,
                 "least": wording.percent(whole["least"]), "most": wording.percent(whole["most"])}
        said.append(draft.say(_("The rate of the results judged is %(rate)s (%(level)s interval %(interval)s), but the inconclusive ones "
                                "could place it anywhere from %(least)s to %(most)s."), told))
    types, places = tallies.by_value(draft.desk, "product_type", force="guidance"), []
    if draft.place:
        places = tallies.by_value(draft.desk, draft.place, force="guidance")
    said.append(draft.say(_("Most often above a guidance value: %(types)s."), {"types": named(draft, types, column="product_type", force="guidance")}))
    picture = value_chart(draft, types, column="product_type", name="guidance", title=_("Results above guidance values, by product type"), force="guidance")
    picture = picture or value_chart(draft, places, column=draft.place, name="guidance", title=_("Results above guidance values, by place"), force="guidance")
    return section(_("Guidance values"), draft.paragraph(*said), picture)


def signals(draft: Draft) -> Row:
    """What rose above its own recent past."""
    _ = draft.said.translate
    total, newest = tallies.signals(draft.desk, most=NEWEST)
    terms = rules.settings("signals", on=date.max)
    how = draft.say(_("A count is a signal when it lies above what its %(baseline)s periods before let expect (EARS C1, one-sided level %(alpha)s) and is "
                      "at least %(least)s. A signal asks for a look; it proves nothing."),
                    {"baseline": str(terms["baseline"]), "alpha": str(terms["alpha"]), "least": str(terms["least"])})
    if not total:
        return section(_("Signals"), draft.paragraph(draft.say(_("No series rose above its own recent past.")), how))
    step = newest[0]["step"]
    rows = [[wording.column_name(row["dimension"], draft.said), wording.value_name(row["dimension"], row["series"], draft.said),
             wording.period_name(row["period"], step), wording.count(row["count"]), wording.count(row["judged"]), f"{row['expected']:.1f}",
             f"{row['threshold']:.1f}"] for row in newest]
    said = draft.say(_("The series gave %(n)s signals in all; the newest are these."), {"n": wording.count(total)})
    headers = [_("Series by"), _("Series"), _("Period"), _("Nonconforming"), _("Judged"), _("Mean before"), _("Threshold")]
    return section(_("Signals"), draft.paragraph(said, how), table(_("The newest signals"), headers, rows, texts=3))


def proposal(draft: Draft) -> Row | None:
    """Where to inspect next."""
    _ = draft.said.translate
    found = tallies.proposal(draft.desk)
    if not found:
        return None
    targeted, random = sum(row["targeted"] for row in found), sum(row["random"] for row in found)
    said = draft.say(_("Of the next %(all)s samples, %(targeted)s would go where findings are expected and %(random)s would be drawn at random over all strata. "
                       "The random arm is what will one day allow an honest rate; the two are never mixed."),
                     {"all": wording.count(targeted + random), "targeted": wording.count(targeted), "random": wording.count(random)})
    stratum = draft.desk.card.get("strata") or "product_type"
    headers = [wording.column_name(stratum, draft.said), _("Judged"), _("Nonconforming"), _("Targeted samples"), _("Random samples")]
    rows: list[list[Cell]] = []
    rated = any(row["expected_rate"] is not None for row in found)
    headers += [_("Expected rate and interval")] if rated else []
    for row in found[:PROPOSED]:
        expected = "–" if row["expected_rate"] is None else f"{wording.percent(row['expected_rate'])} ({wording.between(row['lower'], row['upper'])})"
        rows.append([wording.value_name(stratum, row["stratum"], draft.said), wording.count(row["judged"]), wording.count(row["nonconforming"]),
                     wording.count(row["targeted"]), wording.count(row["random"]), *([expected] if rated else [])])
    note = "" if len(found) <= PROPOSED else wording.plain(draft.say(
        _("The first %(shown)s of %(all)s; the rest is in the listings."), {"shown": wording.count(PROPOSED), "all": wording.count(len(found))}))
    return section(_("Next inspections"), said, table(_("Proposal of the next inspections"), headers, rows, note=note))


def method(draft: Draft) -> Row:
    """How the figures were made, and what they cannot say."""
    _ = draft.said.translate
    card = draft.desk.card
    day = {"made_on": _("the day of manufacture"), "sampled_on": _("the day of sampling")}.get(str(card["day"]), str(card["day"]))
    guarded = _("Guarded decision: a result is judged only when its whole %(level)s measurement interval lies on one side of the limit (JCGM 106:2012, 8.3).")
    simple = _("Simple decision: the reported value is set against the limit; measurement uncertainty is not subtracted (JCGM 106:2012, 8.2).")
    own = _("Each law file states its decision rule; those used here decide simply: the reported value is set against the limit (JCGM 106:2012, 8.2).")
    notes = [
        draft.say(card["supports_note"][draft.said.language]),
        draft.say(_("Each result is judged by the rules in force on %(day)s."), {"day": day}),
        draft.say({"guarded": guarded, "simple": simple}.get(card["decision"], own), {"level": LEVEL}),
        draft.say(_("A retest is final and replaces the first result; quality-control samples are kept and left out of every count.")),
        draft.say(_("A result without verdict is never counted as conforming; it is counted beside the judged ones, with its reason.")),
    ]
    if not draft.desk.is_failures:
        notes.append(draft.say(_("Intervals are Wilson score intervals at the %(level)s level: how far chance alone could move the rate among items like these."), {"level": LEVEL}))
    notes.append(draft.say(_("This report was made by program from public data. It is no announcement of an authority and has no legal effect.")))
    return section(_("Method and limits of this report"), *({"kind": "note", "runs": note} for note in notes))


def standings(draft: Draft) -> Paragraph:
    """How well the sources of the rules have been read."""
    _ = draft.said.translate
    entries: list[tuple[str, Cell]] = []
    for word in ("checked", "stale", "unverified"):
        rows = [row for row in draft.rules if row["standing"] == word]
        entries.append((wording.standing_name(word, draft.said), wording.plain(draft.say(
            _("%(rules)s rules, %(results)s results"), {"rules": wording.count(len({row["rule_key"] for row in rows})),
                                                        "results": wording.count(sum(row["n"] for row in rows))}))))
    return draft.say(_("Standing of the rules used: %(standings)s."), {"standings": draft.listing(entries)})


def annexes(draft: Draft) -> list[Row]:
    """Tables for those who look closer: items, types, places, rules."""
    _ = draft.said.translate
    found = []
    for column, rows, title in (("analyte", draft.items, _("Results by test item")), ("product_type", draft.types, _("Results by product type")),
                                (draft.place, draft.places, _("Results by place"))):
        if column and rows and draft.legal["judged"]:
            found.append(section(title, value_table(draft, [row for row in rows if row["judged"] or row["inconclusive"]] or rows, column=column, title="")))
    lines: list[list[Cell]] = [[row["rule_key"], row["rule_text"] or "", row["citation"] or "", row["rule_since"].isoformat(),
                                wording.standing_name(row["standing"], draft.said), wording.count(row["n"]), wording.count(row["nonconforming"])]
                               for row in draft.rules[:LISTED]]
    note = "" if len(draft.rules) <= LISTED else wording.plain(draft.say(
        _("The first %(shown)s of %(all)s; the rest is in the listings."), {"shown": wording.count(LISTED), "all": wording.count(len(draft.rules))}))
    headers = [_("Rule"), _("Limit"), _("Source"), _("Since"), _("Standing"), _("Results"), _("Nonconforming")]
    found.append(section(_("Rules used"), standings(draft), table("", headers, lines, texts=5, note=note)))
    return found

