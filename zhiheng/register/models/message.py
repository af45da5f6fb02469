"""What people are told: in the application, by mail, and before, on and after a deadline."""

from django.db import models


class Message(models.Model):
    """A message to an account about a case."""

    to = models.ForeignKey("register.Account", on_delete=models.CASCADE, related_name="messages")
    case = models.ForeignKey("register.Case", null=True, blank=True, on_delete=models.CASCADE, related_name="messages")
    at = models.DateTimeField()
    kind = models.CharField(max_length=40)
    told = models.JSONField(default=dict)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["to", "read_at"])]


class Reminder(models.Model):
    """That somebody was reminded of a deadline at one stage of it: once, whatever is started again."""

    deadline = models.CharField(max_length=160)
    due_on = models.DateField()
    stage = models.CharField(max_length=40)
    to = models.ForeignKey("register.Account", on_delete=models.CASCADE, related_name="reminders")
    at = models.DateTimeField()
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="reminders")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["deadline", "due_on", "stage", "to"], name="reminder_is_sent_once")
        ]


class Mail(models.Model):
    """A mail that waits to be sent, or was."""

    to = models.EmailField()
    subject = models.CharField(max_length=200)
    text = models.TextField()
    message = models.OneToOneField(Message, null=True, blank=True, on_delete=models.CASCADE, related_name="mail")
    made_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    fault = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["made_at", "id"]
        indexes = [models.Index(fields=["sent_at"])]
