"""Labelled pairs and a verifier go in; tables of how far its verdicts can be trusted come out.

    python bench/verify.py                        # the entailment verifier on halves "b" of all sets
    python bench/verify.py --verifier overlap --prior natural --json
    python bench/verify.py --verifier cross-encoder:NAME --sets cs scifact flips
    python bench/verify.py --scifact DIR          # SciFact's own layout: claims_*.jsonl, corpus.jsonl

Every set is reported alone and in the mean over sets: accuracy over three labels (over SUPPORT or not, where
the set has two) and macro-F1 with 95 % bootstrap intervals over groups, beside what the claim alone and what
shared words reach; balanced accuracy of SUPPORT, AUROC of P(SUPPORT), precision and coverage of SUPPORT at .7
and .9, contradicted claims accepted at all and at .7, ECE, Brier score, the area under the risk-coverage
curve and the risk of the most confident 20, 50 and 80 %. "cs_natural" is judged with the natural prior, gives
false alarms and stays out of the means. The hand-written pairs of ``flips.py`` follow; all other sets need
the shared data folder (SYNTH_SHARED).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import flips
import numpy as np
from kept_vectors import Vectors
from labelled_pairs import Pair, dev_sets, half, scifact_layout, shared, train_sets
from signature import signature
from verdict_figures import (
    GOLD,
    LABELS,
    Judged,
    accuracy,
    averaged,
    by_form,
    by_kind,
    false_alarms,
    figures,
    joined,
    judge,
    macro_f1,
    right,
    shown,
)

from synth import calibration, verifiers
from synth.errors import SynthError
from synth.formats.reliability import render_reliability
from synth.verifiers._weights import load_words

SCIENCE = ("cs", "scifact", "healthver", "healthver_pairs")
"""Sets of scientific claims with three labels, over which claims with numbers and the like are counted."""
NATURAL = "cs_natural"
FLIPS = "flips"
VERDICTS = (
    "set", "n", "accuracy", "accuracy_interval", "macro_f1", "macro_f1_interval", "claim_only",
    "claim_only_f1", "overlap", "overlap_f1", "balanced", "contradicted_accepted",
    "contradicted_accepted_0.7",
)  # fmt: skip
PROBABILITIES = (
    "set", "n", "auroc", "ece", "brier", "precision_0.7", "right_0.7", "coverage_0.7", "precision_0.9",
    "right_0.9", "coverage_0.9", "aurc", "risk_0.2", "risk_0.5", "risk_0.8",
)  # fmt: skip
BINS = 10
"""Circles of a panel of the reliability diagram."""
KINDS = ("set", "n", "accuracy", "macro_f1", "balanced", "auroc", "contradicted_accepted")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The rows of each table."""

    sets: Sequence[Mapping[str, Any]]
    kinds: Sequence[Mapping[str, Any]]
    flips: Sequence[Mapping[str, Any]]


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables (or JSON lines) and their signature."""
    options = _options(arguments)
    sets = _sets(options)
    vectors = Vectors()
    try:
        verifier = verifiers.build(options.verifier, encode=vectors, prior=options.prior)
        natural = verifiers.build(options.verifier, encode=vectors, prior="natural")
    except SynthError as error:
        raise SystemExit(str(error)) from error
    asked = flips.read() if not options.sets or FLIPS in options.sets else ()
    if not sets and not asked:
        raise SystemExit(f"nothing to judge: {FLIPS} or a set of the shared folder's data/dev can be named")
    found = {n: judge(natural if n == NATURAL else verifier, pairs) for n, pairs in sets.items()}
    measured = Measured(
        sets=_rows(found, vectors) if found else [],
        kinds=_kind_rows(found),
        flips=flips.table(flips.answers(verifier, asked)),
    )
    show(measured, as_json=options.json)
    if not options.json:
        print(reliability_table(found))
    if options.scores:
        _write_scores(options.scores, found)
    if options.reliability:
        options.reliability.write_bytes(diagram(found, title=verifier.signature))
    data = ", ".join(f"{n} {len(p)}" for n, p in (*sets.items(), (FLIPS, asked)))
    print(signature(data=f"{verifier.signature}, half {options.half}: {data}"))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--verifier", default="entailment", help="a verifier, or cross-encoder:NAME")
    parser.add_argument("--prior", default="balanced", choices=verifiers.PRIORS)
    parser.add_argument("--half", default="b", choices=("a", "b", "both"), help="a: fitted on; b: held out")
    parser.add_argument("--most", type=int, default=1000, help="pairs of a set at most")
    parser.add_argument("--scifact", type=Path, help="folder in SciFact's layout, reported as one more set")
    parser.add_argument("--claims", default="claims_dev.jsonl", help="file of claims in that folder")
    parser.add_argument("--sets", nargs="*", help=f"these sets only; {FLIPS!r} is one, too")
    parser.add_argument("--scores", type=Path, metavar="FILE", help="write every pair with its verdict there")
    parser.add_argument("--reliability", type=Path, metavar="FILE", help="write the diagram there, as SVG")
    parser.add_argument("--json", action="store_true", help="one JSON object a row")
    options = parser.parse_args(arguments)
    if options.reliability and options.sets == [FLIPS]:
        parser.error(f"--reliability needs a set besides {FLIPS!r}: flips are counted, not drawn")
    return options


def _sets(options: argparse.Namespace) -> dict[str, Sequence[Pair]]:
    if options.sets == [FLIPS]:
        return {}
    if not shared().is_dir():
        raise SystemExit(f"no folder {shared()}: name the shared data in SYNTH_SHARED, or --sets {FLIPS}")
    known = load_words()
    sets: dict[str, Sequence[Pair]] = {
        name: [p for p in pairs if options.half in ("both", half(p))]
        for name, pairs in dev_sets(known.idf, known.unseen, most=options.most).items()
    }
    if options.scifact:
        sets["scifact layout"] = scifact_layout(
            options.scifact, options.claims, idf=known.idf, unseen=known.unseen
        )
    wanted = set(options.sets or sets) | ({"scifact layout"} if options.scifact else set())
    unknown = wanted - set(sets) - {FLIPS}
    if unknown:
        raise SystemExit(f"no set called {', '.join(sorted(unknown))}; there are {', '.join(sets)}, {FLIPS}")
    return {n: ps for n, ps in sets.items() if ps and n in wanted}


def _rows(found: Mapping[str, Judged], vectors: Vectors) -> list[Mapping[str, Any]]:
    """Return a row a set, with the baselines, and the means over sets."""
    alone, overlap = claim_only(vectors), verifiers.build("overlap", encode=vectors, prior="balanced")
    rows: dict[str, dict[str, Any]] = {}
    for name, judged in found.items():
        guessed, matched = alone(judged.pairs), judge(overlap, judged.pairs)
        rows[name] = {
            "set": name,
            **figures(judged),
            "claim_only": accuracy(guessed),
            "claim_only_f1": macro_f1(guessed.gold, guessed.said),
            "overlap": accuracy(matched),
            "overlap_f1": macro_f1(matched.gold, matched.said),
        }
    means = []
    for title, names in (
        ("mean of {} scientific sets", SCIENCE),
        ("mean of all {} sets", tuple(n for n in found if n != NATURAL)),
    ):
        parts = {n: found[n] for n in names if n in found}
        if len(parts) > 1:
            mean = averaged(parts, {n: rows[n] for n in parts})
            means.append({**mean, "set": title.format(len(parts))})
    if NATURAL in rows:
        rows[NATURAL]["false_alarms"] = false_alarms(found[NATURAL])
    return [*rows.values(), *means]


def _kind_rows(found: Mapping[str, Judged]) -> list[Mapping[str, Any]]:
    """Return a row for every kind that a set's pairs name, and for claims of three forms over ``SCIENCE``."""
    parts = {f"{n}: {k}": part for n, judged in found.items() for k, part in by_kind(judged).items()}
    science = [found[n] for n in SCIENCE if n in found]
    if science:
        parts |= {f"{form} claims": part for form, part in by_form(joined(science)).items()}
    return [{"set": n, **figures(part)} for n, part in parts.items()]


def claim_only(vectors: Vectors) -> Any:
    """Return a judge that sees the claim alone: what can be guessed without evidence."""
    pools = train_sets()
    pairs = [p for n in ("cs", "science") for p in pools[n] if p.label != "not_entail"]
    x = vectors([p.claim for p in pairs]).astype(float)
    directions = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)[2][:64].T
    fitted = calibration.fit_logistic(x @ directions, np.eye(3)[[GOLD[p.label] for p in pairs]], rounds=15)

    def alone(found: Sequence[Pair]) -> Judged:
        p = calibration.apply(fitted, vectors([q.claim for q in found]).astype(float) @ directions)
        gold = np.asarray([GOLD[q.label] for q in found])
        return Judged(pairs=found, p=p, said=p.argmax(axis=1), gold=gold)

    return alone


def show(measured: Measured, *, as_json: bool) -> None:
    """Print rows as JSON lines or as Markdown tables."""
    if as_json:
        print("\n".join(json.dumps(r) for r in (*measured.sets, *measured.kinds, *measured.flips)))
        return
    for columns, rows in (
        (VERDICTS, measured.sets),
        (PROBABILITIES, measured.sets),
        (KINDS, measured.kinds),
    ):
        if rows:
            print("| " + " | ".join(columns) + " |\n" + "|---" * len(columns) + "|")
            print("\n".join("| " + " | ".join(_cell(row.get(c)) for c in columns) + " |" for row in rows))
            print()
    for row in measured.sets:
        if "false_alarms" in row:
            told = ", ".join(f"{k} {_cell(v)}" for k, v in row["false_alarms"].items())
            print(f"natural rate: {told}\n")
    if measured.flips:
        flips.show(measured.flips)
        print()


def _cell(value: object) -> str:
    match value:
        case None:
            return "-"
        case float():
            return f"{value:.3f}"
        case tuple():
            return "-".join(_cell(v) for v in value)
        case _:
            return str(value)


def reliability_table(found: Mapping[str, Judged]) -> str:
    """Return the reliability of the labels said, over the scientific sets as one, as a Markdown table."""
    science = [found[n] for n in SCIENCE if n in found]
    if not science:
        return ""
    part = joined(science)
    bins = calibration.reliability(shown(part), right(part.gold, part.said).astype(float), bins=BINS)
    rows = [f"| {b.size} | {b.confidence:.3f} | {b.accuracy:.3f} |" for b in bins]
    return "\n".join(("| verdicts | probability said | share right |", "|---|---|---|", *rows, ""))


def diagram(found: Mapping[str, Judged], *, title: str) -> bytes:
    """Return the reliability diagram of the labels said, as SVG: the scientific sets as one, then each."""
    science = [found[n] for n in SCIENCE if n in found]
    parts = {f"{len(science)} scientific sets": joined(science)} if len(science) > 1 else {}
    tables = {
        heading: calibration.reliability(shown(part), right(part.gold, part.said).astype(float), bins=BINS)
        for heading, part in (parts | dict(found)).items()
    }
    return render_reliability(tables, title=title)


def _write_scores(path: Path, found: Mapping[str, Judged]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as out:
        for name, judged in found.items():
            out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in _scored(name, judged))


def _scored(name: str, judged: Judged) -> Iterator[dict[str, Any]]:
    """Yield every pair of a set with its gold label, the verdict and the texts."""
    for pair, p, said in zip(judged.pairs, judged.p, judged.said, strict=True):
        yield {
            "set": name,
            "kind": pair.kind,
            "gold": pair.label,
            "said": LABELS[said].value,
            "probabilities": dict(zip((label.value for label in LABELS), p.tolist(), strict=True)),
            "claim": pair.claim,
            "passage": list(pair.passage),
        }


if __name__ == "__main__":
    main()
