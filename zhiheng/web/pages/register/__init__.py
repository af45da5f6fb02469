"""The register of organisations: the list, one organisation, its form, the import with its preview, duplicates and their merging."""

from zhiheng.web.pages.register.entering import change, new
from zhiheng.web.pages.register.listed import file, organisations
from zhiheng.web.pages.register.merging import duplicates, merge
from zhiheng.web.pages.register.one import organisation
from zhiheng.web.pages.register.taking import previewed, rejected, taking

__all__ = [
    "change",
    "duplicates",
    "file",
    "merge",
    "new",
    "organisation",
    "organisations",
    "previewed",
    "rejected",
    "taking",
]
