"""How each act of a demonstration is done: by somebody who may, with what it asks for, at a time that its law allows."""

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from typing import Any

import numpy as np
from django.utils import timezone

from zhiheng import rules
from zhiheng.errors import ActRefused
from zhiheng.register import history, queries
from zhiheng.register.acts import cases, petitions, reports, samples
from zhiheng.register.acts.files import Given
from zhiheng.register.demo.cast import Cast
from zhiheng.register.demo.results import Tested
from zhiheng.register.models import Account, Case, Organisation, Sample
from zhiheng.rules.procedures import Act, Field, Procedure

MORNING, WORKDAY_MINUTES = time(9), 480
PAPER = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
WEEK_DAYS, WORKING_DAYS = 7, 5


class Stage:
    """The people of the demonstration and the chance that moves them."""

    def __init__(
        self, people: Cast, draw: np.random.Generator, until: datetime, pools: dict[str, list[Tested]]
    ) -> None:
        self.people, self.draw, self.until, self.pools = people, draw, timezone.localtime(until), pools
        self.terms = rules.settings("demonstration", on=self.until.date())
        self.said: dict[str, list[dict[str, str]]] = {}
        self.inspectors: dict[str, list[Account]] = {}

    @property
    def passing(self) -> tuple[dict[str, str], ...]:
        """The results of a retest that comes out well: those of a sample that passed."""
        return self.pools["conforming"][0].lines

    def between(self, bounds: Sequence[int]) -> int:
        """A whole number between two, both included."""
        return int(self.draw.integers(bounds[0], bounds[1] + 1))

    def later(self, at: datetime, days: int) -> datetime:
        """A moment in working hours, so many days later; never before `at`."""
        on = at.date() + timedelta(days=days)
        found = timezone.make_aware(datetime.combine(on, MORNING)) + timedelta(
            minutes=int(self.draw.integers(WORKDAY_MINUTES))
        )
        return max(found, at + timedelta(minutes=20))

    def one(self, items: Sequence[Any]) -> Any:
        """One of several."""
        return items[int(self.draw.integers(len(items)))]

    def sampling(self, key: str, acts: Sequence[str], number: int) -> Iterator[datetime]:
        """A case of sampling, act by act; what is yielded is when it wants to go on."""
        authority = self.one(self.people.authorities[1:])
        firm = self.one([one for one in self.people.firms if one.region.startswith(queries.reach(authority))])
        at = self.begin(key, acts)
        verdict = (
            "nonconforming"
            if any("nonconforming" in act for act in acts) or not self.draw.integers(2)
            else "conforming"
        )
        tested = self.pools[verdict][number % len(self.pools[verdict])]
        officers, inspectors = self.people.of("officer", authority.pk), self.people.of("inspector", authority.pk)
        laboratory = self.one(self.people.laboratories)
        yield at
        case = cases.open_case(
            officers[0],
            cases.Opening(
                key, tested.product, authority, firm.region, subject=firm, laboratory=laboratory,
                responsible=self.one(officers), inspectors=inspectors, evidence=tested.evidence,
            ),
            at=at,
        )  # fmt: skip
        self.said[case.number], self.inspectors[case.number] = list(tested.lines), inspectors
        yield from self.going(case.number, acts, at)

    def complaint(self, acts: Sequence[str], number: int) -> Iterator[datetime]:
        """A complaint, act by act."""
        at = self.begin("complaint", acts)
        firm = self.people.firms[number % len(self.people.firms)]
        yield at
        said = petitions.Complaint(
            firm.region, firm.name, "购买的产品有异味，商家不予退换。（演示）", product=self.one(self.pools["conforming"]).product,
            name="演示投诉人", phone=f"1380000{number:04d}",
        )  # fmt: skip
        case, _ = petitions.complain(said, at=at)
        yield from self.going(case.number, acts[1:], at)

    def begin(self, key: str, acts: Sequence[str]) -> datetime:
        """A first day from which all these acts have room before today."""
        known = history.procedure(key, on=self.until.date(), region="")
        room = sum(waiting(known, known.acts[act]) or self.terms["pause_days"][1] for act in acts)
        return self.later(self.until - timedelta(days=room + self.between(self.terms["lead_days"])), 0)

    def going(self, number: str, acts: Sequence[str], at: datetime) -> Iterator[datetime]:
        """The acts of a case, each when it may be done; a case that cannot go on stays where it is."""
        case: Case | None = Case.objects.get(number=number)
        for key in acts:
            if case is None:
                return
            procedure = history.procedure_of(case)
            at = self.ready(case, procedure.acts[key], at)
            if key == acts[-1] and any(procedure.periods[one].expires for one, _ in procedure.acts[key].starts):
                # what lapses by itself runs since yesterday, so that the state is still there for who looks at it
                at = max(at, self.later(self.until - timedelta(days=1), 0))
            yield at  # meanwhile others act, on other cases
            case = self.do(case, procedure, procedure.acts[key], at)

    def ready(self, case: Case, act: Act, at: datetime) -> datetime:
        """When an act may be done: after the end or the opening of its period, or after a pause."""
        wanted = self.later(at, self.between(self.terms["pause_days"]))
        for key, is_end in ((act.after, True), (act.opens, False)):
            found = case.deadlines.filter(key=key, state="open").first() if key else None
            if found is not None:
                on = found.due_on + timedelta(days=1) if is_end else (found.not_before or found.due_on)
                wanted = max(wanted, self.later(timezone.make_aware(datetime.combine(on, MORNING)), 0))
        return wanted

    def do(self, case: Case, procedure: Procedure, act: Act, at: datetime) -> Case | None:
        """Do an act by whoever may; the case as it is then, None where it was not done."""
        if act.report:
            return self.reported(case, act, at)
        if "sampling_form" in act.produces and not case.samples.exists():
            return self.drawn(case, act, at)
        if "custody_record" in act.produces and "laboratory" in act.by:
            return self.received(case, at)
        held = history.course(case, at=at).documents if act.needs else frozenset()
        given = [
            Given(kind, f"{procedure.documents[kind]['zh']}.pdf", "application/pdf", PAPER)
            for kind in act.needs
            if kind not in held
        ]
        for who in self.able(case, act):
            said = {one.key: self.answer(one, case, at) for one in act.fields if one.required}
            try:
                return cases.perform(who, case.number, cases.Doing(act.key, said, given, why="演示"), at=at)
            except ActRefused:
                continue  # four eyes: the next person
        return None

    def able(self, case: Case, act: Act) -> list[Account | None]:
        """Who of the people plays one of the act's roles in this case."""
        found: list[Account | None] = []
        for role in act.by:
            if role in ("officer", "determiner", "decider"):
                found += self.people.of("officer", case.authority_id)
            elif role == "inspector":
                found += self.inspectors[case.number]
            elif role == "firm" and case.subject_id:
                found += self.people.of("firm", case.subject_id)
            elif role == "laboratory":
                found += self.people.of("laboratory", case.retest_laboratory_id or case.laboratory_id)
            else:
                found.append(None)
        return found

    def answer(self, field: Field, case: Case, at: datetime) -> Any:
        """Something that a field takes."""
        if field.key == "retest_laboratory":
            return str(self.other(case).pk)
        if field.key == "authority":
            return str(case.authority_id)
        if field.type == "date":
            return at.date().isoformat()
        if field.type == "code":
            return "440300"
        if field.type == "choice":
            return field.options[0][0]
        return {"number": "1", "flag": True}.get(field.type, f"{field.title['zh']}（演示）")

    def other(self, case: Case) -> Organisation:
        """A laboratory that has not tested this case."""
        return self.one([one for one in self.people.laboratories if one.pk != case.laboratory_id])

    def drawn(self, case: Case, act: Act, at: datetime) -> Case:
        """The visit: the act, and both parts of the sample sealed and one of them on its way."""
        inspector = self.inspectors[case.number][0]
        said = {one.key: self.answer(one, case, at) for one in act.fields if one.required}
        for part, name in (("T", "检验样"), ("R", "备份样")):
            samples.sealed(
                inspector,
                case,
                f"{case.number}-{part}",
                part=part,
                seal=f"{case.number[-6:]}{part}",
                quantity=f"2 件（{name}）",
                at=at,
            )
        return cases.perform(inspector, case.number, cases.Doing(act.key, said), at=at)

    def received(self, case: Case, at: datetime) -> Case | None:
        """The laboratory that is to test takes its part over, and the case goes on by that."""
        retest = case.retest_laboratory_id
        sample = Sample.objects.get(case=case, part="R" if retest else "T")
        who = self.people.of("laboratory", retest or case.laboratory_id)[0]
        given = {"seal": sample.seal, "look": "完好"}
        if retest:
            samples.hand_over(self.people.of("laboratory", case.laboratory_id)[0], sample.number, "store", given, at=at)
        samples.hand_over(who, sample.number, "release" if retest else "receive", given, at=at)
        after = Case.objects.get(pk=case.pk)
        return after if after.state != case.state else None

    def reported(self, case: Case, act: Act, at: datetime) -> Case | None:
        """Results entered by one person of the laboratory, or released by another."""
        retest = case.retest_laboratory_id
        one, two = self.people.of("laboratory", retest or case.laboratory_id)
        sample = Sample.objects.get(case=case, part="R" if retest else "T")
        if retest and sample.holder_id != retest:
            self.taken_for_retest(case, sample, at)
        lines = self.said[case.number]
        if retest and act.report == "conforming":
            lines = list(self.passing)
        if act.report == "entered" or retest:
            reports.enter(one, sample.number, lines, tested_on=at.date(), at=at)
        if act.report == "entered":
            return Case.objects.get(pk=case.pk)
        draft = case.reports.filter(released_at=None).latest("pk")
        reports.release(two, draft.number, at=at + timedelta(minutes=30))
        after = Case.objects.get(pk=case.pk)
        return after if after.version > case.version and after.state == act.to else None

    def taken_for_retest(self, case: Case, sample: Sample, at: datetime) -> None:
        """The reserve goes from store to the retest laboratory."""
        given = {"seal": sample.seal, "look": "完好"}
        samples.hand_over(self.people.of("laboratory", case.laboratory_id)[0], sample.number, "store", given, at=at)
        samples.hand_over(
            self.people.of("laboratory", case.retest_laboratory_id)[0], sample.number, "release", given, at=at
        )


def waiting(procedure: Procedure, act: Act) -> int:
    """About how many calendar days an act waits for the period that has to be over, or open, before it."""
    key = act.after or act.opens
    if not key:
        return 0
    value = procedure.periods[key].at(procedure.on).value
    length = value.length if act.after else (value.opens or value.length)
    return length * WEEK_DAYS // WORKING_DAYS + WEEK_DAYS if value.unit == "wd" else length + WEEK_DAYS
