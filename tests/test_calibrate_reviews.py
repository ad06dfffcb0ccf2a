"""Calibration by reviews: labels that people hold of a report's verdicts by other works, and their use."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sample_report import BETA, claim, nothing, passage, sample, verdict
from typed import Run, one_line

from synth import reviews, verifiers
from synth.pipeline import judges
from synth.pipeline.kept import marked
from synth.records import Judged, Label, Probabilities, Question, Report, Review
from synth.store import open_store
from synth.verifiers._recalibrated import Scaling, recalibrated

S, C, N = Label.SUPPORT, Label.CONTRADICT, Label.NOT_ENOUGH_INFO
SIGNATURE = verifiers.build("overlap", encode=lambda _: pytest.fail("no vectors"), prior="natural").signature
QUESTION = "Does bidirectional attention help question answering?"
FALLEN = {"rejected", "disputed", "deferred", "unreviewed", "judged_on_other_evidence", "without_evidence"}


def judged(number: int, said: Label, confidence: float, *, quote: str = "") -> Judged:
    """Return a claim with a sentence of another work behind a verdict on it."""
    one = claim(number, f"System {number} improves on the baseline by {number} points.")
    found = passage(quote or f"System {number} was measured.", said, paper=BETA, score=confidence)
    return Judged(
        claim=one,
        relevance=0.5,
        by_others=replace(verdict(one, said, found, confidence=confidence), signature=SIGNATURE),
        by_own=nothing(one),
    )


def overconfident() -> tuple[tuple[Judged, Label], ...]:
    """Return 80 verdicts with the truth: SUPPORT .9 is right in 24 of 40, CONTRADICT .85 in 10 of 20."""
    plan = (
        [(S, 0.9, S)] * 24 + [(S, 0.9, N)] * 10 + [(S, 0.9, C)] * 6
        + [(C, 0.85, C)] * 10 + [(C, 0.85, N)] * 10 + [(N, 0.6, N)] * 19 + [(N, 0.6, S)]
    )  # fmt: skip
    return tuple(
        (judged(i, said, p + (i * 37 % 80) / 2000), truth) for i, (said, p, truth) in enumerate(plan)
    )


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """A home with reports in it: writes bundles and appends reviews."""

    home: Path
    folder: Path

    def report(
        self, name: str, found: Iterable[Judged], *, question: str = QUESTION, abstract: str = ""
    ) -> Path:
        bare = replace(sample(), question=Question(text=question), reviews=(), attempts=())
        made = marked(replace(bare, judged=tuple(found), abstract=abstract))
        with open_store(self.home / "synth.db") as store:
            store.add_report(made)
        (self.folder / name).mkdir()
        (self.folder / name / "manifest.json").write_text(json.dumps({"fingerprint": made.fingerprint}))
        return self.folder / name

    def known(self, bundle: Path) -> Report:
        mark = json.loads((bundle / "manifest.json").read_text())["fingerprint"]
        with open_store(self.home / "synth.db") as store:
            found = store.report(mark)
        assert found is not None
        return found

    def review(
        self,
        bundle: Path,
        decisions: Sequence[tuple[int, str, Label | None]],
        *,
        by: str = "Ann",
        day: int = 3,
    ) -> tuple[Review, ...]:
        """Append a decision on each numbered claim; "withdraw" takes back the one before."""
        report = self.known(bundle)
        by_id = {one.claim.id: one for one in report.judged}

        def make(log: Sequence[Review]) -> Sequence[Review]:
            made: list[Review] = []
            own = [r for r in log if r.reviewer == by]
            for number, decision, label in decisions:
                one = by_id[f"c{number:016d}"]
                at = len(log) + len(made)
                last = made[-1] if made else own[-1] if own else None
                review = Review(
                    claim=one.claim.id,
                    reviewer=by,
                    at=f"2026-02-{day:02d}T10:{at // 60:02d}:{at % 60:02d}.000000+00:00",
                    decision=decision,  # type: ignore[arg-type]
                    machine=one.by_others.label,
                    label=label,
                    probabilities=one.by_others.probabilities,
                    signature=one.by_others.signature,
                    seen=reviews.on_show(one),
                    of=last.id if decision == "withdraw" and last else "",
                    after=last.id if last else "",
                    question=report.question.id,
                    report=report.fingerprint,
                )
                made.append(reviews.sealed(review))
            return made

        with open_store(self.home / "synth.db") as store:
            return tuple(r for _, r in store.append_reviews(report.question.id, make))

    def truths(self, bundle: Path, found: Iterable[tuple[Judged, Label]], *, by: str = "Ann") -> None:
        """Judge claims as they truly are: accept where the machine is right, else change."""
        self.review(
            bundle,
            [
                (int(one.claim.id[1:]), "accept" if one.by_others.label is truth else "change",
                 None if one.by_others.label is truth else truth)
                for one, truth in found
            ],
            by=by,
        )  # fmt: skip


@pytest.fixture
def shelf(home: Path, tmp_path: Path) -> Shelf:
    return Shelf(home=home, folder=tmp_path)


@pytest.fixture
def whole(shelf: Shelf) -> Path:
    """Return a report of 80 overconfident verdicts, all reviewed by one person."""
    bundle = shelf.report("whole", [one for one, _ in overconfident()])
    shelf.truths(bundle, overconfident())
    return bundle


def fitted(run: Run, *bundles: Path) -> dict[str, Any]:
    words = [word for bundle in bundles for word in ("--reviews", bundle)]
    ran = run("calibrate", *words, "--out", "mine.json", "--json")
    assert ran.code == 0, ran.err
    row: dict[str, Any] = json.loads(ran.out)
    return row


def test_reviews_mend_what_is_said_of_claims_that_were_not_fitted_on(run: Run, whole: Path) -> None:
    row = fitted(run, whole)
    assert row["verifier"] == SIGNATURE
    assert row["fitted_on"] == "other works"
    assert row["pairs"] == {"SUPPORT": 25, "CONTRADICT": 16, "NOT_ENOUGH_INFO": 39}
    assert row["reviews"] == {
        "reports": 1, "claims": 80, "reviewers": 1, "left_out": dict.fromkeys(sorted(FALLEN), 0)
    }  # fmt: skip
    before, after = row["before"], row["after"]
    assert before["accuracy"] == round(53 / 80, 4)
    assert before["ece"] > 0.25
    assert after["ece"] < before["ece"] - 0.1
    assert after["brier"] < before["brier"] - 0.05
    assert sum(b["size"] for b in before["bins"]) == sum(b["size"] for b in after["bins"]) == 80


def test_the_map_is_applied_to_claims_in_folds_without_them(run: Run, whole: Path) -> None:
    row = fitted(run, whole)
    made = json.loads(Path("mine.json").read_text())
    scaling = Scaling(weight=tuple(tuple(w) for w in made["weight"]), bias=tuple(made["bias"]))
    own = [(recalibrated(one.by_others, scaling).probabilities, truth) for one, truth in overconfident()]
    brier = sum(
        sum((p - (label is truth)) ** 2 for p, label in zip(ps, Label, strict=True)) for ps, truth in own
    )
    assert row["after"]["brier"] > round(brier / len(own), 4)


def test_the_table_says_whose_labels_and_what_was_left_out(run: Run, shelf: Shelf, whole: Path) -> None:
    shelf.review(whole, [(0, "reject", None), (1, "change", C)])
    shelf.review(whole, [(2, "change", N)], by="Bo")
    row = fitted(run, whole)
    table = run("calibrate", "--reviews", whole, "--out", "mine.json").out
    assert table.splitlines()[:4] == [
        SIGNATURE,
        "78 claims: 22 SUPPORT, 17 CONTRADICT, 39 NOT_ENOUGH_INFO",
        "verdicts by other works of 1 report, labelled by 1 reviewer",
        "left out: 1 rejected, 1 disputed",
    ]
    assert f"ECE          {row['before']['ece']:>8.3f} {row['after']['ece']:>8.3f}" in table
    assert "claims  said   right" in table
    assert len([line for line in table.splitlines() if line.startswith(" " * 12) and "." in line]) == 10


def test_the_same_reviews_give_the_same_bytes_whatever_their_order(
    run: Run, shelf: Shelf, tmp_path: Path
) -> None:
    found = overconfident()
    one = shelf.report("one", [j for j, _ in found[::2]])
    two = shelf.report("two", [j for j, _ in found[1::2]], question="What do systems improve?")
    shelf.truths(one, found[::2])
    shelf.truths(two, found[1::2], by="Bo")
    # the same sentences, and for whatever reason other probabilities: still one example a claim
    drifted = shelf.report(
        "drifted", [judged(i, near.by_others.label, 0.7) for i, (near, _) in enumerate(found)]
    )
    for name, order in (("a", (one, two, drifted)), ("b", (drifted, two, one, two))):
        words = [word for bundle in order for word in ("--reviews", bundle)]
        assert run("calibrate", *words, "--out", f"{name}.json", "--svg", f"{name}.svg").code == 0
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    assert b"on 80 reviewed claims" in (tmp_path / "a.svg").read_bytes()
    row = fitted(run, one, two, drifted)["reviews"]
    assert (row["reports"], row["reviewers"], row["claims"]) == (3, 2, 80)
    assert run("calibrate", "--reviews", one, "--reviews", two, "--out", "a.json").code == 0
    for n in range(4):
        again = shelf.report(f"one, written again {n}", [j for j, _ in found[::2]], abstract=f"{n}")
        assert run("calibrate", "--reviews", again, "--reviews", two, "--out", "c.json").code == 0
        assert (tmp_path / "c.json").read_bytes() == (tmp_path / "a.json").read_bytes()


def test_only_labels_that_stand_and_are_held_together_count(run: Run, shelf: Shelf) -> None:
    found = [one for one, _ in overconfident()]
    bare = judged(80, N, 0.8)
    bare = replace(bare, by_others=replace(bare.by_others, evidence=()))
    bundle = shelf.report("mixed", [*found, bare, judged(81, S, 0.9), judged(82, S, 0.9)])
    shelf.truths(bundle, [*overconfident(), (bare, N)])
    shelf.review(bundle, [(81, "accept", None), (81, "withdraw", None), (82, "flag", None)])
    shelf.review(bundle, [(0, "reject", None), (1, "defer", None)])
    shelf.review(
        bundle, [(2, "reject", None), (3, "change", N), (4, "change", N), (5, "accept", None)], by="Bo"
    )
    shelf.review(bundle, [(4, "settle", C)], by="Cy")
    row = fitted(run, bundle)
    assert row["reviews"]["left_out"] == {
        "rejected": 1,  # 0: its reviewer changed his mind and gave no other label
        "disputed": 2,  # 2 and 3; 4 was settled
        "deferred": 1,
        "unreviewed": 2,  # 81 was taken back, 82 only flagged
        "judged_on_other_evidence": 0,
        "without_evidence": 1,
    }
    assert row["reviews"]["claims"] == 76
    assert row["reviews"]["reviewers"] == 3
    assert row["pairs"] == {"SUPPORT": 20, "CONTRADICT": 17, "NOT_ENOUGH_INFO": 39}


def test_a_label_counts_for_the_sentences_on_which_it_was_given(run: Run, shelf: Shelf) -> None:
    found, on_top = overconfident(), f"{SIGNATURE}+calibration:0123456789ab"
    mapped = tuple(
        replace(one, by_others=replace(one.by_others, probabilities=Probabilities(*shares), signature=on_top))
        for one, _ in found
        for shares in [[0.96 if label is one.by_others.label else 0.02 for label in Label]]
    )
    others = tuple(
        judged(i, one.by_others.label, 0.7, quote=f"Another sentence {i}.")
        for i, (one, _) in enumerate(found)
    )
    plain = shelf.report("plain", [one for one, _ in found])
    calibrated = shelf.report("calibrated", mapped)
    elsewhere = shelf.report("elsewhere", others)
    shelf.truths(calibrated, [(one, truth) for one, (_, truth) in zip(mapped[:60], found, strict=False)])
    shelf.truths(elsewhere, [(one, truth) for one, (_, truth) in zip(others[60:], found[60:], strict=True)])
    row = fitted(run, plain)
    assert row["reviews"]["claims"] == 60
    assert row["reviews"]["left_out"]["judged_on_other_evidence"] == 20
    both = fitted(run, plain, elsewhere)
    assert both["reviews"]["claims"] == 80
    assert both["reviews"]["left_out"]["judged_on_other_evidence"] == 80


def test_a_claim_of_two_questions_counts_once_and_is_disputed_where_its_labels_differ(
    run: Run, shelf: Shelf
) -> None:
    found = overconfident()
    one = shelf.report("one", [j for j, _ in found])
    two = shelf.report("two", [j for j, _ in found[:30]], question="What do systems improve?")
    shelf.truths(one, found)
    shelf.truths(two, [(found[0][0], S), (found[1][0], N)], by="Bo")
    row = fitted(run, one, two)
    assert row["reviews"]["claims"] == 79
    assert row["reviews"]["left_out"]["disputed"] == 1
    assert row["reviews"]["left_out"]["unreviewed"] == 0
    assert row["pairs"] == {"SUPPORT": 24, "CONTRADICT": 16, "NOT_ENOUGH_INFO": 39}


def test_of_one_reviewer_the_later_label_counts_whatever_the_question(run: Run, shelf: Shelf) -> None:
    found = overconfident()
    one = shelf.report("one", [j for j, _ in found])
    two = shelf.report("two", [j for j, _ in found[:30]], question="What do systems improve?")
    shelf.truths(one, found)
    shelf.review(two, [(2, "change", N)], day=2)
    shelf.review(two, [(3, "change", C)], day=4)
    row = fitted(run, one, two)
    assert row["pairs"] == {"SUPPORT": 24, "CONTRADICT": 17, "NOT_ENOUGH_INFO": 39}


@pytest.mark.parametrize(
    ("mark", "said"),
    [
        ("+calibration:0123456789ab", "without --calibration"),
        ("+precision:0.9", "without --calibration and --min-precision"),
        ("+calibration:0123456789ab+precision:0.95", "without --calibration"),
    ],
)
def test_a_report_that_is_calibrated_already_is_refused(
    run: Run, shelf: Shelf, mark: str, said: str, tmp_path: Path
) -> None:
    one = judged(1, S, 0.9)
    marked_ = replace(one, by_others=replace(one.by_others, signature=SIGNATURE + mark))
    bundle = shelf.report("b", [marked_])
    line = one_line(run("calibrate", "--reviews", bundle, "--out", "c.json"))
    assert said in line
    assert str(bundle) in line
    assert not (tmp_path / "c.json").exists()


def test_reports_of_two_verifiers_are_not_mixed(run: Run, shelf: Shelf) -> None:
    one, two = judged(1, S, 0.9), judged(2, S, 0.9)
    first = shelf.report("first", [one])
    second = shelf.report("second", [replace(two, by_others=replace(two.by_others, signature="numbers/1"))])
    said = one_line(run("calibrate", "--reviews", first, "--reviews", second, "--out", "c.json"))
    assert "different verifiers" in said
    assert "numbers/1" in said


def test_too_few_reviews_say_what_there_is(run: Run, shelf: Shelf) -> None:
    found = overconfident()
    bundle = shelf.report("b", [one for one, _ in found])
    shelf.truths(bundle, found[:49])
    shelf.review(bundle, [(49, "reject", None), (50, "defer", None)])
    said = one_line(run("calibrate", "--reviews", bundle, "--out", "c.json"))
    assert "too few claims to calibrate on: 49 (24 SUPPORT, 15 CONTRADICT, 10 NOT_ENOUGH_INFO)" in said
    assert "left out: 1 rejected, 1 deferred, 29 unreviewed" in said
    assert "review at least 50" in said


def test_labels_of_one_claim_alone_are_refused(run: Run, shelf: Shelf) -> None:
    alike = [
        (replace(one, claim=replace(one.claim, text="The parser is fast.")), truth)
        for one, truth in overconfident()
    ]
    bundle = shelf.report("b", [one for one, _ in alike])
    shelf.truths(bundle, alike)
    said = one_line(run("calibrate", "--reviews", bundle, "--out", "c.json"))
    assert "too few claims differ" in said
    assert "review more claims" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "give labelled PAIRS, or"),
        (("pairs.jsonl", "--reviews", "whole"), "give labelled PAIRS, or"),
        (("--reviews", "whole", "--verifier", "overlap"), "leave --verifier out"),
        (("--reviews", "nowhere"), "manifest.json"),
        (("--reviews", "stranger"), "is not in the store here"),
    ],
)
@pytest.mark.usefixtures("whole")
def test_what_gives_no_examples_is_one_line(
    run: Run, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    (tmp_path / "stranger").mkdir()
    (tmp_path / "stranger" / "manifest.json").write_text(json.dumps({"fingerprint": "0" * 64}))
    assert said in one_line(run("calibrate", *words, "--out", "c.json"))
    assert not (tmp_path / "c.json").exists()


def turned(path: Path, *, bias: Sequence[float] = (2.0, 0.0, 0.0)) -> Path:
    """Write a calibration of the overlap verifier's verdicts by other works that favours SUPPORT."""
    path.write_text(
        json.dumps(
            {
                "verifier": SIGNATURE,
                "fitted_on": "other works",
                "pairs": 80,
                "data": "0" * 64,
                "weight": [[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]],
                "bias": list(bias),
                "curve": {"support": [[0.6, 0.9, 0.25]], "contradict": []},
            }
        )
    )
    return path


def answers(bundle: Path) -> Mapping[str, Mapping[str, Any]]:
    return {row["id"]: row for row in map(json.loads, (bundle / "claims.jsonl").read_text().splitlines())}


def test_a_fit_on_reviews_changes_verdicts_by_other_works_alone(
    run: Run, whole: Path, papers: Path, tmp_path: Path
) -> None:
    fitted(run, whole)
    ask = ("ask", QUESTION, "--papers", papers, "--verifier", "overlap", "--date", "2026-01-01", "--out")
    assert run(*ask, "plain").code == 0
    files = {
        "fit": Path("mine.json"),
        "one": turned(tmp_path / "1.json"),
        "two": turned(tmp_path / "2.json", bias=(0.0, 0.0, 4.0)),
    }
    plain = answers(tmp_path / "plain")
    assert plain
    for name, file in files.items():
        assert run(*ask, name, "--calibration", file).code == 0
        made = answers(tmp_path / name)
        mark = hashlib.sha256(file.read_bytes()).hexdigest()[:12]
        assert {r["verdict"]["signature"] for r in made.values()} == {f"{SIGNATURE}+calibration:{mark}"}
        assert {k: r["own_verdict"] for k, r in made.items()} == {
            k: r["own_verdict"] for k, r in plain.items()
        }
        assert any(
            r["verdict"]["probabilities"] != plain[k]["verdict"]["probabilities"] for k, r in made.items()
        )
    said = [{r["verdict"]["label"] for r in answers(tmp_path / name).values()} for name in ("one", "two")]
    assert "SUPPORT" in said[0]
    assert said[1] == {"NOT_ENOUGH_INFO"}
    assert run("check-record", tmp_path / "one", "--papers", papers).code == 0


def test_silence_by_other_works_goes_by_the_curve_of_the_reviews(
    run: Run, papers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def curve(_: str, prior: str) -> Mapping[str, Any]:
        asked.append(prior)
        return {"support": [[0.3, 0.9, 0.5]], "contradict": []}

    monkeypatch.setattr(verifiers, "curve", curve)
    words = ("ask", QUESTION, "--papers", papers, "--verifier", "overlap", "--out", tmp_path / "b")
    ran = run(*words, "--calibration", turned(tmp_path / "c.json"), "--min-precision", "0.9")
    assert ran.code == 0, ran.err
    assert set(asked) == {"own"}
    first, second = ran.err.splitlines()
    assert first.startswith("--min-precision 0.9, other works: SUPPORT from .6 on, 25 % of the calibration")
    assert second.startswith("--min-precision 0.9, own work: SUPPORT from .3 on, 50 % of the calibration")


@pytest.mark.parametrize("way", ["pairs", "claim", "claims", "scifact"])
def test_a_fit_on_reviews_is_refused_for_given_passages(
    run: Run, papers: Path, tmp_path: Path, home: Path, way: str
) -> None:
    (tmp_path / "p.jsonl").write_text('{"claim": "Attention helps.", "passage": "Attention helps."}\n')
    (tmp_path / "corpus.jsonl").write_text('{"doc_id": 1, "title": "T", "abstract": ["Attention helps."]}\n')
    words = {
        "pairs": ("--pairs", "p.jsonl"),
        "claim": ("Attention helps.", "--against", papers),
        "claims": ("--claims", "p.jsonl", "--against", papers),
        "scifact": ("--claims", "p.jsonl", "--against", "corpus.jsonl", "--scifact"),
    }[way]
    file = turned(tmp_path / "c.json")
    for more in ((), ("--min-precision", "0.9")):
        said = one_line(run("verify", *words, "--verifier", "overlap", "--calibration", file, *more))
        assert "was fitted on verdicts by other works in reports and holds for synth ask alone" in said
    assert not (home / "synth.db").exists()


def test_the_file_says_on_what_it_was_fitted(run: Run, whole: Path, tmp_path: Path) -> None:
    fitted(run, whole)
    made = json.loads((tmp_path / "mine.json").read_text())
    assert set(made) == {"verifier", "fitted_on", "pairs", "data", "weight", "bias", "curve"}
    assert (made["fitted_on"], made["pairs"], len(made["data"])) == ("other works", 80, 64)
    found = judges.read(tmp_path / "mine.json")
    assert [prior for prior in verifiers.PRIORS if found.holds_for(prior)] == ["natural"]
