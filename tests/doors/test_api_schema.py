"""The API keeps to its own schema, whatever is asked of it; every endpoint says who may use it."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django
import pytest

django.setup()

import schemathesis  # noqa: E402  (Django has to be set up first)
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.test import override_settings  # noqa: E402
from hypothesis import HealthCheck, Phase, seed, settings  # noqa: E402
from schemathesis.specs.openapi.checks import missing_required_header, positive_data_acceptance  # noqa: E402

from zhiheng.api import api, data  # noqa: E402
from zhiheng.api.access import ROLES  # noqa: E402

OPENAPI = api.get_openapi_schema(path_prefix="/api/")
EXAMPLES_EACH = 5
DRAWS = Path(__file__).parents[2] / "examples" / "draws"
OPENAPI_NAMES = {
    path: {entry["name"] for operation in methods.values() for entry in operation["parameters"]}
    for path, methods in OPENAPI["paths"].items()
}
schema = schemathesis.openapi.from_dict(OPENAPI)
schema.app = get_wsgi_application()


@pytest.fixture(scope="module", autouse=True)
def on_the_small_workspace(small_home: Path) -> Iterator[None]:
    """The API on a workspace of a few hundred results."""
    data.shelf.cache_clear()
    shutil.copytree(DRAWS, small_home / "draws", dirs_exist_ok=True)
    with override_settings(WORKSPACE=small_home):
        yield
    data.shelf.cache_clear()


def endpoints() -> Iterator[tuple[str, Any]]:
    """Every operation of the API with its address."""
    for router in api._get_bound_routers():
        for path, view in router.path_operations.items():
            yield from ((path, operation) for operation in view.operations)


@pytest.mark.slow
@seed(20261122)
@settings(
    max_examples=EXAMPLES_EACH,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@schema.parametrize()
def test_answers_keep_to_the_schema_and_nothing_breaks(case: schemathesis.Case) -> None:
    if case.operation.path.startswith("/api/draws/{name}") and case.meta.generation.mode.is_positive:
        case.path_parameters["name"] = "example-2026"
    if "dataset" in case.path_parameters and case.meta.generation.mode.is_positive:
        case.path_parameters["dataset"] = "nyc_metals"
        if "size" in OPENAPI_NAMES[case.operation.path]:
            case.query["size"] = 4  # a page of hundreds shows nothing more and takes a minute to validate
    # a step on the way to harm is a text of three parts
    named = case.operation.path in (
        "/api/figures",
        "/api/datasets/{dataset}/rates/{dimension}",
        "/api/watch/product-risk",
        "/api/clock",  # and a span of days may run backwards
        "/api/datasets/{dataset}/moved",
    )
    guarded = case.operation.path.startswith("/api/forms/")
    case.call_and_validate(
        # a missing task link is answered as a wrong one, by 403 and not 401: there is nobody to log in as;
        # a well-formed name may still name no figure, and a data set need not have every dimension
        excluded_checks=[missing_required_header] * guarded + [positive_data_acceptance] * named,
        headers={"Host": "localhost", "Accept-Encoding": "identity"},
    )


def test_the_schema_is_openapi_3_1() -> None:
    assert OPENAPI["openapi"].startswith("3.1")


def test_every_endpoint_states_who_may_use_it() -> None:
    silent = [
        path
        for path, operation in endpoints()
        if not set(getattr(operation.view_func, "access", "?").split()) <= set(ROLES)
    ]
    assert silent == []


def test_every_endpoint_only_reads_but_forms_steps_with_signals_parties_and_what_laboratories_send() -> None:
    writing = {(path, method) for path, operation in endpoints() for method in operation.methods if method != "GET"}
    laboratory = {path for path, _ in writing if path.startswith("/laboratory/")}
    assert writing - {(path, "POST") for path in laboratory} == {
        ("/forms/", "POST"),
        ("/watch/signals/{signal_id}/steps", "POST"),
        ("/parties/{kind}", "POST"),
        ("/parties/{kind}/{number}", "POST"),
        ("/cases/{number}/retest", "POST"),  # the draw of a retest laboratory
    }


def test_every_endpoint_for_a_task_link_asks_for_it() -> None:
    guarded = {path for path, operation in endpoints() if operation.auth_callbacks}
    assert guarded == {path for path, operation in endpoints() if operation.view_func.access == "link"}
    assert guarded == {"/forms/", "/forms/{serial}"}


def test_every_endpoint_has_a_summary_in_both_languages_and_a_description() -> None:
    for methods in OPENAPI["paths"].values():
        for operation in methods.values():
            assert " · " in operation["summary"] and operation["description"]


def test_every_row_of_a_list_has_an_example_that_its_own_schema_allows() -> None:
    shown = OPENAPI["components"]["schemas"]
    for name in ("Finding", "Sample", "Signal", "Reject", "Proposal", "Rate", "Unit", "Drawn"):
        assert set(shown[name]["examples"][0]) == set(shown[name]["properties"])


def test_no_endpoint_asks_for_a_header_but_the_key_under_which_results_are_sent() -> None:
    headers = {
        (path, entry["name"])
        for path, methods in OPENAPI["paths"].items()
        for operation in methods.values()
        for entry in operation["parameters"]
        if entry["in"] not in ("path", "query")
    }
    assert {name for _, name in headers} <= {"Idempotency-Key"}
    assert all(path.startswith("/api/laboratory/") for path, _ in headers)
