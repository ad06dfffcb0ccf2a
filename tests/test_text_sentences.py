"""Sentence offsets: what ends a sentence, what does not, and that nothing is lost."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from synth.text import sentences


def split(text: str) -> list[str]:
    return [text[a:b] for a, b in sentences(text)]


WHOLE = [
    "As shown by Devlin et al. (2019), it works.",
    "It follows Devlin et al. BERT-style masking.",
    "It uses pairs, e.g. BERT, i.e. an encoder, cf. Tab. 3 and Eq. (4).",
    "See Fig. 3, Sec. 4.1 and Eqs. 2 and 3 vs. the baseline.",
    "The gains are 3.5 and 4.1 points, resp. for the two tasks, approx. 2 times more.",
    "The v1.2 release by J. Smith and K. M. Jones is better.",
    "The address is https://a.example/c.d?e=f.html and more.",
    "The inputs x1, x2, . . . , xn follow.",
    "Results (see App. A) hold.",
    "Table 3. Results of the ablation.",
    "1. Introduction.",
    "3.1. Data is collected.",
    "He lives in the U.S. and works.",
]


@pytest.mark.parametrize("text", WHOLE)
def test_a_stop_inside_a_sentence_does_not_end_it(text: str) -> None:
    assert split(text) == [text]


PARTS = [
    ("This follows Smith et al. We show more.", ["This follows Smith et al.", "We show more."]),
    ("It holds.[12] We go on.", ["It holds.[12]", "We go on."]),
    ("It holds. [3, 4-6] We go on.", ["It holds. [3, 4-6]", "We go on."]),
    ("It drops.(Smith et al., 2010) We go on.", ["It drops.(Smith et al., 2010)", "We go on."]),
    ("The results improve.3 We go on.", ["The results improve.3", "We go on."]),
    ('He said "it works." We agree.', ['He said "it works."', "We agree."]),
    ("(This is whole.) This too.", ["(This is whole.)", "This too."]),
    ("The score is 93.5. The next is 94.", ["The score is 93.5.", "The next is 94."]),
    ("They differ. 5 models fail.", ["They differ.", "5 models fail."]),
    ("They differ. mBERT wins. word2vec loses.", ["They differ.", "mBERT wins.", "word2vec loses."]),
    ("We use words, tags, etc. The rest is dropped.", ["We use words, tags, etc.", "The rest is dropped."]),
    ("It is told in Appendix A. We go on.", ["It is told in Appendix A.", "We go on."]),
    ("Does it hold? Yes! It does.", ["Does it hold?", "Yes!", "It does."]),
    ("(1) We do this. (2) They do that.", ["(1) We do this.", "(2) They do that."]),
    ("one line\n\nanother line", ["one line", "another line"]),
    ("We offer:\n• a set\n• a model. It wins.", ["We offer:", "• a set", "• a model.", "It wins."]),
    ("It works on tasks.We show that.", ["It works on tasks.", "We show that."]),
    ("これは文です。次です。", ["これは文です。", "次です。"]),
]


@pytest.mark.parametrize(("text", "parts"), PARTS)
def test_a_sentence_ends_where_the_next_one_opens(text: str, parts: list[str]) -> None:
    assert split(text) == parts


PIECES = st.sampled_from(
    [
        "We show ",
        "et al.",
        " e.g. ",
        ". ",
        "? ",
        "...",
        " [12]",
        "(a) ",
        "\n\n",
        "\n• ",
        "3.5",
        "J. ",
        '"',
        ")",
        "Fig. ",
    ]
)


@given(st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=24).map("".join)))
@example(". . . . . . . .")
@example("A.\n\nB.")
def test_spans_are_ordered_trimmed_and_lose_nothing(text: str) -> None:
    spans = sentences(text)
    outside = []
    at = 0
    for start, end in spans:
        assert at <= start < end
        assert text[start:end] == text[start:end].strip()
        outside.append(text[at:start])
        at = end
    outside.append(text[at:])
    assert not "".join(outside).strip()


@given(st.text(max_size=60))
def test_a_blank_line_always_splits(text: str) -> None:
    joined = f"{text}\n\nNext."
    assert sentences(joined)[-1] == (len(joined) - 5, len(joined))


def test_a_long_hostile_text_takes_linear_time() -> None:
    assert len(sentences("a. " * 20_000 + "(" * 20_000 + "\n" * 20_000 + "." * 20_000)) >= 1
