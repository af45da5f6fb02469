"""A province that already lives: organisations, people and a few hundred cases, played through the real acts with real results.

The laboratory results are those of New York City's consumer products (examples/data/nyc_consumer_product_metals); organisations
and people are invented and say so. Nothing is written past the acts: the demonstration can do only what the procedures allow.
"""

from zhiheng.register.demo.play import played
from zhiheng.register.demo.results import FOLDER

__all__ = ["FOLDER", "played"]
