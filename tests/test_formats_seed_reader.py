"""The reader of reports of this kind, on texts in each shape in which they are met."""

from __future__ import annotations

from pathlib import Path

import pytest

from synth.formats.seed_reader import read_report

TABBED = """

Cats and dogs in small flats

Example Desk

June 3, 2026

Abstract

We watch cats—and dogs—in small flats.

1 Introduction

This paper examines: Pets in Towns. Research question: Do cats sleep more than dogs (e.g., at noon)?.

2 Methodology

A search yielded 12 papers.

3 Results

12 papers retrieved. 3 claims extracted; 2 independently verified. Quality review score: 9.0/10.

4 Limitations

None.

5 Extracted Claims

Claim\tVerified\tConfidence
Cats sleep 13.5 hours, dogs 10.1 hou\t✓\t0.27
Dogs | bark.\t✗\t0.05
We follow a two-phase approach: (i) watch;\t✓\t0.42

References

- <http://arxiv.org/abs/2601.00001v1>

- <http://arxiv.org/abs/2601.00002v3>"""

WRAPPED = """Cats and their sleep-related
habits in flats

Example Desk

July 2, 2026

Abstract

Cats sleep. The sleep-
related habits are des-
cribed here.

1 Introduction

This paper examines: Pets. Research question: What is
the effect of noise on sleep?.

3 Results

2 papers retrieved. 3 claims extracted; 2 independently verified. Quality
review score: 8.7/10.

5 Extracted Claims

Claim Verified Confidence

The cat sleeps more than the dog v 0.33
does (Miller et al., 2020).

A cat wakes at v 0.18

night, too.
Noise of 40 v 50 dB changes nothing. X 0.05
\x0c"""

PIPED = """# Cats \\*and\\* dogs

Example Desk

2026-06-03

## Abstract

> **Not fit to publish.** Too little.

Cats sleep.

## 1 Introduction

This paper examines: cats. Research question: Do cats sleep?

## 3 Results

1,204 papers retrieved. 1 claim extracted; 0 independently verified. Quality review score: 10.0/10.

### 3.1 Coverage

## 5 Extracted Claims

| Claim | Verified | Confidence |
| --- | :---: | ---: |
| Cats \\| dogs | ✗ | 1.00 |

## References

- `cats.pdf` Cats. Read: full text.
- <https://doi.org/10.1/x> Dogs.
"""

RECORD = """Cats in flats
Abstract
Abstract: Cats sleep.
Research Question
Do cats sleep?
Verification Level
| Paper level | L2, Source-grounded claims | |
| Source-grounded claims | 10 | |
Descriptive only.
Provenance
| Publisher | Example Desk |
"""


def test_a_table_with_tabs() -> None:
    read = read_report(TABBED)
    assert (read.title, read.author, read.date) == (
        "Cats and dogs in small flats",
        "Example Desk",
        "June 3, 2026",
    )
    assert read.subject == "Pets in Towns"
    assert read.question == "Do cats sleep more than dogs (e.g., at noon)?"
    assert (read.papers, read.extracted, read.verified, read.score) == (12, 3, 2, 9.0)
    assert [(c.text, c.verified, c.confidence) for c in read.claims] == [
        ("Cats sleep 13.5 hours, dogs 10.1 hou", True, 0.27),
        ("Dogs | bark.", False, 0.05),
        ("We follow a two-phase approach: (i) watch;", True, 0.42),
    ]
    assert read.references == ("http://arxiv.org/abs/2601.00001v1", "http://arxiv.org/abs/2601.00002v3")


def test_wrapped_text_with_marks_at_line_ends() -> None:
    read = read_report(WRAPPED)
    assert read.title == "Cats and their sleep-related habits in flats"
    assert read.abstract == "Cats sleep. The sleep-related habits are described here."
    assert read.question == "What is the effect of noise on sleep?"
    assert read.score == 8.7
    assert [(c.text, c.verified, c.confidence) for c in read.claims] == [
        ("The cat sleeps more than the dog does (Miller et al., 2020).", True, 0.33),
        ("A cat wakes at night, too.", True, 0.18),
        ("Noise of 40 v 50 dB changes nothing.", False, 0.05),
    ]


def test_markdown_with_pipes() -> None:
    read = read_report(PIPED)
    assert (read.title, read.date, read.abstract) == ("Cats *and* dogs", "2026-06-03", "Cats sleep.")
    assert (read.papers, read.extracted, read.verified, read.score) == (1204, 1, 0, 10.0)
    assert [(c.text, c.verified, c.confidence) for c in read.claims] == [("Cats | dogs", False, 1.0)]
    assert read.references == ("https://doi.org/10.1/x",)


def test_a_record_page() -> None:
    read = read_report(RECORD)
    assert (read.title, read.abstract, read.question) == ("Cats in flats", "Cats sleep.", "Do cats sleep?")
    assert read.blocks["Verification Level"] == (
        ("Paper level", "L2, Source-grounded claims"),
        ("Source-grounded claims", "10"),
    )
    assert read.blocks["Provenance"] == (("Publisher", "Example Desk"),)


def test_nothing_is_guessed_where_nothing_stands() -> None:
    read = read_report("Some text\n\nwithout sections")
    assert (read.abstract, read.papers, read.score, read.claims, read.references) == ("", None, None, (), ())


@pytest.mark.parametrize(
    ("seed", "claims", "ticks", "score", "references"),
    [("000", 15, 14, 8.7, 0), ("001", 9, 9, 9.0, 3), ("002", 9, 9, 9.2, 3), ("004", 9, 9, 9.0, 3)],
)
def test_the_seeds(shared: Path, seed: str, claims: int, ticks: int, score: float, references: int) -> None:
    (file,) = (shared / "seeds").glob(f"{seed}_*.txt")
    read = read_report(file.read_text(encoding="utf-8"))
    assert (read.extracted, len(read.claims)) == (claims, claims)
    assert read.verified == sum(c.verified for c in read.claims) == ticks
    assert (read.score, len(read.references)) == (score, references)
    assert read.author == "Assignee Research"
    assert read.question.endswith("?")


def test_the_seed_that_is_a_record_page(shared: Path) -> None:
    (file,) = (shared / "seeds").glob("003_*.txt")
    read = read_report(file.read_text(encoding="utf-8"))
    assert {name: len(rows) for name, rows in read.blocks.items()} == {
        "Research Question": 0,
        "Verification Level": 3,
        "Truth-Engine Gate Verdict": 3,
        "Quality Tier": 2,
        "Quality Dimensions": 4,
        "Correction Record": 4,
        "Provenance": 9,
    }
