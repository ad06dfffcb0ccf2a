"""Words, stems, letters and printable text."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.text import content_words, letters, printable, words
from synth.text.stem import stem


@given(st.text(max_size=60), st.text(max_size=60))
def test_letters_of_parts_join_to_the_letters_of_the_whole(a: str, b: str) -> None:
    assert letters(a + b) == letters(a) + letters(b)


@given(st.text(max_size=60))
def test_letters_are_stable_and_alphanumeric(text: str) -> None:
    once = letters(text)
    assert letters(once) == once
    assert all(c.isalnum() for c in once)


def test_letters_forget_hyphens_ligatures_accents_and_lines() -> None:
    assert letters("eﬃ-\ncient Naïve 𝑥²") == "efficientnaivex2"


def test_words_keep_decimals_whole_and_part_hyphens() -> None:
    assert words("State-of-the-art XLM-R scores 93.5% on 1,000 pairs") == (
        *("state", "of", "the", "art", "xlm", "r", "scores", "93.5", "on", "1,000", "pairs"),
    )


def test_content_words_drop_stop_words_and_endings() -> None:
    assert content_words("The models' improvements were improving the model") == (
        *("model", "improv", "improv", "model"),
    )


# From the examples printed in Porter's article, step by step.
STEMS = {
    "caresses": "caress", "ponies": "poni", "cats": "cat", "feed": "feed", "agreed": "agre",
    "plastered": "plaster", "bled": "bled", "motoring": "motor", "sing": "sing", "conflated": "conflat",
    "troubled": "troubl", "sized": "size", "hopping": "hop", "falling": "fall", "hissing": "hiss",
    "failing": "fail", "filing": "file", "happy": "happi", "sky": "sky", "relational": "relat",
    "conditional": "condit", "rational": "ration", "digitizer": "digit", "vietnamization": "vietnam",
    "operator": "oper", "feudalism": "feudal", "decisiveness": "decis", "hopefulness": "hope",
    "formaliti": "formal", "sensibiliti": "sensibl", "triplicate": "triplic", "formative": "form",
    "electrical": "electr", "goodness": "good", "revival": "reviv", "allowance": "allow",
    "airliner": "airlin", "adjustable": "adjust", "replacement": "replac", "adoption": "adopt",
    "communism": "commun", "effective": "effect", "probate": "probat", "rate": "rate", "cease": "ceas",
    "controll": "control", "roll": "roll",
}  # fmt: skip


@pytest.mark.parametrize("word", sorted(STEMS))
def test_stems_are_those_of_porters_article(word: str) -> None:
    assert stem(word) == STEMS[word]


@given(st.text(max_size=80))
def test_printable_text_has_nothing_that_a_terminal_obeys(text: str) -> None:
    shown = printable(text)
    assert printable(shown) == shown
    shown.encode("utf-8")
    assert not [c for c in shown if unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t"]
    assert not [
        c for c in shown if unicodedata.bidirectional(c) in ("LRO", "RLO", "LRE", "RLE", "PDF", "LRI", "RLI")
    ]


def test_printable_keeps_letters_spaces_and_other_scripts() -> None:
    text = "naïve\u00a0日本 عربي\n\ta–b"
    assert printable(text) == text
    assert printable("a\x1b[31m\u202eb\u2028c\ud800\x00") == "a[31mb c"
