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
