"""Claims: what is mined and refused, its kind and conditions, the ranking, the grouping over papers."""

import hashlib
from collections.abc import Sequence
from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth.claims import SIGNATURE, group, mine, rank
from synth.claims.conditions import conditions
from synth.claims.cues import parse
from synth.claims.model import WEIGHTS, WEIGHTS_SHA256, load, unpack
from synth.claims.refusal import refusal
from synth.errors import ModelError
from synth.records import Box, Claim, ClaimKind, Paper, Passage, Reading, Role, Sentence, Span
from synth.text import quantities, sentences

FINDING = "We find that the tall encoder outperforms the flat encoder by 3.2 F1 points on FrogNER."
ABSTRACT = (
    "Tagging frogs is hard. In this paper, we propose Hopper, a tall encoder for tagging frogs. "
    f"{FINDING} Our code and data are publicly available."
)
BODY = (
    "Table 2 shows our results. We set the batch size to 64. What do frogs want? "
    "Hopper reaches an accuracy of 91.4% on the test set, which is 2.1 points better than the flat encoder."
)


def passage(
    text: str, *, paper: str, number: int, section: str = "Results", role: Role = Role.BODY
) -> Passage:
    box = Span(page=1, boxes=(Box(0, 0, 10, 10),))
    found = tuple(Sentence(start=a, end=b, spans=(box,)) for a, b in sentences(text))
    name = f"{paper}-{number}"
    return Passage(id=name, paper=paper, section=section, role=role, text=text, spans=(box,), sentences=found)


def reading(*parts: tuple[str, str, Role], paper: str = "p1") -> Reading:
    passages = (
        passage(text, paper=paper, number=i, section=section, role=role)
        for i, (text, section, role) in enumerate(parts)
    )
    return Reading(paper=Paper(id=paper, file=f"{paper}.pdf", title="Of Frogs"), passages=tuple(passages))


MINI = reading((ABSTRACT, "Abstract", Role.ABSTRACT), (BODY, "4 Results", Role.BODY))


def test_claims_are_whole_sentences_verbatim_with_their_place() -> None:
    found = mine(MINI)
    assert FINDING in [claim.text for claim in found]
    for claim in found:
        origin = next(p for p in MINI.passages if p.id == claim.passage)
        assert claim.text == origin.sentence_text(claim.sentence)
        assert claim.spans == origin.sentences[claim.sentence].spans
        assert (claim.paper, claim.section) == ("p1", origin.section)
        assert 0.0 <= claim.score <= 1.0


def test_the_same_reading_gives_the_same_claims_with_distinct_ids() -> None:
    found = mine(MINI)
    assert found == mine(MINI)
    assert len({claim.id for claim in found}) == len(found)


def test_a_claim_has_its_quantities_and_conditions() -> None:
    (claim,) = [c for c in mine(MINI) if c.text == FINDING]
    assert [(q.value, q.unit, q.direction) for q in claim.quantities] == [(3.2, "points", "up")]
    assert ("dataset", "FrogNER") in claim.conditions


def test_what_is_no_abstract_or_body_is_not_mined() -> None:
    roles = (Role.TITLE, Role.FOOTNOTE, Role.FRONT, Role.ACKNOWLEDGEMENT, Role.REFERENCE, Role.CAPTION)
    assert mine(reading(*((FINDING, "x", role) for role in roles))) == ()


REFUSED = {
    "question": ["Can frogs be tagged by a tall encoder?"],
    "pointer": [
        "Table 2 reports our results on the FrogNER dataset.",
        "The results are shown in Figure 3.",
        "As shown in Table 2, the results are given in Section 4.",
    ],
    "outline": [
        "In this section we describe the tall encoder.",
        "The rest of this paper is organized as follows.",
    ],
    "thanks": ["We would like to thank the frogs for their patience."],
    "plan": ["In future work, we plan to tag toads as well.", "It would be interesting to tag newts."],
    "activity": ["We compare Hopper with three baselines.", "We also conduct an ablation study."],
    "setting": [
        "The batch size is set to 64 for all runs.",
        "We use dropout with a rate of 0.5 on all layers.",
        "We set the learning rate to 0.01.",
    ],
    "fragment": ["Effects of tall encoders.", "A tall encoder of frogs and newts", "Frogs jump."],
    "garbled": ["f (x) = W x + b , g (y) = V y + c , h (z) = U z + d is the sum of w_1 and w_2."],
    "beginning": ["shows that the tall encoder is better than the flat encoder."],
}


@pytest.mark.parametrize(("reason", "text"), [(r, text) for r, texts in REFUSED.items() for text in texts])
def test_what_asserts_nothing_is_refused(reason: str, text: str) -> None:
    assert refusal(text, parse(text)) == reason


KEPT = [
    "The XNLI dataset is used for evaluation.",
    FINDING,
    "Table 2 shows that Hopper outperforms the flat encoder on both sets.",
    "Figure 3 shows a clear improvement of 4% over the baseline.",
    "As shown in Table 2, tall encoders help most on short inputs.",
    "BERT is pre-trained on 3.3 billion words.",
    "mBERT covers 104 languages.",
    "Hopper fails to tag toads.",
    "One limitation of our work is that it covers English only, which we leave to future work.",
    "In this paper, we propose Hopper, a tall encoder.",
    "We release a corpus of 500 tagged frogs.",
    "However, Smith et al. (2019) found no effect of depth.",
]


@pytest.mark.parametrize("text", KEPT)
def test_what_can_be_checked_is_kept(text: str) -> None:
    assert refusal(text, parse(text)) == ""


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (ClaimKind.COMPARISON, "Tall encoders outperform flat encoders on all sets."),
        (ClaimKind.COMPARISON, "Tall encoders are 2% better than flat encoders."),
        (ClaimKind.FINDING, "Results show that depth improves the tagging of frogs."),
        (ClaimKind.METHOD, "In this paper, we propose Hopper, a tall encoder for frogs."),
        (ClaimKind.RESOURCE, "We release a corpus of 500 tagged frogs."),
        (ClaimKind.DEFINITION, "Frog tagging is the task of giving a tag to every frog."),
        (ClaimKind.LIMITATION, "Our tall encoder fails to tag toads in the dark."),
    ],
)
def test_kinds(kind: ClaimKind, text: str) -> None:
    (claim,) = mine(reading((text, "Abstract", Role.ABSTRACT)))
    assert claim.kind is kind


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "It scores 71 F1 on the FrogNER dev set.",
            {("dataset", "FrogNER"), ("metric", "F1"), ("split", "dev")},
        ),
        ("It wins on XFrog, ToadQA and NewtBank.", {("dataset", x) for x in ("XFrog", "ToadQA", "NewtBank")}),
        ("It uses the Pond Frogs corpus (PFC).", {("dataset", "Pond Frogs"), ("dataset", "PFC")}),
        ("It wins in zero-shot transfer to Swahili.", {("setting", "zero-shot"), ("language", "Swahili")}),
        ("It has 550M parameters.", {("size", "550M")}),
        ("Smith et al. (2019) found no effect of depth.", {("cited", "true")}),
        ("Unlike Smith et al. (2019), we found one.", set()),
        ("It wins on average.", set()),
    ],
)
def test_conditions(text: str, expected: set[tuple[str, str]]) -> None:
    assert conditions(text, quantities(text)) == tuple(sorted(expected))


def claim(text: str, *, paper: str = "p1", sentence: int = 0) -> Claim:
    return Claim(
        id=f"{paper}/{sentence}/{text}",
        paper=paper,
        passage=f"{paper}-0",
        sentence=sentence,
        text=text,
        kind=ClaimKind.FINDING,
        section="Results",
        spans=(),
        quantities=quantities(text),
        conditions=(),
        score=0.5,
    )


def test_rank_puts_what_is_near_the_question_first() -> None:
    near, far = claim("Frogs jump far.", sentence=0), claim("Newts swim well.", sentence=1)
    ranked = rank([far, near], {("p1-0", 0): 0.9, ("p1-0", 1): 0.2}, limit=5)
    assert ranked == ((near, 0.9), (far, 0.2))


def test_rank_sets_back_what_the_same_paper_said_already() -> None:
    one = claim("Tall frogs jump very far.", sentence=0)
    again = claim("Tall frogs jump very far indeed.", sentence=1)
    other = claim("Newts swim well at night.", sentence=2)
    relevance = {("p1-0", 0): 0.9, ("p1-0", 1): 0.89, ("p1-0", 2): 0.7}
    assert [c for c, _ in rank([one, again, other], relevance, limit=3)] == [one, other, again]


def test_rank_gives_no_paper_more_than_its_share() -> None:
    texts = (
        "red frogs hop",
        "green newts swim",
        "old toads dig",
        "small eels hide",
        "wet crabs wait",
        "flies go",
    )
    many = [claim(t, paper="p1", sentence=i) for i, t in enumerate(texts)]
    few = [claim(t, paper="p2", sentence=i) for i, t in enumerate(texts)]
    relevance = {("p1-0", i): 0.9 for i in range(6)} | {("p2-0", i): 0.1 for i in range(6)}
    ranked = rank([*many, *few], relevance, limit=4)
    assert [c.paper for c, _ in ranked] == ["p1", "p1", "p1", "p2"]


@settings(max_examples=40)
@given(st.permutations(range(8)), st.integers(min_value=0, max_value=9))
def test_rank_does_not_depend_on_the_order_of_its_input(order: Sequence[int], limit: int) -> None:
    claims = [claim(f"Frog {'abcdefgh'[i]} jumps.", paper=f"p{i % 3}", sentence=i) for i in range(8)]
    relevance = {(c.passage, c.sentence): 0.5 for c in claims}
    ranked = rank([claims[i] for i in order], relevance, limit=limit)
    assert ranked == rank(claims, relevance, limit=limit)
    assert len(ranked) <= limit


SAME = np.array([[1.0, 0.0], [0.96, 0.28]], dtype=np.float32)


def grouped(first: str, second: str, *, papers: tuple[str, str] = ("p1", "p2")) -> list[int]:
    ranked = ((claim(first, paper=papers[0]), 0.9), (claim(second, paper=papers[1], sentence=1), 0.8))
    return [len(repeats) for _, _, repeats in group(ranked, SAME, works={"p1": "w1", "p2": "w2"})]


def test_the_same_finding_of_two_papers_is_one_group() -> None:
    assert grouped("Tall frogs jump 3% farther.", "Frogs that are tall jump 3% farther.") == [1]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Tall frogs jump 3% farther.", "Tall frogs jump 5% farther."),
        ("Tall frogs jump 3% farther.", "Tall frogs jump 3 points farther."),
        ("Tall frogs jump farther.", "Tall frogs do not jump farther."),
        ("Height improves jumping.", "Height reduces jumping."),
        ("HopNet beats FrogNet.", "NewtNet beats ToadNet."),
    ],
)
def test_different_numbers_signs_or_names_are_never_one_group(first: str, second: str) -> None:
    assert grouped(first, second) == [0, 0]


def test_one_paper_does_not_repeat_itself_and_far_vectors_do_not_group() -> None:
    text = "Tall frogs jump farther."
    assert grouped(text, text, papers=("p1", "p1")) == [0, 0]
    ranked = ((claim(text, paper="p1"), 0.9), (claim(text, paper="p2"), 0.8))
    assert len(group(ranked, np.eye(2, dtype=np.float32), works={})) == 2


def test_repeats_of_other_works_stand_before_versions_of_the_same() -> None:
    text = "Tall frogs jump farther."
    ranked = tuple((claim(text, paper=p), 0.5) for p in ("a1", "a2", "b1"))
    vectors = np.ones((3, 1), dtype=np.float32)
    ((_, _, repeats),) = group(ranked, vectors, works={"a1": "a", "a2": "a", "b1": "b"})
    assert [c.paper for c in repeats] == ["b1", "a2"]


def test_the_shipped_weights_are_the_pinned_ones_and_sign_the_claims() -> None:
    content = (files("synth") / "data" / "claims" / WEIGHTS).read_bytes()
    assert hashlib.sha256(content).hexdigest() == WEIGHTS_SHA256
    assert len(content) < 1_000_000
    assert WEIGHTS_SHA256[:12] in SIGNATURE


def test_the_weights_fit_the_features_that_the_code_makes() -> None:
    scores = {c.text: c.score for c in mine(MINI)}
    assert scores[FINDING] == pytest.approx(0.935, abs=0.02)


def test_altered_weights_are_an_error_that_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("synth.claims.model.WEIGHTS_SHA256", "0" * 64)
    load.cache_clear()
    with pytest.raises(ModelError, match="reinstall synth"):
        mine(MINI)
    load.cache_clear()


def test_weights_of_another_shape_are_refused() -> None:
    import io

    out = io.BytesIO()
    np.savez(out, weights=np.zeros(4, dtype=np.float16), line=np.zeros(3))
    with pytest.raises(ModelError, match="4 weights"):
        unpack(out.getvalue())


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_mined_without_error(text: str) -> None:
    for found in mine(reading((text, "", Role.BODY))):
        assert found.text in text
