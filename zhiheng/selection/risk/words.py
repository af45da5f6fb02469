"""Reasons in plain words of either language, as the model's own data says them."""

from collections.abc import Mapping
from typing import Any

from zhiheng.selection.risk.recipe import Recipe


def spoken(recipe: Recipe, reason: Mapping[str, Any], language: str) -> str:
    """One reason as a reader would say it; a code that the recipe no longer has is told as it is.

    The value stands in the words where they ask for it.
    """
    feature = recipe.by_code.get(reason["code"])
    if feature is None:
        return str(reason["code"])
    pair = feature.low if reason.get("side") == "low" else feature.high
    text = pair[0] if language.startswith("zh") else pair[1]
    return text.replace("{value}", shown(reason.get("value")))


def shown(value: Any) -> str:
    """A value in a sentence.

    >>> shown(2.0), shown(1.53), shown(0.02), shown("Restaurant"), shown("Grocery_Store")
    ('2', '1.5', '<0.1', 'Restaurant', 'Grocery Store')
    """
    if value is None:
        return "–"
    if isinstance(value, (int, float)):
        said = f"{value:.1f}".removesuffix(".0")
        return "<0.1" if said == "0" and value > 0 else said
    return str(value).replace("_", " ")
