"""The later sections of a bulletin: how far beyond the limit, printed limits, guidance, signals, what next."""

from datetime import date

from zhiheng import rules
from zhiheng.reports import charts, tallies, wording
from zhiheng.reports.draft import LEVEL, Cell, Draft, Paragraph, chart, named, section, table, value_chart
from zhiheng.reports.tallies import Row

NEWEST, PROPOSED = 8, 10


def severity(draft: Draft) -> Row | None:
    """How far beyond the limit results lie, and how printed limits stand to ours."""
    _ = draft.said.translate
    found = {row["value"]: row for row in tallies.by_value(draft.desk, "severity") if row["value"]}
    if not found:
        return None
    bands = rules.settings("severity", on=date.max)
    told: dict[str, Cell | Paragraph] = {
        word: draft.cite(
            "nonconforming", found.get(word, {"nonconforming": 0})["nonconforming"], by=[("severity", word)]
        )
        for word in ("serious", "major", "minor")
    }
    told |= {"high": str(bands["serious"]), "middle": str(bands["major"])}
    said = draft.say(
        _(
            "Of the nonconforming results, %(serious)s are serious (at least %(high)s times the limit, or a "
            "substance that may not be "
            "there at all), %(major)s major (at least %(middle)s times the limit) and %(minor)s minor. No statute "
            "gives these bands; "
            "they are a convention of this system."
        ),
        told,
    )
    return section(_("How far beyond the limit"), said)


def printed(draft: Draft) -> Row | None:
    """Limits printed by the notices against our rules."""
    _ = draft.said.translate
    found = tallies.printed_limits(draft.desk)
    if not found:
        return None
    total = sum(row["n"] for row in found)
    counts = {row["agreement"]: row["n"] for row in found}
    ours = total - counts.get("ours_missing", 0) - counts.get("printed_unreadable", 0)
    said = draft.say(
        _(
            "Of %(n)s results with a printed limit, our rules hold a limit to set beside %(ours)s; in %(differ)s "
            "the two differ."
        ),
        {"n": wording.count(total), "ours": wording.count(ours), "differ": wording.count(counts.get("differ", 0))},
    )
    caution = draft.say(
        _(
            "Agreement with a rule that was itself read from such notices shows that the notices agree with one "
            "another, not that the standard says so."
        )
    )
    picture, differing = printed_chart(draft, found, total=total), differing_table(draft)
    return section(_("Printed limits against our rules"), draft.paragraph(said, caution), picture, differing)


def printed_chart(draft: Draft, found: list[Row], *, total: int) -> Row:
    """How printed limits stand to ours."""
    _ = draft.said.translate
    rows = [
        {
            **row,
            "label": wording.agreement_name(row["agreement"], draft.said),
            "told": f"{wording.count(row['n'])}  ({wording.percent(row['n'] / total)})",
            "share": row["n"] / total,
        }
        for row in found
    ]
    unit = draft.say(
        _("Number of results with a printed limit and their share; n = %(n)s"), {"n": wording.count(total)}
    )
    return chart(
        draft,
        "printed",
        title=_("Limits printed in the notices against our rules"),
        unit=wording.plain(unit),
        rows=rows,
        columns={"label": _("Comparison"), "n": _("Results"), "share": _("Share of results")},
        draw=lambda: charts.bars(rows, length="n"),
    )


def differing_table(draft: Draft) -> Row | None:
    """The results whose printed limit is not ours."""
    _ = draft.said.translate
    lines = [
        [
            wording.value_name("analyte", row["analyte"] or "", draft.said),
            row["product_name"] or "",
            wording.limit_text(row, draft.said),
            row["rule_text"] or "",
            row["rule_key"],
        ]
        for row in tallies.differing(draft.desk)
    ]
    headers = [_("Test item"), _("Product"), _("Printed limit"), _("Our limit"), _("Rule")]
    return table(_("Printed limits that differ from ours"), headers, lines, texts=5) if lines else None


def guidance(draft: Draft) -> Row | None:
    """Results against values that do not bind."""
    _ = draft.said.translate
    whole = draft.guidance
    if not whole["judged"]:
        return None
    told: dict[str, Cell | Paragraph] = {
        name: draft.cite(name, whole[name], force="guidance") for name in ("judged", "nonconforming", "inconclusive")
    }
    said = [
        draft.say(
            _(
                "Guidance values do not bind; a result above one is a reason to look, not an offence. %(judged)s "
                "results could be set against "
                "a guidance value; %(nonconforming)s were above it and %(inconclusive)s are inconclusive."
            ),
            told,
        )
    ]
    if whole["rate"] is not None:
        told |= {
            "rate": draft.cite("rate", whole["rate"], force="guidance"),
            "interval": wording.between(whole["lower"], whole["upper"]),
            "level": LEVEL,
            "least": wording.percent(whole["least"]),
            "most": wording.percent(whole["most"]),
        }
        said.append(
            draft.say(
                _(
                    "The rate of the results judged is %(rate)s (%(level)s interval %(interval)s), but the "
                    "inconclusive ones "
                    "could place it anywhere from %(least)s to %(most)s."
                ),
                told,
            )
        )
    titles = {
        "analyte": _("Results above guidance values, by test item"),
        "product_type": _("Results above guidance values, by product type"),
    }
    picture: Row | None = None
    most: Paragraph = []
    for column in ("analyte", "product_type", draft.place):
        counts = tallies.by_value(draft.desk, column, force="guidance") if column and not picture else []
        most = named(draft, counts, column=column, force="guidance") if column == "analyte" else most
        title = titles.get(column, _("Results above guidance values, by place"))
        picture = picture or value_chart(draft, counts, column=column, name="guidance", title=title, force="guidance")
    said.append(draft.say(_("Most often above a guidance value: %(items)s."), {"items": most}) if most else [])
    return section(_("Guidance values"), draft.paragraph(*said), picture)


def signals(draft: Draft) -> Row:
    """What rose above its own recent past."""
    _ = draft.said.translate
    total, newest = tallies.signals(draft.desk, most=NEWEST)
    terms = rules.settings("signals", on=date.max)
    how = draft.say(
        _(
            "A count is a signal when it lies above what its %(baseline)s periods before let expect (EARS C1, "
            "one-sided level %(alpha)s) and is "
            "at least %(least)s. A signal asks for a look; it proves nothing."
        ),
        {"baseline": str(terms["baseline"]), "alpha": str(terms["alpha"]), "least": str(terms["least"])},
    )
    if not total:
        return section(_("Signals"), draft.paragraph(draft.say(_("No series rose above its own recent past.")), how))
    step = newest[0]["step"]
    rows = [
        [
            wording.column_name(row["dimension"], draft.said),
            wording.value_name(row["dimension"], row["series"], draft.said),
            wording.period_name(row["period"], step),
            wording.count(row["count"]),
            wording.count(row["judged"]),
            f"{row['expected']:.1f}",
            f"{row['threshold']:.1f}",
        ]
        for row in newest
    ]
    said = draft.say(_("The series gave %(n)s signals in all; the newest are these."), {"n": wording.count(total)})
    headers = [
        _("Series by"),
        _("Series"),
        _("Period"),
        _("Nonconforming"),
        _("Judged"),
        _("Mean before"),
        _("Threshold"),
    ]
    return section(_("Signals"), draft.paragraph(said, how), table(_("The newest signals"), headers, rows, texts=3))


def proposal(draft: Draft) -> Row | None:
    """Where to inspect next."""
    _ = draft.said.translate
    found = tallies.proposal(draft.desk)
    if not found:
        return None
    targeted, random = sum(row["targeted"] for row in found), sum(row["random"] for row in found)
    said = draft.say(
        _(
            "Of the next %(all)s samples, %(targeted)s would go where findings are expected and %(random)s would be"
            " drawn at random over all strata. "
            "The random arm is what will one day allow an honest rate; the two are never mixed."
        ),
        {
            "all": wording.count(round(targeted + random)),
            "targeted": wording.count(round(targeted)),
            "random": wording.count(round(random)),
        },
    )
    stratum = draft.desk.card.get("strata") or "product_type"
    headers = [
        wording.column_name(stratum, draft.said),
        _("Judged"),
        _("Nonconforming"),
        _("Targeted samples"),
        _("Random samples"),
    ]
    rows: list[list[Cell]] = []
    rated = any(row["expected_rate"] is not None for row in found)
    headers += [_("Expected rate and interval")] if rated else []
    for row in found[:PROPOSED]:
        expected = (
            "–"
            if row["expected_rate"] is None
            else f"{wording.percent(row['expected_rate'])} ({wording.between(row['lower'], row['upper'])})"
        )
        rows.append(
            [
                wording.value_name(stratum, row["stratum"], draft.said),
                wording.count(row["judged"]),
                wording.count(row["nonconforming"]),
                wording.count(row["targeted"]),
                f"{row['random']:.1f}",
                *([expected] if rated else []),
            ]
        )
    note = (
        ""
        if len(found) <= PROPOSED
        else wording.plain(
            draft.say(
                _("The first %(shown)s of %(all)s; the rest is in the listings."),
                {"shown": wording.count(PROPOSED), "all": wording.count(len(found))},
            )
        )
    )
    return section(_("Next inspections"), said, table(_("Proposal of the next inspections"), headers, rows, note=note))
