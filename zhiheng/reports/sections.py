"""The first sections of a bulletin: what was found, in what and where; what a source cannot support is not written."""

from zhiheng.reports import charts, tallies, wording
from zhiheng.reports.draft import LEVEL, Cell, Draft, Paragraph, chart, named, section, table, value_chart
from zhiheng.reports.tallies import Row


def overview(draft: Draft) -> Row:
    """What was received, what could be judged, and what became of it."""
    _ = draft.said.translate
    out, whole, taken = tallies.left_out(draft.desk), draft.legal, draft.desk.summary["intake"]
    came = draft.say(
        _(
            "The source gave %(rows)s rows, from which %(findings)s results of %(samples)s samples were read; "
            "%(rejected)s rows were turned away."
        ),
        {
            "rows": wording.count(taken["received"]),
            "findings": wording.count(out["findings"]),
            "samples": wording.count(out["samples"]),
            "rejected": wording.count(taken["rejected"]),
        },
    )
    without = draft.say(
        _(
            "No count below includes the %(superseded)s results that a retest replaced or the %(control)s results "
            "of quality-control samples."
        ),
        {"superseded": wording.count(out["superseded"]), "control": wording.count(out["control"])},
    )
    reasons = tallies.outcomes(draft.desk, force="legal")
    return section(
        _("Overall"),
        draft.paragraph(came, without),
        judged(draft),
        unjudged(draft, reasons),
        by_sample(draft),
        outcome_chart(draft, reasons),
        outcome_table(draft, reasons) if whole["results"] else None,
    )


def judged(draft: Draft) -> Paragraph:
    """How many results conform; a rate only where the source supports one."""
    _ = draft.said.translate
    whole = draft.legal
    told: dict[str, Cell | Paragraph] = {
        name: draft.cite(name, whole[name])
        for name in ("results", "judged", "conforming", "nonconforming", "inconclusive", "not_judged")
    }
    if draft.desk.is_failures:
        return draft.paragraph(
            draft.say(
                _(
                    "By the legal limits of their day, %(nonconforming)s of the %(results)s results are "
                    "nonconforming, %(inconclusive)s are "
                    "inconclusive and %(not_judged)s could not be judged."
                ),
                told,
            ),
            draft.say(
                _("The source lists failed samples only: nobody can compute a rate from it, and none is given here.")
            ),
        )
    if whole["rate"] is None:
        return draft.say(_("None of the %(results)s results could be judged against a legal limit."), told)
    told |= {
        "rate": draft.cite("rate", whole["rate"]),
        "interval": wording.between(whole["lower"], whole["upper"]),
        "level": LEVEL,
        "least": wording.percent(whole["least"]),
        "most": wording.percent(whole["most"]),
    }
    return draft.paragraph(
        draft.say(
            _(
                "Against legal limits, %(judged)s of %(results)s results could be judged: %(conforming)s conform "
                "and %(nonconforming)s do not."
            ),
            told,
        ),
        draft.say(
            _("That is a nonconformity rate of %(rate)s of the results judged (%(level)s interval %(interval)s)."), told
        ),
        draft.say(
            _(
                "A further %(inconclusive)s results are inconclusive: had all of them conformed, the rate would be "
                "%(least)s; had all of them failed, %(most)s."
            ),
            told,
        ),
    )


def unjudged(draft: Draft, reasons: list[Row]) -> Paragraph:
    """Why results were left without a verdict, the most frequent reasons first."""
    _ = draft.said.translate
    open_ones = [row for row in reasons if row["verdict"] in ("inconclusive", "not_judged")]
    if not open_ones:
        return []
    top = sorted(open_ones, key=lambda row: -row["n"])[:3]
    listed = draft.listing(
        [
            (
                wording.reason_name(row["reason"], draft.said),
                draft.cite(row["verdict"], row["n"], by=[("reason", row["reason"])]),
            )
            for row in top
        ]
    )
    return draft.say(_("The main reasons why no verdict was reached: %(reasons)s."), {"reasons": listed})


def by_sample(draft: Draft) -> Paragraph:
    """The verdicts of whole samples."""
    _ = draft.said.translate
    counts = draft.desk.summary["samples"]
    told = {
        name: wording.count(counts.get(name, 0))
        for name in ("nonconforming", "conforming", "inconclusive", "not_judged")
    }
    return draft.say(
        _(
            "Taken by sample, where one nonconforming item makes the sample nonconforming: %(nonconforming)s "
            "nonconforming, "
            "%(conforming)s conforming, %(inconclusive)s inconclusive, %(not_judged)s not judged."
        ),
        told,
    )


def outcome_chart(draft: Draft, reasons: list[Row]) -> Row:
    """What became of every result."""
    _ = draft.said.translate
    total = sum(row["n"] for row in reasons) or 1
    lines: dict[str, Row] = {}
    for row in reasons:
        line = lines.setdefault(
            row["verdict"],
            {"verdict": row["verdict"], "n": 0, "label": wording.verdict_name(row["verdict"], draft.said)},
        )
        line["n"] += row["n"]
    rows = [
        {
            **line,
            "share": line["n"] / total,
            "colour": charts.VERDICTS[line["verdict"]],
            "told": f"{wording.count(line['n'])}  ({wording.percent(line['n'] / total)})",
        }
        for line in lines.values()
    ]
    unit = draft.say(
        _("Number of results and their share of all results counted; n = %(n)s"), {"n": wording.count(total)}
    )
    return chart(
        draft,
        "outcomes",
        title=_("What became of the results, against legal limits"),
        unit=wording.plain(unit),
        rows=rows,
        columns={"label": _("Verdict"), "n": _("Results"), "share": _("Share of results")},
        draw=lambda: charts.bars(rows, length="n", colours=True),
    )


def outcome_table(draft: Draft, reasons: list[Row]) -> Row:
    """Every verdict with its reason."""
    _ = draft.said.translate
    rows: list[list[Cell]] = [
        [
            wording.verdict_name(row["verdict"], draft.said),
            wording.reason_name(row["reason"], draft.said),
            draft.told(row["verdict"], row["n"], by=[("reason", row["reason"])]),
        ]
        for row in reasons
    ]
    return table(_("Verdicts and their reasons"), [_("Verdict"), _("Reason"), _("Results")], rows, texts=2)


def items(draft: Draft) -> Row:
    """Groups of test items, and the items found most often."""
    _ = draft.said.translate
    groups = [row for row in tallies.by_group(draft.desk, draft.items) if row["nonconforming"]]
    total = draft.legal["nonconforming"]
    if not groups:
        return section(_("Test items"), draft.say(_("No result exceeded a legal limit.")))
    if len(groups) == 1:
        alone = draft.say(
            _("All %(total)s nonconforming results belong to one group of test items, %(group)s: %(items)s."),
            {
                "total": draft.cite("nonconforming", total),
                "group": wording.group_name(groups[0]["value"], draft.said),
                "items": named(draft, draft.items, column="analyte"),
            },
        )
        return section(_("Test items"), alone)
    first = draft.say(
        _("%(group)s come first, with %(n)s of the %(total)s nonconforming results (%(share)s)."),
        {
            "group": wording.group_name(groups[0]["value"], draft.said),
            "n": wording.count(groups[0]["nonconforming"]),
            "total": draft.cite("nonconforming", total),
            "share": wording.percent(groups[0]["nonconforming"] / total),
        },
    )
    often = draft.say(
        _("The items found nonconforming most often: %(items)s."),
        {"items": named(draft, draft.items, column="analyte")},
    )
    found = value_chart(
        draft, draft.items, column="analyte", name="items", title=_("Test items with most nonconforming results")
    )
    return section(_("Test items"), draft.paragraph(first, often), group_table(draft, groups), found)


def group_table(draft: Draft, groups: list[Row]) -> Row:
    """Nonconforming results by group of test items."""
    _ = draft.said.translate
    total = sum(row["nonconforming"] for row in groups)
    headers = [_("Group of test items"), _("Judged"), _("Nonconforming"), _("Share of nonconforming results")]
    headers += (
        []
        if draft.desk.is_failures
        else [_("Nonconformity rate"), wording.plain(draft.say(_("%(level)s interval"), {"level": LEVEL}))]
    )
    rows = []
    for row in groups:
        ends = (
            []
            if draft.desk.is_failures
            else [wording.percent(row["rate"]), wording.between(row["lower"], row["upper"])]
        )
        rows.append(
            [
                wording.group_name(row["value"], draft.said),
                wording.count(row["judged"]),
                wording.count(row["nonconforming"]),
                wording.percent(row["nonconforming"] / total),
                *ends,
            ]
        )
    return table(_("Nonconforming results by group of test items"), headers, rows)


def objects(draft: Draft) -> Row:
    """Product types and places."""
    _ = draft.said.translate
    often = draft.say(
        _("The product types with most nonconforming results: %(types)s."),
        {"types": named(draft, draft.types, column="product_type")},
    )
    types = value_chart(
        draft,
        draft.types,
        column="product_type",
        name="types",
        title=_("Product types with most nonconforming results"),
    )
    if not draft.place or not draft.legal["nonconforming"]:
        return section(_("Product types"), often if draft.legal["nonconforming"] else None, types)
    where = draft.say(
        {
            "province": _("By publishing province: %(places)s."),
            "origin": _("By place of origin, where it is stated: %(places)s."),
            "site": _("By sampling site: %(places)s."),
        }[draft.place],
        {"places": named(draft, draft.places, column=draft.place)},
    )
    blank = next((row for row in draft.places if not row["value"] and row["nonconforming"]), None)
    unknown = (
        draft.say(
            _("For %(n)s nonconforming results the place is not stated."),
            {"n": draft.cite("nonconforming", blank["nonconforming"], by=[(draft.place, "")])},
        )
        if blank
        else []
    )
    warning = (
        draft.say(
            _(
                "More findings at one place can mean more sampling or fuller publication, and do not mean poorer "
                "quality."
            )
        )
        if draft.desk.is_failures
        else []
    )
    titles = {
        "province": _("Nonconforming results by publishing province"),
        "origin": _("Places of origin with most nonconforming results"),
        "site": _("Sampling sites with most nonconforming results"),
    }
    places = value_chart(draft, draft.places, column=draft.place, name="places", title=titles[draft.place])
    return section(_("Product types and places"), often, types, draft.paragraph(where, unknown, warning), places)
