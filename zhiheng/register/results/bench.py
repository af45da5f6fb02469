"""What a laboratory has before it: its samples by where they stand, and the day by which it is bound."""

from django.db.models import Case as When_
from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Subquery, Value, When

from zhiheng.register import queries
from zhiheng.register.models import Account, Deadline, Report, Sample

# in the order of work; `mine` waits for somebody else than whoever entered it
STAGES = ("on_way", "disputed", "received", "in_test", "to_release", "mine", "released", "reserve", "elsewhere")
OPEN = ("on_way", "disputed", "received", "in_test", "to_release", "mine")


def samples(account: Account) -> QuerySet[Sample]:
    """The samples of an account's laboratory with their stage, the first day by which the law binds it (`due`), and `is_released`.

    A released report may have a draft of its next version: then the sample waits for release and is released all the same.
    """
    own = account.organisation
    written = Report.objects.filter(sample=OuterRef("pk"), laboratory=own)
    drafts = written.filter(released_at__isnull=True)
    is_test = Q(part="T", case__laboratory=own) | Q(part="R", case__retest_laboratory=own)
    is_reserve = Q(part="R", case__laboratory=own)
    stage = When_(
        When(Exists(drafts.filter(entered_by=account)), then=Value("mine")),
        When(Exists(drafts), then=Value("to_release")),
        When(Exists(written), then=Value("released")),
        When(state="ended", then=Value("elsewhere")),
        When(Q(state="disputed") & (is_test | Q(holder=own)), then=Value("disputed")),
        When(Q(state="tested", holder=own), then=Value("in_test")),
        When(is_test & Q(holder=own), then=Value("received")),
        When(is_test & Q(case__is_final=False), then=Value("on_way")),
        When(is_reserve, then=Value("reserve")),
        default=Value("elsewhere"),
        output_field=CharField(),
    )
    due = Deadline.objects.filter(case=OuterRef("case"), state="open", binds="laboratory").order_by("due_on")
    return queries.samples(account).annotate(
        stage=stage,
        due=Subquery(due.values("due_on")[:1]),
        is_released=Exists(written.filter(released_at__isnull=False)),
    )


def one(account: Account, number: str) -> Sample | None:
    """A sample of the laboratory by its number or seal, with its stage."""
    found = samples(account).filter(Q(number=number) | Q(seal=number)).select_related("case", "holder")
    return found.filter(number=number).first() or found.first()


def counts(found: QuerySet[Sample]) -> dict[str, int]:
    """How many samples stand where."""
    told = dict.fromkeys(STAGES, 0)
    for stage in found.values_list("stage", flat=True):
        told[stage] += 1
    return told


def reports(account: Account, number: str) -> list[Report]:
    """All versions of a report of the laboratory, the newest first; none when it is another's."""
    if account.role != "laboratory":
        return []
    return list(
        Report.objects.filter(number=number, laboratory=account.organisation)
        .select_related("case", "sample", "entered_by", "released_by", "laboratory")
        .order_by("-version")
    )
