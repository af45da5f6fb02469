"""Statistics on arrays: takes counts, sums and measured values as NumPy arrays, gives frozen results with their method.

Conformity assessment in the words of JCGM 106:2012 (conformance probability, acceptance interval, guard band,
consumer's and producer's risk), expression of uncertainty in those of the GUM (type A and type B evaluation,
combined and expanded uncertainty, coverage factor), confidence intervals for a proportion nonconforming, aberration
detection in series of counts, rates of small groups shrunk towards their common distribution, acceptance sampling by
attributes, by variables and in microbiological classes (ISO 2859, ISO 3951, ICMSF), and sampling designs (simple,
stratified, systematic, Pareto, Sampford, cube) as functions of given uniform numbers, and what a
design promises (optimum allocation, expected findings, the cost of unequal weights). Nothing here reads
a rule, a file or a clock: every level, limit and multiplier that somebody decides is an argument.
"""

from zhiheng.stats.aberration import Aberrations, ears
from zhiheng.stats.acceptance import (
    Model,
    Operating,
    Stages,
    operating,
    outgoing_quality_limit,
    quality_at,
    quality_of,
    single,
)
from zhiheng.stats.allocation import (
    Findings,
    effective_size,
    expected_findings,
    neyman,
    variance_of_total,
    weighted_rate,
)
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
from zhiheng.stats.finding import smallest_single, zero_acceptance_size
from zhiheng.stats.intervals import Interval, clopper_pearson, wilson
from zhiheng.stats.microbiology import accept_three_class, shares_above
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
from zhiheng.stats.variables import (
    VariablesPlan,
    accepted_by_variables,
    constant,
    quality_statistic,
    smallest_by_variables,
)

__all__ = [
    "Aberrations",
    "AcceptanceInterval",
    "BetaPrior",
    "Findings",
    "GlobalRisks",
    "Interval",
    "Model",
    "Operating",
    "Posterior",
    "Propagated",
    "Stages",
    "TypeA",
    "VariablesPlan",
    "accept_three_class",
    "acceptance_interval",
    "accepted_by_variables",
    "allocate",
    "clopper_pearson",
    "conformance_probability",
    "constant",
    "consumers_specific_risk",
    "correlation_matrix",
    "covariance_matrix",
    "coverage_factor",
    "cube",
    "degrees_of_freedom",
    "ears",
    "effective_size",
    "expected_findings",
    "flight",
    "from_expanded",
    "global_risks",
    "guard_band",
    "guard_multiplier",
    "inclusion_probabilities",
    "neyman",
    "operating",
    "outgoing_quality_limit",
    "pareto",
    "posterior",
    "prior_by_likelihood",
    "prior_by_moments",
    "probability_above",
    "producers_specific_risk",
    "propagate",
    "propagate_distributions",
    "quality_at",
    "quality_of",
    "quality_statistic",
    "rectangular",
    "sampford",
    "sampford_joint",
    "sensitivities",
    "shares_above",
    "simple",
    "simple_joint",
    "single",
    "smallest_by_variables",
    "smallest_single",
    "stratified",
    "systematic",
    "systematic_joint",
    "triangular",
    "type_a",
    "u_shaped",
    "welch_satterthwaite",
    "variance_of_total",
    "weighted_rate",
    "wilson",
    "zero_acceptance_size",
]
