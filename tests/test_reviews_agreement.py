"""Agreement: kappas and intervals as published and as other libraries give them, and whose labels count."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from reviewing import Log, review

from synth import reviews
from synth.records import Decision, Label
from synth.reviews import Kappa
from synth.reviews.kappa import cohen, fleiss

S, C, N = Label.SUPPORT, Label.CONTRADICT, Label.NOT_ENOUGH_INFO
TWO, THREE = ("Ann", "Bo"), ("Ann", "Bo", "Cy")


def pairs(table: Sequence[Sequence[int]]) -> list[tuple[str, str]]:
    """Return the two labels of each claim that a table counts (rows: the first reviewer)."""
    return [
        (str(i), str(j)) for i, row in enumerate(table) for j, count in enumerate(row) for _ in range(count)
    ]


def rounded(found: Kappa, digits: int) -> tuple[float, float, float]:
    """Return kappa and its interval, rounded."""
    assert found.value is not None
    assert found.low is not None
    assert found.high is not None
    return round(found.value, digits), round(found.low, digits), round(found.high, digits)


# -- Cohen's kappa -----------------------------------------------------------------------------------------


def test_cohens_kappa_is_that_of_his_first_example() -> None:
    # Cohen 1960, table 1: 200 cases, proportions .44 .07 .09 / .05 .20 .05 / .01 .03 .06
    found = cohen(pairs([[88, 14, 18], [10, 40, 10], [2, 6, 12]]), reviewers=TWO)
    assert (found.claims, round(found.agreed, 2)) == (200, 0.70)
    assert rounded(found, 3)[0] == 0.492


def test_cohens_kappa_and_interval_are_those_that_sas_prints() -> None:
    # an example of PROC FREQ, kept in the tests of statsmodels 0.15: ASE 0.1380
    found = cohen(pairs([[0, 4, 1], [0, 8, 0], [0, 1, 5]]), reviewers=TWO)
    assert rounded(found, 4) == (0.4842, 0.2137, 0.7547)


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ([[75, 1, 4], [5, 4, 1], [0, 0, 10]], (0.6764705882, 0.5045759581, 0.8483652184)),
        ([[31, 4, 6], [2, 9, 3], [7, 1, 22]], (0.5615608881, 0.4089662709, 0.7141555053)),
        ([[1, 6, 2], [5, 0, 4], [3, 4, 1]], (-0.3897550111, -0.5563994541, -0.2231105682)),
    ],
)
def test_cohens_kappa_and_interval_are_those_of_statsmodels(
    table: list[list[int]], expected: tuple[float, float, float]
) -> None:
    # statsmodels 0.15.0, stats.inter_rater.cohens_kappa: kappa, kappa_low, kappa_upp
    assert rounded(cohen(pairs(table), reviewers=TWO), 10) == expected


LABELS = st.sampled_from(Label)
RATED = st.lists(st.tuples(LABELS, LABELS), min_size=1, max_size=60)


@given(RATED)
def test_cohens_kappa_is_the_same_whoever_is_first_and_in_whatever_order(
    rated: list[tuple[Label, Label]],
) -> None:
    one = cohen(rated, reviewers=TWO)
    other = cohen([(b, a) for a, b in reversed(rated)], reviewers=("Bo", "Ann"))
    assert (one.value is None) == (other.value is None)
    assert (one.agreed, one.claims) == (other.agreed, other.claims)
    if one.value is not None:
        assert rounded(one, 9) == rounded(other, 9)


@given(RATED)
def test_cohens_kappa_lies_within_its_interval_and_the_interval_within_one(
    rated: list[tuple[Label, Label]],
) -> None:
    found = cohen(rated, reviewers=TWO)
    if found.value is None:
        assert (found.low, found.high) == (None, None)
        assert found.why
    else:
        low, value, high = found.low, found.value, found.high
        assert low is not None
        assert high is not None
        assert -1.0 <= low <= value <= high <= 1.0
        assert not found.why


@given(st.lists(LABELS, min_size=2, max_size=40))
def test_full_agreement_on_several_labels_is_one(labels: list[Label]) -> None:
    assume(len(set(labels)) > 1)
    found = cohen([(label, label) for label in labels], reviewers=TWO)
    assert (found.agreed, *rounded(found, 9)) == (1.0, 1.0, 1.0, 1.0)


@given(st.integers(1, 8), st.integers(1, 8), st.integers(1, 8), st.integers(1, 8))
def test_labels_that_have_nothing_to_do_with_each_other_have_a_kappa_of_nothing(
    a: int, b: int, c: int, d: int
) -> None:
    found = cohen(pairs([[a * c, a * d], [b * c, b * d]]), reviewers=TWO)
    assert rounded(found, 9)[0] == 0.0


@pytest.mark.parametrize(
    ("rated", "why"),
    [
        ([(S, S)], "fewer than two claims have labels of two reviewers"),
        ([(S, C)], "fewer than two claims have labels of two reviewers"),
        ([(S, S), (S, S)], "Ann and Bo gave one label throughout"),
        ([(S, S), (S, C)], "Ann gave one label throughout"),
        ([(N, S), (C, S)], "Bo gave one label throughout"),
    ],
)
def test_cohens_kappa_is_not_given_where_labels_do_not_vary(
    rated: list[tuple[Label, Label]], why: str
) -> None:
    found = cohen(rated, reviewers=TWO)
    assert (found.value, found.low, found.high, found.why) == (None, None, None, why)
    assert found.agreed == sum(a is b for a, b in rated) / len(rated)


# -- Fleiss' kappa -----------------------------------------------------------------------------------------


def claims(labels: str) -> list[str]:
    """Return the labels of each claim, a letter each."""
    return labels.split()


DIAGNOSES = claims("""
    444444 222555 233335 555555 222444 113333 333355 113334 114444 555555 144444 124444 222333 144444 224445
    333335 111455 111112 224444 133555 555555 244444 224555 114444 144445 222224 111155 224444 133333 555555
""")
"""Fleiss 1971, table 1: 30 patients, six psychiatrists each, five diagnoses."""
HANDBOOK = claims("111 2232 3333 3333 2222 1234 4444 1121 2222 555 11")
"""Four raters and missing ratings: irrCAC's cac.raw4raters (Gwet, Handbook), without the unit rated once."""
VARYING = claims("SSNN NSSN NSN CSSS NSNS SNNS CSS SSS CSCS SSN SS SCC CNSS SCCS")


def test_fleiss_kappa_is_that_of_his_first_example() -> None:
    found = fleiss(DIAGNOSES, reviewers=THREE)
    assert (found.claims, round(found.agreed, 3), rounded(found, 3)[0]) == (30, 0.556, 0.430)


@pytest.mark.parametrize(
    ("rated", "kappa", "error"),
    [
        (DIAGNOSES, 0.43024452006, 0.054198935515),
        (HANDBOOK, 0.762483130904, 0.135438598518),
        (VARYING, -0.007874015748, 0.065504468455),
    ],
)
def test_fleiss_kappa_and_its_error_are_those_of_irrcac(rated: list[str], kappa: float, error: float) -> None:
    # irrCAC 0.4.4, raw.CAC(...).fleiss(): coefficient_value and se, Gwet's own variance
    found = fleiss(rated, reviewers=THREE)
    half = 1.959963984540054 * error
    assert rounded(found, 9) == tuple(round(x, 9) for x in (kappa, kappa - half, min(1.0, kappa + half)))


MANY = st.lists(st.lists(LABELS, min_size=2, max_size=5), min_size=1, max_size=30)


@given(MANY)
def test_fleiss_kappa_lies_within_its_interval_whatever_the_order(rated: list[list[Label]]) -> None:
    found = fleiss(rated, reviewers=THREE)
    turned = fleiss([labels[::-1] for labels in reversed(rated)], reviewers=THREE)
    assert 0.0 <= found.agreed <= 1.0
    if found.value is None:
        assert (found.low, found.high, turned.value) == (None, None, None)
        assert found.why
    else:
        low, value, high = found.low, found.value, found.high
        assert low is not None
        assert high is not None
        assert -1.0 <= low <= value <= high <= 1.0
        assert rounded(found, 9) == rounded(turned, 9)


@given(MANY)
def test_fleiss_kappa_does_not_hang_on_what_the_labels_are_called(rated: list[list[Label]]) -> None:
    other = {S: "N", C: "S", N: "C"}
    found = fleiss(rated, reviewers=THREE)
    renamed = fleiss([[other[label] for label in labels] for labels in rated], reviewers=THREE)
    assert (found.value is None) == (renamed.value is None)
    if found.value is not None:
        assert rounded(found, 9) == rounded(renamed, 9)


@pytest.mark.parametrize(
    ("rated", "why"),
    [
        ([(S, C, N)], "fewer than two claims have labels of two reviewers"),
        ([(S, S, S), (S, S)], "all labels are the same"),
    ],
)
def test_fleiss_kappa_is_not_given_where_labels_do_not_vary(rated: list[tuple[Label, ...]], why: str) -> None:
    found = fleiss(rated, reviewers=THREE)
    assert (found.value, found.low, found.high, found.why) == (None, None, None, why)


# -- agreement over a log ----------------------------------------------------------------------------------


def said(*rows: tuple[str, str, Label | None]) -> Log:
    """Return a log of (reviewer, claim, label); without a label the machine's SUPPORT is rejected."""
    log = Log()
    for who, claim, label in rows:
        decision: Decision = "reject" if label is None else "accept" if label is S else "change"
        log.add(review(decision, claim=claim, reviewer=who, label=None if label is S else label))
    return log


def test_two_reviewers_agree_over_the_claims_that_both_labelled() -> None:
    log = said(
        ("Bo", "c1", S), ("Ann", "c1", S), ("Ann", "c2", C), ("Bo", "c2", C), ("Ann", "c3", N),
        ("Bo", "c3", S), ("Ann", "c4", S), ("Bo", "c5", C), ("Ann", "c6", None), ("Bo", "c6", C),
    )  # fmt: skip
    found = reviews.agreement(log.said, claims=["c6", "c5", "c4", "c3", "c2", "c1"])
    assert found.reviewers == TWO
    assert found.pairs == (cohen([(S, S), (C, C), (N, S)], reviewers=TWO),)
    assert found.all is None
    # a rejection of SUPPORT and a CONTRADICT fit each other
    assert found.disagreements == ("c3",)
    assert found.settled == ()


def test_three_reviewers_have_a_kappa_for_every_two_and_one_for_all() -> None:
    log = said(
        ("Cy", "c1", S), ("Ann", "c1", S), ("Ann", "c2", C), ("Bo", "c2", N), ("Ann", "c3", N),
        ("Bo", "c3", N), ("Cy", "c2", C), ("Bo", "c4", S),
    )  # fmt: skip
    found = reviews.agreement(log.said, claims=["c1", "c2", "c3", "c4"])
    assert [(k.reviewers, k.claims) for k in found.pairs] == [
        (("Ann", "Bo"), 2),
        (("Ann", "Cy"), 2),
        (("Bo", "Cy"), 1),
    ]
    assert found.pairs[2].value is None
    assert found.all == fleiss([(S, S), (C, N, C), (N, N)], reviewers=THREE)
    assert found.disagreements == ("c2",)


def test_only_what_is_in_force_now_counts() -> None:
    log = said(("Ann", "c1", S), ("Bo", "c1", C), ("Ann", "c2", C), ("Bo", "c2", C))
    assert reviews.agreement(log.said, claims=["c1", "c2"]).disagreements == ("c1",)
    log.add(review("change", claim="c1", reviewer="Ann", label=C))
    found = reviews.agreement(log.said, claims=["c1", "c2"])
    assert (found.disagreements, found.pairs[0].agreed) == ((), 1.0)
    log.undo("Ann")
    assert reviews.agreement(log.said, claims=["c1", "c2"]).disagreements == ("c1",)


def test_what_was_settled_is_no_disagreement_and_changes_no_kappa() -> None:
    log = said(("Ann", "c1", S), ("Bo", "c1", C), ("Ann", "c2", C), ("Bo", "c2", C), ("Bo", "c3", S))
    before = reviews.agreement(log.said, claims=["c1", "c2", "c3"])
    log.add(review("settle", claim="c1", reviewer="Cy", label=C))
    after = reviews.agreement(log.said, claims=["c1", "c2", "c3"])
    assert (before.disagreements, before.settled) == (("c1",), ())
    assert (after.disagreements, after.settled) == ((), ("c1",))
    assert (after.pairs, after.reviewers) == (before.pairs, TWO)


def test_claims_that_the_report_has_not_take_no_part() -> None:
    log = said(("Ann", "c1", S), ("Bo", "c1", C), ("Cy", "c9", S), ("Ann", "c9", C))
    found = reviews.agreement(log.said, claims=["c1", "c1"])
    assert (found.reviewers, found.disagreements, found.all) == (TWO, ("c1",), None)
    assert [k.claims for k in found.pairs] == [1]


def test_nobody_agrees_on_nothing() -> None:
    found = reviews.agreement((), claims=["c1"])
    assert (found.reviewers, found.pairs, found.all, found.disagreements) == ((), (), None, ())


def test_three_reviewers_without_a_claim_in_common_have_no_kappa() -> None:
    found = reviews.agreement(
        said(("Ann", "c1", S), ("Bo", "c2", S), ("Cy", "c3", C)).said, claims=["c1", "c2", "c3"]
    )
    assert (found.reviewers, found.pairs, found.all) == (THREE, (), None)
