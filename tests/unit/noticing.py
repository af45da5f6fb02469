"""A case with everything that a document can tell, for the tests of notices."""

from datetime import date
from typing import Any

from zhiheng.rules import documents

DAY = date(2026, 9, 21)


def number(key: str, running: int) -> str:
    """A number of a kind's series."""
    head, tail = documents.number_of(key, region="440100", organisation="1", on=DAY)
    return f"{head}{running:06d}{tail}"


DATA: dict[str, Any] = {
    "case": "PS-440106-2026-000012",
    "procedure": "product-sampling",
    "procedure_title": {"zh": "产品质量监督抽查", "en": "product-quality sampling"},
    "title": "儿童餐具（三聚氰胺碗）",
    "on": "2026-09-21",
    "act": "notify",
    "act_title": {"zh": "送达检验结果通知书", "en": "Serve the notice"},
    "state": "notified",
    "state_title": {"zh": "不合格结果已送达", "en": "result served"},
    "why": "",
    "said": {
        "received_on": "2026-09-22",
        "measures": "召回已售出的同批次产品；修订原料验收标准，对三聚氰胺树脂的甲醛单体迁移量逐批检验。",
        "reason": "异议提出之日已逾法定期限。",
        "ground": "投诉人提供虚假身份信息",
        "second_sampler": "周某",
        "to_region": "330100",
        "to_body": "杭州市市场监督管理局",
    },
    "told": {"items": "甲醛单体迁移量", "ground": "检验方法使用的浸泡液与产品用途不符", "known_on": "2026-09-01"},
    "authority": "广州市市场监督管理局",
    "parties": {
        "subject": {
            "name": "广州市天河区宝贝之家母婴用品有限公司",
            "credit_code": "91350100M000100Y43",
            "address": "广州市天河区",
        },
        "producer": {"name": "汕头市澄海区某某塑胶制品厂", "credit_code": "", "address": ""},
        "laboratory": {"name": "广东产品质量监督检验研究院", "credit_code": ""},
        "retest_laboratory": {"name": "深圳市计量质量检测研究院", "credit_code": ""},
    },
    "product": {"name": "三聚氰胺儿童碗", "model": "12 cm", "mark": "小熊牌", "standard": "GB 4806.7-2023"},
    "samples": [
        {
            "number": "P440106-26-00A-001-Z-T",
            "part": "T",
            "seal": "GD-0001",
            "quantity": "6 只",
            "product": "三聚氰胺儿童碗",
            "model": "12 cm",
            "batch": "20260318",
            "sampled_on": "2026-09-01",
        },
        {
            "number": "P440106-26-00A-001-Z-R",
            "part": "R",
            "seal": "GD-0002",
            "quantity": "6 只",
            "product": "三聚氰胺儿童碗",
            "model": "12 cm",
            "batch": "20260318",
            "sampled_on": "2026-09-01",
        },
    ],
    "reports": [
        {"number": "2026-CJ-01234", "version": 1, "retest": False, "on": "2026-09-18", "verdict": "nonconforming"},
        {"number": "SZ-2026-88", "version": 1, "retest": True, "on": "2026-10-18", "verdict": "nonconforming"},
    ],
    "findings": [
        {
            "retest": False,
            "item": {"zh": "甲醛单体迁移量", "en": "Formaldehyde, migration"},
            "method": "GB 31604.48-2016",
            "value": "23.6",
            "unit": "mg/kg",
            "requirement": {"zh": "≤ 15 mg/kg", "en": "≤ 15 mg/kg"},
            "verdict": "nonconforming",
            "cite": {"act": "GB 4806.7-2023", "at": "4.3"},
            "standing": "unverified",
        },
        {
            "retest": False,
            "item": {"zh": "三聚氰胺迁移量", "en": "Melamine, migration"},
            "method": "GB 31604.15-2016",
            "value": "0.8",
            "unit": "mg/kg",
            "requirement": {"zh": "≤ 2.5 mg/kg", "en": "≤ 2.5 mg/kg"},
            "verdict": "conforming",
            "cite": {"act": "GB 4806.7-2023", "at": "4.3"},
            "standing": "checked",
        },
        {
            "retest": True,
            "item": {"zh": "甲醛单体迁移量", "en": "Formaldehyde, migration"},
            "method": "GB 31604.48-2016",
            "value": "22.9",
            "unit": "mg/kg",
            "requirement": {"zh": "≤ 15 mg/kg", "en": "≤ 15 mg/kg"},
            "verdict": "nonconforming",
            "cite": {"act": "GB 4806.7-2023", "at": "4.3"},
            "standing": "checked",
        },
    ],
    "papers": [
        {
            "kind": k,
            "title": dict(documents.kind(k, on=DAY).title),
            "number": number(k, 7),
            "on": f"2026-09-{1 + i:02d}",
        }
        for i, k in enumerate(
            [
                "sampling_form",
                "custody_record",
                "test_report",
                "result_notice",
                "rectification_order",
                "announcement",
                "suspension_order",
                "recall_plan",
                "transfer_letter",
            ]
        )
    ],
    "course": [
        {"on": f"2026-09-{i + 1:02d}", "act": {"zh": z, "en": e}, "by": b, "why": ""}
        for i, (z, e, b) in enumerate(
            [
                ("抽样", "Draw", "抽样人员"),
                ("收样核对", "Receive", "检验机构"),
                ("录入检验结果", "Enter results", "检验机构"),
                ("送达检验结果通知书", "Serve notice", "监管人员"),
            ]
        )
    ],
    "cite": {"act": "产品质量监督抽查管理暂行办法（总局令第18号）", "at": "第45、46条", "standing": "stale"},
    "verify": "https://zhiheng.example.gov.cn/verify/Zb4qLkq0yq1m9D3mTn2c_w/",
}
PER = {
    "objection": (
        "提出异议",
        "objection",
        "firm",
        "企业",
        "2026-10-08",
        ("中华人民共和国产品质量法", "第15条"),
        "checked",
    ),
    "retest_steps": (
        "办理复检手续",
        "steps for the retest",
        "firm",
        "企业",
        "2026-10-15",
        ("产品质量监督抽查管理暂行办法（总局令第18号）", "复检一章（条号未读）"),
        "unverified",
    ),
    "rectify": (
        "改正",
        "correction",
        "firm",
        "企业",
        "2026-11-20",
        ("产品质量监督抽查管理暂行办法（总局令第18号）", "第46条"),
        "stale",
    ),
    "recheck": (
        "组织复查",
        "re-check",
        "officer",
        "监管人员",
        "2026-12-05",
        ("产品质量监督抽查管理暂行办法（总局令第18号）", "第47条"),
        "stale",
    ),
    "second_recheck": (
        "再次复查",
        "second re-check",
        "officer",
        "监管人员",
        "2026-12-20",
        ("产品质量监督抽查管理暂行办法（总局令第18号）", "第48条"),
        "stale",
    ),
    "mediation": (
        "调解",
        "mediation",
        "officer",
        "监管人员",
        "2026-11-20",
        ("市场监督管理投诉举报处理办法（总局令第121号）", "第23条第1款"),
        "stale",
    ),
}
DATA["periods"] = [
    {
        "key": k,
        "title": {"zh": a, "en": b},
        "binds": c,
        "binds_title": {"zh": z, "en": c},
        "not_before": "2026-11-20" if k == "second_recheck" else "",
        "due": due,
        "cite": {"act": x[0], "at": x[1]},
        "standing": st,
    }
    for k, (a, b, c, z, due, x, st) in PER.items()
]
ACTS = {
    "test_report": "release_nonconforming",
    "retest_report": "uphold",
    "recheck_report": "fail_recheck",
    "recall_report": "report",
}


def data(key: str, **other: Any) -> dict[str, Any]:
    """What a document of a kind is made from."""
    return DATA | {"kind": key, "number": number(key, 12), "act": ACTS.get(key, "notify")} | other
