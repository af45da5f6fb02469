"""What the register keeps. Nothing here acts: state changes only in zhiheng/register/acts."""

from zhiheng.register.models.audit import Chain, Checkpoint, Event
from zhiheng.register.models.casework import Attachment, Case, Deadline, Document, Petitioner, Series
from zhiheng.register.models.laboratory import Finding, Handover, Line, Report, Sample, Scope
from zhiheng.register.models.message import Mail, Message, Reminder
from zhiheng.register.models.party import Organisation, Product, Site
from zhiheng.register.models.person import Account, Certificate, Pending, Token
from zhiheng.register.models.programme import Nomination, Plan, Programme

__all__ = [
    "Account",
    "Attachment",
    "Case",
    "Certificate",
    "Chain",
    "Checkpoint",
    "Deadline",
    "Document",
    "Event",
    "Finding",
    "Handover",
    "Line",
    "Mail",
    "Message",
    "Nomination",
    "Organisation",
    "Pending",
    "Petitioner",
    "Plan",
    "Product",
    "Programme",
    "Reminder",
    "Report",
    "Sample",
    "Scope",
    "Series",
    "Site",
    "Token",
]
