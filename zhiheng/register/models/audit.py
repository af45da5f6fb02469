"""Every act as an event, each linked to the one before, and signed checkpoints that others can keep."""

from django.db import models


class Event(models.Model):
    """Who did what to which object, when, from which state to which, and why.

    `digest` covers all columns but `data` and `salt`, which it covers through `data_digest`: what a retention rule removes
    later leaves the chain whole. The database itself refuses any other change (migrations, `event_is_kept`).
    """

    number = models.PositiveBigIntegerField(primary_key=True)
    at = models.DateTimeField()
    by = models.ForeignKey("register.Account", null=True, blank=True, on_delete=models.PROTECT, related_name="events")
    who = models.CharField(max_length=60)
    role = models.CharField(max_length=16)
    organisation = models.CharField(max_length=40, blank=True)
    kind = models.CharField(max_length=24)
    key = models.CharField(max_length=80)
    act = models.CharField(max_length=60)
    state_before = models.CharField(max_length=60, blank=True)
    state_after = models.CharField(max_length=60, blank=True)
    why = models.CharField(max_length=1000, blank=True)
    data = models.JSONField(null=True, blank=True)
    salt = models.CharField(max_length=32, blank=True)
    data_digest = models.CharField(max_length=64)
    before = models.CharField(max_length=64)
    digest = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering = ["number"]
        indexes = [models.Index(fields=["kind", "key", "number"])]


class Chain(models.Model):
    """The end of the chain: whoever writes an event holds this row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    number = models.PositiveBigIntegerField(default=0)
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="chain_has_one_end")]


class Checkpoint(models.Model):
    """The end of the chain at a time, signed: kept elsewhere, it shows that nothing before it was cut off or written anew."""

    number = models.PositiveBigIntegerField(primary_key=True)
    at = models.DateTimeField()
    digest = models.CharField(max_length=64)
    signature = models.CharField(max_length=128)
    key = models.CharField(max_length=64)

    class Meta:
        ordering = ["number"]
