"""The course of time in a bulletin: counts or rates by period, with the days on which the law changed."""

from datetime import date

from zhiheng.reports import charts, tallies, wording
from zhiheng.reports.draft import LEVEL, Draft, chart, rate_columns, section, table
from zhiheng.reports.tallies import Row
from zhiheng.surveillance.signals import following

FORMS = {"month": "%Y-%m", "quarter": "%Y", "year": "%Y"}


def time(draft: Draft) -> Row | None:
    """The course of time, with the days on which the law changed."""
    _ = draft.said.translate
    step = tallies.best_step(draft.desk)
    everything = tallies.periods(draft.desk, step=step)
    rows = everything[-tallies.SHOWN[step] :]
    if len(rows) < 3 or not draft.legal["judged"]:
        return None
    first, last = rows[0]["period"], following(rows[-1]["period"], step)
    placed = str(draft.desk.card["day"])
    is_fixed = placed[:4].isdigit()
    until = last if is_fixed else ahead(last, step)
    used = [] if is_fixed else [row for row in draft.rules if row["force"] == "legal"]
    changes = tallies.law_changes(used, since=first, until=until)
    dated = {
        "sampled_on": _("Results are placed in time by the day of sampling."),
        "made_on": _("Results are placed in time by the day of manufacture."),
        "day": _("Results are placed in time by the day whose rules apply."),
    }[tallies.dated_by(draft.desk)]
    fixed = (
        draft.say(
            _("All of them are judged by the rules of %(day)s: the picture shows the past by the measure of that day."),
            {"day": placed},
        )
        if is_fixed
        else []
    )
    hidden = sum(row["results"] for row in everything[: -tallies.SHOWN[step]])
    before = (
        draft.say(
            _("%(n)s results from before %(day)s are not in the picture."),
            {"n": wording.count(hidden), "day": first.isoformat()},
        )
        if hidden
        else []
    )
    return section(
        _("Over time"),
        draft.paragraph(draft.say(dated), fixed, before, draft.say(caution(draft))),
        time_chart(draft, rows, changes, step=step, until=until),
        law_table(draft, changes),
    )


def ahead(day: date, step: str) -> date:
    """Some periods later: laws that are about to begin belong in the picture."""
    for _period in range(tallies.AHEAD[step]):
        day = following(day, step)
    return day


def caution(draft: Draft) -> str:
    """What a course over time does not show."""
    _ = draft.said.translate
    if draft.desk.is_failures:
        return _("The last periods are incomplete, because notices appear months after the product was made.")
    return _(
        "Which items and places are tested differs from period to period: a change of the overall rate is not by "
        "itself a change of quality."
    )


def time_chart(draft: Draft, rows: list[Row], changes: list[Row], *, step: str, until: date) -> Row:
    """Counts of failures, or rates, by period."""
    _ = draft.said.translate
    first, last = rows[0]["period"], until
    drawn = [
        {
            **row,
            "label": wording.period_name(row["period"], step),
            "centre": charts.centre(row["period"], following(row["period"], step)),
            "told": "",
            "label_at": None,
        }
        for row in rows
    ]
    marks = charts.staggered(
        [{"day": change["day"], "told": charts.law_words(change["act"], change["day"])} for change in changes],
        first=first,
        last=last,
    )
    header = {"month": _("Month"), "quarter": _("Quarter"), "year": _("Year")}[step]
    columns = {**rate_columns(draft, header)}
    columns.pop("share", None)
    if draft.desk.is_failures:
        for row in drawn:
            row["told"] = wording.count(row["nonconforming"]) if row["nonconforming"] else ""
        unit = _(
            "Number of nonconforming results in each period; dashed lines: a new edition of rules used here begins"
        )
        return chart(
            draft,
            "time",
            title=_("Nonconforming results over time"),
            unit=unit,
            columns=columns,
            rows=drawn,
            draw=lambda: charts.columns(drawn, marks=marks, first=first, last=last, form=FORMS[step]),
        )
    pointed(drawn)
    unit = wording.plain(
        draft.say(
            _("Nonconforming of judged results in each period, with the %(level)s interval; n = %(n)s judged in all"),
            {"level": LEVEL, "n": wording.count(draft.legal["judged"])},
        )
    )
    return chart(
        draft,
        "time",
        title=_("Nonconformity rate of the results judged, over time"),
        unit=unit,
        columns=columns,
        rows=drawn,
        draw=lambda: charts.rates(drawn, marks=marks, first=first, last=last, form=FORMS[step]),
    )


def pointed(rows: list[Row]) -> None:
    """Words at the first, the highest and the last rate."""
    known = [row for row in rows if row["rate"] is not None]
    for row in {id(row): row for row in (known[0], max(known, key=lambda row: row["rate"]), known[-1])}.values():
        row["told"], row["label_at"] = wording.percent(row["rate"]), row["upper"]


def law_table(draft: Draft, changes: list[Row]) -> Row | None:
    """The days on which used rules changed."""
    _ = draft.said.translate
    if not changes:
        return None
    rows = [
        [change["day"].isoformat(), change["act"], wording.count(change["rules"]), wording.count(change["results"])]
        for change in changes
    ]
    return table(
        _("Changes of law in this stretch of time"),
        [
            _("In force from"),
            _("Act or standard"),
            _("Rules used here with a new edition"),
            _("Results under these rules, in any edition"),
        ],
        rows,
        texts=2,
    )
