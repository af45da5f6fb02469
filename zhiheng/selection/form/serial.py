"""Serial numbers of sampling forms: unique without a central counter, with a check character.

`P440106-26-00A-001-Z`: letter of the form, region (GB/T 2260), year, block, running number, check character (ISO/IEC 7064 MOD 37,36).
Blocks are handed out once, with a task link; a phone counts within its block and needs nobody.
"""

import re

from zhiheng.errors import FormRefused
from zhiheng.identifiers import ALPHANUMERIC, check_character

PRINTED = re.compile(r"([PFN])([0-9]{6})-([0-9]{2})-([0-9A-Z]{3})-([0-9]{3})-([0-9A-Z])")
BLOCK = re.compile(r"[PFN][0-9]{6}-[0-9]{2}-[0-9A-Z]{3}")
LARGEST_BLOCK = len(ALPHANUMERIC) ** 3 - 1
LARGEST = 999


def block(letter: str, *, region: str, year: int, number: int) -> str:
    """The block with this number.

    >>> block("P", region="440106", year=2026, number=10)
    'P440106-26-00A'
    """
    if not 0 <= number <= LARGEST_BLOCK:
        raise FormRefused(f"region {region} has used its {LARGEST_BLOCK + 1:,} blocks of serial numbers of {year}")
    digits = ""
    for _ in range(3):
        number, place = divmod(number, len(ALPHANUMERIC))
        digits = ALPHANUMERIC[place] + digits
    return f"{letter}{region}-{year % 100:02d}-{digits}"


def serial(of_block: str, running: int) -> str:
    """A serial number of a block.

    >>> serial("P440106-26-00A", 1)
    'P440106-26-00A-001-Z'
    """
    if not BLOCK.fullmatch(of_block) or not 1 <= running <= LARGEST:
        raise FormRefused(
            f"'{of_block}' number {running}: a block has the numbers 1 to {LARGEST}; ask for a new task link"
        )
    text = f"{of_block}-{running:03d}"
    return f"{text}-{check_character(text.replace('-', ''))}"


def is_valid(text: str) -> bool:
    """Whether a text is a serial number whose check character agrees."""
    return bool(PRINTED.fullmatch(text)) and check_character(text[:-2].replace("-", "")) == text[-1]


def block_of(text: str) -> str:
    """The block of a serial number."""
    return text.rsplit("-", 2)[0]
