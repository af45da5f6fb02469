"""Estimates from probability samples, in the words of Särndal, Swensson, Wretman (1992) and of Lumley (2010).

`design` describes the sample; totals, means, ratios, quantiles and proportions take it with values, one an item, and give
estimates with a design-based variance. `post_stratify`, `rake` and `calibrate` give a design that meets known totals;
`jackknife`, `bootstrap` and `balanced` give replicate weights for anything else. `domain_means` and `domain_totals` give
the same figures for thousands of domains from sums that an engine made.
"""

from zhiheng.stats.survey.aggregates import (
    Cells,
    DomainLimits,
    Domains,
    Strata,
    cells,
    domain_intervals,
    domain_means,
    domain_totals,
    strata,
)
from zhiheng.stats.survey.calibration import calibrate, post_stratify, rake
from zhiheng.stats.survey.design import Design, degrees_of_freedom, design
from zhiheng.stats.survey.estimates import (
    Estimate,
    Limits,
    Quantiles,
    design_effect,
    limits,
    mean,
    quantiles,
    ratio,
    total,
)
from zhiheng.stats.survey.proportions import Proportion, proportion
from zhiheng.stats.survey.replicates import Replicates, balanced, bootstrap, jackknife, replicated

__all__ = [
    "Cells",
    "Design",
    "DomainLimits",
    "Domains",
    "Estimate",
    "Limits",
    "Proportion",
    "Quantiles",
    "Replicates",
    "Strata",
    "balanced",
    "bootstrap",
    "calibrate",
    "cells",
    "degrees_of_freedom",
    "design",
    "design_effect",
    "domain_intervals",
    "domain_means",
    "domain_totals",
    "jackknife",
    "limits",
    "mean",
    "post_stratify",
    "proportion",
    "quantiles",
    "rake",
    "ratio",
    "replicated",
    "strata",
    "total",
]
