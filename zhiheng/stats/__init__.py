"""Statistics on arrays: takes counts, sums and measured values as NumPy arrays, gives frozen results with their method.

Conformity assessment in the words of JCGM 106:2012 (conformance probability, acceptance interval, guard band,
consumer's and producer's risk), expression of uncertainty in those of the GUM (type A and type B evaluation,
combined and expanded uncertainty, coverage factor), confidence intervals for a proportion nonconforming, aberration
detection in series of counts, rates of small groups shrunk towards their common distribution, and sampling designs
(simple, stratified, systematic, Pareto, Sampford, cube) as functions of given uniform numbers. Nothing here reads
a rule, a file or a clock: every level, limit and multiplier that somebody decides is an argument.
"""

from zhiheng.stats.aberration import Aberrations, ears
from zhiheng.stats.conformity import (
    AcceptanceInterval,
    GlobalRisks,
    acceptance_interval,
    conformance_probability,
    consumers_specific_risk,
    global_risks,
    guard_band,
    guard_multiplier,
    producers_specific_risk,
)
from zhiheng.stats.cube import cube, flight
from zhiheng.stats.designs import (
    allocate,
    inclusion_probabilities,
    pareto,
    simple,
    simple_joint,
    stratified,
    systematic,
    systematic_joint,
)
from zhiheng.stats.intervals import Interval, clopper_pearson, wilson
from zhiheng.stats.sampford import sampford, sampford_joint
from zhiheng.stats.shrinkage import (
    BetaPrior,
    Posterior,
    posterior,
    prior_by_likelihood,
    prior_by_moments,
    probability_above,
)
from zhiheng.stats.uncertainty import (
    Propagated,
    TypeA,
    correlation_matrix,
    covariance_matrix,
    coverage_factor,
    degrees_of_freedom,
    from_expanded,
    propagate,
    propagate_distributions,
    rectangular,
    sensitivities,
    triangular,
    type_a,
    u_shaped,
    welch_satterthwaite,
)

__all__ = [
    "Aberrations",
    "AcceptanceInterval",
    "BetaPrior",
    "GlobalRisks",
    "Interval",
    "Posterior",
    "Propagated",
    "TypeA",
    "acceptance_interval",
    "allocate",
    "clopper_pearson",
    "conformance_probability",
    "consumers_specific_risk",
    "correlation_matrix",
    "covariance_matrix",
    "coverage_factor",
    "cube",
    "degrees_of_freedom",
    "ears",
    "flight",
    "from_expanded",
    "global_risks",
    "guard_band",
    "guard_multiplier",
    "inclusion_probabilities",
    "pareto",
    "posterior",
    "prior_by_likelihood",
    "prior_by_moments",
    "probability_above",
    "producers_specific_risk",
    "propagate",
    "propagate_distributions",
    "rectangular",
    "sampford",
    "sampford_joint",
    "sensitivities",
    "simple",
    "simple_joint",
    "stratified",
    "systematic",
    "systematic_joint",
    "triangular",
    "type_a",
    "u_shaped",
    "welch_satterthwaite",
    "wilson",
]
