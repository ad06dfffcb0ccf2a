"""Task names and a data folder in, the program's files and the gold out: built once, named by content.

What enters the seal lies under ``data/``, gold under ``gold/``; no label stands in a file to be predicted.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synth.errors import InputError
from synth.experiments._full import bucc, folder, sources
from synth.experiments._full.folder import Staged, Work
from synth.experiments._full.rows import Example, couple, example, language, located
from synth.experiments._full.tasks import TASKS, Part, Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to stage. ``training`` and ``targets`` are names of tasks; ``folder`` None reads from the hub.

    ``sizes`` "asserted": a split that has not the size its data set is known by ends the run; "recorded": any
    size will do (a sample, which no claim at scale may rest on).
    """

    training: tuple[str, ...]
    targets: tuple[str, ...]
    folder: Path | None
    sizes: str = "asserted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A request and the folder that it is written to."""

    request: Request
    work: Work


def stage(request: Request, *, cache: Path) -> Staged:
    """Return the staged folder below ``cache``, built anew; the same data give the same name.

    Raises InputError for data that are missing or have another size than their data set, OutputError where
    the disk is full, ExtraMissing and SourceError where the hub is asked and cannot be.
    """
    with folder.begun(cache) as work:
        job = Job(request=request, work=work)
        for name in request.training:
            _training(job, TASKS[name])
        for name in request.targets:
            _target(job, TASKS[name])
        return folder.close(work, cache)


def _training(job: Job, task: Task) -> None:
    """Write the labelled training and dev rows of ``task``, dev held out by context where need be."""
    train, dev = [f"data/{task.name}/{split}.jsonl" for split in ("train", "dev")]
    rows = _labelled(job, task, task.train)
    if task.held_out:
        kept = list(rows)
        out = [row for row in kept if _is_held_out(row, task.held_out)]
        folder.write(job.work, train, (row for row in kept if not _is_held_out(row, task.held_out)))
        folder.write(job.work, dev, out)
    else:
        folder.write(job.work, train, rows)
        folder.write(job.work, dev, _labelled(job, task, task.dev))
    for name in (train, dev):
        if not job.work.counts[name]:
            raise InputError(f"{task.words} gives no row for {name}", remedy="take the whole data set")


def _target(job: Job, task: Task) -> None:
    if task.name == "bucc":
        _mining(job)
    elif task.kind == "retrieve":
        for code, part in task.test:
            _pairs(job, task, code, part)
    else:
        _tests(job, task)
        _dev_gold(job, TASKS[task.trained_on])


def _labelled(job: Job, task: Task, parts: tuple[Part, ...]) -> Iterator[dict[str, Any]]:
    number = 0
    for part in parts:
        for raw in _raw(job, part):
            if part.reads == "tydiqa" and language(raw, part.reads) != "en":
                continue
            found = example(raw, part.reads)
            row = _with_gold(found, task) if found else None
            if row is not None:
                yield {"id": str(number), **row}
                number += 1


def _with_gold(found: Example, task: Task) -> dict[str, Any] | None:
    """Return the row with its label, or None where an answer stands nowhere in its context."""
    if task.kind in ("classify", "choice"):
        return {**found.given, "label": found.gold}
    if task.kind == "tag":
        return {**found.given, "tags": found.gold}
    context = found.given["context"]
    answers = []
    for text, start in found.gold:
        place = located(context, text, start) if text.strip() else None
        if place is not None:
            answers.append({"text": text, "start": place})
    if not answers and (found.gold or not task.null):
        return None
    return {**found.given, "answers": answers}


def _is_held_out(row: Mapping[str, Any], one_in: int) -> bool:
    # by context, so that no passage stands on both sides, and alike in SQuAD 1.1 and 2.0
    return int(hashlib.sha256(row["context"].encode()).hexdigest()[:8], 16) % one_in == 0


def _tests(job: Job, task: Task) -> None:
    """Write the rows of each language without labels, and their gold apart; a mixed file is read once."""
    for part in dict.fromkeys(part for _, part in task.test):
        codes = [code for code, own in task.test if own == part]
        given: dict[str, list[dict[str, Any]]] = {code: [] for code in codes}
        gold: dict[str, dict[str, Any]] = {code: {} for code in codes}
        for raw in _raw(job, part):
            code = language(raw, part.reads) or (codes[0] if len(codes) == 1 else "")
            found = example(raw, part.reads) if code in given else None
            if found and task.kind == "span" and not found.gold:
                raise InputError(f"{part.words}: a row without an answer", remedy="export the data set again")
            if found:
                name = str(len(given[code]))
                given[code].append({"id": name, **found.given})
                gold[code][name] = [text for text, _ in found.gold] if task.kind == "span" else found.gold
        for code in codes:
            _write_test(job, task, f"test-{code}", given[code], gold[code])


def _dev_gold(job: Job, task: Task) -> None:
    """Write the gold of the whole English dev set that stops a target's training, to be measured outside."""
    gold = {}
    with (job.work.root / f"data/{task.name}/dev.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if task.kind == "span":
                gold[row["id"]] = [answer["text"] for answer in row["answers"]]
            else:
                gold[row["id"]] = row["tags" if task.kind == "tag" else "label"]
    folder.put(job.work, f"gold/dev/{task.name}.json", {"kind": task.kind, "gold": gold})


def _write_test(
    job: Job, task: Task, stem: str, given: list[dict[str, Any]], gold: Mapping[str, Any]
) -> None:
    if not given:
        raise InputError(f"{task.words}: no rows for {stem}", remedy="take the whole data set")
    folder.write(job.work, f"data/{task.name}/{stem}.jsonl", given)
    folder.put(job.work, f"gold/{task.name}/{stem}.json", {"kind": task.kind, "gold": gold})


def _pairs(job: Job, task: Task, code: str, part: Part) -> None:
    """Write both sides of gold pairs: English asks in Tatoeba, as in XTREME's script, the language in BUCC.

    BUCC's repeated sentences stand once (copies would fill a neighbourhood), Tatoeba's as often as XTREME has
    them. The answering side is sorted by the hash of its text, so that the order says nothing of the pairing.
    """
    couples = [couple(raw) for raw in _raw(job, part)]
    if task.name == "tatoeba":
        asked = [(c.target, str(n)) for n, c in enumerate(couples)]
        answering = [(c.source, str(n)) for n, c in enumerate(couples)]
    else:
        asked, answering = [(c.source, "") for c in couples], [(c.target, "") for c in couples]
    source = {text: f"s{n}" for n, text in enumerate(dict.fromkeys(asked))}
    order = sorted(dict.fromkeys(answering), key=lambda text: (_text_hash(text[0]), text))
    target = {text: f"t{n}" for n, text in enumerate(order)}
    sides = tuple([{"id": name, "text": text[0]} for text, name in side.items()] for side in (source, target))
    pairs = sorted({(source[a], target[b]) for a, b in zip(asked, answering, strict=True)})
    _write_sides(job, task, f"test-{code}", (sides[0], sides[1]), pairs, ((), ()))


def _mining(job: Job) -> None:
    task, where = TASKS["bucc"], job.request.folder
    for code in bucc.LANGUAGES:
        for split in bucc.SPLITS:
            files = bucc.find(code, split, folder=where) if where else ()
            if not files:
                raise InputError(f"no BUCC {split} files for {code}-en", remedy=f"get {bucc.FETCH}")
            read = bucc.read(files)
            folder.note(job.work, f"BUCC 2018 {code}-en {bucc.SPLITS[split]}", files, len(read.gold))
            sides = tuple(
                [{"id": name, "text": text} for name, text in side.sentences.items()]
                for side in (read.source, read.target)
            )
            repeated = (read.source.repeated, read.target.repeated)
            _write_sides(job, task, f"{split}-{code}", (sides[0], sides[1]), list(read.gold), repeated)


def _write_sides(
    job: Job,
    task: Task,
    stem: str,
    sides: tuple[list[dict[str, Any]], list[dict[str, Any]]],
    pairs: list[tuple[str, str]],
    repeated: tuple[tuple[str, ...], tuple[str, ...]],
) -> None:
    if not pairs:
        raise InputError(f"{task.words}: no pairs for {stem}", remedy="take the whole data set")
    for side, rows in zip(("source", "target"), sides, strict=True):
        folder.write(job.work, f"data/{task.name}/{stem}.{side}.jsonl", rows)
    counts = [len(rows) for rows in sides]
    gold = {"kind": "retrieve", "gold": pairs, "sides": counts, "repeated": [list(r) for r in repeated]}
    folder.put(job.work, f"gold/{task.name}/{stem}.json", gold)


def _raw(job: Job, part: Part) -> Iterator[sources.Raw]:
    """Yield the raw rows of ``part``, counted and checked against its known size, its files hashed."""
    where = job.request.folder
    if where is None:
        rows, files = sources.from_hub(part)
    else:
        files = sources.find(part, folder=where)
        if not files:
            raise InputError(f"{where} has no {part.words}", remedy=sources.fetch(part, folder=str(where)))
        rows = sources.from_files(files)
    count = 0
    for raw in rows:
        count += 1
        yield raw
    if job.request.sizes == "asserted" and part.rows is not None and count != part.rows:
        raise InputError(
            f"{part.words} has {count:,} rows, not {part.rows:,}",
            remedy="take the whole data set (the option sizes=recorded admits a sample)",
        )
    folder.note(job.work, part.words, files, count)


def _text_hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
