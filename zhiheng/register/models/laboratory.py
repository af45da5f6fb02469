"""What a laboratory may test, the samples it holds, the reports it releases, and what was found in them."""

from django.db import models
from django.db.models import F, Q


class Scope(models.Model):
    """What a laboratory is accredited for, and until when."""

    laboratory = models.ForeignKey("register.Organisation", on_delete=models.PROTECT, related_name="scopes")
    certificate = models.CharField(max_length=60)
    subject = models.CharField(max_length=120)
    is_retest_body = models.BooleanField(default=False)
    valid_from = models.DateField()
    valid_to = models.DateField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["laboratory", "certificate", "subject"], name="scope_is_on_a_certificate_once"
            ),
            models.CheckConstraint(condition=Q(valid_to__gte=F("valid_from")), name="scope_ends_after_it_begins"),
        ]


class Sample(models.Model):
    """A sealed sample of a case: the one to test or the reserve."""

    number = models.CharField(max_length=60, unique=True)
    case = models.ForeignKey("register.Case", on_delete=models.PROTECT, related_name="samples")
    part = models.CharField(max_length=1, choices=[("T", "test"), ("R", "reserve")])
    seal = models.CharField(max_length=60)
    quantity = models.CharField(max_length=60, blank=True)
    state = models.CharField(max_length=40)
    holder = models.ForeignKey(
        "register.Organisation", null=True, blank=True, on_delete=models.PROTECT, related_name="samples_held"
    )
    form = models.JSONField(default=dict)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["case", "part"], name="sample_has_two_parts")]

    def __str__(self) -> str:
        return self.number


class Handover(models.Model):
    """One step of a sample's custody, linked to the one before (zhiheng/selection/custody.py)."""

    sample = models.ForeignKey(Sample, on_delete=models.PROTECT, related_name="handovers")
    number = models.PositiveSmallIntegerField()
    event = models.ForeignKey("register.Event", on_delete=models.PROTECT, related_name="handovers")
    body = models.JSONField()
    before = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["sample_id", "number"]
        constraints = [models.UniqueConstraint(fields=["sample", "number"], name="handover_is_linked_once")]


class Report(models.Model):
    """A laboratory's report, one version. Released it is never changed: an amendment is the next version."""

    number = models.CharField(max_length=60)
    version = models.PositiveSmallIntegerField(default=1)
    case = models.ForeignKey("register.Case", on_delete=models.PROTECT, related_name="reports")
    sample = models.ForeignKey(Sample, on_delete=models.PROTECT, related_name="reports")
    laboratory = models.ForeignKey("register.Organisation", on_delete=models.PROTECT, related_name="reports")
    is_retest = models.BooleanField(default=False)
    entered_by = models.ForeignKey("register.Account", on_delete=models.PROTECT, related_name="reports_entered")
    released_by = models.ForeignKey(
        "register.Account", null=True, blank=True, on_delete=models.PROTECT, related_name="reports_released"
    )
    released_at = models.DateTimeField(null=True, blank=True)
    tested_on = models.DateField(null=True, blank=True)
    verdict = models.CharField(max_length=20, blank=True)  # what the rules say of its results
    conclusion = models.CharField(max_length=20, blank=True)  # what the laboratory concludes where they say nothing
    note = models.CharField(max_length=500, blank=True)
    digest = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["number", "version"]
        constraints = [
            models.UniqueConstraint(fields=["number", "version"], name="report_has_each_version_once"),
            models.CheckConstraint(
                condition=Q(released_at__isnull=True, released_by__isnull=True, digest="")
                | (Q(released_at__isnull=False, released_by__isnull=False) & ~Q(digest="")),
                name="report_is_released_by_somebody_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(released_by__isnull=True) | ~Q(released_by=F("entered_by")),
                name="report_is_released_by_a_second_person",
            ),
        ]


class Line(models.Model):
    """One result of a report as the laboratory wrote it: figures are texts, so that digits stay as printed."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="lines")
    analyte = models.CharField(max_length=120)
    method = models.CharField(max_length=120, blank=True)
    comparator = models.CharField(max_length=8, default="=")
    value = models.CharField(max_length=40, blank=True)
    unit = models.CharField(max_length=40)
    reporting_level = models.CharField(max_length=40, blank=True)
    uncertainty = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["id"]


class Finding(models.Model):
    """What a result is against its requirement: rule, its first day, citation and fingerprint, so that it can be computed again."""

    line = models.OneToOneField(Line, on_delete=models.CASCADE, related_name="finding")
    verdict = models.CharField(max_length=20)
    reason = models.CharField(max_length=60, blank=True)
    rule = models.CharField(max_length=200, blank=True)
    since = models.DateField(null=True, blank=True)
    requirement = models.JSONField(default=dict)
    fingerprint = models.CharField(max_length=64, blank=True)
