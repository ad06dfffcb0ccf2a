"""Findings by theme, disagreements and the abstract: computed from verdicts, quoted, the same every time."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from synth.records import (
    Claim,
    ClaimKind,
    Comparison,
    Coverage,
    Evidence,
    Judged,
    Label,
    Paper,
    Passage,
    Probabilities,
    Question,
    Result,
    Role,
    Sentence,
    Synthesis,
    Verdict,
)
from synth.synthesis import abstract, synthesise
from synth.synthesis.opposition import named, opposed
from synth.synthesis.phrases import name_themes, phrases
from synth.synthesis.themes import ALONE, JOIN, MOST, cluster, split
from synth.text import content_words

QUESTION = Question(text="Does attention over passages improve reading comprehension?")
PAPERS = (
    Paper(id="p1", file="a.pdf", title="Attention over passages", arxiv="1901.00001", version="v1"),
    Paper(id="p1v2", file="a2.pdf", title="Attention over passages", arxiv="1901.00001", version="v2"),
    Paper(id="p2", file="b.pdf", title="Gated readers compared"),
    Paper(id="p3", file="c.pdf", title="Subword vocabularies for tagging"),
)


def encode(texts: Sequence[str]) -> NDArray[np.float32]:
    """Bags of stems in 256 dimensions, unit length: enough to tell themes apart."""
    rows = np.full((len(texts), 256), 1e-3, np.float32)
    for row, text in zip(rows, texts, strict=True):
        for stem in content_words(text):
            row[zlib.crc32(stem.encode()) % 256] += 1
    normed: NDArray[np.float32] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return normed


def claim(number: int, paper: str, text: str) -> Claim:
    return Claim(
        id=f"c{number}",
        paper=paper,
        passage=f"s{number}",
        sentence=0,
        text=text,
        kind=ClaimKind.FINDING,
        section="Results",
        spans=(),
        quantities=(),
        conditions=(),
        score=0.5,
    )


def evidence(paper: str, relation: Label, quote: str = "The other sentence.") -> Evidence:
    return Evidence(
        doc_id=f"{paper}.pdf",
        paper=paper,
        passage=f"s-{paper}",
        sentence=0,
        start=0,
        quote=quote,
        spans=(),
        relation=relation,
        score=0.9,
    )


def verdict(label: Label, *found: Evidence, sure: float = 0.9, mixed: bool = False) -> Verdict:
    rest = (1 - sure) / 2
    chances = [sure if label is one else rest for one in Label]
    return Verdict(
        claim="c",
        label=label,
        probabilities=Probabilities(*chances),
        evidence=found,
        signature="test",
        mixed=mixed,
    )


NOTHING = verdict(Label.NOT_ENOUGH_INFO)


def judged(
    one: Claim, *, others: Verdict = NOTHING, own: Verdict = NOTHING, repeats: tuple[Claim, ...] = ()
) -> Judged:
    return Judged(claim=one, relevance=0.5, by_others=others, by_own=own, repeats=repeats)


ATTENTION = [
    claim(1, "p1", "Attention over passages improves reading comprehension on every data set."),
    claim(2, "p2", "Attention over passages improves the accuracy of reading comprehension."),
    claim(3, "p1", "Without attention over passages the accuracy of reading comprehension drops."),
]
SUBWORD = claim(4, "p3", "Subword vocabularies shrink the tagger.")


def synthesised(
    claims: Sequence[Judged], comparisons: Sequence[Comparison] = (), passages: Sequence[Passage] = ()
) -> Synthesis:
    return synthesise(
        QUESTION,
        claims,
        papers=PAPERS,
        passages=passages,
        comparisons=comparisons,
        threshold=0.7,
        encode=encode,
    )


def test_claims_of_one_meaning_become_one_finding_named_in_their_own_words() -> None:
    findings = synthesised([judged(c) for c in (*ATTENTION, SUBWORD)]).findings
    assert [f.claims for f in findings] == [("c1", "c2", "c3"), ("c4",)]
    assert findings[1].theme == ALONE
    assert findings[1].sentence == "1 claim from 1 work shares no theme with the others."
    assert "attention over passages" in findings[0].terms
    assert findings[0].theme == "attention over passages"
    assert findings[0].works == 2


def test_the_sentence_counts_what_the_verdicts_say() -> None:
    supported = verdict(Label.SUPPORT, evidence("p2", Label.SUPPORT))
    group = [judged(ATTENTION[0], others=supported), judged(ATTENTION[1]), judged(ATTENTION[2])]
    finding = synthesised(group).findings[0]
    assert finding.sentence == (
        "3 claims from 2 works speak of attention over passages; 1 is supported by another work."
    )
    assert finding.state == "agreement"


def test_works_that_do_not_speak_to_each_other_are_counted_without_a_word_on_verdicts() -> None:
    finding = synthesised([judged(c) for c in ATTENTION]).findings[0]
    assert finding.sentence == "3 claims from 2 works speak of attention over passages."


def test_every_judged_claim_is_in_one_finding_and_single_claims_are_counted_together() -> None:
    alone = [
        claim(10 + i, "p3", text)
        for i, text in enumerate(
            ("Morphology matters in Finnish.", "Byte vocabularies are slow.", "Beam width hurts parsers.")
        )
    ]
    findings = synthesised([judged(c) for c in (*ATTENTION, *alone)]).findings
    assert [f.theme for f in findings] == ["attention over passages", ALONE]
    assert findings[1].sentence == "3 claims from 1 work share no theme with the others."
    assert sorted(c for f in findings for c in f.claims) == sorted(c.id for c in (*ATTENTION, *alone))


def test_a_claim_alone_is_a_finding_where_another_work_speaks_to_it() -> None:
    supported = verdict(Label.SUPPORT, evidence("p2", Label.SUPPORT))
    finding = synthesised([judged(SUBWORD, others=supported)]).findings[0]
    assert finding.sentence == (
        "1 claim from 1 work speaks of subword vocabularies; it is supported by another work."
    )


def test_claims_that_are_near_but_share_no_phrase_are_no_theme() -> None:
    near = [
        claim(1, "p1", "Tasks differ greatly."),
        claim(2, "p2", "Tasks differ a great deal in languages."),
    ]
    assert [f.theme for f in synthesised([judged(c) for c in near]).findings] == [ALONE]


def test_claims_far_apart_that_share_a_phrase_are_a_theme_from_three_on() -> None:
    apart = [
        claim(20 + i, f"p{1 + i % 2}", text)
        for i, text in enumerate(
            (
                "Beam search over byte lattices slows decoding in Finnish newsrooms.",
                "Children with dyslexia wrote essays that beam search could score.",
                "Nobody has tried beam search on chemical formulae of dyes.",
            )
        )
    ]
    (finding,) = synthesised([judged(c) for c in apart]).findings
    assert finding.sentence == "3 claims from 2 works speak of beam search."
    assert [f.theme for f in synthesised([judged(c) for c in apart[:2]]).findings] == [ALONE]


def test_there_are_at_most_twelve_findings_and_those_on_which_works_agree_come_first() -> None:
    group = []
    for i in range(15):
        # nonsense words, so that every pair is a theme of its own
        name = f"{chr(97 + i) * 3}zor {chr(97 + i) * 3}wug"
        group += [
            judged(claim(2 * i, "p1", f"The {name} rose.")),
            judged(claim(2 * i + 1, "p2", f"The {name} fell.")),
        ]
    supported = verdict(Label.SUPPORT, evidence("p2", Label.SUPPORT))
    group[-1] = replace(group[-1], by_others=supported)
    findings = synthesised(group).findings
    assert len(findings) == MOST
    assert findings[0].theme == "ooozor ooowug"
    assert findings[0].state == "agreement"
    assert findings[-1].sentence == "8 claims from 2 works belong to smaller themes or to none."


def test_support_below_the_threshold_of_the_tick_is_no_agreement() -> None:
    unsure = verdict(Label.SUPPORT, evidence("p2", Label.SUPPORT), sure=0.6)
    finding = synthesised([judged(ATTENTION[0], others=unsure)]).findings[0]
    assert (finding.state, finding.theme) == ("one_work", ALONE)


def test_works_that_say_nothing_of_each_other_are_unconnected() -> None:
    assert synthesised([judged(c) for c in ATTENTION]).findings[0].state == "unconnected"


def test_one_contradiction_by_another_work_makes_a_disagreement() -> None:
    supported = verdict(Label.SUPPORT, evidence("p2", Label.SUPPORT))
    against = verdict(Label.CONTRADICT, evidence("p2", Label.CONTRADICT))
    group = [judged(ATTENTION[0], others=supported), judged(ATTENTION[2], others=against)]
    assert synthesised(group).findings[0].state == "disagreement"


def test_a_repeat_in_another_work_is_agreement_but_in_another_version_is_not() -> None:
    other_version = replace(ATTENTION[0], id="c9", paper="p1v2")
    other_work = replace(ATTENTION[0], id="c9", paper="p2")
    alone = synthesised([judged(ATTENTION[0], repeats=(other_version,))]).findings[0]
    assert (alone.state, alone.works) == ("one_work", 1)
    shared = synthesised([judged(ATTENTION[0], repeats=(other_work,))]).findings[0]
    assert (shared.state, shared.works) == ("agreement", 2)
    assert "it is made in another work too" in shared.sentence


@pytest.mark.parametrize(
    ("paper", "kind"), [("p2", "between_works"), ("p1v2", "between_versions"), ("p1", "within_paper")]
)
def test_a_disagreement_says_who_disagrees_and_quotes_it(paper: str, kind: str) -> None:
    said = "Attention over passages brings nothing to reading comprehension."
    against = verdict(Label.CONTRADICT, evidence(paper, Label.CONTRADICT, said))
    # within one paper only a verdict as sure as the tick is a disagreement, and this one is
    field = "others" if paper == "p2" else "own"
    one = judged(ATTENTION[0], **{field: against})  # type: ignore[arg-type]
    (found,) = synthesised([one]).disagreements
    assert found.kind == kind
    assert found.claim == "c1"
    assert found.evidence.quote == said
    assert f"({paper}.pdf) contradicts the claim: it denies what the claim says." in found.reason


@pytest.mark.parametrize(
    ("reasons", "told"),
    [
        (("number differs: 5 points against 6 points",), "the claim says 5 points, the passage 6 points"),
        (
            ("opposed words: better against worse", "negated in the claim only"),
            "where the claim says “better”, it says “worse”",
        ),
        (("negated in the passage only",), "it denies what the claim says"),
        (("negated in the claim only",), "it says what the claim denies"),
        (
            ("direction reversed: 3 points is up here, down in the passage",),
            "the claim says 3 points up, the passage down",
        ),
        (("the passage has 74 % of the claim's content words by weight",), ""),
    ],
)
def test_the_reason_that_names_the_opposition_is_told_in_plain_words(
    reasons: tuple[str, ...], told: str
) -> None:
    assert named(reasons) == told


def test_an_opposition_is_read_from_the_texts_where_no_reason_names_it() -> None:
    assert opposed("It helps.", "It does not help.") == "it denies what the claim says"
    assert (
        opposed("It gains 3 points.", "It gains 5 points.") == "the claim says 3 points, the passage 5 points"
    )
    assert opposed("It helps.", "It hurts.") == ""


def test_a_claim_has_one_disagreement_for_each_opposing_work_with_its_strongest_sentence() -> None:
    weak = replace(evidence("p2", Label.CONTRADICT, "It does not help."), score=0.6)
    strong = replace(evidence("p2", Label.CONTRADICT, "It never helped."), score=0.8)
    third = replace(evidence("p3", Label.CONTRADICT, "It is not so."), score=0.55)
    below = replace(evidence("p1v2", Label.CONTRADICT, "It could not help."), score=0.4)
    against = verdict(Label.CONTRADICT, weak, strong, third, below)
    found = synthesised([judged(ATTENTION[0], others=against)]).disagreements
    assert [d.evidence.quote for d in found] == ["It never helped.", "It is not so."]


def test_two_sentences_that_contradict_each_other_are_told_once() -> None:
    one, other = (
        ATTENTION[0],
        claim(8, "p2", "Attention over passages does not improve reading comprehension."),
    )
    group = [
        judged(one, others=verdict(Label.CONTRADICT, evidence("p2", Label.CONTRADICT, other.text))),
        judged(other, others=verdict(Label.CONTRADICT, evidence("p1", Label.CONTRADICT, one.text))),
    ]
    assert len(synthesised(group).disagreements) == 1


def test_within_one_paper_a_contradiction_needs_a_name() -> None:
    same = verdict(Label.CONTRADICT, evidence("p1", Label.CONTRADICT, ATTENTION[1].text))
    assert synthesised([judged(ATTENTION[0], own=same)]).disagreements == ()


def test_within_one_paper_sentences_on_different_things_do_not_contradict_each_other() -> None:
    far = verdict(Label.CONTRADICT, evidence("p1", Label.CONTRADICT, "Gates do not help summaries of news."))
    assert synthesised([judged(ATTENTION[0], own=far)]).disagreements == ()


def test_conflicting_results_come_first_then_versions_then_works() -> None:
    version = verdict(Label.CONTRADICT, evidence("p1v2", Label.CONTRADICT, "Attention never helps."))
    work = verdict(Label.CONTRADICT, evidence("p2", Label.CONTRADICT, "Attention does not help."))
    group = [judged(ATTENTION[2], others=work), judged(ATTENTION[0], own=version)]
    found = synthesised(group, [compared("conflict")]).disagreements
    assert [(d.kind, d.claim) for d in found] == [
        ("between_works", "r2"),
        ("between_versions", "c1"),
        ("between_works", "c3"),
    ]


def test_disputed_evidence_is_listed_only_from_the_contradicting_side() -> None:
    both = verdict(
        Label.NOT_ENOUGH_INFO,
        evidence("p2", Label.SUPPORT, "Yes."),
        evidence("p3", Label.CONTRADICT, "No."),
        mixed=True,
    )
    said = synthesised([judged(ATTENTION[0], others=both)])
    assert [d.evidence.quote for d in said.disagreements] == ["No."]
    assert said.findings[0].state == "disagreement"


def result(number: int, paper: str, value: float) -> Result:
    return Result(
        id=f"r{number}",
        paper=paper,
        doc_id=f"{paper}.pdf",
        model="reader",
        task="reading comprehension",
        dataset="toy",
        split="test",
        language="",
        metric="F1",
        value=value,
        unit="",
        digits=1,
        origin="prose",
        quote=f"The reader obtains {value} F1.",
        spans=(),
    )


def compared(relation: str) -> Comparison:
    entries = (result(1, "p1", 80.1), result(2, "p2", 70.5))
    return Comparison(key="reader, toy, F1", relation=relation, reason="", entries=entries, spread=9.6)  # type: ignore[arg-type]


def test_conflicting_results_are_a_disagreement_with_both_values() -> None:
    text = "We ran it. The reader obtains 80.1 F1."
    passage = Passage(
        id="s1",
        paper="p1",
        section="",
        role=Role.BODY,
        text=text,
        spans=(),
        sentences=(Sentence(start=0, end=10, spans=()), Sentence(start=11, end=len(text), spans=())),
    )
    (found,) = synthesised([judged(SUBWORD)], [compared("conflict")], [passage]).disagreements
    assert found.claim == "r2"
    assert (found.evidence.passage, found.evidence.sentence, found.evidence.start) == ("s1", 1, 11)
    assert "70.5" in found.reason
    assert "80.1" in found.reason


def test_conflicting_results_stand_against_the_claim_that_reports_one() -> None:
    said = judged(claim(7, "p2", "The reader obtains 70.5 F1."))
    (found,) = synthesised([said], [compared("conflict")]).disagreements
    assert found.claim == "c7"
    assert found.evidence.paper == "p1"


@pytest.mark.parametrize("relation", ["agree", "not_comparable", "condition_not_stated"])
def test_only_conflicts_disagree(relation: str) -> None:
    assert synthesised([judged(SUBWORD)], [compared(relation)]).disagreements == ()


def test_no_claims_give_no_findings() -> None:
    said = synthesised([])
    assert said.findings == ()
    assert said.answerability.answer == "not_answered"


def test_asking_twice_gives_the_same_synthesis() -> None:
    group = [judged(c) for c in (*ATTENTION, SUBWORD)]
    assert synthesised(group) == synthesised(group)


@settings(max_examples=40)
@given(st.lists(st.lists(st.integers(0, 3), min_size=4, max_size=4), min_size=1, max_size=9))
def test_every_claim_is_in_exactly_one_group(rows: list[list[int]]) -> None:
    raw = np.array(rows, np.float32) + 0.1
    groups = cluster(raw / np.linalg.norm(raw, axis=1, keepdims=True), join=0.9)
    assert sorted(i for group in groups for i in group) == list(range(len(rows)))
    assert list(groups) == sorted(groups)


def test_average_link_does_not_chain() -> None:
    angles = np.deg2rad([0, 30, 60, 90])
    rows = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    assert cluster(rows, join=0.8) == ((0, 1), (2, 3))


@given(st.text(max_size=80))
def test_any_text_has_phrases_of_its_own_words(text: str) -> None:
    for phrase in phrases(text):
        assert phrase.text
        assert phrase.stems


def test_themes_are_nouns_not_the_verbs_and_frames_of_papers() -> None:
    named = {p.text for p in phrases("We significantly improve multi-hop attention over long documents.")}
    assert "multi-hop attention" in named
    assert not any("improve" in text or "significantly" in text for text in named)
    assert "multi-hop" not in named


def test_a_theme_is_a_phrase_of_two_sentences_written_plainly_and_in_full() -> None:
    texts = (
        "We use the Stanford Question Answering Dataset and structured copy mechanisms for decoding.",
        "Structured copy mechanisms are new to question answering.",
        "XLM-R became usual.",
    )
    (names,) = name_themes([texts])
    assert {p.text for p in names} == {"question answering", "structured copy mechanisms"}


def test_sentences_without_a_telling_phrase_in_common_have_no_name() -> None:
    assert name_themes([["Results vary from language to language.", "The models work in one language."]]) == (
        (),
    )


def test_a_group_without_any_noun_is_named_by_its_first_words() -> None:
    ((name, *_),) = name_themes([["It was so."]])
    assert name.text == "“It was so”"


def test_the_abstract_counts_and_answers() -> None:
    supported = verdict(Label.SUPPORT, evidence("p2", Label.SUPPORT))
    group = [judged(ATTENTION[0], others=supported), judged(ATTENTION[1]), judged(SUBWORD)]
    said = synthesised(group)
    coverage = Coverage(found=4, duplicate=1, readable=3, full_text=2, abstract_only=1, unread=0)
    text = abstract(QUESTION, group, coverage=coverage, synthesis=said, threshold=0.7)
    assert "It rests on 3 papers, 2 read in full and 1 as an abstract alone." in text
    assert "The 3 claims nearest to the question were judged: 1 is supported by another work." in text
    assert "The papers answer the question: " in text
    assert said.findings[0].sentence in text


def test_the_abstract_leaves_out_what_is_zero() -> None:
    group = [judged(SUBWORD)]
    coverage = Coverage(found=1, duplicate=0, readable=1, full_text=1, abstract_only=0, unread=0)
    text = abstract(QUESTION, group, coverage=coverage, synthesis=synthesised(group), threshold=0.7)
    assert "It rests on 1 paper read in full." in text
    assert "The 1 claim nearest to the question was judged: none is supported by another work." in text
    assert "The papers do not answer the question: no passage" in text
    assert "0" not in text
    assert "contradict" not in text


def test_a_cluster_that_says_nothing_is_told_apart_by_what_its_claims_differ_in() -> None:
    """Twenty claims share one direction (the question's); two sorts of ten differ in another."""
    rows = np.zeros((20, 24), dtype=np.float32)
    rows[:, 0] = 3.0
    rows[:10, 1] = 1.0
    rows[10:, 2] = 1.0
    rows[np.arange(20), np.arange(20) + 4] = 0.3
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    assert len(cluster(rows, join=JOIN)) == 1
    assert split(rows) == (tuple(range(10)), tuple(range(10, 20)))
