"""The rules over the cross-encoder: what covers a claim, what opposes it, and what is said of both."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth import encoder, verifiers
from synth.errors import UsageError
from synth.records import Evidence, Label, Verdict
from synth.verifiers import entailment
from synth.verifiers._alignment import align
from synth.verifiers._causes import causes
from synth.verifiers._covering import covers, doubted, same
from synth.verifiers._features import Pair
from synth.verifiers._language import foreign
from synth.verifiers._quantities import facts
from synth.verifiers._statement import state
from synth.verifiers._verdicts import rounded


def pair(claim: str, sentence: str) -> Pair:
    one, other = state(claim), state(sentence)
    return Pair(
        claim=one,
        sentence=other,
        cosine=0.5,
        forth=align(one, other, idf={}, unseen=1.0),
        back=align(other, one, idf={}, unseen=1.0),
        facts=facts(one, other),
    )


@cache
def _encoder() -> encoder.Encoder:
    return encoder.load("")


@cache
def _judge() -> verifiers.Verifier:
    def encode(texts: Sequence[str]) -> np.ndarray:
        return np.asarray(_encoder().encode(texts))

    return verifiers.build("entailment", encode=encode, encoder=_encoder().signature)


def judged(claim: str, *quotes: str) -> Verdict:
    given = tuple(
        Evidence(
            doc_id="a.pdf",
            paper="p1",
            passage=f"x{i}",
            sentence=i,
            start=0,
            quote=quote,
            spans=(),
            relation=Label.NOT_ENOUGH_INFO,
            score=0.5,
        )
        for i, quote in enumerate(quotes)
    )
    return _judge()(claim, given, claim_id="c1")


COVERING = [
    (
        "Bidirectional attention improves accuracy.",
        "Bidirectional attention between question and passage improves answer accuracy on every dataset "
        "that we tried.",
    ),
    ("XTREME covers 40 languages.", "XTREME covers forty languages."),
    (
        "XTREME covers 40 languages.",
        "XTREME, which was released in 2020, covers forty typologically diverse languages.",
    ),
    ("Kites fly higher in strong wind.", "Kites flew higher in strong wind."),
    ("Dropout does not help small networks.", "Dropout does not help small networks at all."),
    ("The gain is 5.4 points on the test set.", "The gain is 5.40 points on the test set."),
    ("Larger models need more data.", "In our experiments, larger models clearly need more data."),
    ("The encoder was trained for twelve epochs.", "The encoder was trained for 12 epochs on news."),
    ("Beam search improves translation.", "Beam search consistently improved translation everywhere."),
    ("The corpus contains 433k sentence pairs.", "The corpus contains 433,217 sentence pairs in total."),
    ("Subword tokenisation helps German.", "We find that subword tokenization helps German."),
    ("Twenty-five diverse languages are covered.", "25 typologically diverse languages are covered."),
    ("Character models do not need a tokeniser.", "Character models do not need any tokeniser."),
]
NOT_COVERING = [
    ("Attention improves accuracy.", "Attention pruning improves accuracy."),
    ("Attention improves accuracy.", "Removing attention improves accuracy."),
    ("Attention improves accuracy.", "The cost of attention improves accuracy."),
    ("Attention improves accuracy.", "Attention improves speed and keeps accuracy."),
    ("Attention improves accuracy.", "Attention improves speed, whereas dropout improves accuracy."),
    ("Attention improves accuracy.", "Attention improves accuracy only on toy data."),
    ("Attention improves accuracy.", "Attention may improve accuracy."),
    ("Attention improves accuracy.", "Does attention improve accuracy?"),
    ("Only the last layer is tuned.", "The last layer is tuned."),
    ("Models with attention need memory.", "Models without attention need memory."),
    ("Alpha reaches 84.2 F1 on SQuAD.", "Alpha-large reaches 84.2 F1 on SQuAD."),
    ("Alpha reaches 84.2 F1 on SQuAD.", "Alpha reaches 79.1 F1 on SQuAD."),
    ("The school was founded in 1915.", "The school was founded in either 1912 or 1915."),
]


@pytest.mark.parametrize(("claim", "sentence"), COVERING)
def test_a_sentence_that_says_all_of_the_claim_supports_it(claim: str, sentence: str) -> None:
    found = judged(claim, sentence)
    assert found.label is Label.SUPPORT
    assert found.confidence >= 0.9
    assert found.reasons[0] == "the passage says the same in these words"


@pytest.mark.parametrize(("claim", "sentence"), NOT_COVERING)
def test_what_turns_narrows_or_replaces_is_no_covering_copy(claim: str, sentence: str) -> None:
    assert not covers(pair(claim, sentence))


@pytest.mark.parametrize(
    ("claim", "sentence"),
    [
        ("XTREME covers 40 languages and nine tasks.", "It covers 40 languages and nine tasks."),
        (
            "Tuning on a few examples of the target language is cheap and surprisingly effective.",
            "We find that fine-tuning on a few examples of the target language is surprisingly effective.",
        ),
    ],
)
def test_no_contradiction_without_a_cause(claim: str, sentence: str) -> None:
    assert causes(pair(claim, sentence)) == ()
    assert judged(claim, sentence).label is not Label.CONTRADICT


@pytest.mark.parametrize(
    ("claim", "sentence", "cause"),
    [
        (
            "Adding data improves accuracy by 5.4 points.",
            "Adding data improves accuracy by 6.1 points.",
            "number differs: 5.4 points against 6.1 points",
        ),
        (
            "Dropout helps small networks.",
            "Dropout does not help small networks at all.",
            "the passage denies it",
        ),
        (
            "Beam search improves translation quality.",
            "Beam search lowers translation quality in all settings.",
            "opposed words: improves against lowers",
        ),
        ("XTREME covers 40 languages.", "XTREME covers fifty languages.", "number differs: 40 against fifty"),
        (
            "Alpha outperforms Beta on long documents.",
            "Beta outperforms Alpha on long documents.",
            "the two sides have changed places in the passage",
        ),
        (
            "German is harder than English.",
            "English is harder than German.",
            "the two sides have changed places in the passage",
        ),
        (
            "All models improve with more data.",
            "Some models improve with more data.",
            "opposed words: all against some",
        ),
    ],
)
def test_a_contradiction_names_its_cause_first(claim: str, sentence: str, cause: str) -> None:
    found = judged(claim, sentence)
    assert found.label is Label.CONTRADICT
    assert found.reasons[0] == cause


def test_numbers_that_trade_places_are_a_cause() -> None:
    claim = "The rate fell from 2.08% to 0.23% on news and from 4.02% to 1.12% on mail."
    sentence = "The rate fell from 4.02% to 1.12% on news and from 2.08% to 0.23% on mail."
    assert causes(pair(claim, sentence)) == ("the numbers have changed places in the passage",)
    assert causes(pair(claim, claim)) == ()
    assert judged(claim, sentence).label is not Label.SUPPORT


def test_a_passive_has_not_swapped_its_sides() -> None:
    assert causes(pair("Dropout causes noise.", "Noise is caused by dropout.")) == ()


@pytest.mark.parametrize("opening", ["It is unclear whether", "Some believe that", "If"])
def test_what_is_left_open_does_not_support(opening: str) -> None:
    claim = "dropout helps small networks."
    assert doubted(pair(claim, f"{opening} {claim}"))
    assert not doubted(pair(claim, f"We show that {claim}"))
    assert judged(claim, f"{opening} {claim}").label is not Label.SUPPORT


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("fly", "flew", True),
        ("forty", "40", True),
        ("5.40", "5.4", True),
        ("is", "were", True),
        ("analyses", "analysis", True),
        ("labelled", "unlabelled", False),
        ("40", "4", False),
        ("transfer", "transform", False),
    ],
)
def test_words_are_one_in_any_form(one: str, other: str, alike: bool) -> None:
    assert same(one, other) is same(other, one) is alike


def test_a_whole_copy_outweighs_a_contradiction_without_a_cause() -> None:
    claim = "Alpha reaches 84.2 F1 on the SQuAD test set."
    other = (
        "On the SQuAD test set Alpha obtains an F1 score of 84.2, which improves over the previous best "
        "model by 2.1 points."
    )
    found = judged(claim, claim, other)
    assert (found.label, found.mixed) == (Label.SUPPORT, False)
    assert all(e.relation is Label.SUPPORT for e in found.evidence)


def test_a_copy_and_a_denial_are_mixed_and_both_are_shown() -> None:
    claim = "Alpha reaches 84.2 F1 on the SQuAD test set."
    found = judged(claim, claim, "Alpha reaches 79.1 F1 on the SQuAD test set.")
    assert found.mixed
    assert [e.relation for e in found.evidence[:2]] == [Label.SUPPORT, Label.CONTRADICT]
    assert "number differs: 84.2 against 79.1" in found.reasons


def test_another_encoder_than_the_fitted_one_is_refused_with_the_remedy() -> None:
    def encode(texts: Sequence[str]) -> np.ndarray:
        return np.ones((len(texts), 384), np.float32)

    with pytest.raises(UsageError, match=r"not of other@1/f32 - .*--verifier overlap"):
        verifiers.build("entailment", encode=encode, encoder="other@1/f32")
    assert verifiers.build("overlap", encode=encode, encoder="other@1/f32").signature
    assert verifiers.build("entailment", encode=encode, encoder=_encoder().signature).signature


@given(
    st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)).filter(lambda t: sum(t) > 0.01),
)
def test_the_label_shown_is_the_likeliest_of_the_probabilities_shown(raw: tuple[float, float, float]) -> None:
    p = rounded(*(x / sum(raw) for x in raw))
    label = entailment.said(p)
    shown = entailment._tied(p, label)
    assert abs(sum(shown) - 1) < 1e-3
    if label is Label.NOT_ENOUGH_INFO:
        assert shown.not_enough_info >= max(shown.support, shown.contradict)
        assert shown == p or p.not_enough_info < max(p.support, p.contradict)
    else:
        assert shown == p


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Das Modell wurde auf der neuen Menge nicht besser als die alte Fassung.", True),
        ("Le modèle est plus rapide que les autres dans une langue avec peu de données.", True),
        ("El modelo es más rápido que los otros en una lengua con pocos datos.", True),
        ("Модель улучшает точность на длинных документах.", True),
        ("該模型提高了長文檔的準確性並且速度更快", True),
        ("The model is faster than the others in a language with few data.", False),
        ("We fine-tune on de, fr, es, la and el, and on Das Parlament.", False),
        ("Model: bigram; MAP: 0.5476; MRR: 0.6437.", False),
        ("h_t = σ(W x_t + U h_{t-1})", False),
        ("", False),
    ],
)
def test_another_language_is_told_and_tables_and_formulas_are_not_one(text: str, expected: bool) -> None:
    assert foreign(text, state(text).words) is expected


@pytest.mark.parametrize(
    ("claim", "quote", "reason"),
    [
        (
            "The new model improves accuracy on long documents.",
            "Das neue Modell wird auf langen Dokumenten nicht besser als die alte Fassung.",
            "the passage is not in English: it was not judged",
        ),
        (
            "Das neue Modell ist auf langen Dokumenten besser als die alte Fassung.",
            "The new model improves accuracy on long documents over the old version.",
            "the claim is not in English: it was not judged",
        ),
    ],
)
def test_what_is_not_english_is_not_judged(claim: str, quote: str, reason: str) -> None:
    found = judged(claim, quote)
    assert found.label is Label.NOT_ENOUGH_INFO
    assert found.reasons == (reason,)


@pytest.mark.parametrize(
    "quote",
    [
        "Model: bigram; MAP: 0.5476; MRR: 0.6437.",
        "∑_i p(x_i) log p(x_i) ≤ 0 ∀ x ∈ X",
        "\x00\x1b[31mbigram\x07",
        "x" * 5000,
        "word " * 3000,
        "",
    ],
)
@pytest.mark.parametrize("claim", ["The bigram model improves recall.", "word " * 2000])
def test_rows_formulas_and_rubbish_never_support_a_claim_of_something_else(claim: str, quote: str) -> None:
    found = judged(claim, quote)
    assert found.label is not Label.CONTRADICT
    assert found.label is Label.NOT_ENOUGH_INFO or claim.startswith("word")
    assert sum(found.probabilities) == pytest.approx(1.0)
