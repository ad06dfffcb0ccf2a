"""What every verifier keeps: labels, probabilities, evidence, reasons, clear answers to odd input."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth import encoder, verifiers
from synth.errors import UsageError
from synth.records import Evidence, Label

NAMES = tuple(n for n in verifiers.names() if n != "cross-encoder")  # that one needs a model's name
PRIORS = verifiers.PRIORS


@cache
def _vector(text: str) -> np.ndarray:
    return np.asarray(_encoder().encode([text])[0])


@cache
def _encoder() -> encoder.Encoder:
    return encoder.load("")


def encode(texts: Sequence[str]) -> np.ndarray:
    return np.stack([_vector(t) for t in texts])


@cache
def built(name: str, prior: verifiers.Prior = "balanced") -> verifiers.Verifier:
    return verifiers.build(name, encode=encode, prior=prior)


def evidence(*quotes: str) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(
            doc_id="a.pdf",
            paper="p1",
            passage=f"x{i}",
            sentence=i,
            start=7 * i,
            quote=q,
            spans=(),
            relation=Label.NOT_ENOUGH_INFO,
            score=0.5,
        )
        for i, q in enumerate(quotes)
    )


TEXTS = st.one_of(
    st.text(max_size=200),
    st.sampled_from(
        [
            "We train on 433k pairs.",
            "Accuracy is 5.4 points higher than before.",
            "Der Satz ist deutsch.",
            "不是英文。",
            "It does not help.",
            "It helps.",
            "\u202etxet\x00\x1b[31m",
            "0",
            "a" * 5000,
        ]
    ),
)


def test_they_are_found_by_file_name() -> None:
    assert verifiers.names() == ("cross-encoder", "entailment", "numbers", "overlap")


def test_an_unknown_name_and_an_unknown_prior_name_the_choices() -> None:
    with pytest.raises(UsageError, match="cross-encoder, entailment, numbers, overlap"):
        verifiers.build("oracle", encode=encode)
    with pytest.raises(UsageError, match="balanced, natural"):
        verifiers.build("overlap", encode=encode, prior="hopeful")  # type: ignore[arg-type]
    with pytest.raises(UsageError):
        verifiers.build("_weights", encode=encode)


@pytest.mark.parametrize("prior", PRIORS)
@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=12, deadline=None)
@given(claim=TEXTS, quotes=st.lists(TEXTS, max_size=4))
def test_any_text_gets_a_whole_verdict(
    name: str, prior: verifiers.Prior, claim: str, quotes: list[str]
) -> None:
    given_evidence = evidence(*quotes)
    try:
        verdict = built(name, prior)(f"The claim {claim}", given_evidence, claim_id="c1")
    except UsageError:
        pytest.fail("a claim with words is judged")
    assert sum(verdict.probabilities) == pytest.approx(1.0, abs=1e-9)
    assert all(round(p, 4) == p for p in verdict.probabilities)
    assert verdict.claim == "c1"
    assert {(e.passage, e.sentence) for e in verdict.evidence} <= {
        (e.passage, e.sentence) for e in given_evidence
    }
    assert all(0.0 <= e.score <= 1.0 for e in verdict.evidence)
    assert verdict.reasons
    if verdict.label is not Label.NOT_ENOUGH_INFO:
        assert verdict.evidence[0].relation is verdict.label
        assert verdict.confidence >= (0.4 if name == "entailment" else 0.0)
    if verdict.mixed:
        assert {Label.SUPPORT, Label.CONTRADICT} <= {e.relation for e in verdict.evidence}


@pytest.mark.parametrize("name", NAMES)
def test_without_evidence_nothing_is_known(name: str) -> None:
    verdict = built(name)("The model is evaluated on XNLI.", (), claim_id="c1")
    assert verdict.label is Label.NOT_ENOUGH_INFO
    assert verdict.reasons == ("no passage speaks of this",)
    assert verdict.evidence == ()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("claim", ["", "  \n", "\x00\x1b", "?!", "—"])
def test_a_claim_without_words_is_refused_in_one_line(name: str, claim: str) -> None:
    with pytest.raises(UsageError, match="at least one word"):
        built(name)(claim, evidence("We evaluate on XNLI."), claim_id="c1")


@pytest.mark.parametrize("name", NAMES)
def test_the_same_input_gives_the_same_verdict(name: str) -> None:
    given_evidence = evidence("We evaluate on XNLI.", "Training took three days.")
    fresh = verifiers.build(name, encode=encode)
    first = built(name)("XNLI is used for evaluation.", given_evidence, claim_id="c1")
    assert fresh("XNLI is used for evaluation.", given_evidence, claim_id="c1") == first


@pytest.mark.parametrize("name", NAMES)
def test_signatures_name_verifier_weights_and_prior(name: str) -> None:
    one, other = built(name, "balanced").signature, built(name, "natural").signature
    assert one.startswith(f"{name}/")
    assert one != other
    assert other.endswith("prior:natural")


@pytest.mark.parametrize("name", NAMES)
def test_a_claim_of_two_thousand_words_is_judged(name: str) -> None:
    claim = "The encoder improves accuracy on every language that we tested. " * 200
    assert built(name)(claim, evidence("The encoder improves accuracy."), claim_id="c1").reasons


@pytest.mark.parametrize("prior", PRIORS)
@pytest.mark.parametrize(
    "claim",
    [
        "We train the encoder on 433k sentence pairs for 12 epochs.",
        "Removing the attention layer reduces accuracy on long documents.",
        "The proposed parser is significantly faster than the baseline.",
    ],
)
def test_a_copy_is_supported_and_an_edited_copy_is_not(prior: verifiers.Prior, claim: str) -> None:
    judge = built("entailment", prior)
    copied = judge(claim, evidence("Training took three days.", claim), claim_id="c1")
    assert copied.label is Label.SUPPORT
    assert copied.confidence >= 0.9
    edits = (
        claim.replace("433k", "432k"),
        claim.replace("12 epochs", "21 epochs"),
        claim.replace("reduces", "increases"),
        claim.replace("reduces", "does not reduce"),
        claim.replace("is significantly", "is not significantly"),
        claim.replace("We train", "We never train"),
    )
    for edited in edits:
        if edited != claim:
            assert judge(edited, evidence(claim), claim_id="c1").label is not Label.SUPPORT
            assert judge(claim, evidence(edited), claim_id="c1").label is not Label.SUPPORT


@pytest.mark.parametrize(
    "sentence",
    [
        "We evaluate our models on XNLI, a cross-lingual natural language inference benchmark.",
        "We evaluate on XNLI.",
        "For evaluation we use the XNLI dataset (15 languages).",
    ],
)
def test_the_evaluation_on_xnli_is_found(sentence: str) -> None:
    verdict = built("entailment")(
        "The XNLI dataset is used for evaluation.", evidence(sentence), claim_id="c1"
    )
    assert verdict.label is Label.SUPPORT


def test_overlap_never_contradicts() -> None:
    verdict = built("overlap")("The model does not help.", evidence("The model does help."), claim_id="c1")
    assert verdict.label is Label.SUPPORT


def test_numbers_contradict_where_the_same_quantity_is_stated_otherwise() -> None:
    judge = built("numbers")
    claim = "Intermediate training improves accuracy by 5.4 points."
    said = judge(claim, evidence("Intermediate training improves accuracy by 2.1 points."), claim_id="c1")
    assert said.label is Label.CONTRADICT
    assert said.reasons == ("number differs: 5.4 points against 2.1 points",)
    elsewhere = judge(claim, evidence("Removing dropout costs 2.1 points of recall."), claim_id="c1")
    assert elsewhere.label is Label.NOT_ENOUGH_INFO


def test_a_claim_without_numbers_is_beyond_the_number_rule() -> None:
    verdict = built("numbers")("The model is fast.", evidence("The model is fast."), claim_id="c1")
    assert verdict.label is Label.NOT_ENOUGH_INFO
    assert verdict.reasons == ("the claim states no number",)


def test_vectors_of_another_length_are_refused() -> None:
    judge = verifiers.build("entailment", encode=lambda texts: np.ones((len(texts), 8), np.float32))
    with pytest.raises(UsageError, match="length 384"):
        judge("The model is fast.", evidence("The model is fast."), claim_id="c1")


def test_what_is_known_is_encoded_once_a_call() -> None:
    asked: list[list[str]] = []

    def counting(texts: Sequence[str]) -> np.ndarray:
        asked.append(list(texts))
        return encode(texts)

    judge = verifiers.build("entailment", encode=counting)
    judge("The model is fast.", evidence("The model is fast.", "It is small.", "It is small."), claim_id="c1")
    assert asked == [["The model is fast.", "It is small."]]
