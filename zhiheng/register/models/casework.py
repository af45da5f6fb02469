"""Cases, their deadlines, documents and files, and the series their numbers come from."""

from django.db import models
from django.db.models import F, Q

DUE_STATES = ("open", "met", "paused", "void")


class Case(models.Model):
    """One matter under one procedure. Its state is what its events make of it; it is kept here so that lists are quick."""

    number = models.CharField(max_length=60, unique=True)
    procedure = models.CharField(max_length=60)
    variant = models.CharField(max_length=6, blank=True)
    title = models.CharField(max_length=200)
    state = models.CharField(max_length=60)
    is_final = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    authority = models.ForeignKey("register.Organisation", on_delete=models.PROTECT, related_name="cases")
    region = models.CharField(max_length=6)
    subject = models.ForeignKey(
        "register.Organisation", null=True, blank=True, on_delete=models.PROTECT, related_name="cases_about"
    )
    producer = models.ForeignKey(
        "register.Organisation", null=True, blank=True, on_delete=models.PROTECT, related_name="cases_of_products"
    )
    product = models.ForeignKey(
        "register.Product", null=True, blank=True, on_delete=models.PROTECT, related_name="cases"
    )
    laboratory = models.ForeignKey(
        "register.Organisation", null=True, blank=True, on_delete=models.PROTECT, related_name="cases_tested"
    )
    retest_laboratory = models.ForeignKey(
        "register.Organisation", null=True, blank=True, on_delete=models.PROTECT, related_name="cases_retested"
    )
    responsible = models.ForeignKey(
        "register.Account", null=True, blank=True, on_delete=models.PROTECT, related_name="cases_answered_for"
    )
    inspectors = models.ManyToManyField("register.Account", blank=True, related_name="cases_inspected")
    plan = models.ForeignKey("register.Plan", null=True, blank=True, on_delete=models.PROTECT, related_name="cases")
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    is_shown_to_subject = models.BooleanField(default=False)  # nobody is told of a check before it has begun
    evidence = models.JSONField(default=dict, blank=True)
    access_code = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["-opened_at", "-id"]
        indexes = [
            models.Index(fields=["state", "region"]),
            models.Index(fields=["region", "is_final"]),
            models.Index(fields=["procedure", "state"]),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_final=False, closed_at__isnull=True) | Q(is_final=True, closed_at__isnull=False),
                name="case_is_closed_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(retest_laboratory__isnull=True)
                | Q(laboratory__isnull=True)
                | ~Q(retest_laboratory=F("laboratory")),
                name="case_is_retested_elsewhere",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Petitioner(models.Model):
    """Who complained or reported: personal data, kept apart so that it can be masked and, when its time is over, removed."""

    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="petitioner")
    name = models.CharField(max_length=80, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    email = models.EmailField(blank=True)
    address = models.CharField(max_length=300, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)


class Deadline(models.Model):
    """A deadline of a case as its events and the law make it; written anew after each act, never edited by hand."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="deadlines")
    key = models.CharField(max_length=80)
    turn = models.PositiveSmallIntegerField(default=1)
    binds = models.CharField(max_length=16)
    not_before = models.DateField(null=True, blank=True)
    due_on = models.DateField()
    is_settled = models.BooleanField(
        default=True
    )  # False where a year's notice of holidays is not out: the earliest day then
    state = models.CharField(max_length=8, choices=[(state, state) for state in DUE_STATES])
    ended_on = models.DateField(null=True, blank=True)
    told = models.JSONField(default=dict)

    class Meta:
        ordering = ["due_on", "id"]
        indexes = [models.Index(fields=["state", "due_on"])]
        constraints = [
            models.UniqueConstraint(fields=["case", "key", "turn"], name="deadline_runs_once_a_turn"),
            models.CheckConstraint(condition=Q(state__in=DUE_STATES), name="deadline_has_a_known_state"),
            models.CheckConstraint(
                condition=Q(not_before__isnull=True) | Q(not_before__lte=F("due_on")), name="deadline_window_is_open"
            ),
        ]


class Series(models.Model):
    """The last number given in a series: authority, kind and year."""

    key = models.CharField(max_length=80, primary_key=True)
    last = models.PositiveIntegerField(default=0)


class Document(models.Model):
    """A notice or form that was issued: its number, its data, the digest of its PDF, and the token of its QR code."""

    number = models.CharField(max_length=80, unique=True)
    kind = models.CharField(max_length=60)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="documents")
    event = models.ForeignKey("register.Event", on_delete=models.PROTECT, related_name="documents")
    issued_at = models.DateTimeField()
    data = models.JSONField()
    digest = models.CharField(max_length=64)
    token = models.CharField(max_length=43, unique=True)

    class Meta:
        ordering = ["issued_at", "id"]


class Attachment(models.Model):
    """A file given with an act, kept in the workspace under its digest."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="attachments")
    event = models.ForeignKey("register.Event", on_delete=models.PROTECT, related_name="attachments")
    kind = models.CharField(max_length=60)
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=80)
    size = models.PositiveBigIntegerField()
    digest = models.CharField(max_length=64)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
