"""The register as a Django application."""

from django.apps import AppConfig


class RegisterConfig(AppConfig):
    """Models, acts and migrations of the register."""

    name = "zhiheng.register"
    label = "register"
    default_auto_field = "django.db.models.BigAutoField"
