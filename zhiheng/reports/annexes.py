"""The end of a bulletin: how the figures were made, what they cannot say, and tables for those who look closer."""

from zhiheng.reports import wording
from zhiheng.reports.draft import LEVEL, Cell, Draft, Paragraph, section, table, value_table
from zhiheng.reports.tallies import Row

LISTED = 25


def method(draft: Draft) -> Row:
    """How the figures were made, and what they cannot say."""
    _ = draft.said.translate
    card = draft.desk.card
    day = {"made_on": _("the day of manufacture"), "sampled_on": _("the day of sampling")}.get(
        str(card["day"]), str(card["day"])
    )
    used = {row["decision"] for row in draft.rules}
    guarded = _(
        "Guarded decision: a result is judged only when its whole %(level)s measurement interval lies on one side "
        "of the limit (JCGM 106:2012, 8.3)."
    )
    simple = _(
        "Simple decision: the reported value is set against the limit; measurement uncertainty is not subtracted "
        "(JCGM 106:2012, 8.2)."
    )
    both = _(
        "Some rules are decided simply and others with a guard band, as each law file states (JCGM 106:2012, 8.2 "
        "and 8.3)."
    )
    notes = [
        draft.say(card["supports_note"][draft.said.language]),
        draft.say(_("Each result is judged by the rules in force on %(day)s."), {"day": day}),
        draft.say(both if len(used) > 1 else (guarded if used == {"guarded"} else simple), {"level": LEVEL}),
        draft.say(
            _(
                "A retest is final and replaces the first result; quality-control samples are kept and left out of "
                "every count."
            )
        ),
        draft.say(_("Names of products, places and firms are given as the source prints them.")),
        draft.say(
            _(
                "A result without verdict is never counted as conforming; it is counted beside the judged ones, "
                "with its reason."
            )
        ),
    ]
    if not draft.desk.is_failures:
        notes.append(
            draft.say(
                _(
                    "Intervals are Wilson score intervals at the %(level)s level: how far chance alone could move "
                    "the rate among items like these."
                ),
                {"level": LEVEL},
            )
        )
    notes.append(
        draft.say(
            _(
                "This report was made by program from public data. It is no announcement of an authority and has no"
                " legal effect."
            )
        )
    )
    return section(_("Method and limits of this report"), *({"kind": "note", "runs": note} for note in notes))


def standings(draft: Draft) -> Paragraph:
    """How well the sources of the rules have been read."""
    _ = draft.said.translate
    entries: list[tuple[str, Cell]] = []
    for word in ("checked", "stale", "unverified"):
        rows = [row for row in draft.rules if row["standing"] == word]
        entries.append(
            (
                wording.standing_name(word, draft.said),
                wording.plain(
                    draft.say(
                        _("%(rules)s rules, %(results)s results"),
                        {
                            "rules": wording.count(len({row["rule_key"] for row in rows})),
                            "results": wording.count(sum(row["n"] for row in rows)),
                        },
                    )
                ),
            )
        )
    return draft.say(_("Standing of the rules used: %(standings)s."), {"standings": draft.listing(entries)})


def annexes(draft: Draft) -> list[Row]:
    """Tables for those who look closer: items, types, places, rules."""
    _ = draft.said.translate
    found = []
    for column, rows, title in (
        ("analyte", draft.items, _("Results by test item")),
        ("product_type", draft.types, _("Results by product type")),
        (draft.place, draft.places, _("Results by place")),
    ):
        if column and rows and draft.legal["judged"]:
            found.append(
                section(
                    title,
                    value_table(
                        draft,
                        [row for row in rows if row["judged"] or row["inconclusive"]] or rows,
                        column=column,
                        title="",
                    ),
                )
            )
    lines: list[list[Cell]] = [
        [
            row["rule_key"],
            row["rule_text"] or "",
            row["citation"] or "",
            row["rule_since"].isoformat(),
            wording.standing_name(row["standing"], draft.said),
            wording.count(row["n"]),
            wording.count(row["nonconforming"]),
        ]
        for row in draft.rules[:LISTED]
    ]
    note = (
        ""
        if len(draft.rules) <= LISTED
        else wording.plain(
            draft.say(
                _("The first %(shown)s of %(all)s; the rest is in the listings."),
                {"shown": wording.count(LISTED), "all": wording.count(len(draft.rules))},
            )
        )
    )
    headers = [_("Rule"), _("Limit"), _("Source"), _("Since"), _("Standing"), _("Results"), _("Nonconforming")]
    found.append(section(_("Rules used"), standings(draft), table("", headers, lines, texts=5, note=note)))
    return found
