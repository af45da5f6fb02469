"""The lists that pages, API and exports share."""

from zhiheng.decision import FINDINGS, SAMPLES
from zhiheng.evidence import REJECTS
from zhiheng.reports.browse import Listing
from zhiheng.selection import PROPOSAL
from zhiheng.surveillance import SIGNALS

LISTINGS = {
    "findings": Listing(
        FINDINGS,
        facets=("verdict", "reason", "force", "severity", "agreement", "product_type", "analyte", "province", "origin"),
        searched=(
            "sample_id",
            "product_name",
            "analyte_printed",
            "maker",
            "site",
            "region",
            "reference",
            "rule_key",
            "printed",
        ),
        order=("-day", "sample_id"),
        key="result_id",
        dated="day",
        filters=frozenset(
            {
                "sample_id",
                "maker",
                "site",
                "region",
                "reference",
                "rule_key",
                "fingerprint",
                "laboratory",
                "sample_kind",
                "stage",
                "standing",
                "printed_verdict",
                "superseded",
                "kind",
                "result_id",
                "source",
                "product_name",
            }
        ),
    ),
    "samples": Listing(
        SAMPLES,
        facets=("verdict", "severity", "product_type", "province", "origin"),
        searched=("sample_id", "product_name", "maker", "site", "region"),
        order=("-day",),
        key="sample_id",
        dated="day",
        filters=frozenset({"maker", "site", "region", "product_name"}),
    ),
    "signals": Listing(
        SIGNALS,
        facets=("dimension", "step"),
        searched=("series", "signal_id"),
        order=("-period", "-score"),
        key="signal_id",
        dated="period",
        filters=frozenset({"series", "signal_id"}),
    ),
    "rejects": Listing(
        REJECTS,
        facets=("code", "column"),
        searched=("reason", "text"),
        order=("row", "item"),
        key="row",
        filters=frozenset({"source"}),
    ),
    "proposal": Listing(
        PROPOSAL, facets=(), searched=("stratum",), order=("-targeted", "-nonconforming"), key="stratum"
    ),
}
