"""The wording of the pages: finds every msgid, keeps the catalogues sorted, and compiles them without msgfmt.

    python -m zhiheng.locale.catalogue

A msgid without a translation is listed, and the command fails.
"""

import ast
import io
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.catalog import Message as MessageOfCatalogue
from babel.messages.extract import DEFAULT_KEYWORDS, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

HERE = Path(__file__).resolve().parent
PACKAGE = HERE.parent
Message = str | tuple[str, str]
FOLDERS = ("web", "reports", "api")
SINGULAR = ("gettext", "_", "gettext_lazy", "translate")
PLURAL = ("ngettext", "ngettext_lazy")
KEYWORDS = {**DEFAULT_KEYWORDS, "gettext_lazy": None}
LANGUAGES = ("zh_Hans", "en")
# a fixed day, so that the files change only when the wording does
STAMP = datetime(2026, 11, 22, tzinfo=UTC)


def found() -> dict[Message, list[str]]:
    """Every msgid of the pages, or pair of singular and plural, with the files that say it."""
    told: dict[Message, list[str]] = {}
    for path in sorted(path for folder in FOLDERS for path in (PACKAGE / folder).rglob("*.py")):
        keep(told, path, in_code(path.read_text(encoding="utf-8")))
    for path in sorted((PACKAGE / "web" / "templates").rglob("*.html")):
        keep(told, path, in_template(path))
    return told


def keep(told: dict[Message, list[str]], path: Path, messages: Iterator[Message]) -> None:
    """Note where each msgid is said."""
    name = path.relative_to(PACKAGE.parent).as_posix()
    for message in messages:
        if name not in told.setdefault(message, []):
            told[message].append(name)


def in_code(text: str) -> Iterator[Message]:
    """The msgids of a Python file, those inside f-strings too."""
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        words = [entry.value for entry in node.args if isinstance(entry, ast.Constant) and isinstance(entry.value, str)]
        if name in PLURAL and len(words) >= 2:
            yield words[0], words[1]
        elif name in SINGULAR and words:
            yield words[0]


def in_template(path: Path) -> Iterator[Message]:
    """The msgids of a template."""
    code = templatize(path.read_text(encoding="utf-8"), origin=str(path))
    for _, name, message, _ in extract_python(io.BytesIO(code.encode()), KEYWORDS, [], {"encoding": "utf-8"}):
        words = [message] if isinstance(message, str) else [word for word in message or () if word]
        if name in PLURAL and len(words) >= 2:
            yield words[0], words[1]
        elif words:
            yield words[0]


def first(message: Message) -> str:
    """The msgid, or its singular."""
    return message if isinstance(message, str) else message[0]


def place(language: str, ending: str) -> Path:
    """The file of a language."""
    return HERE / language / "LC_MESSAGES" / f"django.{ending}"


def read(language: str) -> Catalog:
    """The catalogue of a language as it stands."""
    path = place(language, "po")
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as stream:
        return read_po(stream, locale=language)


def refreshed(language: str) -> Catalog:
    """The catalogue with every msgid of today, and no other; English says what it says."""
    old, new = (
        read(language),
        Catalog(
            locale=language, project="Zhiheng", header_comment="", creation_date=STAMP, revision_date=STAMP, fuzzy=False
        ),
    )
    for message, places in sorted(found().items(), key=lambda entry: first(entry[0])):
        known = old.get(first(message))
        kept = known.string if known is not None and known.id == message and language != "en" else ""
        new.add(
            message,
            kept,
            locations=[(name, 0) for name in places],
            flags=["python-format"] if "%(" in first(message) else [],
        )
    return new


def po(catalogue: Catalog) -> bytes:
    """A catalogue as text."""
    stream = io.BytesIO()
    write_po(stream, catalogue, width=0, sort_output=True, omit_header=False, include_lineno=False)
    return stream.getvalue().strip() + b"\n"


def mo(catalogue: Catalog) -> bytes:
    """A catalogue as the pages read it."""
    stream = io.BytesIO()
    write_mo(stream, catalogue)
    return stream.getvalue()


def said(message: MessageOfCatalogue) -> str:
    """The msgid of an entry, or its singular."""
    return message.id if isinstance(message.id, str) else message.id[0]


def untranslated(catalogue: Catalog) -> list[str]:
    """The msgids without a translation."""
    return [said(message) for message in catalogue if message.id and not all(translations(message))]


def translations(message: MessageOfCatalogue) -> list[str]:
    """The translations of an entry, one for each form of number."""
    return [message.string] if isinstance(message.string, str) else [str(text) for text in message.string or [""]]


def main() -> int:
    """Refresh and compile; the number of msgids without a translation."""
    for language in LANGUAGES:
        place(language, "po").parent.mkdir(parents=True, exist_ok=True)
        place(language, "po").write_bytes(po(refreshed(language)))
        place(language, "mo").write_bytes(mo(read(language)))
    missing = untranslated(read("zh_Hans"))
    for message in missing:
        print(f"no translation: {message!r}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
