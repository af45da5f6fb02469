"""Which language a name from the data has: where it is not the language of the page, it is marked, so that it is read and spoken right."""

import re
from functools import lru_cache

from django import template
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from zhiheng.web.shell import language

# from the first Chinese sign to the last one before a Latin letter, with what stands between them and the bracket that closes them
HAN = r"[\u3001-\u303f\u3400-\u9fff\uff01-\uffee]"
CHINESE = re.compile(rf"{HAN}(?:[^A-Za-z]*{HAN})?\)?")
# words of three letters and more, two at least with a blank between: units, codes, digests and single names are the same in both languages
WORDS = re.compile(r"[A-Za-z][^\u3001-\u303f\u3400-\u9fff\uff01-\uffee]*[A-Za-z.)]")
TWO = re.compile(r"[A-Za-z]{3,}\S*\s(?:.*[^A-Za-z])?[A-Za-z]{3,}")

register = template.Library()


@register.filter
def tongue(text: object) -> SafeString:
    """A text of the data with every part that is of the other language marked with `lang`; what is markup already stays."""
    if isinstance(text, SafeString):
        return text
    return marked(str(text), language() == "zh")


@lru_cache(maxsize=10_000)
def marked(said: str, chinese_page: bool) -> SafeString:
    """The text on a page of one language; the same words and figures stand on a page many times."""
    pattern, code = (WORDS, "en") if chinese_page else (CHINESE, "zh-CN")
    parts, end = [], 0
    for found in pattern.finditer(said):
        if chinese_page and not TWO.search(found[0]):
            continue
        parts += [
            conditional_escape(said[end : found.start()]),
            format_html('<span lang="{}">{}</span>', code, found[0]),
        ]
        end = found.end()
    return mark_safe("".join([*parts, conditional_escape(said[end:])]))  # noqa: S308  (every part is escaped)
