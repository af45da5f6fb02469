"""Organisations by their unified social credit code, their sites and their products."""

from django.db import models
from django.db.models import Q

KINDS = ("authority", "laboratory", "enterprise")
LEVELS = ("", "nation", "province", "city", "county")


class Organisation(models.Model):
    """An authority, a laboratory or an enterprise. A merged duplicate stays, and points to the one that was kept."""

    credit_code = models.CharField(max_length=18, null=True, blank=True, unique=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=16, choices=[(kind, kind) for kind in KINDS])
    level = models.CharField(max_length=16, blank=True, choices=[(level, level) for level in LEVELS])
    superior = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="inferiors")
    region = models.CharField(max_length=6, blank=True)
    industry = models.CharField(max_length=5, blank=True)
    size = models.CharField(max_length=16, blank=True)
    address = models.CharField(max_length=300, blank=True)
    contact = models.CharField(max_length=80, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    email = models.EmailField(blank=True)
    sources = models.JSONField(default=dict, blank=True)
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged")

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["kind", "region"]), models.Index(fields=["name"])]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=KINDS), name="organisation_is_of_a_known_kind"),
            models.CheckConstraint(
                condition=Q(level="") | Q(kind="authority"), name="organisation_has_a_level_only_as_authority"
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=models.F("id")),
                name="organisation_is_not_merged_into_itself",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Site(models.Model):
    """A place where an organisation works."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="sites")
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=16, blank=True)
    region = models.CharField(max_length=6, blank=True)
    address = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="site_has_one_name_there")]

    def __str__(self) -> str:
        return self.name


class Product(models.Model):
    """A product: producer, standard, mark and model (what 'the same product' means); its GTIN where it has one."""

    producer = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="products")
    name = models.CharField(max_length=200)
    category = models.CharField(max_length=120, blank=True)
    gtin = models.CharField(max_length=14, blank=True)
    standard = models.CharField(max_length=80, blank=True)
    mark = models.CharField(max_length=80, blank=True)
    model = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["producer", "name", "standard", "mark", "model"], name="product_is_registered_once"
            ),
            models.UniqueConstraint(fields=["gtin"], condition=~Q(gtin=""), name="product_has_its_own_gtin"),
        ]

    def __str__(self) -> str:
        return self.name
