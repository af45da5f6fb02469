"""Printed results and limits as bulletins print them; the cells are real unless a comment says otherwise."""

import time
from decimal import Decimal

import pytest

from zhiheng.evidence.printed import (
    GRAMMARS,
    Item,
    Limit,
    PrintedError,
    Quantity,
    Unread,
    analyte_key,
    cn_notice,
    kr_spec,
    limit,
    quantities,
    quantity,
    tw_border,
)


def only(read: list[Item | Unread]) -> Item:
    assert len(read) == 1, read
    assert isinstance(read[0], Item), read
    return read[0]


def items(read: list[Item | Unread]) -> list[Item]:
    return [each for each in read if isinstance(each, Item)]


def short(result: Quantity) -> str:
    """Write a quantity in a few characters: 45CFU/g, <10CFU/g, nd, detected/25g."""
    figure = "" if result.value is None else format(result.value, "f")
    return f"{'' if result.comparator == '=' else result.comparator}{figure}{result.unit}"


def brief(asked: Limit | None) -> str:
    """Write a limit in a few characters: <=0.5mg/kg, range 17.0..19.0%vol, plan 5/2/10/100CFU/g."""
    if asked is None:
        return "none"
    if asked.operator == "plan":
        upper = "" if asked.M is None else format(asked.M, "f")
        assert asked.m is not None
        return f"plan {asked.n}/{asked.c}/{asked.m:f}/{upper}{asked.unit}"
    if asked.operator == "range":
        return f"range {asked.low}..{asked.high}{asked.unit}"
    figure = asked.high if asked.low is None else asked.low
    return f"{asked.operator}{'' if figure is None else format(figure, 'f')}{asked.unit}"


CELLS = [
    # one analyte, one figure
    ("腐霉利║6.71mg/kg║≤5mg/kg", "腐霉利", "6.71mg/kg", "<=5mg/kg", ""),
    ("氯霉素║0.460µg/kg║不得检出", "氯霉素", "0.460ug/kg", "not_detected", ""),
    ("柠檬黄║0.0154g/kg║不得使用", "柠檬黄", "0.0154g/kg", "not_permitted", ""),
    ("溴酸盐║0.0175mg/L║≤0.01mg/L", "溴酸盐", "0.0175mg/L", "<=0.01mg/L", ""),
    ("甲醇║2.68g/L║≤0.6g/L", "甲醇", "2.68g/L", "<=0.6g/L", ""),
    ("过氧化值║11mmol/kg║≤7.5mmol/kg", "过氧化值", "11mmol/kg", "<=7.5mmol/kg", ""),
    ("电导率[(25±1)℃]║24.06µS/cm║≤10µS/cm", "电导率[(25±1)℃]", "24.06uS/cm", "<=10uS/cm", ""),
    ("过氧化值(以脂肪计)║0.52g/100g║≤0.25g/100g", "过氧化值(以脂肪计)", "0.52g/100g", "<=0.25g/100g", ""),
    ("酸价(以脂肪计)(KOH)║5.2mg/g║≤3.0mg/g", "酸价(以脂肪计)(KOH)", "5.2mg/g", "<=3.0mg/g", ""),
    ("2,4-滴和2,4-滴钠盐║0.204mg/kg║≤0.1mg/kg", "2,4-滴和2,4-滴钠盐", "0.204mg/kg", "<=0.1mg/kg", ""),
    ("6-苄基腺嘌呤(6-BA)║0.0169mg/kg║不得检出", "6-苄基腺嘌呤(6-BA)", "0.0169mg/kg", "not_detected", ""),
    ("N-二甲基亚硝胺║23.08µg/kg║≤3.0µg/kg", "N-二甲基亚硝胺", "23.08ug/kg", "<=3.0ug/kg", ""),
    ("土霉素/金霉素/四环素(组合含量)║264.9µg/kg║≤200µg/kg", "土霉素/金霉素/四环素(组合含量)", "264.9ug/kg",
     "<=200ug/kg", ""),
    ("蛋白质║0.37g/100g║≥1.0g/100g", "蛋白质", "0.37g/100g", ">=1.0g/100g", ""),
    ("酒精度║4.9%vol║≥5.1 %vol", "酒精度", "4.9%vol", ">=5.1%vol", ""),
    ("二氧化碳气容量(20℃)║1.31倍║≥1.5 倍", "二氧化碳气容量(20℃)", "1.31times", ">=1.5times", ""),
    ("维生素B₂║0.274mg/每日║≤2mg/每日", "维生素B₂", "0.274mg/d", "<=2mg/d", ""),
    # powers of ten
    ("铝的残留量(以即食海蜇中Al计)║1.17×10³mg/kg║≤500mg/kg", "铝的残留量(以即食海蜇中Al计)", "1170mg/kg",
     "<=500mg/kg", ""),
    ("铝的残留量(以即食海蜇中Al计)║1.04x10³mg/kg║≤500mg/kg", "铝的残留量(以即食海蜇中Al计)", "1040mg/kg",
     "<=500mg/kg", ""),
    ("霉菌║2700CFU/g║≤10³CFU/g", "霉菌", "2700CFU/g", "<=1000CFU/g", ""),
    ("霉菌║2500CFU/g║≤1×10³CFU/g", "霉菌", "2500CFU/g", "<=1000CFU/g", ""),
    ("霉菌║1.1×10⁵CFU/g║≤1000CFU/g", "霉菌", "110000CFU/g", "<=1000CFU/g", ""),
    ("乳酸菌数║<10CFU/g║≥10⁶CFU/g", "乳酸菌数", "<10CFU/g", ">=1000000CFU/g", ""),
    # found and not found without a figure
    ("大肠菌群║检出/50cm²║不得检出", "大肠菌群", "detected/50cm2", "not_detected", ""),
    ("大肠菌群║检出║不得检出", "大肠菌群", "detected", "not_detected", ""),
    ("葛根素║未检出mg/kg║≥20mg/kg", "葛根素", "ndmg/kg", ">=20mg/kg", ""),
    ("泛酸║未检出║0.8-7mg/每日", "泛酸", "nd", "range 0.8..7mg/d", ""),
    ("牛磺酸║未检出（定量限：5mg/100g）g/每日║0.0024~0.6g/每日", "牛磺酸", "ndg/d", "range 0.0024..0.6g/d", ""),
    ("阴离子合成洗涤剂(以十二烷基苯磺酸钠计)║0.030mg/100cm²║不得检出", "阴离子合成洗涤剂(以十二烷基苯磺酸钠计)",
     "0.030mg/100cm2", "not_detected", ""),
    # ranges
    ("酒精度(20℃)║31.3%vol║44.0~46.0 %vol", "酒精度(20℃)", "31.3%vol", "range 44.0..46.0%vol", ""),
    ("酒精度║45.0%vol║41.0%vol～43.0%vol", "酒精度", "45.0%vol", "range 41.0..43.0%vol", ""),
    ("酒精度(20℃)(体积分数)║16.9%║13.0%-15.0%", "酒精度(20℃)(体积分数)", "16.9%", "range 13.0..15.0%", ""),
    ("钠║12.4mg/每日║21-1600mg/每日", "钠", "12.4mg/d", "range 21..1600mg/d", ""),
    ("碘(以I计)║11.2mg/kg║18-33mg/kg", "碘(以I计)", "11.2mg/kg", "range 18..33mg/kg", ""),
    ("酒精度║33.6%vol║≤18.0±1.0%vol", "酒精度", "33.6%vol", "range 17.0..19.0%vol", "operator given with a range"),
    ("酒精度║33.5%vol║≤35±1.0%vol", "酒精度", "33.5%vol", "range 34.0..36.0%vol", "operator given with a range"),
    # odd limits
    ("霉菌║360CFU/g║50CFU/g", "霉菌", "360CFU/g", "<=50CFU/g", "no operator"),
    ("铝的残留量(干样品,以Al计)║165mg/kg║≤≤100mg/kg", "铝的残留量(干样品,以Al计)", "165mg/kg", "<=100mg/kg",
     "operator repeated"),
    ("总氮(以N计)║2.81g/100g║≤/g/100g", "总氮(以N计)", "2.81g/100g", "g/100g", "figure missing"),
    ("防腐剂混合使用时各自用量占其最大使用量的比例之和║1.076/║≤1/",
     "防腐剂混合使用时各自用量占其最大使用量的比例之和", "1.076", "<=1", ""),
    ("恩诺沙星║381µg/kg║≤100µg/kg,", "恩诺沙星", "381ug/kg", "<=100ug/kg", ""),
    ("脱氢乙酸及其钠盐（以脱氢乙酸计)║0.447g/kg║不得使用", "脱氢乙酸及其钠盐（以脱氢乙酸计)", "0.447g/kg",
     "not_permitted", ""),
    # several tested units
    ("大肠菌群║＜10，15，10，＜10，390CFU/g║n=5,c=2,m=10,M=100CFU/g", "大肠菌群",
     "<10CFU/g 15CFU/g 10CFU/g <10CFU/g 390CFU/g", "plan 5/2/10/100CFU/g", ""),
    ("菌落总数║45,10,10,6.1×10⁵,3.8×10⁵CFU/g║n=5,c=2,m=3×10⁴,M=10⁵CFU/g", "菌落总数",
     "45CFU/g 10CFU/g 10CFU/g 610000CFU/g 380000CFU/g", "plan 5/2/30000/100000CFU/g", ""),
    ("菌落总数║94000；74000；68000；61000；65000CFU/g║n=5,c=2,m=30000,M=100000CFU/g", "菌落总数",
     "94000CFU/g 74000CFU/g 68000CFU/g 61000CFU/g 65000CFU/g", "plan 5/2/30000/100000CFU/g", ""),
    ("菌落总数║2.3×10⁶，2.7×10⁶，  2.9×10⁶，2.8×10⁶，  2.8×10⁶CFU/g║n=5,c=2,m=10⁴，M=10⁵CFU/g", "菌落总数",
     "2300000CFU/g 2700000CFU/g 2900000CFU/g 2800000CFU/g 2800000CFU/g", "plan 5/2/10000/100000CFU/g", ""),
    ("菌落总数║2.1×10⁴/3.5×10⁴/5.2×10⁴/4.2×10⁴/2.0×10⁴CFU/g║n=5，c=2，m=10⁴，M=10⁵CFU/g", "菌落总数",
     "21000CFU/g 35000CFU/g 52000CFU/g 42000CFU/g 20000CFU/g", "plan 5/2/10000/100000CFU/g", ""),
    ("大肠菌群║460/470/400/290/350CFU/g║n=5,c=2,m=10,M=100CFU/g", "大肠菌群",
     "460CFU/g 470CFU/g 400CFU/g 290CFU/g 350CFU/g", "plan 5/2/10/100CFU/g", ""),
    ("菌落总数║1.4×10⁵,90,4.0×10⁶,110,90CFU/g║n=5,c=2,m=3×10⁴,M=10⁵CFU/g", "菌落总数",
     "140000CFU/g 90CFU/g 4000000CFU/g 110CFU/g 90CFU/g", "plan 5/2/30000/100000CFU/g", ""),
    ("霉菌║90,110,170,110,70CFU/g║n=5,c=2,m=50,M=10²CFU/g", "霉菌", "90CFU/g 110CFU/g 170CFU/g 110CFU/g 70CFU/g",
     "plan 5/2/50/100CFU/g", ""),
    ("霉菌║45;45;1600;55;85CFU/g║\nn=5,c=2,m=50,M=10²CFU/g", "霉菌", "45CFU/g 45CFU/g 1600CFU/g 55CFU/g 85CFU/g",
     "plan 5/2/50/100CFU/g", ""),
    ("大肠菌群║63；84；<1；8；<1CFU/mL║n=5,c=2,m=1,M=10CFU/mL", "大肠菌群",
     "63CFU/mL 84CFU/mL <1CFU/mL 8CFU/mL <1CFU/mL", "plan 5/2/1/10CFU/mL", ""),
    ("菌落总数║>3.0×10⁵,>3.0×10⁵,>3.0×10⁵,>3.0×10⁵,>3.0×10⁵CFU/g║n=5,c=2,m=5×10⁴,M=10⁵CFU/g", "菌落总数",
     " ".join([">300000CFU/g"] * 5), "plan 5/2/50000/100000CFU/g", ""),
    ("铜绿假单胞菌║1；27；未检出；未检出；未检出CFU/250mL║n=5,c=0,m=0CFU/250mL", "铜绿假单胞菌",
     "1CFU/250mL 27CFU/250mL ndCFU/250mL ndCFU/250mL ndCFU/250mL", "plan 5/0/0/CFU/250mL", ""),
    ("铜绿假单胞菌║27,31,25,42,26CFU / 250mL║≤n=5,c=0,m=0CFU/250mL", "铜绿假单胞菌",
     "27CFU/250mL 31CFU/250mL 25CFU/250mL 42CFU/250mL 26CFU/250mL", "plan 5/0/0/CFU/250mL",
     "operator given with a sampling plan"),
    ("铜绿假单胞菌║未检出,1,53,160,未检出CFU/250mL║≤n=5,c=0,m=0CFU/250mL", "铜绿假单胞菌",
     "ndCFU/250mL 1CFU/250mL 53CFU/250mL 160CFU/250mL ndCFU/250mL", "plan 5/0/0/CFU/250mL",
     "operator given with a sampling plan"),
    ("沙门氏菌║检出，检出，检出，检出，检出/25g║n=5,c=0,m=0/25g", "沙门氏菌", " ".join(["detected/25g"] * 5),
     "plan 5/0/0//25g", ""),
]  # fmt: skip


@pytest.mark.parametrize(("cell", "analyte", "results", "asked", "remark"), CELLS)
def test_a_cell_with_one_item_is_read(cell: str, analyte: str, results: str, asked: str, remark: str) -> None:
    read = only(cn_notice(cell))
    assert (read.analyte, read.stage) == (analyte, "first")
    assert " ".join(short(each) for each in read.results) == results
    assert brief(read.limit) == asked
    assert read.limit is not None
    assert read.limit.remark == remark
    assert read.text == cell.strip(",")


SEVERAL = [
    ("噻虫胺║0.13mg/kg║≤0.04mg/kg；噻虫嗪║3.1mg/kg║≤1mg/kg", ["噻虫胺", "噻虫嗪"]),
    ("安赛蜜║0.450g/kg║≤0.3g/kg,二氧化硫残留量║0.388g/kg║≤0.1g/kg", ["安赛蜜", "二氧化硫残留量"]),
    ("柠檬黄║0.0264g/kg║不得使用,亮蓝║0.00733g/kg║不得使用", ["柠檬黄", "亮蓝"]),
    ("苯醚甲环唑║0.37mg/kg║≤0.2mg/kg\n三唑磷║0.57mg/kg║≤0.2mg/kg", ["苯醚甲环唑", "三唑磷"]),
    ("谷氨酸钠║25.8g/100g║≥35.0g/100g；\n呈味核苷酸二钠║0.387g/100g║≥1.10g/100g", ["谷氨酸钠", "呈味核苷酸二钠"]),
    ("氨基酸态氮║0.50g/100mL║≤/g/100mL,全氮(以氮计)║0.86g/100mL║≤/g/100mL", ["氨基酸态氮", "全氮(以氮计)"]),
    ("防腐剂混合使用时各自用量占其最大使用量的比例之和║2.2/║≤1/,脱氢乙酸及其钠盐(以脱氢乙酸计)║0.461g/kg║≤0.3g/kg",
     ["防腐剂混合使用时各自用量占其最大使用量的比例之和", "脱氢乙酸及其钠盐(以脱氢乙酸计)"]),
    ("大肠菌群║1.3×10²,60,1.2×10²,1.1×10²,60CFU/g║n=5,c=2,m=10,M=10²CFU/g,菌落总数║>3.0×10⁵,>3.0×10⁵,>3.0×10⁵,>3.0×10⁵,"
     ">3.0×10⁵CFU/g║n=5,c=2,m=5×10⁴,M=10⁵CFU/g", ["大肠菌群", "菌落总数"]),
    ("大肠菌群║6.0×10²;2.5×10³;1.7×10³;3.7×10³;1.9×10²CFU/g║n=5,c=2,m=10,M=10²CFU/g；霉菌║80CFU/g║25CFU/g",
     ["大肠菌群", "霉菌"]),
    ("过氧化值(以脂肪计)║0.66g/100g║≤0.25g/100g；铝的残留量(干样品,以Al计)║150mg/kg║≤100mg/kg",
     ["过氧化值(以脂肪计)", "铝的残留量(干样品,以Al计)"]),
    ("菌落总数║28000；28000；12000；26000；20000CFU/mL║n=5,c=2,m=100,M=10000CFU/mL\n大肠菌群║63；84；<1；8；<1CFU/mL"
     "║n=5,c=2,m=1,M=10CFU/mL\n霉菌║1100CFU/mL║≤20CFU/mL\n酵母║430CFU/mL║≤20CFU/mL",
     ["菌落总数", "大肠菌群", "霉菌", "酵母"]),
    # made up: names that begin with a digit, a blank as the only mark, another field mark
    ("克百威║0.12mg/kg║≤0.02mg/kg,2,4-滴║0.6mg/kg║≤0.5mg/kg", ["克百威", "2,4-滴"]),
    ("恩诺沙星║1.2×10^3μg/kg║≤100μg/kg 氧氟沙星║3.1μg/kg║≤2μg/kg", ["恩诺沙星", "氧氟沙星"]),
    ("铅‖0.52mg/kg‖≤0.3mg/kg;镉‖0.2mg/kg‖≤0.1mg/kg", ["铅", "镉"]),
    ("氯霉素║1.6µg/kg║不得检出4-氯苯氧乙酸钠║121µg/kg║不得检出", ["氯霉素", "4-氯苯氧乙酸钠"]),
    ("噻虫胺║0.1mg/kg║≤0.05mg/kg倍硫磷║0.41mg/kg║≤0.05mg/kg", ["噻虫胺", "倍硫磷"]),
]  # fmt: skip


@pytest.mark.parametrize(("cell", "analytes"), SEVERAL)
def test_several_items_of_a_cell_are_read_in_their_order(cell: str, analytes: list[str]) -> None:
    read = cn_notice(cell)
    assert [each.analyte for each in items(read)] == analytes
    assert len(items(read)) == len(read)
    assert all(each.text in cell for each in read)


TWO_TESTS = [
    "初检结果：二氧化硫残留量║0.0926g/kg║≤0.05g/kg复检结果：二氧化硫残留量║0.150g/kg║≤0.05g/kg",
    "初检结果：过氧化值(以脂肪计)║0.29g/100g║≤0.25g/100g复检结果:过氧化值(以脂肪计)║0.33g/100g║≤0.25g/100g",
    "初检结果：黄曲霉毒素B₁║71.1µg/kg║≤20µg/kg\n复检结果：黄曲霉毒素B₁║23.1µg/kg║≤20µg/kg",
    "初检结果：日落黄║0.00461g/kg║不得使用\n复检结果：0.00430g/kg║不得使用",
    "初检结果：酸价(KOH)║3.0mg/g║≤2.5mg/g；\n复检结果：：酸价(KOH)║3.1mg/g║≤2.5mg/g",
    "初检结果：赤藓红║0.120g/kg║≤0.05g/kg 复检结果：赤藓红║0.0916g/kg║≤0.05g/kg",
    "初检结果：亚硝酸盐(以NO₂⁻计)║0.031mg/L║≤0.005mg/L；复检结果：亚硝酸盐(以NO₂⁻计)║0.046mg/L║≤0.005mg/L",
    "初检结果：蛋白质║未检出（氮的检出限：0.008g/100g）║≥0.5%\n复检结果：蛋白质║未检出（氮的检出限：0"
    ".008g/100g）║≥0.5%",
    "初检结果：铝的残留量(以即食海蜇中Al计)║1.04x10³mg/kg║≤500mg/kg\n复检结果：铝的残留量(以即食海蜇"
    "中Al计)║1262mg/kg║≤500mg/kg",
    # made up: the marks inside the field of the result, and a retest that gives the figure only
    "铅║初检：0.5mg/kg；复检：0.6mg/kg║≤0.2mg/kg",
    "初检结果：铅║0.5mg/kg║≤0.2mg/kg；复检结果：0.6mg/kg",
]


@pytest.mark.parametrize("cell", TWO_TESTS)
def test_first_test_and_retest_are_told_apart_and_share_analyte_and_limit(cell: str) -> None:
    first, retest = items(cn_notice(cell))
    assert (first.stage, retest.stage) == ("first", "retest")
    assert analyte_key(first.analyte) == analyte_key(retest.analyte)
    assert first.limit is not None
    assert first.limit == retest.limit


def test_a_stage_is_kept_as_printed_even_when_the_second_mark_looks_like_a_slip() -> None:
    read = cn_notice("初检结果：吡唑醚菌酯║0.066mg/kg║≤0.05mg/kg\n初检结果：吡唑醚菌酯║0.067mg/kg║≤0.05mg/kg")
    assert [each.stage for each in items(read)] == ["first", "first"]


def test_a_printed_quantification_level_is_kept_with_its_own_unit() -> None:
    read = quantity("未检出（定量限：5mg/100g）g/每日")
    assert read == Quantity("nd", None, "g/d", Decimal(5), "mg/100g")


def test_a_level_printed_for_nitrogen_is_not_taken_for_the_level_of_protein() -> None:
    assert quantity("未检出（氮的检出限：0.008g/100g）") == Quantity("nd", None, "", None, "")


ODD_RESULTS = [
    ("11,675 μg/kg", "11675ug/kg"), ("10.4 pg / g wet weight", "10.4pg/gwetweight"), ("70.19  mg/kg", "70.19mg/kg"),
    ("０.５ｍｇ／ｋｇ", "0.5mg/kg"), ("0.5mg∕kg", "0.5mg/kg"), ("8.2E+04CFU/g", "82000CFU/g"), ("6.1×105CFU/g",
     "610000CFU/g"),
    ("1.0×10CFU/g", "10CFU/g"), ("3×10<sup>4</sup>CFU/g", "30000CFU/g"), ("小于0.05 mg/kg", "<0.05mg/kg"),
    ("＞110MPN/100cm²", ">110MPN/100cm2"), ("5.1 mg KOH/g", "5.1mgKOH/g"), ("52.1μg RE/100g", "52.1ugRE/100g"),
    ("3毫克/千克", "3mg/kg"), ("12cfu/ml", "12CFU/mL"), ("0.6Bq/L", "0.6Bq/L"), ("-0.480℃", "-0.480°C"), ("ND", "nd"),
    ("阴性", "nd"), ("阳性", "detected"), ("检出0.5mg/kg", "0.5mg/kg"), ("불검출", "nd"), ("38.2%(vol)", "38.2%vol"),
    ("2.3（g/100g）", "2.3g/100g"), ("0.8mg/(kg·d)", "0.8mg/(kg·d)"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), ODD_RESULTS)
def test_a_result_is_read_in_whatever_style_it_is_printed(text: str, expected: str) -> None:
    assert short(quantity(text)) == expected


ODD_LIMITS = [
    ("n=5, c=2, m=10^4, M=10^5 CFU/g", "plan 5/2/10000/100000CFU/g"), ("n=5，c=0，m=0（CFU/250mL）",
     "plan 5/0/0/CFU/250mL"),
    ("n=5, c=1, m=1,000, M=10,000", "plan 5/1/1000/10000"), ("N=5;C=2;m=10^4;M=10^5(CFU/g)",
     "plan 5/2/10000/100000CFU/g"),
    ("不超过0.25 g/100g", "<=0.25g/100g"), ("不低于3%", ">=3%"), ("<=0.5mg/kg", "<=0.5mg/kg"), ("≦0.5mg/kg",
     "<=0.5mg/kg"),
    ("0.05 ppm以下", "<=0.05ppm"), ("10.0미만 mg/kg", "<10.0mg/kg"), ("0.05 mg/kg 이하", "<=0.05mg/kg"),
    ("85.0이상", ">=85.0"), ("5 mg/kg 초과", ">5mg/kg"), ("0.5이하(mg/kg)", "<=0.5mg/kg"), ("20이상 40이하",
     "range 20..40"),
    ("-45~-51°", "range -51..-45°"), ("≥6.5，≤8.5", "range 6.5..8.5"), ("(40.0±1.0)%vol", "range 39.0..41.0%vol"),
    ("53%vol±1.0%vol", "range 52.0..54.0%vol"), ("5至7%", "range 5..7%"), ("不得添加", "not_permitted"),
    ("不得检出（/50cm²）", "not_detected/50cm2"), ("불검출", "not_detected"), ("음성이어야 한다", "not_detected"),
    ("9,999이하", "<=9999"), ("5×10^7이상", ">=50000000"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), ODD_LIMITS)
def test_a_limit_is_read_in_whatever_style_it_is_printed(text: str, expected: str) -> None:
    read = limit(text)
    assert brief(read) == expected
    assert read.remark == ""


UNREADABLE_LIMITS = [
    ("", "no limit printed"), ("/", "no limit printed"), ("≤/g/100mL", "figure missing"), ("g/100mL", "figure missing"),
    ("≤≥5mg/kg", "two operators"), ("≤5mg/kg이상", "two operators"), ("5mg/kg~7g/kg", "two units"),
    ("7~5mg/kg", "the lower end is above the upper end"), ("符合要求", "not understood: 符合要求"),
    ("≥80%标示值", "not understood: ≥80%标示值"), ("n=5,c=2,m=104,M=105CFU/g", "raised figure lost: m=104, M=105"),
    ("n=5,c=2,m=10CFU/g,M=100CFU/mL", "two units"), ("80이상 120미만", "an end of the range is itself excluded"),
    ("≤10⁹⁹", "figure '10^99' is beyond"), ("5이하 7이하", "not understood: 5이하 7이하"), ("x" * 3000,
     "3000 characters are no"),
    ("=5mg/kg", "two operators"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "remark"), UNREADABLE_LIMITS)
def test_a_limit_that_cannot_be_read_has_no_operator_and_says_why(text: str, remark: str) -> None:
    read = limit(text)
    assert read.operator == ""
    assert read.remark.startswith(remark)


def test_a_note_printed_with_a_limit_is_kept_as_a_remark() -> None:
    assert limit("0.2 이하(As2O3로서)").remark == "with the note (As2O3로서)"
    assert limit("50CFU/g(GB 2760)").remark == "no operator; with the note (GB 2760)"
    assert limit("≤0.25g/100g（以脂肪计）").unit == "g/100g(以脂肪计)"


UNREAD = [
    "", "；；", "║║║║", "铅 0.5mg/kg", "║0.31mg/kg║≤0.2mg/kg", "标签║不符合║符合要求", "NaN║NaN║NaN", "铅║Infinity║≤1",
    "铅║1e99║≤1", "铅║≤0.5mg/kg║≤0.2mg/kg", "铅║║≤0.2mg/kg", "铅║0.31~0.35mg/kg║≤0.2mg/kg", "铅║0,5mg/kg║≤0.2mg/kg",
    "霉菌║110,210,150CFU/g║≤50CFU/g", "菌落总数║45,10,多不可计,30,20CFU/g║n=5,c=2,m=10,M=100CFU/g",
     "复检结果：0.6mg/kg║≤0.2",
    "x" * 20_001, "初检结果：", "铅║初检结果：",
]  # fmt: skip


@pytest.mark.parametrize("cell", UNREAD)
def test_what_cannot_be_read_for_certain_is_given_back_with_the_reason(cell: str) -> None:
    read = cn_notice(cell)
    assert len(read) == 1
    assert isinstance(read[0], Unread)
    assert len(read[0].why) > 20
    assert read[0].text.rstrip("…") in cell


def test_an_unreadable_item_does_not_take_its_neighbour_with_it() -> None:
    first, second = cn_notice("感官║有异味║具有正常气味；铅║0.6mg/kg║≤0.5mg/kg")
    assert isinstance(first, Unread)
    assert isinstance(second, Item)
    assert (second.analyte, brief(second.limit)) == ("铅", "<=0.5mg/kg")


def test_a_limit_with_words_after_its_unit_is_not_cut_in_two() -> None:
    calcium, lead = items(cn_notice("钙║70%║≥80%标示值；铅║0.5mg/kg║≤0.2mg/kg"))
    assert calcium.limit is not None
    assert calcium.limit.remark == "not understood: ≥80%标示值"
    assert lead.analyte == "铅"


def test_a_missing_limit_shifts_no_column() -> None:
    cadmium, lead = items(cn_notice("镉(以Cd计)║0.31mg/kg；铅(以Pb计)║0.6mg/kg║≤0.5mg/kg"))
    assert (cadmium.analyte, cadmium.limit, short(cadmium.results[0])) == ("镉(以Cd计)", None, "0.31mg/kg")
    assert (lead.analyte, brief(lead.limit)) == ("铅(以Pb计)", "<=0.5mg/kg")


def test_a_retest_without_a_name_after_two_analytes_is_not_guessed() -> None:
    cell = "初检结果：铅║0.5mg/kg║≤0.2mg/kg；镉║0.3mg/kg║≤0.1mg/kg；复检结果：0.6mg/kg║0.2mg/kg"
    lead, cadmium, retest = cn_notice(cell)
    assert isinstance(lead, Item) and isinstance(cadmium, Item) and isinstance(retest, Unread)


def test_a_trailing_field_mark_adds_nothing() -> None:
    assert only(cn_notice("铅║0.5mg/kg║≤0.2mg/kg║")).analyte == "铅"


def test_thousands_commas_and_list_commas_are_told_apart_by_the_sampling_plan() -> None:
    read = quantities("1,200,1,300,1,400,1,500,1,600CFU/g", units_tested=5)
    assert [each.value for each in read] == [Decimal(1200 + 100 * step) for step in range(5)]


def test_numbers_of_a_list_are_not_digits_of_its_figures() -> None:
    read = quantities("①1.2×10^4②1.3×10^4③1.5×10^4④1.0×10^4⑤2×10^4 CFU/g", units_tested=5)
    assert [short(each) for each in read] == ["12000CFU/g", "13000CFU/g", "15000CFU/g", "10000CFU/g", "20000CFU/g"]


def test_a_unit_printed_once_holds_for_the_whole_list_and_two_units_stay_apart() -> None:
    assert [each.unit for each in quantities("1CFU/g；2；3", units_tested=3)] == ["CFU/g"] * 3
    assert [each.unit for each in quantities("1CFU/g；2MPN/g；3", units_tested=3)] == ["CFU/g", "MPN/g", ""]


NO_QUANTITY = ["", "abc", "0.5mg/kg 0.6mg/kg", "≤5", "5%标示值", "1.2.3", "nan", "1" * 3000, "9" * 39]


@pytest.mark.parametrize("text", NO_QUANTITY)
def test_what_is_no_single_quantity_raises_with_a_message(text: str) -> None:
    with pytest.raises(PrintedError, match="source"):
        quantity(text)


TAIWAN = [
    ("檢出戴奧辛10.4 pg / g wet weight、戴奧辛與戴奧辛類多氯聯苯含量總和10.8 pg / g wet weight",
     ["戴奧辛 10.4pg/gwetweight", "戴奧辛與戴奧辛類多氯聯苯含量總和 10.8pg/gwetweight"]),
    ("檢出殘留農藥克美素0.22 ppm", ["克美素 0.22ppm"]),
    ("檢出橘黴素11,675 μg/kg", ["橘黴素 11675ug/kg"]),
    ("檢出殘留農藥凡殺同0.02 ppm、百克敏0.15 ppm、祿芬隆0.02 ppm、克凡派0.02 ppm、賽滅寧0.04 ppm、待克"
     "利0.07 ppm、撲滅寧0.03 ppm、派美尼0.04 ppm",
     ["凡殺同 0.02ppm", "百克敏 0.15ppm", "祿芬隆 0.02ppm", "克凡派 0.02ppm", "賽滅寧 0.04ppm", "待克利 0.07ppm",
      "撲滅寧 0.03ppm",
      "派美尼 0.04ppm"]),
    ("檢出殘留農藥 2-Phenylphenol 0.12 ppm", ["2-Phenylphenol 0.12ppm"]),
    ("檢出動物用藥磺胺嘧啶0.04 ppm", ["磺胺嘧啶 0.04ppm"]),
    ("檢出防腐劑苯甲酸0.23 g/kg、丙酸0.9 g/kg", ["苯甲酸 0.23g/kg", "丙酸 0.9g/kg"]),
    # made up
    ("檢出2,4-D 0.05 ppm", ["2,4-D 0.05ppm"]), ("檢出維生素B12 0.5ppm", ["維生素B12 0.5ppm"]), ("檢出鎘為0.3mg/kg", [
     "鎘 0.3mg/kg"]),
    ("檢出甲基汞小於0.05 ppm", ["甲基汞 <0.05ppm"]), ("檢出沙門氏桿菌陽性", ["沙門氏桿菌 detected"]), (
     "檢出李斯特菌", ["李斯特菌 detected"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), TAIWAN)
def test_the_border_texts_of_taiwan_are_read(text: str, expected: list[str]) -> None:
    read = tw_border(text)
    assert [f"{each.analyte} {short(each.results[0])}" for each in items(read)] == expected
    assert len(items(read)) == len(read)


def test_a_figure_worked_out_for_the_fresh_product_is_not_a_second_measurement() -> None:
    measured, derived = tw_border("檢出重金屬鎘0.64 mg/kg，乾品製成率10%回推值為0.06 mg/kg")
    assert isinstance(measured, Item)
    assert (measured.analyte, short(measured.results[0])) == ("鎘", "0.64mg/kg")
    assert isinstance(derived, Unread)


NO_FINDING = ["", "檢出維生素B12", "檢出1.2 ppm", "檢出二氧化硫0.5~0.6 g/kg", "品質不良", "\x1f", "x" * 20_001]


@pytest.mark.parametrize("text", NO_FINDING)
def test_a_border_text_without_analyte_and_figure_is_given_back(text: str) -> None:
    assert all(isinstance(each, Unread) for each in tw_border(text))


KOREA = [
    ("39.84 mg/kg", "10.0미만 mg/kg", "39.84mg/kg", "<10.0mg/kg"),
    ("70.19  mg/kg", "10.0미만 mg/kg", "70.19mg/kg", "<10.0mg/kg"),
    ("0.06 mg/kg", "0.01 mg/kg", "0.06mg/kg", "<=0.01mg/kg"),
    ("0.22 mg/kg", "0.05 mg/kg 이하", "0.22mg/kg", "<=0.05mg/kg"),
    ("0.22 mg/kg", " ", "0.22mg/kg", "none"),
    ("10, 20, 30, 40, 1,000 CFU/g", "n=5, c=2, m=10, M=100 CFU/g", "10CFU/g 20CFU/g 30CFU/g 40CFU/g 1000CFU/g",
     "plan 5/2/10/100CFU/g"),
]  # fmt: skip


@pytest.mark.parametrize(("result", "spec", "expected", "asked"), KOREA)
def test_korean_results_and_specifications_are_read(result: str, spec: str, expected: str, asked: str) -> None:
    read = only(kr_spec(result, spec))
    assert " ".join(short(each) for each in read.results) == expected
    assert brief(read.limit) == asked


NO_KOREAN_FIGURE = [("", "5 이하"), ("부적합", "적합"), ("1" * 20_001, "5"), ("5", "1" * 20_001)]


@pytest.mark.parametrize(("result", "spec"), NO_KOREAN_FIGURE)
def test_a_korean_result_that_is_no_figure_is_given_back(result: str, spec: str) -> None:
    read = kr_spec(result, spec)
    assert len(read) == 1
    assert isinstance(read[0], Unread)


def test_the_grammars_are_named_for_the_profiles() -> None:
    assert list(GRAMMARS.items()) == [("cn-notice", cn_notice), ("tw-border", tw_border)]


def test_a_cell_of_five_megabytes_is_refused_at_once() -> None:
    cell = "铅║0.5mg/kg║≤0.2mg/kg；" * 300_000
    start = time.perf_counter()
    read = [*cn_notice(cell), *tw_border(cell), *kr_spec(cell, cell)]
    assert limit(cell).operator == ""
    assert time.perf_counter() - start < 0.5
    assert all(isinstance(each, Unread) and len(each.text) < 300 for each in read)
