"""Estimates from probability samples."""
from zhiheng.stats.survey.design import Design, degrees_of_freedom, design
from zhiheng.stats.survey.estimates import (
    Estimate, Limits, Quantiles, design_effect, limits, mean, quantiles, ratio, total)
from zhiheng.stats.survey.proportions import Proportion, proportion
