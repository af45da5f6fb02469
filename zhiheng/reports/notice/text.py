"""The text of a document: its kind's paragraphs filled with the data of the case, its tables, periods and remedies.

A text is composed once, in both languages, when the document is issued; what was issued is set from that for ever.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from zhiheng.reports.notice.facts import citation, day, facts, listed, said_in
from zhiheng.reports.wording import Words, words
from zhiheng.rules import documents
from zhiheng.rules.documents import HOLE, Block, Kind

Body = dict[str, Any]
NUMERALS = "零一二三四五六七八九十"
# columns of the tables: word of the head, share of the width
SAMPLES = (("sample", 5), ("part", 3), ("product", 5), ("model", 3), ("batch", 4), ("quantity", 3), ("seal", 4))
FINDINGS = (("item", 5), ("method", 4), ("requirement", 4), ("value", 4), ("verdict", 4), ("basis", 5))
COURSE = (("day", 3), ("what", 6), ("who", 4), ("why", 5))
PAPERS = (("paper", 5), ("number", 7), ("day", 3))
PERIODS = (("period", 4), ("binds", 2), ("last_day", 4), ("basis", 7))


def composed(kind: str, data: Mapping[str, Any], *, language: str) -> Body:
    """What a document says, as JSON: head, addressee, blocks in order, signature, foot. `data` is that of the case and its act."""
    on = date.fromisoformat(data["on"])
    return Composer(documents.kind(kind, on=on), data, words(language), documents.parts(on=on)["words"]).content()


class Composer:
    """One document in one language while its text is put together."""

    def __init__(
        self, kind: Kind, data: Mapping[str, Any], said: Words, known: Mapping[str, Mapping[str, str]]
    ) -> None:
        self.kind, self.data, self.said, self.known = kind, data, said, known
        self.facts = facts(data, said)
        self.to = self.addressee()
        self.facts["addressee"] = self.to["name"]

    def content(self) -> Body:
        """Everything that stands on the document."""
        return {
            "kind": self.kind.key,
            "language": self.said.language,
            "number": self.facts["number"],
            "title": self.kind.title[self.said.language],
            "layout": self.kind.layout,
            "issuer": self.issuer(),
            "addressee": self.to,
            "case": self.facts["case"],
            "day": self.facts["day"],
            "blocks": [made for block in self.kind.body if self.stands(block) for made in self.made(block)],
            "copies": self.copies(),
            "signatures": [self.pick(one) for one in self.kind.signatures],
            "cite": self.foot(),
            "layout_note": "" if self.kind.checked else self.word("layout_unread"),
        }

    def word(self, key: str, **holes: str) -> str:
        """A word of the tables."""
        return HOLE.sub(lambda hole: holes[hole[1]], self.pick(self.known[key]))

    def pick(self, text: Mapping[str, str]) -> str:
        """A text in this language."""
        return text[self.said.language]

    def issuer(self) -> str:
        """Whose name stands at the head."""
        return next((self.facts[role] for role in self.kind.issuer if self.facts.get(role)), self.facts["authority"])

    def addressee(self) -> Body:
        """Who it goes to: the first that the case has. A petitioner's name is not kept here: it is set when it is printed."""
        for role in self.kind.addressee:
            if role.startswith("said.") and self.facts.get(role):
                return {"role": "named", "name": self.facts[role]}
            if role in ("petitioner", "public", "file"):
                return {"role": role, "name": self.word("everybody") if role == "public" else ""}
            if self.facts.get(role):
                return {"role": role, "name": self.facts[role]}
        return {"role": "file", "name": ""}

    def stands(self, block: Block) -> bool:
        """Whether a part of the text has its place in this document."""
        if block.acts and self.data.get("act") not in block.acts:
            return False
        if block.procedures and self.data.get("procedure") not in block.procedures:
            return False
        return all(self.facts.get(one) for one in block.needs) and not any(self.facts.get(one) for one in block.lacks)

    def made(self, block: Block) -> Iterator[Body]:
        """A part of the text as it stands on the page; one with nothing in it is left out."""
        if block.sort in ("text", "heading"):
            yield {"type": block.sort, "text": self.filled(self.pick(block.text)), "strong": block.strong}
        elif block.sort == "table":
            table = self.table(block.names[0])
            if table["rows"]:
                yield {"type": "table", "title": self.pick(block.text) if block.text else ""} | table
        elif block.sort == "periods":
            yield from self.periods(block.names)
        else:
            yield from self.remedies(block.names)

    def filled(self, text: str) -> str:
        """A text with its placeholders filled; a place that the case leaves open is a line to write on."""
        return HOLE.sub(lambda hole: self.facts.get(hole[1]) or self.word("blank"), text)

    def periods(self, keys: tuple[str, ...]) -> Iterator[Body]:
        """The periods that run, each with its last day and article, and whether somebody has read that."""
        told = [one for one in self.data.get("periods") or () if one["key"] in keys]
        if told:
            yield {"type": "table", "title": self.word("periods")} | self.grid(
                PERIODS, [self.period(one) for one in told]
            )

    def period(self, one: Mapping[str, Any]) -> list[str]:
        """One period as a row."""
        last = day(one["due"], self.said)
        if not one.get("is_settled", True):
            last = self.word("at_least", day=last)
        if one.get("is_paused"):
            last = self.word("paused", day=last)
        if one.get("not_before"):
            last = f"{self.word('from_day', day=day(one['not_before'], self.said))}{'，' if self.said.is_chinese else ', '}{last}"
        binds = said_in(one.get("binds_title"), self.said) or one["binds"]
        return [
            said_in(one["title"], self.said),
            binds,
            last,
            self.sourced(one["cite"], one.get("standing", "checked")),
        ]

    def remedies(self, keys: tuple[str, ...]) -> Iterator[Body]:
        """What can be done against it, each with its article."""
        yield {"type": "heading", "text": self.word("remedies"), "strong": False}
        on = date.fromisoformat(self.data["on"])
        for key in keys:
            one = documents.remedy(key, on=on)
            standing = "unverified" if one["checked"] is None else "stale" if on > one["checked"] else "checked"
            basis = self.sourced(one["cite"], standing)
            told = f"（{basis}）" if self.said.is_chinese else f" ({basis})"
            yield {"type": "text", "text": self.pick(one) + told, "strong": False}

    def sourced(self, cite: Mapping[str, Any], standing: str) -> str:
        """A citation, with what is not known of it."""
        text = citation(cite, self.said)
        if standing != "unverified":
            return text
        return f"{text}；{self.word(standing)}" if self.said.is_chinese else f"{text}; {self.word(standing)}"

    def copies(self) -> str:
        """How many copies there are, and for whom."""
        whose = [self.pick(one) for one in self.kind.copies]
        if not whose:
            return ""
        count = NUMERALS[len(whose)] if self.said.is_chinese else str(len(whose))
        return self.word("copies", n=count, to=listed(whose, self.said))

    def foot(self) -> str:
        """The article under which the act was done."""
        if not self.facts["cite"]:
            return ""
        return self.word(
            "form_cite", cite=self.sourced(self.data["cite"], self.data["cite"].get("standing", "checked"))
        )

    def grid(self, heads: tuple[tuple[str, int], ...], rows: list[list[str]]) -> Body:
        """A table; a column that is empty in all rows is left out."""
        kept = [place for place in range(len(heads)) if any(row[place] for row in rows)]
        return {
            "columns": [{"label": self.word(heads[place][0]), "width": heads[place][1]} for place in kept],
            "rows": [[row[place] for place in kept] for row in rows],
        }

    def table(self, name: str) -> Body:
        """One of the tables that a document may have."""
        if name in ("samples", "reserve"):
            parts = [one for one in self.data.get("samples") or () if name == "samples" or one["part"] == "R"]
            return self.grid(SAMPLES, [self.sample(one) for one in parts])
        if name in ("findings", "failed", "retest_findings"):
            rows = [
                one for one in self.data.get("findings") or () if bool(one.get("retest")) == (name == "retest_findings")
            ]
            rows = [one for one in rows if name != "failed" or one["verdict"] == "nonconforming"]
            return self.grid(FINDINGS, [self.finding(one) for one in rows])
        if name == "course":
            steps = self.data.get("course") or ()
            return self.grid(
                COURSE,
                [
                    [one["on"], said_in(one["act"], self.said), said_in(one["by"], self.said), one["why"]]
                    for one in steps
                ],
            )
        papers = self.data.get("papers") or ()
        return self.grid(PAPERS, [[said_in(one["title"], self.said), one["number"], one["on"]] for one in papers])

    def sample(self, one: Mapping[str, str]) -> list[str]:
        """One sealed sample as a row."""
        part = self.word(one["part"]) if one.get("part") in ("T", "R") else ""
        return [
            one["number"],
            part,
            *(str(one.get(key) or "") for key in ("product", "model", "batch", "quantity", "seal")),
        ]

    def finding(self, one: Mapping[str, Any]) -> list[str]:
        """One result against its requirement as a row."""
        value = " ".join(filter(None, (str(one.get("value") or ""), str(one.get("unit") or ""))))
        cite = self.sourced(one.get("cite") or {}, one.get("standing", "checked")) if one.get("cite") else ""
        item, required = said_in(one["item"], self.said), said_in(one.get("requirement"), self.said)
        return [item, str(one.get("method") or ""), required, value, self.word(one["verdict"]), cite]
