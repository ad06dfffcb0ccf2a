"""A folder goes in, inputs of a sealed run of the full tier come out: tiny rows, tokenizer, model, plan."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

ANIMALS = ["dog", "cat", "bird", "runs", "sleeps", "sings", "near"]
WORDS = ["red", "blue", "green", *ANIMALS, "house", "river", "stone", "Anna", "Bert", "Köln"]
TAGS = ("O", "B-PER", "I-PER")
LABELS = ("yes", "no", "maybe")
Raw = dict[str, Any]


def sentence(source: random.Random, least: int = 3, most: int = 8) -> str:
    """Return a few words of the tiny language."""
    return " ".join(source.choices(WORDS, k=source.randint(least, most)))


def pair(n: int, source: random.Random, labels: int = 3) -> Raw:
    """Return a classify row whose label its first word tells."""
    label = source.randrange(labels)
    return {"id": f"p{n}", "a": f"{WORDS[label]} {sentence(source)}", "b": sentence(source), "label": label}


def choice(n: int, source: random.Random, choices: int = 4) -> Raw:
    """Return a choice row whose right choice alone says "river"."""
    label = source.randrange(choices)
    texts = [f"{'river' if k == label else 'stone'} {WORDS[k]}" for k in range(choices)]
    return {"id": f"c{n}", "prompt": sentence(source), "choices": texts, "label": label}


def span(n: int, source: random.Random, *, null: bool = False) -> Raw:
    """Return a span row whose answer is the only name of its context; every fourth has none with ``null``."""
    words = [word for word in sentence(source, 6, 30).split() if word not in ("Anna", "Bert")] or ["dog"]
    place = source.randint(0, len(words))
    name = source.choice(("Anna", "Bert"))
    empty = null and n % 4 == 0
    context = " ".join(words if empty else [*words[:place], name, *words[place:]])
    answers = [] if empty else [{"text": name, "start": context.index(name)}]
    return {"id": f"s{n}", "question": "who runs near", "context": context, "answers": answers}


def tagged(n: int, source: random.Random, least: int = 3, most: int = 8) -> Raw:
    """Return a tag row whose names are persons."""
    words = sentence(source, least, most).split()
    return {"id": f"t{n}", "words": words, "tags": [int(word in ("Anna", "Bert")) for word in words]}


ROWS = {
    "mnli": pair,
    "qqp": lambda n, source: pair(n, source, 2),
    "snli": pair,
    "anli": pair,
    "squad": span,
    "squad_v2": lambda n, source: span(n, source, null=True),
    "hellaswag": choice,
    "cosmosqa": choice,
    "commonsenseqa": lambda n, source: choice(n, source, 5),
    "pawsx": lambda n, source: pair(n, source, 2),
    "udpos": tagged,
    "panx": tagged,
    "tydiqa": span,
}
TESTS = {
    "xnli": ("mnli", ("en", "de")),
    "pawsx": ("pawsx", ("en", "ja")),
    "udpos": ("udpos", ("en",)),
    "panx": ("panx", ("en", "sw")),
    "xquad": ("squad", ("en", "zh")),
    "mlqa": ("squad", ("en",)),
    "tydiqa": ("tydiqa", ("fi",)),
}
INTERMEDIATES = tuple(ROWS)[:9]


def tasks() -> dict[str, Raw]:
    """Return the plan's record of every task."""
    pairs = {"kind": "classify", "labels": list(LABELS), "length": 32, "metric": "accuracy"}
    two = {**pairs, "labels": ["no", "yes"], "metric": "accuracy_f1"}
    spans = {"kind": "span", "length": 32, "stride": 8, "metric": "span"}
    choices = {"kind": "choice", "choices": 4, "length": 32, "metric": "accuracy"}
    tags = {"kind": "tag", "labels": list(TAGS), "length": 16}
    return {
        **dict.fromkeys(("mnli", "snli", "anli", "xnli"), pairs),
        **dict.fromkeys(("qqp", "pawsx"), two),
        **dict.fromkeys(("squad", "xquad", "mlqa", "tydiqa"), spans),
        "squad_v2": {**spans, "null": True},
        **dict.fromkeys(("hellaswag", "cosmosqa"), choices),
        "commonsenseqa": {**choices, "choices": 5},
        "udpos": {**tags, "metric": "accuracy"},
        "panx": {**tags, "metric": "entities"},
        "tatoeba": {"kind": "retrieve", "length": 32, "score": "cosine", "nearest": 2},
        "bucc": {"kind": "retrieve", "length": 32, "score": "margin", "neighbours": 3, "keep": 5},
    }


def arm(name: str, *tasks: str, **changes: Any) -> Raw:
    """Return an arm of a plan."""
    return {"name": name, "tasks": list(tasks), "epochs": 1, "batch": 4, "micro": 2, **changes}


def target(train: str, **changes: Any) -> Raw:
    """Return a target of a plan with every task that is predicted after training on ``train``."""
    predicted = [
        {"task": task, "files": [f"test-{language}" for language in languages]}
        for task, (trained, languages) in TESTS.items()
        if trained == train
    ]
    sizes = {"epochs": 1, "batch": 4, "micro": 2}
    return {"name": train, "train": train, "predict": predicted, **sizes, **changes}


def plan(**changes: Any) -> Raw:
    """Return a plan for the CPU: the none arm and no targets, unless ``changes`` say otherwise."""
    recipe = {
        "rate": 1e-3,
        "epsilon": 1e-8,
        "decay": 0.01,
        "warmup": 0.1,
        "clip": 1.0,
        "dev_every": 2,
        "dev_patience": 30,
        "dev_rows": 3,
        "checkpoint_every": 2,
        "predict_batch": 4,
        **changes.pop("recipe", {}),
    }
    return {
        "schema": "synth/full-plan-v1",
        "seed": 5,
        "fingerprint": "tiny",
        "layer": 1,
        "device": "cpu",
        "precision": "fp32",
        "processes": 1,
        "threads": 1,
        "recipe": recipe,
        "tasks": tasks(),
        "arms": [arm("none")],
        "targets": [],
        "retrieval": [{"task": "tatoeba", "files": ["test-de"]}],
        **changes,
    }


def write(path: Path, rows: Iterable[Raw]) -> None:
    """Write ``rows`` as JSON lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    path.write_text(text, encoding="utf-8")


def unlabelled(row: Raw) -> Raw:
    """Return ``row`` as it may be predicted."""
    return {key: value for key, value in row.items() if key not in ("label", "answers", "tags")}


def data(folder: Path, *, train: int = 10, dev: int = 5, test: int = 6) -> None:
    """Write rows of every task below ``folder``."""
    for name, make in ROWS.items():
        source = random.Random(name)
        write(folder / name / "train.jsonl", (make(n, source) for n in range(train)))
        write(folder / name / "dev.jsonl", (make(n, source) for n in range(dev)))
    for name, (trained, languages) in TESTS.items():
        for language in languages:
            source = random.Random(name + language)
            rows = (unlabelled(ROWS[trained](n, source)) for n in range(test))
            write(folder / name / f"test-{language}.jsonl", rows)
    for name in ("tatoeba", "bucc"):
        source = random.Random(name)
        for side in ("source", "target"):
            rows = ({"id": f"{side[0]}{n}", "text": sentence(source)} for n in range(test + 2))
            write(folder / name / f"test-de.{side}.jsonl", rows)


def tokenizer(folder: Path) -> None:
    """Write a tokenizer.json with XLM-R's special tokens and pieces of at most three letters."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    letters = sorted({letter for word in [*WORDS, "whom", "question"] for letter in word})
    starts = sorted({f"▁{word[:size]}" for word in WORDS for size in (1, 2, 3)})
    tokens = ["<s>", "<pad>", "</s>", "<unk>", "▁", *letters, *starts]
    # names begin and end with pieces of their own, so that where an answer stands can be learnt in seconds
    tokens = [*(token for token in tokens if token not in ("▁A", "▁B")), "▁A", "nna", "▁B", "ert"]
    pieces = [(token, -float(n) / 9 if 4 <= n < len(tokens) - 4 else 0.0) for n, token in enumerate(tokens)]
    made = Tokenizer(models.Unigram(pieces, unk_id=3))
    made.add_special_tokens(tokens[:4])
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()]
    )
    made.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    folder.mkdir(parents=True, exist_ok=True)
    made.save(str(folder / "tokenizer.json"))


def model(folder: Path, *, dropout: float = 0.1) -> None:
    """Write random XLM-R weights (2 layers of 16) and a tokenizer; needs torch and transformers."""
    import torch
    from transformers import XLMRobertaConfig, XLMRobertaModel

    tokenizer(folder)
    torch.manual_seed(0)
    config = XLMRobertaConfig(
        vocab_size=120,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=130,
        type_vocab_size=1,
        pad_token_id=1,
        hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=dropout,
        initializer_range=0.1,
    )
    XLMRobertaModel(config, add_pooling_layer=False).save_pretrained(folder)
