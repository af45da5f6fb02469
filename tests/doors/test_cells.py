"""Tables written in Python are, byte for byte, what Django's own templates make of them."""

import django
import pytest
from django.template import engines
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override
from hypothesis import given, settings
from hypothesis import strategies as st

django.setup()

from zhiheng.web.cells import grid  # noqa: E402

# what components/table.html says, in the words of a template
TEMPLATE = r"""<div class="scroll{% if table.tall %} tall{% endif %}" tabindex="0" role="region" aria-label="{% if table.label %}{{ table.label }}{% else %}{{ table.caption }}{% endif %}"><table class="list{% if table.cards %} cards{% endif %}">
{% if table.caption %}<caption>{{ table.caption }}</caption>{% endif %}
<thead><tr>{% for column in table.columns %}<th scope="col" class="{% if column.numeric %}number{% elif column.wide %}text{% elif column.nowrap %}nowrap{% endif %}"{% if column.sorted == "asc" %} aria-sort="ascending"{% elif column.sorted == "desc" %} aria-sort="descending"{% endif %}>{% if column.sort_url %}<a href="{{ column.sort_url }}" rel="nofollow">{{ column.label }}<span aria-hidden="true">{% if column.sorted == "asc" %}↑{% elif column.sorted == "desc" %}↓{% endif %}</span></a>{% elif column.hidden %}<span class="hidden-visually">{{ column.label }}</span>{% else %}{{ column.label }}{% endif %}{% if column.unit %} <small>{{ column.unit }}</small>{% endif %}</th>{% endfor %}</tr></thead>
<tbody>{% for row in table.rows %}{% with head=row.0 %}{% if head.group %}<tr class="group{% if head.urgent %} urgent{% endif %}"><th colspan="{{ table.columns|length }}" scope="rowgroup">{{ head.group }} <span class="n">{{ head.n }}</span></th></tr>{% else %}<tr>{% for cell in row %}{% if cell.tick %}<td class="tick"><input type="checkbox" name="case" value="{{ cell.tick }}" aria-label="{{ cell.label }}"></td>{% else %}{% if cell.main %}<th scope="row" data-name="{{ cell.column.label }}{% if cell.column.unit %} {{ cell.column.unit }}{% endif %}">{% else %}<td class="{% if cell.column.numeric %}number{% elif cell.column.wide %}text{% elif cell.column.nowrap %}nowrap{% endif %}{% if cell.text == "–" and not cell.note %} none{% endif %}" data-name="{{ cell.column.label }}{% if cell.column.unit %} {{ cell.column.unit }}{% endif %}">{% endif %}<span>{% if cell.verdict %}{% include "components/verdict.html" with verdict=cell.verdict large=False %}{% elif cell.url %}<a href="{{ cell.url }}">{{ cell.text|tongue }}</a>{% else %}{{ cell.text|tongue }}{% endif %}{% if cell.bar %}<svg class="meter" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect class="all" width="100" height="10"/><rect class="value" width="{{ cell.bar.value }}" height="10"/><rect class="reach" x="{{ cell.bar.lower }}" y="4" width="{{ cell.bar.width }}" height="2"/></svg>{% endif %}{% if cell.tag %} <span class="tag{% if cell.urgent %} urgent{% endif %}">{{ cell.tag }}</span>{% endif %}{% if cell.note %} <span class="quiet">{{ cell.note|tongue }}</span>{% endif %}</span>{% if cell.main %}</th>{% else %}</td>{% endif %}{% endif %}{% endfor %}</tr>{% endif %}{% endwith %}{% endfor %}</tbody></table></div>
"""  # noqa: E501
TEXTS = st.one_of(
    st.sampled_from(["", "–", "<b>&'\"", "蔬菜 > leaf vegetables of 2 kinds", "12.3%", "not stated in it"]),
    st.sampled_from([None, 12, 1234567, 0.5, mark_safe("<i>x</i>"), _("Verdict")]),
)
FLAGS = st.sampled_from([True, False])
COLUMNS = st.fixed_dictionaries(
    {"label": TEXTS},
    optional={
        "unit": TEXTS,
        "numeric": FLAGS,
        "wide": FLAGS,
        "nowrap": FLAGS,
        "hidden": FLAGS,
        "sorted": st.sampled_from(["", "asc", "desc"]),
        "sort_url": st.sampled_from(["", "?sort=a&page=1"]),
    },
)
BARS = st.fixed_dictionaries({"value": st.sampled_from([1, 33.25]), "lower": st.just(0.5), "width": st.just(12)})
CELLS = st.fixed_dictionaries(
    {},
    optional={
        "text": TEXTS,
        "url": st.sampled_from(["", "/a/?b=1&c=%E8"]),
        "verdict": st.sampled_from(["", "conforming", "nonconforming", "inconclusive", "not_judged"]),
        "tag": TEXTS,
        "urgent": FLAGS,
        "note": TEXTS,
        "main": FLAGS,
        "bar": BARS,
        "tick": st.sampled_from(["", "a-1", 7]),
        "label": TEXTS,
        "column": st.just({"label": "of its own", "numeric": True}),
    },
)
GROUPS = st.fixed_dictionaries({"group": st.sampled_from(["late", "<now>"])}, optional={"n": TEXTS, "urgent": FLAGS})


@st.composite
def tables(draw: st.DrawFn) -> dict[str, object]:
    """A table as pages give it: every cell has its column, headings between rows stand alone."""
    columns = draw(st.lists(COLUMNS, min_size=1, max_size=3))
    line = st.tuples(*(CELLS.map(lambda cell, column=column: {"column": column} | cell) for column in columns))
    rows = draw(st.lists(st.one_of(line.map(list), GROUPS.map(lambda head: [head])), max_size=4))
    table: dict[str, object] = {"columns": columns, "rows": rows}
    more = st.fixed_dictionaries({}, optional={"label": TEXTS, "caption": TEXTS, "cards": FLAGS, "tall": FLAGS})
    return table | draw(more)


@pytest.mark.parametrize("spoken", ["zh-hans", "en"])
@settings(max_examples=60, deadline=None)
@given(table=tables())
def test_a_table_is_written_as_the_template_writes_it(spoken: str, table: dict[str, object]) -> None:
    with override(spoken):
        wanted = engines["django"].from_string(TEMPLATE).render({"table": table})
        assert f"{grid(table)}\n" == wanted


@pytest.mark.parametrize("table", [None, {}, ""])
def test_no_table_is_an_empty_one(table: object) -> None:
    assert f"{grid(table)}\n" == engines["django"].from_string(TEMPLATE).render({"table": table})
