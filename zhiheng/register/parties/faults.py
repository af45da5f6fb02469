"""What can be wrong with a field of a party: one sentence and one remedy for each, in both languages."""

from dataclasses import dataclass

# reason → (what is wrong, what to do) in English and in Chinese
REASONS: dict[str, tuple[str, str, str, str]] = {
    "missing": ("is missing", "fill it in", "为空", "请填写"),
    "long": ("is too long", "shorten it", "过长", "请缩短"),
    "unprintable": ("holds a character that cannot be printed", "write it again by hand", "含不可打印字符", "请手工重新输入"),
    "masked": (
        "is masked, and not what it was", "write the whole of it, or leave it as it is",
        "是已隐去部分内容的数据", "请填写完整内容，或保持原样",
    ),
    "code_shape": (
        "is no unified social credit code", "write the 18 digits and capital letters of the licence, without I, O, S, V, Z",
        "不是统一社会信用代码", "请按营业执照填写18位数字或大写字母（不含I、O、S、V、Z）",
    ),
    "code_check": (
        "has a wrong check character", "compare it with the licence, character by character",
        "校验位不符", "请与营业执照逐位核对",
    ),
    "code_taken": (
        "belongs to another organisation already", "open that one, or merge the two",
        "已属于另一单位", "请打开该单位，或将两者合并",
    ),
    "code_twice": ("stands in another row of the file too", "keep one of the two rows", "在文件中另有一行", "请只保留其中一行"),
    "name_twice": (
        "stands in another row of the file for the same place", "keep one of the two rows, or give both their credit codes",
        "在文件中同一地区另有一行", "请只保留其中一行，或补充各自的统一社会信用代码",
    ),
    "gtin_shape": ("is no GTIN", "write its 8, 12, 13 or 14 digits", "不是商品条码", "请填写8、12、13或14位数字"),
    "gtin_check": ("has a wrong check digit", "read it from the package again", "商品条码校验位不符", "请从包装上重新读取"),
    "gtin_taken": ("belongs to another product already", "open that one", "已属于另一产品", "请打开该产品"),
    "region_unknown": (
        "is no division that holds on this day", "write the code of GB/T 2260 as it is now",
        "不是现行行政区划代码", "请填写现行的GB/T 2260代码",
    ),
    "industry_unknown": (
        "is no industry", "write the letter and digits of GB/T 4754, such as C1432",
        "不是国民经济行业代码", "请按GB/T 4754填写，如C1432",
    ),
    "kind_unknown": (
        "is no kind of organisation", "write authority, laboratory or enterprise",
        "不是已知的单位类型", "请填写监管部门、检验机构或企业",
    ),
    "level_unknown": (
        "is no level of an authority, or this is no authority", "leave it empty, or write nation, province, city or county",
        "不是监管层级，或该单位不是监管部门", "请留空，或填写国家、省、市、县",
    ),
    "superior_wrong": (
        "is no authority above this one", "name an authority whose chain does not lead back here",
        "不是上级监管部门", "请选择不会形成循环的上级部门",
    ),
    "party_unknown": ("is not in the register", "register it first", "不在登记簿中", "请先登记"),
    "not_laboratory": ("is no laboratory", "name a laboratory", "不是检验机构", "请选择检验机构"),
    "day_wrong": ("is no day", "write it as 2026-09-28", "不是日期", "请按2026-09-28填写"),
    "days_crossed": ("lies before the first day of validity", "exchange the two days", "早于有效期起", "请核对起止日期"),
    "email_wrong": ("is no e-mail address", "write it as name@example.cn", "不是电子邮箱", "请按name@example.cn填写"),
    "twin": ("is registered here already", "open that one", "在此已登记", "请打开已有的一条"),
    "field_unknown": ("is no field of it", "leave it out", "没有这一项", "请去掉"),
    "two_matches": (
        "fits several organisations", "give the credit code, or merge them first",
        "对应多个单位", "请补充统一社会信用代码，或先合并",
    ),
    "kind_differs": (
        "differs from what the register has", "a firm does not become an authority: correct the row",
        "与登记簿中的类型不同", "单位类型不能改变，请更正该行",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with one field, and what was written there."""

    field: str
    reason: str
    value: str = ""
    hint: str = ""

    def said(self, language: str = "en") -> tuple[str, str]:
        """What is wrong and what to do about it.

        >>> Fault("name", "missing").said()
        ('is missing', 'fill it in')
        """
        told = REASONS[self.reason]
        what, remedy = told[2:] if language == "zh" else told[:2]
        hint = f"（{self.hint}）" if language == "zh" else f" ({self.hint})"
        return what, remedy + (hint if self.hint else "")

    def text(self) -> str:
        """The fault as a sentence.

        >>> Fault("credit_code", "code_shape", "12").text()
        "credit_code '12' is no unified social credit code: write the 18 digits and capital letters of the licence, without I, O, S, V, Z"
        """
        what, remedy = self.said()
        return f"{self.field}{f' {self.value[:60]!r}' if self.value else ''} {what}: {remedy}"
