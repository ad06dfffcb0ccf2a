"""Retrieval: what is found for a claim, what may never be its evidence, and that nothing else decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from synth import encoder
from synth.errors import InputError, UsageError
from synth.evidence import Corpus, Sought, build, from_corpus, nearest, pairs
from synth.evidence.corpus import fused
from synth.evidence.lexical import indexed, matches
from synth.evidence.rows import Range
from synth.records import Box, Label, Paper, Passage, Reading, Role, Sentence, Span
from synth.text import letters, sentences

ALPHA = (
    "We study attention in question answering. Bidirectional attention improves F1 by 2.1 points on the "
    "squad set. Removing it lowers F1 by 3.0 points. The code is public."
)
BETA = (
    "Four attention mechanisms are compared on six datasets. Attention in both directions raises answer "
    "accuracy everywhere. Training takes nine hours on one machine. The code is public."
)
GAMMA = (
    "Soil moisture was measured hourly at twelve forest sites. Roots below one metre kept growing in winter."
)
CLAIM = "Bidirectional attention improves F1 by 2.1 points on the squad set."


def letter_counts(texts: Sequence[str]) -> NDArray[np.float32]:
    """Return unit vectors of letter counts: an encoder of the right shape that needs no model."""
    rows = np.full((len(texts), 27), 1e-3, np.float32)
    for row, text in zip(rows, texts, strict=True):
        for c in text.casefold():
            row[ord(c) - 96 if "a" <= c <= "z" else 0] += 1
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def passage(paper: str, text: str, *, role: Role = Role.BODY, name: str = "") -> Passage:
    places = tuple(
        Sentence(start=a, end=b, spans=(Span(page=2, boxes=(Box(0, 10 * a, 9, 10 * b),)),))
        for a, b in sentences(text)
    )
    name = name or f"t{paper}-{role.value}-{len(text)}"
    return Passage(id=name, paper=paper, section="", role=role, text=text, spans=(), sentences=places)


def reading(paper: str, *texts: str, arxiv: str = "", version: str = "", role: Role = Role.BODY) -> Reading:
    return Reading(
        paper=Paper(id=paper, file=f"{paper}.pdf", title=f"On {paper}", arxiv=arxiv, version=version),
        passages=tuple(passage(paper, text, role=role) for text in texts),
    )


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    papers = [
        reading("alpha1", ALPHA, arxiv="1901.00001", version="v1"),
        reading("beta", BETA, arxiv="2002.00002"),
        reading("alpha2", ALPHA.replace("2.1 points", "2.1\u00a0points"), arxiv="1901.00001", version="v2"),
        reading("gamma", GAMMA),
    ]
    return build(papers, encode=encoder.load().encode)


def test_the_sentence_that_says_it_comes_first(corpus: Corpus) -> None:
    found = corpus.find("Attending in both directions makes answers more accurate.")
    assert found[0].quote == "Attention in both directions raises answer accuracy everywhere."
    assert found[0].doc_id == "beta.pdf"
    assert [e.score for e in found] == sorted((e.score for e in found), reverse=True)
    assert all(0 < e.score <= 1 and e.relation is Label.NOT_ENOUGH_INFO for e in found)


def test_evidence_is_verbatim_and_keeps_its_place(corpus: Corpus) -> None:
    found = corpus.find("Roots grew in winter below one metre.", limit=1)[0]
    assert (found.page, found.sentence, found.paper) == (2, 1, "gamma")
    assert GAMMA[found.start : found.start + len(found.quote)] == found.quote
    assert found.spans[0].boxes == (Box(0, 10 * found.start, 9, 10 * len(GAMMA)),)


def test_a_claim_is_no_evidence_for_itself_in_any_version_of_its_work(corpus: Corpus) -> None:
    found = corpus.find(CLAIM, work="arxiv:1901.00001", limit=50)
    assert found
    assert all(letters(e.quote) != letters(CLAIM) for e in found)
    assert letters(corpus.find(CLAIM, limit=1)[0].quote) == letters(CLAIM)


def test_a_copy_in_another_work_repeats_the_claim_and_confirms_nothing() -> None:
    papers = [reading("one", ALPHA), reading("two", ALPHA)]
    corpus = build(papers, encode=letter_counts)
    found = corpus.find(CLAIM, work=papers[0].paper.work, limit=50)
    assert {e.paper for e in found} >= {"two"}
    assert all(letters(e.quote) != letters(CLAIM) for e in found)
    # a user's own claim has no work: the paper that states it word for word is evidence
    assert letters(corpus.find(CLAIM, limit=1)[0].quote) == letters(CLAIM)


def test_excluded_sentences_are_never_found(corpus: Corpus) -> None:
    first = corpus.find(CLAIM, limit=1)[0]
    excluded = frozenset({(first.passage, first.sentence)})
    places = {(e.passage, e.sentence) for e in corpus.find(CLAIM, limit=50, exclude=excluded)}
    assert places
    assert not places & excluded


def test_scopes_part_the_own_work_from_others(corpus: Corpus) -> None:
    work = "arxiv:1901.00001"
    own = corpus.find(CLAIM, work=work, scope="own", limit=50)
    others = corpus.find(CLAIM, work=work, scope="others", limit=50)
    assert {e.paper for e in own} <= {"alpha1", "alpha2"}
    assert {e.paper for e in others} == {"beta", "gamma"}
    assert all(e.own_source for e in own)
    assert not any(e.own_source for e in others)


def test_a_sentence_of_two_versions_is_found_once(corpus: Corpus) -> None:
    found = corpus.find("Removing it lowers F1.", limit=50)
    quotes = [letters(e.quote) for e in found if e.paper.startswith("alpha")]
    assert len(quotes) == len(set(quotes))


def test_a_scope_needs_a_work(corpus: Corpus) -> None:
    with pytest.raises(UsageError):
        corpus.find(CLAIM, scope="others")


def test_an_unknown_work_has_no_own_evidence(corpus: Corpus) -> None:
    assert corpus.find(CLAIM, work="title:nothing", scope="own") == ()
    said = f"{CLAIM} Indeed."
    assert corpus.find(said, work="title:nothing", scope="others") == corpus.find(said)


def test_a_paper_gives_no_more_than_it_may(corpus: Corpus) -> None:
    found = corpus.find("attention improves accuracy on datasets", limit=50, per_paper=1)
    assert len({e.paper for e in found}) == len(found) == 4


def test_one_document_can_be_asked(corpus: Corpus) -> None:
    assert {e.doc_id for e in corpus.find(CLAIM, doc_id="gamma.pdf")} == {"gamma.pdf"}
    assert corpus.find(CLAIM, doc_id="delta.pdf") == ()


def test_many_at_once_find_what_each_finds_alone(corpus: Corpus) -> None:
    claims = [f"{word} attention of {n} sites" for n in range(9) for word in ("Soil", "Both", "No", "Code")]
    sought = [Sought(claim, "arxiv:2002.00002") for claim in claims]
    together = corpus.find_all(sought, scope="others")
    assert len(together) == 36
    for one, found in zip(sought, together, strict=True):
        assert found == corpus.find(one.claim, work=one.work, scope="others")


def test_only_abstracts_bodies_and_captions_are_searched() -> None:
    text = "The grant number of this work is unknown."
    for role in Role:
        corpus = build([reading("one", text, role=role)], encode=letter_counts)
        assert len(corpus) == (role in (Role.ABSTRACT, Role.BODY, Role.CAPTION))


def test_sentences_that_say_nothing_are_left_out() -> None:
    text = "We win. Model A 81.2 84.3 90.1 77.2 65.0 BLEU. x = 3 + 4 y - 12 z (17). It works on all."
    corpus = build([reading("one", text)], encode=letter_counts)
    assert [row.quote for row in corpus.rows] == ["It works on all."]


def test_an_empty_corpus_finds_nothing() -> None:
    corpus = build([], encode=letter_counts)
    assert corpus.find(CLAIM) == ()
    assert corpus.documents(CLAIM) == ()
    assert corpus.relevance("why?") == {}


def test_relevance_covers_every_sentence_and_follows_the_question(corpus: Corpus) -> None:
    relevance = corpus.relevance("How does soil moisture change in forests?")
    assert set(relevance) == {(row.passage, row.sentence) for row in corpus.rows}
    assert all(0.0 <= value <= 1.0 for value in relevance.values())
    best = max(corpus.rows, key=lambda row: relevance[row.passage, row.sentence])
    assert best.quote.startswith("Soil moisture")


def test_the_order_of_papers_moves_only_ties() -> None:
    papers = [reading("one", ALPHA), reading("two", BETA), reading("three", GAMMA)]
    forth = build(papers, encode=letter_counts).find(CLAIM)
    back = build(papers[::-1], encode=letter_counts).find(CLAIM)
    assert {e.quote for e in forth[:2]} == {e.quote for e in back[:2]}
    assert forth == build(papers, encode=letter_counts).find(CLAIM)


@settings(deadline=None, max_examples=60)
@given(
    st.text(max_size=80)
    | st.sampled_from(['" OR "', "NEAR(a b)", "words:x*", "a AND NOT b", "\ud800 ^(", "'"])
)
def test_no_text_is_query_syntax(text: str) -> None:
    index = indexed(["near and not or words", text])
    found = matches(index, text, allowed=[Range(0, 2)], limit=5)
    assert set(found) <= {0, 1}
    corpus = build([reading("one", ALPHA)], encode=lambda texts: letter_counts(["" for _ in texts]))
    assert len(corpus.find(text, limit=2)) == 2


def test_bm25_ties_fall_to_the_earlier_row() -> None:
    index = indexed(["a lone wolf", "some sheep", "a lone wolf", "more sheep", "other birds"])
    assert matches(index, "wolf", allowed=[Range(0, 5)], limit=9) == [0, 2]
    assert matches(index, "wolf", allowed=[Range(1, 5)], limit=9) == [2]


def test_words_of_a_question_match_their_other_forms() -> None:
    index = indexed(["It improves eﬃciency.", "Nothing here."])
    assert matches(index, "improved efficiencies", allowed=[Range(0, 2)], limit=9) == [0]


def test_fusion_scales_to_one_and_rewards_agreement() -> None:
    score = fused([(1.0, {"a": 1, "b": 2}), (1.0, {"a": 1, "c": 2})])
    assert score["a"] == 1.0
    assert score["a"] > score["b"] == score["c"] > 0


# --- documents in SciFact's layout, and given passages ------------------------------------------------------


def documents(count: int = 60) -> list[Mapping[str, Any]]:
    """Return short abstracts, each of an animal that only it names."""
    return [
        {
            "doc_id": n,
            "title": f"The animal{n} observed",
            "abstract": [f"We watched animal{n} for {n} days.", "It slept a lot.", f"Weight was {n} kg."],
        }
        for n in range(count)
    ]


def test_a_lazy_corpus_encodes_only_what_is_near() -> None:
    asked: list[str] = []

    def encode(texts: Sequence[str]) -> NDArray[np.float32]:
        asked.extend(texts)
        return letter_counts(texts)

    corpus = from_corpus(documents(), encode=encode)
    assert asked == []
    found = corpus.find("We watched animal17 for 17 days.", limit=3)
    assert (found[0].doc_id, found[0].sentence, found[0].quote) == (
        "17",
        0,
        "We watched animal17 for 17 days.",
    )
    assert len(asked) <= 1 + 3 * 20
    before = len(asked)
    assert corpus.find("We watched animal17 for 17 days.", limit=3) == found
    assert len(asked) == before + 1


def test_documents_are_ranked_and_may_be_asked_alone() -> None:
    corpus = from_corpus(documents(), encode=letter_counts)
    claim = "animal23 weighs 23 kg"
    assert corpus.documents(claim)[0] == "23"
    found = corpus.find(claim, doc_id="23")
    assert sorted(e.sentence for e in found) == [0, 1, 2]
    assert [e.start for e in sorted(found, key=lambda e: e.sentence)] == [0, 33, 49]


def test_a_lazy_corpus_finds_nothing_without_a_shared_word() -> None:
    assert from_corpus(documents(), encode=letter_counts).find("Unheard quarks.") == ()


def test_lazy_and_eager_agree_on_one_document() -> None:
    lazy, eager = (from_corpus(documents(), encode=letter_counts, lazy=lazy) for lazy in (True, False))
    assert lazy.find("It slept for days.", doc_id="5") == eager.find("It slept for days.", doc_id="5")


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"doc_id": 1},
        {"doc_id": 1, "abstract": "text"},
        {"doc_id": None, "abstract": []},
        {"doc_id": 1, "abstract": [3]},
    ],
)
def test_another_layout_is_refused_by_number(wrong: Mapping[str, Any]) -> None:
    with pytest.raises(InputError, match="document 3 of the corpus"):
        from_corpus([*documents(2), wrong], encode=letter_counts)


def test_a_repeated_document_is_refused() -> None:
    with pytest.raises(InputError, match="repeats doc_id 1"):
        from_corpus([*documents(2), documents(2)[1]], encode=letter_counts)


def test_given_sentences_keep_their_indices() -> None:
    given_ = pairs(["One is here.", "", "Three is there."], doc_id="d")
    assert [(e.sentence, e.start, e.quote) for e in given_] == [
        (0, 0, "One is here."),
        (1, 13, ""),
        (2, 14, "Three is there."),
    ]
    assert {e.doc_id for e in given_} == {"d"}


def test_a_given_text_is_split_into_its_sentences() -> None:
    given_ = pairs(BETA)
    assert [e.quote for e in given_] == [BETA[a:b] for a, b in sentences(BETA)]
    assert all(BETA[e.start : e.start + len(e.quote)] == e.quote for e in given_)
    assert pairs("") == ()


def test_the_nearest_of_given_sentences_are_ranked() -> None:
    found = nearest("Training needs nine hours.", pairs(BETA), encode=letter_counts, limit=2)
    assert found[0].sentence == 2
    assert len(found) == 2
    assert nearest("Training", (), encode=letter_counts) == ()
