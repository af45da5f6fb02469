"""Days as sources print them."""

import re
from datetime import date, datetime, timedelta

from zhiheng.errors import SourceError

SPREADSHEET_EPOCH = date(1899, 12, 30)
SERIAL = re.compile(r"\d{5}(\.0+)?")


def day(text: str, *, formats: tuple[str, ...]) -> date:
    """The day that a printed text names, tried against each format in turn.

    Formats are those of `strptime`, and the word `serial` for a spreadsheet's day number.

    >>> day("45366.0", formats=("%Y-%m-%d", "serial"))
    datetime.date(2024, 3, 15)
    """
    stripped = text.strip()
    for form in formats:
        if form == "serial":
            if SERIAL.fullmatch(stripped):
                return SPREADSHEET_EPOCH + timedelta(days=int(float(stripped)))
            continue
        try:
            return datetime.strptime(stripped, form).date()
        except ValueError:
            continue
    raise SourceError(
        f"'{stripped}' is not a day in any of the forms {', '.join(formats)}: correct it, or add its form"
    )


def month(on: date) -> date:
    """The first day of the month.

    >>> month(date(2026, 9, 28))
    datetime.date(2026, 9, 1)
    """
    return on.replace(day=1)
