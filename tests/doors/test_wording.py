"""The wording of the pages: all of it translated, compiled as written, and no page mixes its languages."""

import gettext
import re
from html.parser import HTMLParser

import pytest
from django.test import Client
from test_pages_loop import CN, FIXED, NYC, loop_home, site, text

from zhiheng import rules
from zhiheng.locale import catalogue

__all__ = ["loop_home", "site"]
ENGLISH = re.compile(r"[A-Za-z]{2,}(?:[ ,;:]+[A-Za-z]{2,}){2,}")
# wording with a name filled in has English words beside the name; a text without any is Chinese wording
CHINESE = re.compile(r"^(?=.*[\u4e00-\u9fff])(?!.*[A-Za-z]{3})")
VOID = {"meta", "link", "input", "br", "hr", "img", "use", "path", "circle", "rect"}
# what comes from the data or from an act keeps the language of its source
DATA_TAGS = {"script", "style", "code", "pre", "cite", "td", "dd", "h1", "title", "option", "symbol"}
DATA_CLASSES = {"source", "facet", "chip", "crumbs", "tabs", "by"}
PROVINCES = ("山东", "安徽", "浙江", "辽宁")
OTHER_PAGES = (
    "/",
    f"/results/{CN}/",
    f"/results/{NYC}/",
    f"/printed/{CN}/",
    "/rules/",
    "/rules/editions/",
    "/rules/unplaced/",
    "/rules/key/us/cpsia/toys-lead/",
    f"/results/{CN}/sample/r0001/",
)


class Visible(HTMLParser):
    """The texts of a page that are wording and not data."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, bool]] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note whether an element holds data."""
        if tag in VOID:
            return
        given = dict(attrs)
        named = set((given.get("class") or "").split())
        row = tag == "th" and given.get("scope") == "row"
        said = tag != "html" and "lang" in given
        self.open.append((tag, tag in DATA_TAGS or row or said or bool(named & DATA_CLASSES)))

    def handle_endtag(self, tag: str) -> None:
        """Close an element."""
        while self.open and tag not in VOID:
            if self.open.pop()[0] == tag:
                return

    def handle_data(self, data: str) -> None:
        """Keep wording."""
        if data.strip() and not any(is_data for _, is_data in self.open):
            self.texts.append(" ".join(data.split()))


def wording(page: str) -> list[str]:
    """The wording of a page."""
    parser = Visible()
    parser.feed(page)
    return parser.texts


def from_source(found: str) -> bool:
    """Whether a text quotes a publisher, a province or an act as its source writes it."""
    from zhiheng.web import shell  # noqa: PLC0415  (needs Django set up)

    publishers = [summary["card"]["origin"]["publisher"] for summary in shell.shelf().summaries()]
    acts = [value.cite.at for rule in rules.book().rules.values() for value in rule.values if value.cite.at]
    return any(name in found for name in (*publishers, *PROVINCES)) or any(act in found for act in acts)


def test_every_msgid_has_a_chinese_translation() -> None:
    assert catalogue.untranslated(catalogue.refreshed("zh_Hans")) == []


def test_the_catalogue_holds_the_msgids_of_today_and_no_other() -> None:
    for language in catalogue.LANGUAGES:
        written = {catalogue.first(message.id) for message in catalogue.read(language) if message.id}
        assert written == {catalogue.first(message) for message in catalogue.found()}


def test_what_is_compiled_is_what_is_written() -> None:
    for language in catalogue.LANGUAGES:
        with catalogue.place(language, "mo").open("rb") as stream:
            compiled = gettext.GNUTranslations(stream)
        for message in catalogue.read(language):
            if isinstance(message.id, str) and message.id:
                assert compiled.gettext(message.id) == (message.string or message.id)
            elif message.id and all(message.string):
                assert compiled.ngettext(*message.id, 2) == message.string[0]


def test_a_translation_keeps_the_places_for_what_is_filled_in() -> None:
    holes = re.compile(r"%\(\w+\)s")
    for message in catalogue.read("zh_Hans"):
        if message.id:
            said = message.string if isinstance(message.string, str) else message.string[0]
            general = (
                message.id if isinstance(message.id, str) else message.id[-1]
            )  # Chinese has one form for all numbers
            assert set(holes.findall(said)) == set(holes.findall(general)), message.id


def test_chinese_wording_uses_full_width_punctuation() -> None:
    beside = re.compile(r"[\u4e00-\u9fff][,;:!?]")
    for message in catalogue.read("zh_Hans"):
        said = message.string if isinstance(message.string, str) else " ".join(message.string)
        assert not beside.search(said), said


@pytest.mark.slow
@pytest.mark.parametrize("address", [*FIXED, *OTHER_PAGES])
def test_no_page_mixes_its_languages(site: Client, address: str) -> None:
    chinese = [found for found in wording(text(site.get(address))) if ENGLISH.search(found) and not from_source(found)]
    english = [
        found for found in wording(text(site.get(f"/en{address}"))) if CHINESE.search(found) and not from_source(found)
    ]
    assert (chinese, english) == ([], [])
