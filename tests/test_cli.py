"""The command line: what a user types, what is printed, and one line for everything that goes wrong."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from typed import Run, one_line

QUESTION = "Does bidirectional attention help question answering?"


def test_importing_the_command_line_loads_nothing_heavy() -> None:
    heavy = ["pymupdf", "spacy", "onnxruntime", "numpy", "textual", "typst", "arxiv", "sqlite_utils", "torch"]
    script = f"import sys, synth.cli; print([m for m in {heavy} if m in sys.modules])"
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def test_ask_writes_the_bundle_and_prints_where_it_is(run: Run, papers: Path, tmp_path: Path) -> None:
    ran = run("ask", QUESTION, "--papers", papers, "--out", tmp_path / "b")
    assert ran.code == 0, ran.err
    names = {"report.md", "report.html", "report.pdf", "manifest.json", "claims.jsonl"}
    assert names <= {p.name for p in (tmp_path / "b").iterdir()}
    assert all(str(tmp_path / "b" / name) in ran.out for name in names)
    assert "3 papers found: 3 read in full" in ran.out


def test_the_bundle_passes_its_own_check_and_a_changed_byte_does_not(
    run: Run, papers: Path, tmp_path: Path
) -> None:
    run("ask", QUESTION, "--papers", papers, "--out", tmp_path / "b")
    good = run("check-record", tmp_path / "b", "--papers", papers)
    assert good.code == 0, good.out
    report = tmp_path / "b" / "report.md"
    report.write_bytes(report.read_bytes().replace(b"84.2", b"94.2"))
    bad = run("check-record", tmp_path / "b", "--papers", papers)
    assert bad.code == 1
    assert "report.md" in bad.out


def test_asking_twice_gives_the_same_bytes(run: Run, papers: Path, tmp_path: Path, home: Path) -> None:
    run("ask", QUESTION, "--papers", papers, "--out", tmp_path / "one")
    for kept in home.iterdir():
        kept.unlink()
    run("ask", QUESTION, "--papers", papers, "--out", tmp_path / "two")
    for name in ("report.md", "report.html", "report.pdf", "claims.jsonl"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name


def test_a_question_of_another_field_gets_no_claims_and_says_so(
    run: Run, papers: Path, tmp_path: Path
) -> None:
    ran = run(
        "ask", "Does vitamin D reduce the risk of fractures?", "--papers", papers, "--out", tmp_path / "b"
    )
    assert ran.code == 0, ran.err
    assert "Answer: not answered" in ran.out
    assert (tmp_path / "b" / "claims.jsonl").read_bytes() == b""
    assert "0 claims extracted; 0 independently verified" in (tmp_path / "b" / "report.md").read_text()
    assert run("check-record", tmp_path / "b", "--papers", papers).code == 0


def test_verify_pairs_answers_in_order_with_the_index_of_the_sentence(run: Run, tmp_path: Path) -> None:
    pairs = tmp_path / "pairs.jsonl"
    rows = [
        {
            "id": 7,
            "claim": "Alpha obtains 84.2 F1 on SQuAD.",
            "passage": ["The weather was fine.", "Alpha obtains 84.2 F1 on SQuAD."],
        },
        {"id": "b", "claim": "Cats sleep a lot.", "passage": "We study the syntax of Latin. It is rich."},
    ]
    pairs.write_text("\n".join(json.dumps(r) for r in rows))
    ran = run("verify", "--pairs", pairs, "--json")
    assert ran.code == 0, ran.err
    first, second = (json.loads(line) for line in ran.out.splitlines())
    assert (first["id"], second["id"]) == (7, "b")
    assert first["label"] == "SUPPORT"
    assert first["evidence"][0]["sentence"] == 1
    assert second["label"] == "NOT_ENOUGH_INFO"
    assert abs(sum(first["probabilities"].values()) - 1) < 2e-3
    assert first["confidence"] == first["probabilities"]["SUPPORT"]


def test_verify_against_papers_names_the_file(run: Run, papers: Path) -> None:
    ran = run("verify", "Alpha reaches 84.2 F1 on the SQuAD test set.", "--against", papers, "--json")
    assert ran.code == 0, ran.err
    row = json.loads(ran.out)
    assert row["label"] == "SUPPORT"
    assert row["evidence"][0]["doc_id"] in {"alpha.md", "beta.md"}


def test_verify_reads_and_writes_the_layouts_of_scifact(run: Run, tmp_path: Path) -> None:
    corpus, claims = tmp_path / "corpus.jsonl", tmp_path / "claims.jsonl"
    abstract = ["We study mice.", "Aspirin reduced fever in mice by 2 degrees.", "More work is needed."]
    corpus.write_text(json.dumps({"doc_id": 11, "title": "Fever", "abstract": abstract}) + "\n")
    claims.write_text(json.dumps({"id": 3, "claim": abstract[1], "cited_doc_ids": [11]}) + "\n")
    ran = run("verify", "--claims", claims, "--against", corpus, "--scifact")
    assert ran.code == 0, ran.err
    assert json.loads(ran.out) == {"id": 3, "evidence": {"11": {"label": "SUPPORT", "sentences": [1]}}}


def test_read_and_claims_and_results_print_one_object_a_paper_or_row(run: Run, papers: Path) -> None:
    read = [json.loads(line) for line in run("read", papers, "--json").out.splitlines()]
    assert [r["paper"]["title"] for r in read][-1] == "Tagging without attention"
    mined = [json.loads(line) for line in run("claims", papers, "--json").out.splitlines()]
    texts = {p["text"] for r in read for p in r["passages"]}
    assert mined
    assert all(any(c["text"] in t for t in texts) for c in mined)
    measured = [json.loads(line) for line in run("results", papers, "--json").out.splitlines()]
    assert any((m["value"], m["metric"], m["dataset"]) == (84.2, "F1", "SQuAD") for m in measured)


@pytest.mark.parametrize("command", ["read", "claims", "results"])
def test_a_bad_file_among_good_ones_is_named_by_every_listing(
    run: Run, papers: Path, tmp_path: Path, command: str
) -> None:
    (tmp_path / "mixed").mkdir()
    (tmp_path / "mixed" / "alpha.md").write_bytes((papers / "alpha.md").read_bytes())
    (tmp_path / "mixed" / "broken.pdf").write_bytes(b"%PDF-1.7 nothing follows")
    plain, as_json = run(command, tmp_path / "mixed"), run(command, tmp_path / "mixed", "--json")
    assert (plain.code, as_json.code) == (0, 0)
    assert "skipped broken.pdf" in plain.out
    assert "broken.pdf" in json.loads(as_json.out.splitlines()[-1])["what"]


def test_doctor_is_content_with_this_machine(run: Run) -> None:
    ran = run("doctor", "--json")
    assert ran.code == 0, ran.out
    assert {"Python", "encoder", "store"} <= {json.loads(line)["name"] for line in ran.out.splitlines()}


@pytest.mark.parametrize("question", ["", "   ", "?!"])
def test_an_empty_question_is_one_line(run: Run, papers: Path, question: str) -> None:
    assert "question is empty" in one_line(run("ask", question, "--papers", papers))


def test_no_papers_named_is_one_line(run: Run) -> None:
    assert "--papers" in one_line(run("ask", QUESTION))


def test_a_missing_or_empty_folder_is_one_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "nowhere" in one_line(run("ask", QUESTION, "--papers", tmp_path / "nowhere"))
    assert "empty" in one_line(run("ask", QUESTION, "--papers", tmp_path / "empty"))


def test_a_folder_of_unreadable_files_names_them(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "x.pdf").write_bytes(b"no pdf at all")
    (tmp_path / "bad" / "y.pdf").write_bytes(b"")
    said = one_line(run("ask", QUESTION, "--papers", tmp_path / "bad"))
    assert "x.pdf" in said
    assert "y.pdf" in said


def test_one_bad_file_is_a_skipped_record_and_the_run_goes_on(run: Run, papers: Path, tmp_path: Path) -> None:
    folder = tmp_path / "mixed"
    folder.mkdir()
    for file in papers.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 nothing follows")
    ran = run("ask", QUESTION, "--papers", folder, "--out", tmp_path / "b")
    assert ran.code == 0, ran.err
    assert "skipped broken.pdf" in ran.out
    assert "broken.pdf" in (tmp_path / "b" / "report.md").read_text()


def test_an_output_folder_that_is_a_file_is_one_line_before_any_work(
    run: Run, papers: Path, tmp_path: Path, home: Path
) -> None:
    (tmp_path / "taken").write_text("x")
    said = one_line(run("ask", QUESTION, "--papers", papers, "--out", tmp_path / "taken"))
    assert "--out" in said
    assert not (home / "synth.db").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_output_folder_is_one_line(run: Run, papers: Path, tmp_path: Path) -> None:
    (tmp_path / "shut").mkdir(mode=0o500)
    assert "--out" in one_line(run("ask", QUESTION, "--papers", papers, "--out", tmp_path / "shut"))


def test_a_full_disk_while_writing_keeps_the_old_bundle(
    run: Run, papers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("ask", QUESTION, "--papers", papers, "--out", tmp_path / "b")
    before = {p.name: p.read_bytes() for p in (tmp_path / "b").iterdir()}

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    said = one_line(run("ask", QUESTION, "--papers", papers, "--claims", "2", "--out", tmp_path / "b"))
    assert "disk is full" in said
    assert {p.name: p.read_bytes() for p in (tmp_path / "b").iterdir()} == before


def test_a_damaged_and_a_newer_store_are_one_line(run: Run, papers: Path, home: Path) -> None:
    (home / "synth.db").write_bytes(b"not a database at all, whatever" * 50)
    assert "move it away" in one_line(run("ask", QUESTION, "--papers", papers))
    (home / "synth.db").unlink()
    with sqlite3.connect(home / "synth.db") as connection:
        connection.execute("pragma user_version = 999")
    connection.close()
    assert "newer synth" in one_line(run("ask", QUESTION, "--papers", papers))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["verify"], "CLAIM"),
        (["verify", "A claim."], "--against"),
        (["verify", "--pairs", "missing.jsonl"], "missing.jsonl"),
        (["read", "missing.pdf"], "missing.pdf"),
        (["ask", "Why?", "--papers", ".", "--threshold", "70"], "probability"),
        (["ask", "Why?", "--papers", ".", "--verifier", "oracle"], "oracle"),
        (["ask", "Why?", "--source", "nowhere"], "nowhere"),
        (["check-record", "nowhere"], "nowhere"),
        (["ask"], "QUESTION"),
        (["frobnicate"], "frobnicate"),
    ],
)
def test_what_makes_no_sense_is_one_line(run: Run, tmp_path: Path, words: list[str], said: str) -> None:
    (tmp_path / "a.txt").write_text("A sentence about attention that is long enough to be read at all.")
    assert said in one_line(run(*words))


@pytest.mark.parametrize("line", ["{", "[]", '{"id": 1}', '{"claim": "x"}', '{"claim": "x", "passage": 3}'])
def test_a_wrong_line_of_pairs_is_named(run: Run, tmp_path: Path, line: str) -> None:
    (tmp_path / "p.jsonl").write_text('{"id": 0, "claim": "a", "passage": "b"}\n' + line + "\n")
    assert "line 2" in one_line(run("verify", "--pairs", "p.jsonl", "--json"))


def test_ctrl_c_is_one_line_and_the_store_stays_whole(papers: Path, tmp_path: Path, home: Path) -> None:
    script = (
        "import sys, signal, synth.cli, synth.pipeline.papers as p\n"
        # a shell starts what it puts into the background with interrupts ignored
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "old = p._each\n"
        "def each(*a, **k):\n"
        "    for n, item in enumerate(old(*a, **k)):\n"
        "        yield item\n"
        "        signal.raise_signal(signal.SIGINT)\n"
        "p._each = each\n"
        "sys.argv = ['synth', *sys.argv[1:]]\n"
        "synth.cli.main()\n"
    )
    said = subprocess.run(
        [
            sys.executable,
            "-c",
            script,
            "ask",
            QUESTION,
            "--papers",
            str(papers),
            "--out",
            str(tmp_path / "b"),
        ],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"SYNTH_HOME": str(home)},
    )
    assert said.returncode == 2
    assert said.stderr.strip().splitlines() == [
        "synth: interrupted; what was done is kept, run the same command again to go on"
    ]
    with sqlite3.connect(home / "synth.db") as connection:
        assert connection.execute("pragma integrity_check").fetchone() == ("ok",)
        assert connection.execute("select count(*) from papers").fetchone()[0] >= 1
    connection.close()
