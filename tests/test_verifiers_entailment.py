"""The entailment verifier's parts: copies, edits, alignment, reasons, weights, verdicts on both sides."""

from __future__ import annotations

from pathlib import Path

import pytest

from synth.errors import ModelError
from synth.records import Evidence, Label, Probabilities
from synth.verifiers import _features, _weights
from synth.verifiers._alignment import align
from synth.verifiers._causes import causes
from synth.verifiers._quantities import facts
from synth.verifiers._reasons import reasons
from synth.verifiers._statement import state
from synth.verifiers._verdicts import Judgement, rounded, verdict


def pair(claim: str, sentence: str) -> _features.Pair:
    one, other = state(claim), state(sentence)
    return _features.Pair(
        claim=one,
        sentence=other,
        cosine=0.5,
        forth=align(one, other, idf={}, unseen=1.0),
        back=align(other, one, idf={}, unseen=1.0),
        facts=facts(one, other),
    )


CLAIM = "All nine models improve on the longer documents of the test set."


@pytest.mark.parametrize(
    ("sentence", "copy"),
    [
        (CLAIM, True),
        (f"However, {CLAIM}", True),
        ("All nine mod-\nels improve on the longer docu\u00adments of the test set [12].", True),
        (f"Not {CLAIM}", False),
        (f"{CLAIM[:-1]} only.", False),
        (f"If {CLAIM}", False),
        (f"{CLAIM[:-1]} 12.", True),
        ("All nine models improve.", False),
    ],
)
def test_a_copy_holds_nothing_that_takes_it_back(sentence: str, copy: bool) -> None:
    assert _features.is_copy(pair(CLAIM, sentence)) is copy


@pytest.mark.parametrize(
    ("claim", "sentence", "changed"),
    [
        (
            "We train the encoder for 12 epochs in total.",
            "We train the encoder for 14 epochs in total.",
            "number",
        ),
        ("We train the encoder on the corpus of news.", "We train the encoder on the corpus of news 14.", ""),
        ("The encoder is not trained on any news.", "The encoder is trained on any news.", "negation"),
        ("Adding news increases the accuracy of it.", "Adding news reduces the accuracy of it.", "opposite"),
        ("The gain over it is 5.4 points.", "The gain over it is 5.40 points.", ""),
        ("Adding news increases accuracy.", "The parser was written in a week by two people.", ""),
    ],
)
def test_what_was_edited_in_a_copy_is_named(claim: str, sentence: str, changed: str) -> None:
    assert _features.changed(pair(claim, sentence)) == changed


def test_another_year_at_the_end_is_no_copy() -> None:
    assert not _features.is_copy(pair("The outbreak began in June 2022.", "The outbreak began in June 2019."))


def test_features_are_named_and_finite() -> None:
    found = _features.vector(pair("", "A b."))
    assert len(found) == len(_features.NAMES)
    assert all(abs(x) < 100 for x in found)


def test_swapped_sides_of_a_comparison_are_seen() -> None:
    at = _features.NAMES.index("swapped")
    claim = "The listwise ranker outperforms the pointwise ranker."
    assert _features.vector(pair(claim, "The pointwise ranker outperforms the listwise ranker."))[at] == 1.0
    assert _features.vector(pair(claim, claim))[at] == 0.0


def test_alignment_names_the_rarest_missing_word_first() -> None:
    idf = {"parser": 1.0, "met": 2.0, "zyzzyva": 9.0}
    found = align(state("The parser met a zyzzyva."), state("It slept."), idf=idf, unseen=9.0)
    assert found.missing[0] == "zyzzyva"
    assert found.exact == 0.0
    assert align(state("The parser."), state("Many parsers."), idf=idf, unseen=9.0).exact == 1.0


def test_the_first_reason_is_the_cause_of_the_label() -> None:
    found = pair("Dropout increases accuracy.", "Dropout does not decrease accuracy.")
    named = causes(found)
    assert named == ("opposed words: increases against decrease", "the passage denies it")
    assert reasons(found, Label.CONTRADICT, causes=named)[:2] == named
    assert reasons(found, Label.CONTRADICT)[0].startswith("no single word opposes it")
    told = reasons(pair("It gains 5.4 points.", "The parser gains 5.4 points of F1."), Label.SUPPORT)
    assert told[0] == "number agrees: 5.4 points"


def test_a_file_that_is_not_the_pinned_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot read"):
        _weights.read("words.npz", folder=tmp_path)
    (tmp_path / "words.npz").write_bytes(b"x")
    with pytest.raises(ModelError, match="not the file"):
        _weights.read("words.npz", folder=tmp_path)


def test_the_shipped_files_are_the_pinned_ones() -> None:
    assert _weights.load_words().unseen > 0
    assert _weights.arrays("entailment.npz")["head.weight"].shape == (3, len(_features.NAMES) + 3)


def _judged(*p: float) -> Judgement:
    found = Probabilities(*p)
    label = (Label.SUPPORT, Label.CONTRADICT, Label.NOT_ENOUGH_INFO)[max(range(3), key=lambda i: p[i])]
    return Judgement(relation=label, probabilities=found, reasons=(f"said {label}",))


def _evidence(n: int) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(
            doc_id="a.pdf",
            paper="p1",
            passage=f"x{i}",
            sentence=0,
            start=0,
            quote=f"quote {i}",
            spans=(),
            relation=Label.NOT_ENOUGH_INFO,
            score=0.0,
        )
        for i in range(n)
    )


def test_a_mixed_verdict_shows_both_sides_and_decides_nothing() -> None:
    found = verdict(
        "c1",
        _evidence(3),
        [_judged(0.1, 0.1, 0.8), _judged(0.9, 0.05, 0.05), _judged(0.1, 0.8, 0.1)],
        label=Label.SUPPORT,
        probabilities=Probabilities(0.3, 0.2, 0.5),
        mixed=True,
        signature="test/1",
    )
    assert found.label is Label.NOT_ENOUGH_INFO
    assert [e.relation for e in found.evidence] == [Label.SUPPORT, Label.CONTRADICT]
    assert found.reasons == (
        "one sentence supports it, another contradicts it",
        "said SUPPORT",
        "said CONTRADICT",
    )


def test_the_sentence_that_carries_the_label_comes_first() -> None:
    found = verdict(
        "c1",
        _evidence(2),
        [_judged(0.3, 0.3, 0.4), _judged(0.8, 0.1, 0.1)],
        label=Label.SUPPORT,
        probabilities=Probabilities(0.8, 0.1, 0.1),
        mixed=False,
        signature="test/1",
    )
    assert [(e.quote, e.relation, e.score) for e in found.evidence] == [("quote 1", Label.SUPPORT, 0.8)]


def test_rounded_probabilities_sum_to_one() -> None:
    assert rounded(1, 1, 1) == (0.3333, 0.3333, 0.3334)
    assert rounded(0.99996, 0.00004, 0.0) == (1.0, 0.0, 0.0)
