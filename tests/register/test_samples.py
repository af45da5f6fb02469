"""Samples: from the phone's form to the laboratory and back, hand-over by hand-over."""

import sys
import time
from datetime import datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone
from people import account, authority, enterprise, laboratory

sys.path.append(str(Path(__file__).parents[1] / "unit"))

from sampling_forms import filled  # noqa: E402

from zhiheng.errors import ActRefused, NothingThereYet  # noqa: E402
from zhiheng.register import queries  # noqa: E402
from zhiheng.register.acts import audit, cases, samples  # noqa: E402
from zhiheng.register.models import Account, Case, Organisation, Sample  # noqa: E402
from zhiheng.selection.form import Received, Task, link  # noqa: E402

pytestmark = pytest.mark.slow
AT = timezone.make_aware(datetime(2026, 11, 22, 9, 0))


class Visit:
    """A case whose inspector has sent the form of it."""

    def __init__(self, home: Path) -> None:
        city = authority()
        self.officer, self.inspector = account("chen", "officer", city), account("sun", "inspector", city)
        self.laboratory, self.other = laboratory("甲检测中心"), laboratory("乙检测中心")
        self.tester = account("lab1", "laboratory", self.laboratory)
        opening = cases.Opening(
            "product-sampling", "小型断路器", city, "440106", subject=enterprise(), laboratory=self.laboratory,
            inspectors=[self.inspector],
        )  # fmt: skip
        self.case = cases.open_case(self.officer, opening, at=AT)
        text = samples.task_link(self.officer, self.case.number, self.inspector, form="sampling-product", at=AT)
        store = Received(home)
        self.task: Task = link.opened(text, link.secret_read(store.secret), now=time.time())
        self.form = filled(self.task)

    def draw(self) -> Case | None:
        """The form comes in."""
        return samples.drawn(self.task, self.form, at=AT)

    def move(self, who: Account, part: str, move: str, *, to: Organisation | None = None, **given: str) -> Sample:
        """The next hand-over of a part."""
        return samples.hand_over(who, f"{self.form.serial}-{part}", move, given, to=to, at=AT)


@pytest.fixture
def visit(register: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Visit:
    """A visit with its form ready to be sent."""
    monkeypatch.setattr(settings, "WORKSPACE", tmp_path)
    return Visit(tmp_path)


def test_form_makes_both_samples_and_draws_the_case_once(visit: Visit) -> None:
    for _ in range(2):
        case = visit.draw()
    assert case is not None and case.state == "sampled"
    assert [(one.part, one.state, one.holder.name) for one in Sample.objects.all()] == [
        ("R", "sealed", visit.officer.organisation.name),
        ("T", "sealed", visit.officer.organisation.name),
    ]
    assert audit.verify()[0] == []


def test_laboratory_that_receives_the_sample_carries_the_case_on(visit: Visit) -> None:
    visit.draw()
    visit.move(visit.inspector, "T", "carry")
    seal = Sample.objects.get(part="T").seal
    sample = visit.move(visit.tester, "T", "receive", seal=seal, look="完好")
    assert (sample.state, sample.holder) == ("received", visit.laboratory)
    assert Case.objects.get().state == "received"


def test_broken_seal_is_disputed_and_the_case_waits(visit: Visit) -> None:
    visit.draw()
    assert visit.move(visit.tester, "T", "receive", seal="another", look="封条破损").state == "disputed"
    assert Case.objects.get().state == "sampled"


def test_only_a_laboratory_of_the_case_sees_its_samples(visit: Visit) -> None:
    visit.draw()
    assert queries.samples(visit.tester).count() == 2
    stranger = account("lab9", "laboratory", visit.other)
    assert not queries.samples(stranger).exists()
    with pytest.raises(NothingThereYet):
        visit.move(stranger, "T", "receive", seal="x", look="y")


def test_step_that_custody_does_not_know_is_refused_and_leaves_no_trace(visit: Visit) -> None:
    visit.draw()
    before = audit.verify()[1]
    with pytest.raises(ActRefused, match="not possible now"):
        visit.move(visit.inspector, "T", "open")
    assert audit.verify() == ([], before)


def test_link_is_for_an_inspector_of_the_case(visit: Visit) -> None:
    stranger = account("zhou", "inspector", visit.officer.organisation)
    with pytest.raises(ActRefused, match="not an inspector of this case"):
        samples.task_link(visit.officer, visit.case.number, stranger, form="sampling-product", at=AT)


@pytest.mark.parametrize("left", ["locked", "taken off"])
def test_form_of_who_does_not_work_on_the_case_any_more_moves_nothing(visit: Visit, left: str) -> None:
    if left == "locked":
        Account.objects.filter(pk=visit.inspector.pk).update(is_active=False)
    else:
        visit.case.inspectors.clear()
    with pytest.raises(ActRefused, match="any more"):
        visit.draw()
    assert Case.objects.get().state == "planned" and not Sample.objects.exists()
