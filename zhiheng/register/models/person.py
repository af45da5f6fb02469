"""Accounts with their role and organisation, their keys for the API, and what an inspector is certified for."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q

PENDING = ("role", "factor")
PENDING_STATES = ("open", "done", "refused", "void")
ROLES = ("administrator", "officer", "inspector", "laboratory", "firm")


class Accounts(BaseUserManager["Account"]):
    """How accounts are found and made."""

    def create_user(self, username: str, password: str | None = None, **fields: object) -> "Account":
        """A new account; without a password nobody can sign in with it."""
        account = self.model(username=username, **fields)
        account.set_password(password)
        account.save(using=self._db)
        return account


class Account(AbstractBaseUser):
    """Who signs in: one role in one organisation. The public has no accounts."""

    username = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=80)
    email = models.EmailField(blank=True)
    role = models.CharField(max_length=16, choices=[(role, role) for role in ROLES])
    organisation = models.ForeignKey("register.Organisation", on_delete=models.PROTECT, related_name="accounts")
    superior = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="inferiors")
    is_active = models.BooleanField(default=True)
    is_demo = models.BooleanField(default=False)
    has_given_password = models.BooleanField(default=False)  # somebody else made it: it is changed at the first sign-in

    objects = Accounts()
    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: list[str] = []

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(role__in=ROLES), name="account_has_a_known_role"),
            models.CheckConstraint(
                condition=Q(superior__isnull=True) | ~Q(superior=F("id")), name="account_is_not_its_own_superior"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        """The person's name."""
        return self.name


class Pending(models.Model):
    """A change of an account that one administrator asked for and another one confirms."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="pending")
    act = models.CharField(max_length=16, choices=[(act, act) for act in PENDING])
    role = models.CharField(max_length=16, blank=True)
    state = models.CharField(max_length=10, default="open", choices=[(state, state) for state in PENDING_STATES])
    asked_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="asked")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(Account, null=True, blank=True, on_delete=models.PROTECT, related_name="decided")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("asked_by")),
                name="pending_is_decided_by_another",
            ),
            models.CheckConstraint(
                condition=Q(state="open", decided_at__isnull=True) | (~Q(state="open") & Q(decided_at__isnull=False)),
                name="pending_is_decided_at_a_time",
            ),
            models.UniqueConstraint(
                fields=["account", "act"], condition=Q(state="open"), name="pending_is_asked_for_once"
            ),
        ]


class Token(models.Model):
    """A key with which a laboratory's own program calls the API. Only its digest is kept; the key is shown once."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="tokens")
    label = models.CharField(max_length=80)
    mark = models.CharField(max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-made_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=F("made_at")), name="token_ends_after_it_begins")
        ]


class Certificate(models.Model):
    """What an inspector may sample or inspect, and until when."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="certificates")
    number = models.CharField(max_length=60, unique=True)
    subject = models.CharField(max_length=120, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(valid_to__gte=F("valid_from")), name="certificate_ends_after_it_begins")
        ]
