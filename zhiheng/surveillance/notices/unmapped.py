"""What no code of ours covers, with the reason, the most frequent first: where the next line of a mapping is worth most."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any


def unmapped(lines: Iterable[Mapping[str, Any]], *, what: str) -> list[dict[str, Any]]:
    """Texts of `product` or `hazard` without a code: text, reason, source, lines."""
    text = "category" if what == "product" else "hazard"
    counts = Counter(
        (line["source"], line[text] or line["product"][:60], line[f"{what}_basis"])
        for line in lines
        if not line[f"{what}_code"]
    )
    return [
        {"source": source, "text": word, "reason": reason, "n": n}
        for (source, word, reason), n in sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    ]
