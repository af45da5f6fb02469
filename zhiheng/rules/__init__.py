"""Rules: reads zhiheng/law and answers what was required of which object on which day, with citation and fingerprint."""

from zhiheng.rules import documents
from zhiheng.rules.book import Book, Citation, Rule, RuleAt, Value
from zhiheng.rules.categories import STEP, Categories
from zhiheng.rules.hazards import Hazard, Hazards
from zhiheng.rules.library import (
    analytes,
    book,
    categories,
    conditions,
    fingerprint,
    fingerprint_of,
    hazards,
    programme,
    programmes,
    read_book,
    read_settings,
    settings,
)
from zhiheng.rules.requirements import Requirement, Subject, requirements
from zhiheng.rules.vocabulary import Analyte, Analytes, Condition

__all__ = [
    "STEP",
    "Analyte",
    "Analytes",
    "Book",
    "Categories",
    "Citation",
    "Condition",
    "Hazard",
    "Hazards",
    "Requirement",
    "Rule",
    "RuleAt",
    "Subject",
    "Value",
    "analytes",
    "book",
    "categories",
    "conditions",
    "documents",
    "fingerprint",
    "fingerprint_of",
    "hazards",
    "programme",
    "programmes",
    "read_book",
    "read_settings",
    "requirements",
    "settings",
]
