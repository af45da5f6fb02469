"""What a case is about, as the rules know it: a category of one of the schemes of Chinese law, by which its results are judged."""

from functools import lru_cache
from typing import Any

from zhiheng import rules
from zhiheng.rules.book import covers

FAMILY = "cn"
MARK = ": "


@lru_cache(maxsize=1)
def categories() -> dict[str, tuple[str, str]]:
    """Every category that a rule of Chinese law is written for, as it is asked for: its scheme and its path.

    A scheme to which decisions lead from another one is left out: there an object is placed by its category in the other.
    """
    known = rules.categories()
    led = {to for origin, to in known.decisions if origin != to}
    origins = {origin for origin, _ in known.decisions if origin in known.trees}
    written = {rule.scheme for rule in rules.book().rules.values() if covers(FAMILY, rule.family)}
    schemes = sorted((written | origins) - (led - origins))
    return {f"{scheme}{MARK}{path}": (scheme, path) for scheme in schemes for path in known.trees.get(scheme, ())}


def evidence(category: str, product: str = "") -> dict[str, Any]:
    """What a case of a category says of itself, so that its results are judged; empty for a category that is not known.

    >>> evidence("gb28480: 饰品 > 儿童首饰", "儿童手链")["product_type"], evidence("nothing")
    ('饰品 > 儿童首饰', {})
    """
    found = categories().get(category)
    if found is None:
        return {}
    scheme, path = found
    return {"scheme": scheme, "rules": [FAMILY], "product_type": path} | ({"product_name": product} if product else {})
