"""Who may use what: every page, every endpoint and every act, by every role, and by the own and by another's object.

The matrix is zhiheng/law/int/roles.yaml. What is not in it fails here, and so does what is only in it.
"""

import pkgutil
from collections.abc import Callable, Iterator
from importlib import import_module
from inspect import getmembers, getsource, isfunction, signature
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client, override_settings
from django.urls import URLPattern, URLResolver, reverse
from django.utils import timezone
from people import NOON, account, authority, enterprise, laboratory

from zhiheng.api import api
from zhiheng.errors import ActRefused, NothingThereYet
from zhiheng.register import acts as package
from zhiheng.register import queries
from zhiheng.register.acts import permission, tokens
from zhiheng.register.models import Account, Case, Deadline, Sample, Token
from zhiheng.register.models.person import ROLES
from zhiheng.web import access, urls

pytestmark = pytest.mark.slow
DATABASES = ("sqlite",)  # what is tried here is above the database
for entry in pkgutil.iter_modules(package.__path__):
    import_module(f"{package.__name__}.{entry.name}")
MATRIX = permission.matrix()
STAFF = ("administrator", "officer", "inspector")


def patterns(found: list[Any]) -> Iterator[URLPattern]:
    """Every address below."""
    for one in found:
        if isinstance(one, URLResolver):
            yield from patterns(one.url_patterns)
        else:
            yield one


PAGES = {one.name: one for one in patterns(urls.urlpatterns)}
ENDPOINTS = {
    f"{method} {path}": operation
    for router in api._get_bound_routers()
    for path, view in router.path_operations.items()
    for operation in view.operations
    for method in operation.methods
}
GUARDED = sorted(name for name, page in PAGES.items() if page.callback.access != "public")
CLOSED = sorted(name for name, one in ENDPOINTS.items() if one.view_func.access not in ("public", "link"))


def expected(role: str, may: list[str], *, opened: bool) -> bool:
    """What the matrix says, in the words of the matrix alone."""
    if "public" in may:
        return True
    if role == "public":
        return "inside" in may and not opened
    return role in may or "signed" in may or ("inside" in may and role in STAFF)


# the list is whole


def test_every_page_is_in_the_matrix_as_it_states_itself() -> None:
    assert {name: page.callback.access.split() for name, page in PAGES.items()} == MATRIX["pages"]


def test_every_endpoint_is_in_the_matrix_as_it_states_itself() -> None:
    assert {name: one.view_func.access.split() for name, one in ENDPOINTS.items()} == MATRIX["endpoints"]


def asking() -> Iterator[str]:
    """Every function under zhiheng/register/acts that says who does it and opens a transaction: that is what makes it an act."""
    for entry in pkgutil.iter_modules(package.__path__):
        module = import_module(f"{package.__name__}.{entry.name}")
        for name, function in getmembers(module, isfunction):
            own = function.__module__ == module.__name__ and f"{entry.name}.{name}" not in INNER
            if own and "by" in signature(function).parameters and "transaction.atomic()" in getsource(function):
                yield f"{entry.name}.{name}"


# parts of acts that are never called by themselves
INNER = {"accounts.asked", "signing.noted", "drawn.opened_once"}


def test_every_act_is_in_the_matrix_and_asks_it() -> None:
    assert set(asking()) <= set(permission.ACTS)
    assert set(permission.ACTS) == set(MATRIX["acts"])


def test_matrix_names_only_known_roles() -> None:
    known = {"pages": set(access.ROLES), "endpoints": {*access.ROLES, "link"}, "acts": {*ROLES, "system"}}
    for part, roles in known.items():
        assert all(set(may) <= roles and may for may in MATRIX[part].values()), part
    assert set(MATRIX["roles"]) == {*ROLES, "public", "system"}
    assert all(set(names) == {"zh", "en", "plays"} for names in MATRIX["roles"].values())


def test_view_that_names_no_known_role_is_refused() -> None:
    for roles in ((), ("king",)):
        with pytest.raises(ValueError, match="no role"):
            access.access(*roles)


def test_act_that_does_not_say_who_does_it_is_refused() -> None:
    with pytest.raises(TypeError, match="by"):
        permission.act(lambda at: at)


# pages and endpoints, tried


@pytest.fixture
def browsers(register: Path, tmp_path: Path) -> Iterator[dict[str, Client]]:
    """A signed-in browser with second factor for every role, and one of the public."""
    office = authority()
    places = {"laboratory": laboratory(), "firm": enterprise()}
    found = {"public": Client()}
    for role in ROLES:
        one = account(role, role, places.get(role, office))
        Authenticator.objects.create(user=one, type="totp", data={"secret": "x"})
        found[role] = Client(raise_request_exception=False)
        found[role].force_login(one)
    with override_settings(WORKSPACE=tmp_path):
        yield found


def address(page: URLPattern) -> str:
    """The page with something for each of its parts."""
    samples = {"int": "1", "IntConverter": 1}
    given = {name: samples.get(type(one).__name__, "x") for name, one in page.pattern.converters.items()}
    return reverse(page.name, kwargs=given)


@pytest.mark.parametrize("opened", [False, True])
def test_every_page_lets_in_whom_the_matrix_names(browsers: dict[str, Client], opened: bool) -> None:
    wrong = []
    with override_settings(OPENED=opened):
        for name in GUARDED:
            path = address(PAGES[name])
            for role, browser in browsers.items():
                answer = browser.get(path)
                led = answer.headers.get("Location", "").startswith("/account/sign-in/")
                inside = not led and answer.status_code != 403
                if inside != expected(role, MATRIX["pages"][name], opened=opened) or answer.status_code >= 500:
                    wrong.append((name, role, answer.status_code))
    assert wrong == []


# holds for every endpoint: what a body lacks is said before who asks is looked at
BODY = {
    "act": "triage",
    "to": "watched",
    "by": "x",
    "reason": "x",
    "why": "x",
    "seal": "1",
    "fields": {},
    "seen": 0,
    "look": "x",
    "subject": "x",
    "lines": [{"analyte": "lead", "value": "1", "unit": "ppm"}],
}


@pytest.mark.parametrize("opened", [False, True])
def test_every_endpoint_lets_in_whom_the_matrix_names(browsers: dict[str, Client], opened: bool) -> None:
    wrong = []
    with override_settings(OPENED=opened):
        for name in CLOSED:
            method, _, path = name.partition(" ")
            path = "/api" + path.replace("{signal_id}", "S1").replace("{model}", "m").replace("{token}", 22 * "x")
            path = path.replace("{kind}/{number}", "site/1").replace("{kind}", "site")
            for role, browser in browsers.items():
                body = {
                    "content_type": "application/json",
                    "data": BODY,
                }
                answer = getattr(browser, method.lower())(path, **(body if method == "POST" else {}))
                inside = answer.status_code not in (401, 403)
                if inside != expected(role, MATRIX["endpoints"][name], opened=opened) or answer.status_code == 500:
                    wrong.append((name, role, answer.status_code, answer.content[:90]))
    assert wrong == []


def test_key_for_the_api_is_no_way_round_the_matrix(browsers: dict[str, Client]) -> None:
    _, key = tokens.issue(by=Account.objects.get(role="laboratory"), label="LIMS", at=timezone.now())
    for headers, status in (
        ({"Authorization": f"Bearer {key}"}, 403),
        ({"Authorization": "Bearer zhk_wrong"}, 401),
    ):
        answer = Client().get("/api/watch/signals", headers=headers)
        assert answer.status_code == status and "error" in answer.json()
    assert answer["WWW-Authenticate"] == "Bearer"
    assert Client().get("/account/", headers={"Authorization": f"Bearer {key}"}).status_code == 302


# acts, tried


@pytest.mark.parametrize("name", sorted(permission.ACTS))
def test_every_act_refuses_whom_the_matrix_does_not_name(register: Path, name: str) -> None:
    act: Callable[..., Any] = permission.ACTS[name]
    people: dict[str, Account | None] = {role: Account(username=role, role=role) for role in ROLES}
    for role, by in (people | {"system": None}).items():
        if role in MATRIX["acts"][name]:
            with pytest.raises(TypeError):  # it went on, and then asks for what was not given
                act(by=by)
        else:
            with pytest.raises(ActRefused, match="is not for the role"):
                act(by=by)


@pytest.mark.parametrize("name", sorted(permission.ACTS))
def test_every_act_refuses_a_locked_account(name: str) -> None:
    for role in ROLES:
        with pytest.raises(ActRefused, match="locked"):
            permission.ACTS[name](by=Account(username=role, role=role, is_active=False))


# the own object and another's


@pytest.fixture
def world(register: Path) -> dict[str, Any]:
    """Two cities with an officer, an inspector, a laboratory and a firm each, one case each; and a province above the first."""
    found: dict[str, Any] = {"province": authority("广东省局", region="440000", level="province")}
    found["province_officer"] = account("p-officer", "officer", found["province"])
    found["administrator"] = account("admin", "administrator", found["province"])
    for side, region, code in (("own", "440100", "91350100M000100Y43"), ("other", "350100", "91440101MA9XXXXXX0")):
        office = authority(f"{side} office", region=region)
        officer = account(f"{side}-officer", "officer", office)
        inspector = account(f"{side}-inspector", "inspector", office)
        bench = laboratory(f"{side} bench")
        firm = enterprise(f"{side} firm", region=region, code=code)
        case = Case.objects.create(
            number=f"C-{side}",
            procedure="p",
            title="t",
            state="s",
            opened_at=NOON,
            changed_at=NOON,
            authority=office,
            region=region,
            subject=firm,
            laboratory=bench,
            is_shown_to_subject=True,
        )
        case.inspectors.add(inspector)
        Sample.objects.create(number=f"S-{side}", case=case, part="T", seal="1", state="held", holder=bench)
        for binds in ("officer", "firm", "laboratory"):
            Deadline.objects.create(case=case, key=f"d-{binds}", binds=binds, due_on=NOON.date(), state="open")
        tester = account(f"{side}-laboratory", "laboratory", bench)
        Token.objects.create(
            account=tester, label="x", mark="x", digest=side, made_at=NOON, expires_at=NOON.replace(year=2027)
        )
        account(f"{side}-firm", "firm", firm)
        found[side] = case
        found[f"{side}_officer"], found[f"{side}_inspector"] = officer, inspector
    return found


@pytest.mark.parametrize("role", ["officer", "inspector", "laboratory", "firm"])
def test_role_sees_its_own_case_and_another_is_not_there(world: dict[str, Any], role: str) -> None:
    one = Account.objects.get(username=f"own-{role}")
    assert queries.case(one, "C-own") == world["own"]
    messages = []
    for number in ("C-other", "C-none"):
        with pytest.raises(NothingThereYet) as told:
            queries.case(one, number)
        messages.append(str(told.value).replace(number, "N"))
    assert messages[0] == messages[1]
    assert [sample.number for sample in queries.samples(one)] == ["S-own"]
    assert {deadline.case.number for deadline in queries.deadlines(one)} == {"C-own"}
    if role in ("laboratory", "firm"):
        assert {deadline.binds for deadline in queries.deadlines(one)} == {role}


def test_officer_above_sees_what_lies_below_and_nothing_beside(world: dict[str, Any]) -> None:
    assert [case.number for case in queries.cases(world["province_officer"])] == ["C-own"]


def test_administrator_keeps_accounts_and_sees_no_case(world: dict[str, Any]) -> None:
    one = world["administrator"]
    assert not queries.cases(one).exists() and not queries.samples(one).exists() and not queries.deadlines(one).exists()
    assert queries.accounts(one).count() == Account.objects.count()


@pytest.mark.parametrize("role", ["officer", "inspector", "laboratory", "firm"])
def test_role_sees_accounts_and_keys_of_its_own_organisation_only(world: dict[str, Any], role: str) -> None:
    one = Account.objects.get(username=f"own-{role}")
    assert {found.organisation for found in queries.accounts(one)} == {one.organisation}
    assert {found.digest for found in queries.tokens(one)} == ({"own"} if role == "laboratory" else set())
    assert not queries.pending(one).exists()


def test_firm_is_told_of_nothing_before_it_is_shown(world: dict[str, Any]) -> None:
    Case.objects.update(is_shown_to_subject=False)
    assert not queries.cases(Account.objects.get(username="own-firm")).exists()


def test_locked_account_sees_nothing(world: dict[str, Any]) -> None:
    Account.objects.update(is_active=False)
    for one in Account.objects.all():
        for query in (
            queries.cases,
            queries.samples,
            queries.deadlines,
            queries.accounts,
            queries.tokens,
            queries.pending,
        ):
            assert not query(one).exists()
