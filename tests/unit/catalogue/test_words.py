"""How text becomes words to search by."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.catalogue.question import ask, fts5_expression, tsquery_expression
from shop.catalogue.words import fold, is_one_letter_off, one_letter_less, pairs, pieces, stem


def test_text_is_cut_where_the_script_changes():
    assert pieces("椴木香菇 Xiāng-Gū 250g") == ["椴木香菇", "xiang", "gu", "250g"]


def test_tone_marks_case_and_width_do_not_matter():
    assert fold("Lǜ Chá ＡＢＣ") == "lv cha abc"
    assert fold("xī'ān") == "xian"


def test_chinese_is_cut_into_pairs():
    assert pairs("椴木香菇") == ["椴木", "木香", "香菇"]
    assert pairs("茶") == ["茶"]


@pytest.mark.parametrize(
    ("word", "stemmed"),
    [("mushrooms", "mushroom"), ("berries", "berry"), ("teas", "tea"), ("boxes", "box"), ("egg", "egg"),
     ("bass", "bass"), ("asparagus", "asparagus"), ("potatoes", "potato"), ("2024s", "2024s")],
)  # fmt: skip
def test_plurals_lose_their_ending(word, stemmed):
    assert stem(word) == stemmed


words = st.text(alphabet="abcdef", min_size=1, max_size=8)


@given(words, words)
def test_words_one_letter_off_share_a_word_with_one_letter_less(one, other):
    if is_one_letter_off(one, other):
        assert one_letter_less(one) & one_letter_less(other)


@given(words, st.integers(0, 7), st.sampled_from("abcdef"))
def test_every_single_slip_is_recognised(word, place, letter):
    place = min(place, len(word) - 1)
    slips = {
        word[:place] + letter + word[place + 1 :],
        word[:place] + word[place + 1 :],
        word[:place] + letter + word[place:],
    }
    assert all(is_one_letter_off(slip, word) for slip in slips)


@given(st.text(max_size=80))
def test_a_question_never_becomes_anything_but_quoted_words(typed):
    question = ask(typed)
    for expression, quote in (
        (fts5_expression(question, {"_product"}), '"'),
        (tsquery_expression(question, {"_product"}), "'"),
    ):
        outside = expression.split(quote)[0::2]
        assert set("".join(outside)) <= set("() ANDOR&|")
