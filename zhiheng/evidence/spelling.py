"""How printed figures, units and names are spelled: characters are replaced, nothing is converted."""

import re
import unicodedata
from decimal import Decimal

from zhiheng.errors import PrintedTextUnreadable

# NFKC would turn 10⁴ into 104 and ①12 into 112: powers and list numbers are dealt with before it.
_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻"
_LOWERED_RAISED = str.maketrans(_RAISED, "0123456789+-")
_POWER = re.compile(rf"(?<=[0-9０-９])[ \u3000]?([⁺⁻]?[{_RAISED[:10]}]{{1,3}})")
_MARKED_POWER = re.compile(r"(?<=[0-9０-９])[ \u3000]?<sup>\s{0,3}([-+]?[0-9]{1,3})\s{0,3}</sup>", re.IGNORECASE)
_LIST_NUMBER = re.compile(r"[\u2460-\u249b\u2776-\u2793]")

_SAME_SIGN = str.maketrans(
    {
        **dict.fromkeys("μµ", "u"),
        **dict.fromkeys("‐‑‒–—―−﹣", "-"),
        **dict.fromkeys("～〜∼﹏", "~"),
        **dict.fromkeys("≦⩽≲≯", "≤"),
        **dict.fromkeys("≧⩾≳≮", "≥"),
        **dict.fromkeys("〈‹", "<"),
        **dict.fromkeys("〉›", ">"),
        **dict.fromkeys("✕✖⨯", "×"),
        "∕": "/",
    }
)
_BEFORE_NFKC = str.maketrans({"º": "°", "˚": "°", "˜": "~"})
_TWO_CHARACTER_SIGNS = (("<=", "≤"), ("=<", "≤"), (">=", "≥"), ("=>", "≥"))
_TIMES_TEN = re.compile(r"(?<=[0-9])\s?[×xX*·∙⋅]\s?10(?![0-9.])")
_TIMES_TEN_FLAT = re.compile(r"(?<=[0-9])\s?[×xX*·∙⋅]\s?10([1-9])(?![0-9.])")
_CARET = re.compile(r"10\s?\^\s?\(?([-+]?[0-9]{1,3})\)?")
_TIGHT = re.compile(r" ?([^\w ]) ?|(?<=[0-9]) (?=[^\W\d_])")


def normalise(text: str) -> str:
    """Give printed text one spelling of widths, signs, powers and spaces.

    >>> normalise("≤ 1.04x10³ mg / kg")
    '≤1.04×10^3mg/kg'
    """
    text = _LIST_NUMBER.sub(";", text)
    text = _MARKED_POWER.sub(r"^\1", text)
    text = _POWER.sub(lambda found: "^" + found[1].translate(_LOWERED_RAISED), text)
    text = unicodedata.normalize("NFKC", text.translate(_BEFORE_NFKC)).translate(_SAME_SIGN)
    for printed, sign in _TWO_CHARACTER_SIGNS:
        text = text.replace(printed, sign)
    text = _TIMES_TEN.sub("×10", _CARET.sub(r"10^\1", text))
    # 6.1×105 is a power whose raised figure was lost: nobody multiplies by 105.
    text = _TIMES_TEN_FLAT.sub(r"×10^\1", text)
    return _TIGHT.sub(lambda found: found[1] or "", " ".join(text.split()))


def analyte_key(text: str) -> str:
    """Give the spelling under which a printed analyte is looked up in the vocabulary.

    >>> analyte_key("镉（以Cd计) ")
    '镉(以Cd计)'
    """
    text = unicodedata.normalize("NFKC", text).translate(_SAME_SIGN)
    return re.sub(r"\s+", "", text)


_UNIT_SYMBOLS = """
    kg mg ug ng pg mL uL dL L CFU PFU MPN IU vol ppm ppb cm2 dm2 m2 cm3 m3 mmol umol mol kJ kcal Bq kBq KOH mgKOH NTU
"""
_LETTER_CASE = {symbol.lower(): symbol for symbol in _UNIT_SYMBOLS.split()}
_LETTERS = re.compile(r"[A-Za-z]+[23]?(?![0-9])")
_WORDS = (
    (re.compile(r"^每(?:日|天)$"), "d"),
    (re.compile(r"/?每(?=[0-9])"), "/"),
    (re.compile(r"/每?(?:日|天)|/일|每(?:日|天)"), "/d"),
    (re.compile(r"/每"), "/"),
    (re.compile(r"毫克|밀리그램"), "mg"),
    (re.compile(r"微克"), "ug"),
    (re.compile(r"千克|公斤"), "kg"),
    (re.compile(r"克|그램"), "g"),
    (re.compile(r"毫升"), "mL"),
    (re.compile(r"升"), "L"),
    (re.compile(r"^(?:倍|배)"), "times"),
    (re.compile(r"^%\(?vol\)?|^vol%", re.IGNORECASE), "%vol"),
)


def unit(text: str) -> str:
    """Give the normalised spelling of a printed unit; it is never converted.

    >>> unit("CFU / 250ml"), unit("mg/每日"), unit("倍")
    ('CFU/250mL', 'mg/d', 'times')
    """
    spelling = normalise(text).replace(" ", "")
    if spelling.startswith("(") and spelling.endswith(")") and spelling.count("(") == 1:
        spelling = spelling[1:-1]
    for word, sign in _WORDS:
        spelling = word.sub(sign, spelling)
    spelling = _LETTERS.sub(lambda found: _LETTER_CASE.get(found[0].lower(), found[0]), spelling)
    return spelling.removesuffix("/")


# The grammar of a number and of a unit in normalised text, as regular expressions with bounded repetition.
_EXPONENT = r"[-+]?[0-9]{1,2}(?![0-9])"
_POWER_OF_TEN = rf"×10(?:\^{_EXPONENT})?|[eE]{_EXPONENT}"
NUMBER = rf"(?:10\^{_EXPONENT}|(?:[0-9]{{1,40}}(?:\.[0-9]{{1,40}})?|\.[0-9]{{1,40}})(?:{_POWER_OF_TEN})?)"
GROUPED_NUMBER = rf"(?:[0-9]{{1,3}}(?:,[0-9]{{3}}){{1,9}}(?![0-9])(?:\.[0-9]{{1,40}})?|{NUMBER})"
_GREATEST = Decimal("1e30")  # a guard for arithmetic, not a rule of law


def decimal(number: str) -> Decimal:
    """Give the value of a number in normalised spelling.

    >>> decimal("11,675"), decimal("3×10^4")
    (Decimal('11675'), Decimal('3E+4'))
    """
    plain = number.replace(",", "").replace("×10^", "E").replace("×10", "E1").replace("10^", "1E")
    value = Decimal(plain)
    if abs(value) > _GREATEST:
        message = f"figure '{number[:20]}' is beyond {_GREATEST}: no test gives it; compare with the source"
        raise PrintedTextUnreadable(message)
    return value


_SYMBOL = r"(?:[dcmk]?m[23](?![0-9])|[A-Za-zΩ]{1,12}|α-TE)"
_MEASURE = r"(?:毫克|微克|千克|公斤|毫升|小时|[克升])"
_PIECE = r"[日天份粒片袋瓶支件只個个人次日일]"
_COUNT = r"[倍個个枚粒只份度天次件片袋瓶支条배개도]"
_TERM = rf"(?:[%‰]|°[A-Za-z]{{0,2}}|{_MEASURE}|{_SYMBOL})"
_TERMS = rf"(?:{_TERM}(?:[ ·]?\(?{_TERM}\)?){{0,2}}|{_COUNT})"
_AMOUNT = r"(?:[0-9]{1,4}(?:\.[0-9]{1,3})?(?!CFU|MPN))"
_EACH = rf"(?:/\(?每?{_AMOUNT}?(?:{_TERM}(?:[ ·]{_TERM}){{0,2}}|{_PIECE})\)?)"
_LEVEL_WORDS = r"[^()]{0,12}(?:定量|检出|檢出|检测|偵測|LOD|LOQ|MDL|검출|정량)"
_BASIS = rf"(?:\((?!{_LEVEL_WORDS})[^()0-9]{{1,30}}[0-9]?[^()0-9]{{0,30}}\))"
UNIT = rf"(?:(?:{_TERMS}{_EACH}{{0,2}}|{_EACH}{{1,2}}){_BASIS}?|\({_TERMS}{_EACH}{{0,2}}\)|\({_EACH}\)|/)"
UNIT_END = r"(?![A-Za-z0-9%./=^±-])"

NOT_FOUND = r"(?:未检出|未檢出|未检测出|未测出|阴性|陰性|불검출|미검출|음성|(?i:not detected|n\.d\.|nd)(?![A-Za-z]))"
FOUND = r"(?:检测出|检出|檢出|阳性|陽性|양성|검출(?!한계))"
