import html
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from dashboard.kit.escape import esc, plain


@given(st.text(max_size=300))
def test_escaped_text_holds_no_markup(text: str) -> None:
    escaped = esc(text)
    assert not set("<>{}$") & set(escaped)
    assert html.unescape(escaped) == plain(text)


@given(st.text(max_size=300))
def test_plain_text_is_one_line_within_its_limit(text: str) -> None:
    line = plain(text, 40)
    assert len(line) <= 40
    assert not {unicodedata.category(c) for c in line} & {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}
    assert line == " ".join(line.split())


def test_characters_that_turn_the_text_around_are_gone() -> None:
    assert plain("a\u202eb\u2066c\x00d") == "a b c d"


def test_templates_and_formulas_are_written_out() -> None:
    assert esc("%{y} $x$ <b>") == "%&#123;y&#125; &#36;x&#36; &lt;b&gt;"
