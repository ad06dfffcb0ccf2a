"""A folder goes in, a tiny export of the full tier's data sets comes out, in the hub's own column names."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any

from synth.experiments._full import experiment
from synth.experiments._full import languages as lang
from synth.experiments._full.tasks import TASKS, Part, Reads, Task
from synth.trials import Prepared, Spec, Wanted

Raw = dict[str, Any]
EVERYTHING = tuple(name for name in TASKS if name != "bucc")
NAMES = ("Anna", "Bert", "Cleo", "Dora", "Emil", "Fritz")


def export(folder: Path, names: Iterable[str], *, rows: int = 6) -> Path:
    """Write every part that the tasks called ``names`` read, ``rows`` rows each, and return ``folder``."""
    parts = {part for name in names for part in _parts(TASKS[name])}
    for part in sorted(parts, key=lambda part: part.words):
        write(folder, part, raw_rows(part, rows))
    return folder


def write(folder: Path, part: Part, rows: Iterable[Raw]) -> Path:
    """Write ``rows`` where ``sources.find`` looks for ``part``, and return the file."""
    file = folder / part.dataset.split("/")[-1] / part.config / f"{part.split}.jsonl"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return file


def raw_rows(part: Part, rows: int) -> list[Raw]:
    """Return the raw rows of ``part``; a file of several languages gets ``rows`` of each."""
    if part.reads == "xnli":
        return [_RAW["xnli"](n) | {"language": code} for code in lang.XNLI for n in range(rows)]
    if part.reads == "tydiqa":
        return [_RAW["squad"](n) | {"id": f"{name}-{n}-1"} for name in lang.TYDIQA for n in range(rows)]
    return [_RAW[part.reads](n) for n in range(rows)]


def bucc(folder: Path, *, repeated: bool = False) -> Path:
    """Write the shared task's files of all languages and return ``folder``; gold joins equal numbers."""
    for code in lang.BUCC_PAIRS:
        place = folder / "bucc2018" / f"{code}-en"
        place.mkdir(parents=True)
        for split in ("sample", "training"):
            for side in (code, "en"):
                lines = [f"{side}-{n:05}\tsentence {n} of {side}" for n in range(8)]
                if repeated:
                    lines.append(f"{side}-00008\tsentence 0 of {side}")
                (place / f"{code}-en.{split}.{side}").write_text("\n".join(lines) + "\n", encoding="utf-8")
            gold = "".join(f"{code}-{n:05}\ten-{n:05}\n" for n in range(4))
            (place / f"{code}-en.{split}.gold").write_text(gold, encoding="utf-8")
    return folder


def model(folder: Path, *, layers: int = 2, hidden: int = 16) -> Path:
    """Write the files of a model that nobody can load, and return ``folder``."""
    folder.mkdir(parents=True)
    shape = {"num_hidden_layers": layers, "hidden_size": hidden, "intermediate_size": 4 * hidden}
    config = {"model_type": "xlm-roberta", "vocab_size": 120, "max_position_embeddings": 514, **shape}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (folder / "tokenizer.json").write_text("{}", encoding="utf-8")
    (folder / "model.safetensors").write_bytes(b"weights")
    return folder


def wanted(export: Path, model: Path, **options: str) -> Wanted:
    """Return what asks for a sample run on the CPU, with ``options``."""
    every = {"data": str(export), "model": str(model), "gpus": "0", "sizes": "recorded", **options}
    return Wanted(tier="full", options=tuple(sorted(every.items())))


def prepared(export: Path, model: Path, **options: str) -> tuple[Spec, Prepared]:
    """Return a drafted spec and the job of its first seed."""
    spec = experiment.draft(wanted(export, model, **options))
    return spec, experiment.prepare(spec, spec.seeds[0])


def lines(file: Path) -> list[dict[str, Any]]:
    """Return the JSON objects of ``file``."""
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def context(n: int) -> str:
    """Return a passage about a name; number 0 alone is held out of any training set."""
    for extra in range(100_000):
        text = f"The {extra} people of house {n} call {NAMES[n % 6]} by the river"
        if (int(sha256(text.encode()).hexdigest()[:8], 16) % 100 == 0) == (n == 0):
            return text
    raise AssertionError("no passage with the hash that is wanted")


def _parts(task: Task) -> tuple[Part, ...]:
    if task.trained_on and task.trained_on != task.name:
        return (*_parts(TASKS[task.trained_on]), *(part for _, part in task.test))
    return (*task.train, *task.dev, *(part for _, part in task.test))


def _squad(n: int) -> Raw:
    text, name = context(n), NAMES[n % 6]
    answers = {"text": [name], "answer_start": [text.index(name)]}
    return {"id": f"q{n}", "title": "", "context": text, "question": " Who is called? ", "answers": answers}


def _tagged(column: str, tags: list[int]) -> Callable[[int], Raw]:
    return lambda n: {"tokens": [NAMES[n % 6], "runs", "near\u200c by"], column: [tags[n % 2], 0, tags[1]]}


_ENDINGS = ["stone", "river", "house", "bird"]
_RAW: dict[Reads, Callable[[int], Raw]] = {
    "mnli": lambda n: {"premise": f"red {n}", "hypothesis": f"dog {n}", "label": n % 3, "idx": n},
    "nli": lambda n: {"uid": str(n), "premise": f"red {n}", "hypothesis": f"dog {n}", "label": n % 4 - 1},
    "qqp": lambda n: {"question1": f"red {n}", "question2": f"dog {n}", "label": n % 2, "idx": n},
    "squad": _squad,
    "tydiqa": _squad,
    "hellaswag": lambda n: {"ctx_a": f"red {n}", "ctx_b": "dog", "endings": _ENDINGS, "label": str(n % 4)},
    "cosmos": lambda n: (
        {"context": f"red {n}", "question": "who?", "label": n % 4}
        | {f"answer{k}": _ENDINGS[k] for k in range(4)}
    ),
    "csqa": lambda n: {
        "question": f"red {n}?",
        "choices": {"label": list("ABCDE"), "text": [*_ENDINGS, "cat"]},
        "answerKey": "ABCDE"[n % 5],
    },
    "xnli": lambda n: {
        "sentence1": f"red {n}",
        "sentence2": f"dog {n}",
        "gold_label": ("entailment", "neutral", "contradiction")[n % 3],
    },
    "pawsx": lambda n: {"sentence1": f"red {n}", "sentence2": f"dog {n}", "label": str(n % 2)},
    "pos": _tagged("pos_tags", [7, 15]),
    "ner": _tagged("ner_tags", [1, 5]),
    "pairs": lambda n: {
        "source_sentence": f"{NAMES[n % 6]} runs {n}\n",
        "target_sentence": f"{NAMES[n % 6]} sings {n}\n",
        "source_lang": f"xx-{n}",
        "target_lang": f"en-{n}",
    },
}
