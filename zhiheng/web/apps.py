"""The pages as a Django application."""

from importlib import import_module

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Templates, pages and what is noted when somebody signs in."""

    name = "zhiheng.web"
    label = "web"

    def ready(self) -> None:
        """Note what happens at the doors."""
        import_module("zhiheng.web.signing").connect()
