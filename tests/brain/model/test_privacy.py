"""Splitting tickets: no planted number survives in what is kept in clear, nothing of the original is lost."""

import re
import unicodedata
from dataclasses import asdict

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from brain.model.case import PrivatePart, Ticket
from brain.model.privacy import MARK, TITLE_MAX, Masked, grid, mask, shorten, split, tidy
from tests.real_data import DATA, real

MOBILE = re.compile(r"1[3-9]\d{9}")

REAL = DATA / "hotline_cn_taidi" / "附件3.xlsx"


def ticket(title: str, private: PrivatePart | None = None, category: str = "noise", unit: str = "") -> Ticket:
    return Ticket("12345", "1", 0, category, title, "received", "020", private or PrivatePart(), unit=unit)


def digits(text: str) -> str:
    """All digits of a text in one row, whatever stands between them and in whichever form."""
    return "".join(str(unicodedata.digit(c)) for c in text if unicodedata.digit(c, None) is not None)


# --- planted numbers ---------------------------------------------------------------------------------------------
SEPARATORS = st.sampled_from(["", "", "", " ", "-", "—", "－", ".", "·", "　", "\u200b", "\u202e", "\n"])
FORMS = st.sampled_from(
    [
        str.maketrans("", ""),
        str.maketrans("0123456789", "０１２３４５６７８９"),
        str.maketrans("0123456789", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗"),
    ]
)
# Anything but digits around it: digits would make it another number.
AROUND = st.text(st.characters(exclude_categories=["Nd", "No", "Nl"]), max_size=40)


def written(number: str, separators: list[str], form: dict[int, int]) -> str:
    return "".join(a + b for a, b in zip(number, [*separators, ""], strict=True)).translate(form)


@st.composite
def planted(draw: st.DrawFn, numbers: st.SearchStrategy[str]) -> tuple[str, str]:
    """(the number, a text that holds it in some way of writing)."""
    number = draw(numbers)
    separators = draw(st.lists(SEPARATORS, min_size=len(number) - 1, max_size=len(number) - 1))
    return number, draw(AROUND) + written(number, separators, draw(FORMS)) + draw(AROUND)


MOBILES = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
IDENTITIES = st.from_regex(
    r"[1-6][0-9]{5}(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9])[0-9]{3}[0-9X]", fullmatch=True
)
CARDS = st.from_regex(r"62[0-9]{14,17}", fullmatch=True)
AREA_CODES = st.from_regex(r"010|02[0-9]|0[3-9][0-9]{2}", fullmatch=True)
LOCAL_NUMBERS = st.from_regex(r"[2-8][0-9]{6,7}", fullmatch=True)


@given(planted(MOBILES))
@example(("13800138000", "电话1 3 8 0 0 1 3 8 0 0 0。"))
def test_no_mobile_number_survives(case: tuple[str, str]) -> None:
    number, text = case
    assert number not in digits(mask(text, 200))


@given(planted(st.one_of(IDENTITIES, CARDS)))
def test_no_identity_or_card_number_survives(case: tuple[str, str]) -> None:
    number, text = case
    assert number.rstrip("X") not in digits(mask(text, 200))


@given(AREA_CODES, st.sampled_from(["", "-", " ", "－", "—", ")", "）"]), LOCAL_NUMBERS, AROUND, AROUND)
def test_no_landline_survives(area: str, separator: str, local: str, before: str, after: str) -> None:
    assert local not in digits(mask(before + area + separator + local + after, 200))


@given(
    st.lists(st.one_of(MOBILES, IDENTITIES, CARDS), min_size=2, max_size=4), st.sampled_from(["", ",", "、", " ", "/"])
)
def test_numbers_side_by_side_all_go(numbers: list[str], between: str) -> None:
    found = digits(mask(f"电话{between.join(numbers)}请回", 500))
    assert not any(number.rstrip("X") in found for number in numbers)


@given(MOBILES, st.integers(0, 400))
def test_a_cut_text_shows_no_part_of_a_number(number: str, offset: int) -> None:
    text = "噪" * offset + number + "音" * 300
    assert digits(mask(text, TITLE_MAX)) == ""


@given(st.text(max_size=300), st.integers(1, 200))
def test_what_is_kept_is_one_short_visible_line(text: str, limit: int) -> None:
    line = mask(text, limit)
    assert len(line) <= limit
    assert not any(unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") for character in line)
    line.encode()


@given(st.text(max_size=300))
def test_tidy_text_stays_as_it_is(text: str) -> None:
    assert tidy(tidy(text)) == tidy(text)


# --- text --------------------------------------------------------------------------------------------------------
def test_direction_changes_and_invisible_characters_go() -> None:
    assert tidy("a\u202eb\u2066c\u200bd\ufeffe\u00adf\u3164g\U000e0041h") == "abcdefgh"


def test_control_characters_and_breaks_become_one_space() -> None:
    assert tidy(" 第一行\r\n\t第二行\x00\x1b[31m\u2028第三行　完 ") == "第一行 第二行 [31m 第三行 完"


def test_halves_of_surrogate_pairs_go() -> None:
    assert tidy("坏\ud83d了") == "坏了"


def test_markup_and_formulas_are_only_text_here() -> None:
    assert mask("<b>=1+1</b>", 50) == "<b>=1+1</b>", "whoever shows or exports it must treat it as text"


def test_a_long_title_is_cut_with_a_mark() -> None:
    assert shorten("12345", 5) == "12345"
    assert shorten("123 456", 5) == "123…"
    assert len(mask("长" * 500, TITLE_MAX)) == TITLE_MAX


def test_known_values_are_hidden_wherever_they_stand() -> None:
    assert mask("小卖部的阿珍说的", 50, ["阿珍"]) == f"小卖部的{MARK}说的"
    assert mask("短 A", 50, ["", "A"]) == "短 A", "one letter is no name"
    assert mask("问阿珍阿强", 50, ["阿珍", "阿强"]) == f"问{MARK}", "side by side they are one"


# --- place -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("lon", "lat", "kept"),
    [
        (113.123456, 22.98765, (113.123, 22.988)),
        (None, 22.0, (None, None)),
        (0.0, 0.0, (None, None)),
        (0.0, 51.5, (0.0, 51.5)),
        (float("nan"), 22.0, (None, None)),
        (113.0, float("inf"), (None, None)),
        (181.0, 22.0, (None, None)),
        (113.0, -91.0, (None, None)),
    ],
)
def test_places_are_kept_at_grid_level(
    lon: float | None, lat: float | None, kept: tuple[float | None, float | None]
) -> None:
    assert grid(lon, lat) == kept


# --- splitting ---------------------------------------------------------------------------------------------------
def test_a_ticket_is_split() -> None:
    private = PrivatePart("王小明", "13800138000", "440106199001011234", "东渡路5号301室", "原文", 113.05123, 22.05987)
    masked, kept = split(ticket("王小明反映东渡路5号301室漏水13800138000", private))
    assert masked == Masked(f"{MARK}反映{MARK}漏水{MARK}", "noise", "", 113.051, 22.06)
    assert asdict(kept) == {**asdict(private), "text": "王小明反映东渡路5号301室漏水13800138000\n原文"}


def test_an_unchanged_title_is_not_kept_twice() -> None:
    private = PrivatePart(text="原文")
    assert split(ticket("路灯不亮", private))[1] == private
    assert split(ticket("联系 13800138000", PrivatePart()))[1].text == "联系 13800138000"
    assert split(ticket("联系 13800138000", PrivatePart(text="请联系 13800138000")))[1].text == "请联系 13800138000"


def test_a_ticket_without_title_shows_the_masked_beginning_of_its_text() -> None:
    masked, kept = split(ticket("", PrivatePart(text="请回电13800138000\n" + "路灯不亮" * 100)))
    assert masked.title.startswith(f"请回电{MARK} 路灯不亮")
    assert len(masked.title) == TITLE_MAX
    assert kept.text.startswith("请回电13800138000")


@pytest.mark.parametrize("code", ["01010203040506", "00817", "A.1/2-3", "noise"])
def test_category_codes_stay(code: str) -> None:
    assert split(ticket("x", category=code))[0].category == code


@pytest.mark.parametrize("text", ["13800138000", "440106199001011234", "联系人：王小明", "东渡路5号301室"])
def test_categories_and_units_are_masked_too(text: str) -> None:
    masked, _ = split(ticket("x", category=text, unit=text))
    assert MARK in masked.category
    assert MARK in masked.unit


# --- real messages -----------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def real_messages() -> list[tuple[str, str]]:
    from openpyxl import load_workbook

    book = load_workbook(real(REAL), read_only=True)
    rows = [row for sheet in book for row in list(sheet.iter_rows(min_row=2, values_only=True))]
    book.close()
    return [(str(row[2] or ""), str(row[4] or "")) for row in rows]


@pytest.mark.real_data
def test_no_mobile_number_of_real_messages_survives(real_messages: list[tuple[str, str]]) -> None:
    assert len(real_messages) > 5000
    for title, text in real_messages:
        masked, _ = split(ticket(title, PrivatePart(text=text)))
        assert not MOBILE.search(masked.title)
        if len(digits(text)) >= 11:  # the others hold no number to look for
            joined = re.sub(r"[\s\-]", "", mask(text, 2000))
            assert not re.search(r"(?<!\d)1[3-9]\d{9}", joined)


@pytest.mark.real_data
def test_no_mobile_number_planted_in_real_messages_survives(real_messages: list[tuple[str, str]]) -> None:
    for i, (_, text) in enumerate(real_messages[::4]):
        line = tidy(text[:300])
        number = f"1{3 + i % 7}{i * 7919 % 10**9:09d}"
        # Not beside other digits: it would be a part of another number there.
        places = [k for k in range(len(line)) if not re.search(r"[\d.\-/:]", line[max(0, k - 3) : k + 3])]
        where = places[i * 31 % len(places)] if places else 0
        assert number not in re.sub(r"\D", "", mask(f"{line[:where]}（{number}）{line[where:]}", 400)), line


@pytest.mark.real_data
def test_most_real_titles_stay_as_they_are(real_messages: list[tuple[str, str]]) -> None:
    titles = [tidy(title) for title, _ in real_messages]
    changed = [title for title in titles if mask(title, TITLE_MAX) != title]
    assert len(changed) < len(titles) / 10, "masking that hides every third title would be switched off"
    assert len(changed) > len(titles) / 100, "house numbers are in some of them"
