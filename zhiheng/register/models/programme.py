"""Programmes, their plans, and what the public wants inspected."""

from django.db import models


class Programme(models.Model):
    """A year's supervision programme of an authority."""

    key = models.SlugField(max_length=60, unique=True)
    title = models.CharField(max_length=200)
    authority = models.ForeignKey("register.Organisation", on_delete=models.PROTECT, related_name="programmes")
    year = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["-year", "key"]

    def __str__(self) -> str:
        return self.title


class Plan(models.Model):
    """One plan of a programme; its draw lies in the workspace under its name and can be verified there."""

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="plans")
    key = models.SlugField(max_length=60, unique=True)
    title = models.CharField(max_length=200)
    procedure = models.CharField(max_length=60)
    draw = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["key"]

    def __str__(self) -> str:
        return self.title


class Nomination(models.Model):
    """What somebody of the public wants inspected (你点我检)."""

    at = models.DateTimeField()
    product = models.CharField(max_length=120)
    place = models.CharField(max_length=200, blank=True)
    region = models.CharField(max_length=6, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    plan = models.ForeignKey(Plan, null=True, blank=True, on_delete=models.PROTECT, related_name="nominations")

    class Meta:
        ordering = ["-at", "-id"]
