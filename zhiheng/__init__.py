"""Zhiheng (质衡): product-quality supervision as one loop, in the open."""

__version__ = "0.1.0"
__all__ = ["__version__"]
