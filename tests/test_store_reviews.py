"""Reviews in the store: appended and never changed, whole after kills, two reviewers at once."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest

from synth import reviews
from synth.errors import StoreError
from synth.records import Label, Review
from synth.store import VERSION, Store, open_store

QUESTION = "q0123456789abcdef"
HERE = Path(__file__).parent.parent


def accepted(claim: str, *, reviewer: str = "Ann", at: str = "2026-01-01T00:00:00.000001+00:00") -> Review:
    return reviews.sealed(
        Review(
            claim=claim, reviewer=reviewer, at=at, decision="accept", machine=Label.SUPPORT, question=QUESTION
        )
    )


def of(store: Store) -> list[Review]:
    return [review for _, review in store.reviews(QUESTION)]


def test_reviews_come_back_as_they_were_appended(tmp_path: Path) -> None:
    one, other = accepted("c1"), accepted("c2", reviewer="Bo")
    with open_store(tmp_path / "s.db") as store:
        store.append_reviews(QUESTION, lambda _: [one])
        store.append_reviews(QUESTION, lambda log: [other] if list(log) == [one] else [])
    with open_store(tmp_path / "s.db") as store:
        assert of(store) == [one, other]
        assert store.reviews("q-another") == ()


def test_only_what_is_newer_is_read_and_returned(tmp_path: Path) -> None:
    one, two, three = accepted("c1"), accepted("c2"), accepted("c3")
    with open_store(tmp_path / "a.db") as store, open_store(tmp_path / "a.db") as second:
        ((at, _),) = store.append_reviews(QUESTION, lambda _: [one])
        second.append_reviews(QUESTION, lambda _: [two])
        seen: list[Review] = []

        def make(log: object) -> list[Review]:
            seen.extend(log)  # type: ignore[call-overload]
            return [three]

        newer = store.append_reviews(QUESTION, make, known=[one], beyond=at)
        assert seen == [one, two]
        assert [review for _, review in newer] == [two, three]
        assert store.reviews(QUESTION, beyond=newer[-1][0]) == ()


def test_what_cannot_be_made_appends_nothing(tmp_path: Path) -> None:
    def refuse(_: object) -> list[Review]:
        raise LookupError("no such claim")

    with open_store(tmp_path / "s.db") as store:
        store.append_reviews(QUESTION, lambda _: [accepted("c1")])
        with pytest.raises(LookupError):
            store.append_reviews(QUESTION, refuse)
        with pytest.raises(StoreError):
            # the second is known already: neither is appended
            store.append_reviews(QUESTION, lambda _: [accepted("c2"), accepted("c1")])
        assert of(store) == [accepted("c1")]


@pytest.mark.parametrize("change", ["update reviews set note = 'other'", "delete from reviews"])
def test_the_file_itself_refuses_to_change_a_review(tmp_path: Path, change: str) -> None:
    with open_store(tmp_path / "s.db") as store:
        store.append_reviews(QUESTION, lambda _: [accepted("c1")])
    connection = sqlite3.connect(tmp_path / "s.db")
    with pytest.raises(sqlite3.IntegrityError, match="appended, never changed"):
        connection.execute(change)
    connection.close()


def test_a_store_of_the_version_before_gets_the_new_tables_and_keeps_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    with open_store(path) as store:
        store.keep("x", "k", "v")
    connection = sqlite3.connect(path)
    connection.executescript("drop table reviews; drop table places; pragma user_version = 1")
    connection.close()
    with open_store(path) as store:
        assert store.recall("x", "k", kind=str) == "v"
        store.append_reviews(QUESTION, lambda _: [accepted("c1")])
        assert of(store) == [accepted("c1")]
    connection = sqlite3.connect(path)
    assert connection.execute("pragma user_version").fetchone() == (VERSION,)
    connection.close()


def test_a_review_of_a_shape_that_is_not_known_is_one_line(tmp_path: Path) -> None:
    with open_store(tmp_path / "s.db") as store:
        store.append_reviews(QUESTION, lambda _: [accepted("c1")])
    connection = sqlite3.connect(tmp_path / "s.db")
    connection.execute(
        "insert into reviews select 'v2', question, claim, reviewer, at, decision, label, machine, note, ? "
        "from reviews",
        (json.dumps({"decision": "applaud"}),),
    )
    connection.commit()
    connection.close()
    with open_store(tmp_path / "s.db") as store, pytest.raises(StoreError, match="update synth"):
        store.reviews(QUESTION)


def test_papers_are_remembered_where_they_were_read_last(tmp_path: Path) -> None:
    with open_store(tmp_path / "s.db") as store:
        store.add_places([("p1", tmp_path / "a.pdf", "k1"), ("p2", None, "k2")])
        store.add_places([("p1", tmp_path / "b.pdf", "k1")])
        assert store.places(["p1", "p2", "p3"]) == {"p1": (tmp_path / "b.pdf", "k1"), "p2": (None, "k2")}


REVIEWING = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from synth import reviews
    from synth.records import Label, Review
    from synth.store import open_store

    path, reviewer, question = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    with open_store(path) as store:
        for turn in range(10_000):
            def make(log):
                own = [r for r in log if r.reviewer == reviewer]
                return [reviews.sealed(Review(
                    claim=f"c{len(own)}", reviewer=reviewer, at=f"2026-01-01T00:00:00.{len(own):06d}+00:00",
                    decision="accept", machine=Label.SUPPORT, question=question,
                    after=own[-1].id if own else "",
                ))]
            made = store.append_reviews(question, make)[-1][1]
            print(made.id, flush=True)
    """
)


def begin(path: Path, reviewer: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", REVIEWING, str(path), reviewer, QUESTION],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(HERE)},
    )


@pytest.mark.parametrize("seed", range(5))
def test_every_acknowledged_decision_outlives_ten_kills_of_two_reviewers(tmp_path: Path, seed: int) -> None:
    path, chance = tmp_path / "s.db", random.Random(seed)
    with open_store(path):
        pass
    acknowledged: dict[str, list[str]] = {"Ann": [], "Bo": []}
    for _ in range(5):
        running = {name: begin(path, name) for name in acknowledged}
        for name, process in running.items():
            assert process.stdout is not None
            for _ in range(chance.randrange(1, 12)):
                acknowledged[name].append(process.stdout.readline().strip())
        for name, process in running.items():
            os.kill(process.pid, signal.SIGKILL)
            assert process.stdout is not None
            # what was printed before the kill was acknowledged, too; a cut last line was not
            rest = process.stdout.read().split("\n")[:-1]
            acknowledged[name].extend(line for line in rest if line)
            process.stdout.close()
            process.wait()
    with open_store(path) as store:
        log = of(store)
    for name, ids in acknowledged.items():
        kept = [review.id for review in log if review.reviewer == name]
        assert [one for one in kept if one in set(ids)] == ids
        # at most the one that was being acknowledged is there besides, at each kill
        assert len(ids) <= len(kept) <= len(ids) + 5
    assert list(reviews.faults(log)) == []
    connection = sqlite3.connect(path)
    assert connection.execute("pragma integrity_check").fetchone() == ("ok",)
    connection.close()


def test_two_times_the_same_word_are_two_reviews() -> None:
    one = accepted("c1")
    assert reviews.sealed(replace(one, after=one.id)).id != one.id


def test_a_store_that_another_run_holds_is_waited_for_and_then_said(tmp_path: Path) -> None:
    with open_store(tmp_path / "s.db") as store:
        holder = sqlite3.connect(tmp_path / "s.db")
        holder.execute("begin immediate")
        with pytest.raises(StoreError, match="another run holds the store"):
            store.append_reviews(QUESTION, lambda _: [accepted("c1")], patience=0.05)
        holder.rollback()
        holder.close()
        store.append_reviews(QUESTION, lambda _: [accepted("c1")], patience=0.05)
        assert of(store) == [accepted("c1")]


def test_a_store_that_cannot_be_written_is_one_line_that_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "s.db"
    with open_store(path) as store:
        store.append_reviews(QUESTION, lambda _: [accepted("c1")])
    connect = sqlite3.connect

    def read_only(name: Path, **_: object) -> sqlite3.Connection:
        # as on a medium that nobody may write to: file modes would not stop root
        return connect(f"file:{name}?mode=ro", uri=True)

    monkeypatch.setattr("synth.store.sqlite3.connect", read_only)
    with open_store(path) as store:
        assert of(store) == [accepted("c1")]
        with pytest.raises(StoreError, match=r"cannot write the store .*SYNTH_HOME"):
            store.append_reviews(QUESTION, lambda _: [accepted("c2")])
        assert of(store) == [accepted("c1")]
