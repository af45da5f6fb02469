"""Duplicate firms: merged with everything that names them, unmerged exactly, never in chains or rings."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from django.db.models import ForeignKey
from people import NOON, account, authority, enterprise, laboratory

from zhiheng.errors import ActRefused, NothingThereYet, Overtaken, RegisterError
from zhiheng.register import models as register_models
from zhiheng.register.acts import audit, merging, parties
from zhiheng.register.models import Account, Case, Event, Organisation, Product, Sample, Site
from zhiheng.register.parties import history, references

pytestmark = pytest.mark.slow


@pytest.fixture
def officer(register: object) -> Account:
    """An officer of a city."""
    return account("chen", "officer", authority())


@pytest.fixture
def firms(officer: Account) -> tuple[Organisation, Organisation]:
    """Two firms that are one, each with a site, a product, an account, a case and a sample; one site and product they share."""
    kept, gone = enterprise(), enterprise("某食品厂（天河）", code=None)
    for number, one in enumerate((kept, gone)):
        for name in ("总部", f"车间{number}"):
            Site.objects.create(organisation=one, name=name)
        shared, own = (Product.objects.create(producer=one, name=name) for name in ("面包", f"饼干{number}"))
        account(f"firm{number}", "firm", one)
        for place, product in enumerate((shared, own)):
            case = Case.objects.create(
                number=f"C{number}{place}", procedure="p", title="t", state="s", opened_at=NOON, changed_at=NOON,
                authority=officer.organisation, region="440106", subject=one, producer=one, product=product,
            )  # fmt: skip
            Sample.objects.create(number=f"S{number}{place}", case=case, part="T", seal="1", state="held", holder=one)
    return kept, gone


def snapshot() -> dict[str, Any]:
    """Where everything that can name a firm points to."""
    found: dict[str, Any] = {}
    for one in references.FOLLOWING:
        found[one.name] = dict(one.model._default_manager.values_list("pk", one.column))
    found["product of case"] = dict(Case.objects.values_list("pk", "product"))
    found["merged"] = dict(Organisation.objects.values_list("pk", "merged_into"))
    return found


def test_merge_moves_everything_and_unmerge_moves_exactly_that_back(
    officer: Account, firms: tuple[Organisation, Organisation]
) -> None:
    kept, gone = firms
    before = snapshot()
    done = merging.merge(officer, kept.pk, gone.pk, why="同一营业执照", at=NOON)
    assert Case.objects.filter(subject=gone).count() == Case.objects.filter(producer=gone).count() == 0
    assert Account.objects.filter(organisation=gone).count() == Sample.objects.filter(holder=gone).count() == 0
    assert list(Site.objects.filter(organisation=gone).values_list("name", flat=True)) == ["总部"]  # its twin is there
    assert Case.objects.filter(product__producer=gone).count() == 0  # and cases are about the twin of the product
    assert Organisation.objects.get(pk=gone.pk).merged_into == kept
    assert done.why == "同一营业执照" and done.data["moved"]["case.subject"]
    merging.unmerge(officer, done.number, why="查明为两家", at=NOON)
    assert snapshot() == before
    assert audit.verify() == ([], 2)


def test_what_went_elsewhere_since_the_merge_stays_there_and_is_named(
    officer: Account, firms: tuple[Organisation, Organisation]
) -> None:
    kept, gone = firms
    done = merging.merge(officer, kept.pk, gone.pk, why="重复", at=NOON)
    other = enterprise("第三家", code=None)
    moved = Account.objects.get(username="firm1")
    Account.objects.filter(pk=moved.pk).update(organisation=other)
    undone = merging.unmerge(officer, done.number, why="更正", at=NOON)
    assert undone.data["elsewhere"] == {"account": [moved.pk]}
    assert Account.objects.get(pk=moved.pk).organisation == other


def test_what_came_to_the_kept_firm_after_the_merge_stays_with_it(
    officer: Account, firms: tuple[Organisation, Organisation]
) -> None:
    kept, gone = firms
    done = merging.merge(officer, kept.pk, gone.pk, why="重复", at=NOON)
    new = parties.add(officer, "site", {"organisation": kept, "name": "新厂"}, at=NOON)
    merging.unmerge(officer, done.number, why="更正", at=NOON)
    assert Site.objects.get(pk=new.pk).organisation == kept


def test_chains_and_rings_are_refused(officer: Account) -> None:
    a, b, c = (enterprise(name, code=None) for name in ("甲厂", "乙厂", "丙厂"))
    done = merging.merge(officer, b.pk, a.pk, why="重复", at=NOON)
    for kept, gone, what in ((c, b, "others were merged into"), (a, b, "already"), (c, a, "already"), (c, c, "itself")):
        with pytest.raises(ActRefused, match=what):
            merging.merge(officer, kept.pk, gone.pk, why="重复", at=NOON)
    merging.unmerge(officer, done.number, why="更正", at=NOON)
    merging.merge(officer, c.pk, b.pk, why="重复", at=NOON)


def test_merge_is_undone_once(officer: Account) -> None:
    a, b = enterprise("甲厂", code=None), enterprise("乙厂", code=None)
    first = merging.merge(officer, a.pk, b.pk, why="重复", at=NOON)
    merging.unmerge(officer, first.number, why="更正", at=NOON)
    with pytest.raises(Overtaken, match="undone already"):
        merging.unmerge(officer, first.number, why="更正", at=NOON)
    second = merging.merge(officer, a.pk, b.pk, why="重复", at=NOON)
    with pytest.raises(Overtaken):  # the first merge is not the one that holds
        merging.unmerge(officer, first.number, why="更正", at=NOON)
    merging.unmerge(officer, second.number, why="更正", at=NOON)
    with pytest.raises(NothingThereYet, match="is no merge"):
        merging.unmerge(officer, 999, why="更正", at=NOON)


def test_only_firms_are_merged_and_only_with_a_reason(officer: Account) -> None:
    firm = enterprise(code=None)
    with pytest.raises(ActRefused, match="is no firm"):
        merging.merge(officer, firm.pk, laboratory().pk, why="重复", at=NOON)
    with pytest.raises(ActRefused, match="say why"):
        merging.merge(officer, firm.pk, enterprise("乙厂", code=None).pk, why=" ", at=NOON)
    far = enterprise("丙厂", code=None, region="330106")
    with pytest.raises(ActRefused, match="outside the region"):
        merging.merge(officer, firm.pk, far.pk, why="重复", at=NOON)


def test_merged_firm_is_not_changed_and_its_past_is_known(officer: Account) -> None:
    kept, gone = enterprise(code=None), enterprise("乙厂", code=None)
    merging.merge(officer, kept.pk, gone.pk, why="重复", at=NOON)
    with pytest.raises(ActRefused, match="was merged into 某食品厂"):
        parties.change(officer, "organisation", gone.pk, {"phone": "1"}, at=NOON, why="")
    assert history.known("organisation", gone.pk, on=date(2026, 9, 15)).values["merged_into"] is None
    assert history.known("organisation", gone.pk, on=date(2026, 9, 16)).values["merged_into"] == kept.pk
    assert [event.act for event in history.about(kept)] == ["merge"]


def test_merge_that_was_prepared_on_an_old_view_is_overtaken(officer: Account) -> None:
    kept, gone = enterprise(code=None), enterprise("乙厂", code=None)
    parties.change(officer, "organisation", gone.pk, {"phone": "1"}, at=NOON, why="")
    with pytest.raises(Overtaken):
        merging.merge(officer, kept.pk, gone.pk, why="重复", at=NOON, seen=(0, 0))
    merging.merge(officer, kept.pk, gone.pk, why="重复", at=NOON, seen=(0, Event.objects.last().number))


# columns that name only authorities or laboratories, which are not merged, or the merge itself
NOT_FIRMS: Mapping[str, str] = {
    "Organisation.superior": "authorities", "Organisation.merged_into": "the merge", "Programme.authority": "authorities",
    "Case.authority": "authorities", "Case.laboratory": "laboratories", "Case.retest_laboratory": "laboratories",
    "Scope.laboratory": "laboratories", "Report.laboratory": "laboratories",
}  # fmt: skip


def test_every_column_that_can_name_a_firm_follows_a_merge() -> None:
    followed = {f"{one.model.__name__}.{one.column.removesuffix('_id')}" for one in references.FOLLOWING}
    every = {
        f"{model.__name__}.{field.name}"
        for name in register_models.__all__
        for model in [getattr(register_models, name)]
        for field in model._meta.get_fields()
        if isinstance(field, ForeignKey) and field.related_model is Organisation
    }
    assert every - followed - set(NOT_FIRMS) == set()
    assert issubclass(ActRefused, RegisterError)
