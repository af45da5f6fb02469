"""The tables of surveillance: counts by cell, and signals."""

from zhiheng.evidence.tables import Column, Table

CELLS = Table(
    "cells",
    "Counts",
    "计数",
    (
        Column("value", "string", "Value", "取值"),
        Column("results", "int64", "Results", "检验结果数"),
        Column("judged", "int64", "Judged", "已判定"),
        Column("conforming", "int64", "Conforming", "合格"),
        Column("nonconforming", "int64", "Nonconforming", "不合格"),
        Column("inconclusive", "int64", "Inconclusive", "无法判定"),
        Column("not_judged", "int64", "Not judged", "未判"),
    ),
)

RATES = Table(
    "rates",
    "Rates",
    "不合格率",
    (
        *CELLS.columns,
        Column("rate", "float64", "Nonconformity rate", "不合格率"),
        Column("lower", "float64", "Lower end of the 95 % interval", "95% 区间下端"),
        Column("upper", "float64", "Upper end of the 95 % interval", "95% 区间上端"),
        Column("least", "float64", "If every inconclusive result conformed", "若无法判定项均合格"),
        Column("most", "float64", "If every inconclusive result failed", "若无法判定项均不合格"),
    ),
)

SIGNALS = Table(
    "signals",
    "Signals",
    "信号",
    (
        Column("signal_id", "string", "Signal", "信号编号"),
        Column("dataset", "string", "Data set", "数据集"),
        Column("dimension", "string", "Series by", "序列维度"),
        Column("series", "string", "Series", "序列"),
        Column("period", "date", "Period beginning", "时段起始"),
        Column("step", "string", "Length of a period", "时段长度"),
        Column("count", "int64", "Nonconforming", "不合格数"),
        Column("judged", "int64", "Judged", "已判定"),
        Column("expected", "float64", "Mean of the baseline", "基线均值"),
        Column("threshold", "float64", "Threshold", "阈值"),
        Column("score", "float64", "Count over threshold", "超出阈值倍数"),
        Column("baseline", "string", "Counts of the baseline", "基线计数"),
    ),
)

PARTS = Table(
    "parts",
    "What moved the rate",
    "不合格率变动分解",
    (
        Column("name", "string", "Part", "组成部分"),
        Column("effect", "float64", "Effect", "影响"),
        Column("standard_error", "float64", "Standard error", "标准误"),
        Column("lower", "float64", "Lower end of the 95 % interval", "95% 区间下端"),
        Column("upper", "float64", "Upper end of the 95 % interval", "95% 区间上端"),
    ),
)

MARGINS = Table(
    "margins",
    "Shares and rates in two periods",
    "两期构成与不合格率",
    (
        Column("value", "string", "Value", "取值"),
        Column("judged_before", "int64", "Batches judged, first period", "前期已判批次"),
        Column("share_before", "float64", "Share, first period", "前期占比"),
        Column("rate_before", "float64", "Rate, first period", "前期不合格率"),
        Column("judged_after", "int64", "Batches judged, second period", "后期已判批次"),
        Column("share_after", "float64", "Share, second period", "后期占比"),
        Column("rate_after", "float64", "Rate, second period", "后期不合格率"),
    ),
)

RANKED = Table(
    "ranked",
    "Ranks with their intervals",
    "排名及其区间",
    (
        Column("value", "string", "Value", "取值"),
        Column("judged", "int64", "Judged", "已判定"),
        Column("nonconforming", "int64", "Nonconforming", "不合格"),
        Column("effective", "float64", "Effective number of items", "有效样本量"),
        Column("rate", "float64", "Nonconformity rate", "不合格率"),
        Column("lower", "float64", "Lower end of the 95 % interval", "95% 区间下端"),
        Column("upper", "float64", "Upper end of the 95 % interval", "95% 区间上端"),
        Column("shrunk", "float64", "Shrunk rate", "收缩估计"),
        Column("shrunk_lower", "float64", "Lower end, shrunk rate", "收缩估计区间下端"),
        Column("shrunk_upper", "float64", "Upper end, shrunk rate", "收缩估计区间上端"),
        Column("rank", "float64", "Expected rank, 1 the lowest rate", "期望名次（1 为不合格率最低）"),
        Column("rank_lower", "int64", "Lowest rank of the 95 % interval", "名次区间下端"),
        Column("rank_upper", "int64", "Highest rank of the 95 % interval", "名次区间上端"),
        Column("p", "float64", "p-value", "p 值"),
        Column("p_adjusted", "float64", "p-value allowing for all comparisons", "多重比较校正后 p 值"),
        Column("verdict", "string", "Funnel", "漏斗图结论"),
    ),
)

NOTICES = Table(
    "notices",
    "Notices",
    "通报",
    (
        Column("notice", "string", "Notice", "通报编号"),
        Column("item", "int64", "Hazard within the notice", "通报内危害序号"),
        Column("source", "string", "Source", "来源"),
        Column("kind", "string", "Kind of source", "来源种类"),
        Column("day", "date", "Published on", "发布日期"),
        Column("product", "string", "Product as printed", "产品原文"),
        Column("category", "string", "Category of the source", "来源类别"),
        Column("product_code", "string", "Our category", "本系统类别"),
        Column("product_basis", "string", "Why this category", "类别归入依据"),
        Column("hazard", "string", "Hazard as printed", "危害原文"),
        Column("hazard_code", "string", "Our hazard", "本系统危害"),
        Column("hazard_basis", "string", "Why this hazard", "危害归入依据"),
        Column("origin", "string", "Origin", "原产地"),
        Column("region", "string", "Notified by", "通报地区"),
        Column("action", "string", "Action", "措施"),
        Column("seriousness", "string", "Seriousness", "严重程度"),
        Column("url", "string", "Address", "网址"),
        Column("language", "string", "Language", "语言"),
        Column("row", "int64", "Row in the source", "来源行号"),
    ),
)

INBOX = Table(
    "inbox",
    "Signals at work",
    "信号处置",
    (
        Column("signal_id", "string", "Signal", "信号编号"),
        Column("source", "string", "Source", "来源"),
        Column("day", "date", "Raised on", "提出日期"),
        Column("level", "int64", "Level", "等级"),
        Column("score", "float64", "Score", "得分"),
        Column("state", "string", "State", "处置状态"),
        Column("product", "string", "Product", "产品"),
        Column("hazard", "string", "Hazard", "危害"),
        Column("origin", "string", "Origin", "原产地"),
        Column("grounds", "string", "Grounds", "提出依据"),
        Column("count", "int64", "Counted", "计数"),
        Column("expected", "float64", "Expected", "期望"),
        Column("q", "float64", "False discovery rate", "错误发现率"),
        Column("first", "boolean", "First of its kind", "首次出现"),
        Column("region", "string", "With", "所在地区"),
    ),
)
