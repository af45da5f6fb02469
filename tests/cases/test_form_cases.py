"""Worked cases of sampling forms."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from zhiheng.selection import form as forms

ROOT = Path(__file__).parents[2]
TODAY = date(2026, 11, 22)
CASES = yaml.safe_load(Path(__file__).with_name("sampling-forms.yaml").read_text(encoding="utf-8"))
FIELDS = json.loads((ROOT / "examples/forms/product.json").read_text(encoding="utf-8"))["fields"]
FIELD_FAULTS = ("missing", "idle", "check", "shape")


def told(fault: forms.Fault) -> str:
    """A fault as a case names it."""
    if fault.key in FIELD_FAULTS:
        return f"{fault.key} {fault.fields[0]}"
    return f"remark {fault.key}" if fault.grade == "remark" else fault.key


@pytest.mark.parametrize("case", CASES, ids=[case["why"] for case in CASES])
def test_a_form_has_the_faults_that_its_case_names(case: dict[str, Any]) -> None:
    form = forms.read(case["form"], on=TODAY)
    fields = {
        key: value for key, value in (FIELDS | case["change"]).items() if value is not None and key in form.fields
    }
    assert sorted(told(fault) for fault in forms.faults(form, fields, today=TODAY)) == sorted(case["expect"])


def test_every_check_of_the_forms_on_the_spot_has_a_case() -> None:
    seen = {word for case in CASES for name in case["expect"] for word in name.split()}
    checks = {
        check["key"] for key in ("sampling-product", "sampling-food") for check in forms.read(key, on=TODAY).checks
    }
    assert checks <= seen
