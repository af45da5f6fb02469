"""A complaint while it is being written: what was filled in at which step, and what is wrong with it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import validate_email
from django.utils import timezone
from django.utils.translation import gettext

from zhiheng import rules
from zhiheng.errors import UploadRefused
from zhiheng.register import answering, uploads
from zhiheng.register.acts.files import Given
from zhiheng.register.acts.petitions import LONGEST, Complaint
from zhiheng.web.pages import words

STEPS = {
    "what": ("text", "about", "product"),
    "where": ("province", "region"),
    "you": ("name", "phone", "email", "address"),
}
NAMES = tuple(name for names in STEPS.values() for name in names)
MOST = {"text": LONGEST, "about": 200, "product": 200, "name": 80, "phone": 40, "email": 254, "address": 300}
PHONE = re.compile(r"\+?[0-9][0-9 ()/-]{4,38}")
KIND = "complaint_evidence"
TAKEN = (*uploads.IMAGES, uploads.PDF)


@dataclass
class Filled:
    """The answers by name, and what is wrong by name."""

    values: dict[str, str]
    faults: dict[str, str] = field(default_factory=dict)

    def judge(self, step: str) -> bool:
        """Whether a step can be left; what is wrong with it is noted."""
        for name in STEPS[step]:
            wrong = self.wrong(name)
            if wrong:
                self.faults[name] = wrong
        return not any(name in self.faults for name in STEPS[step])

    def wrong(self, name: str) -> str:
        """What is wrong with one answer, and what to do; nothing when it is usable."""
        value = self.values[name]
        if "\x00" in value:
            return gettext("This holds a character that no text has. Write it again.")
        if name in MOST and len(value) > MOST[name]:
            told = {"n": words.number(len(value)), "most": words.number(MOST[name])}
            return gettext("%(n)s characters are too many: %(most)s fit. Put the rest into a file.") % told
        if name == "text" and not value:
            return gettext("Say what happened: what you bought or saw, when, and what you want.")
        if name == "about" and not value:
            return gettext("Say with whom: the name of the shop, platform or firm, or its sign.")
        if name == "region" and not answering.is_answered(value, on=timezone.localdate()):
            return gettext("Choose the district or county where it happened.")
        if name == "phone" and not value and not self.values["email"]:
            return gettext("Give a telephone number or an e-mail address: the decision has to reach you.")
        if name == "phone" and value and not PHONE.fullmatch(value):
            return gettext("This is no telephone number. Write it in digits, such as 13800000000.")
        if name == "email" and value and not is_email(value):
            return gettext("This is no e-mail address. Write it as name@example.cn.")
        return ""

    def complaint(self, files: Sequence[Given]) -> Complaint:
        """The complaint as the register takes it."""
        held = {name: self.values[name] for name in NAMES if name != "province"}
        return Complaint(**held, files=files)


def filled(given: Mapping[str, str]) -> Filled:
    """What a form sent; line ends as one character, so that a length is what its writer sees."""
    return Filled({name: given.get(name, "").replace("\r\n", "\n").strip() for name in NAMES})


def is_email(text: str) -> bool:
    """Whether a text can be an e-mail address."""
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def most_files() -> int:
    """How many files come with one complaint at most."""
    return int(rules.settings("security", on=date.today())["complaint"]["files"])


def opened(files: Sequence[UploadedFile], found: Filled) -> list[Given]:
    """The files of a complaint as they were found to be; what cannot be taken is noted, each by its name."""
    most = most_files()
    if len(files) > most:
        found.faults["files"] = gettext("%(n)s files are too many: %(most)s fit.") % {"n": len(files), "most": most}
        return []
    given, wrong = [], []
    for one in files:
        name = str(one.name or "")
        try:
            content, known = uploads.read(one, allowed=TAKEN)
        except UploadRefused as error:
            wrong.append(f"{uploads.safe_name(name)}: {gettext('photos (JPG, PNG, WebP) and PDF are taken')} · {error}")
        else:
            given.append(Given(KIND, known.name, known.media_type, content))
    if wrong:
        found.faults["files"] = "; ".join(wrong)
    return given
