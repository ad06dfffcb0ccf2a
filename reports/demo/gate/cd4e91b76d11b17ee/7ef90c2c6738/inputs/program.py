"""A world goes in (/job/inputs/world.json), raw predictions come out (/job/out/ARM.json), in the seal.

Stands alone: the standard library, numpy and torch. It is given training sets in the source language and test
items without labels; what it writes is judged outside. The encoder is XLM-R's (RoBERTa's: arXiv 1907.11692,
1911.02116; post-norm, learned positions, tied output), written out here so that a run asks for torch alone:
importing transformers costs a seed seconds and 100 MiB. A test holds it to transformers' own outputs.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import sys
import time
from pathlib import Path
from typing import Any

# before torch is loaded: one thread, and kernels that give the same bytes each time
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["CUBLAS_WORKSPACE_CONFIG"] = ":4096:8"

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

Weights = dict[str, Tensor]
Plan = dict[str, Any]
START, PAD, END, UNKNOWN, MASK = range(5)
SPECIAL = 5
IGNORED = -1


class Encoder:
    """XLM-R's encoder and masked-language head, without dropout, as named weights."""

    def __init__(self, weights: Weights, *, layers: int, heads: int) -> None:
        self.weights, self.layers, self.heads = weights, layers, heads

    def copied(self) -> Encoder:
        """Return a copy that trains apart."""
        weights = {n: w.detach().clone().requires_grad_() for n, w in self.weights.items()}
        return Encoder(weights, layers=self.layers, heads=self.heads)

    def states(self, tokens: Tensor, depth: int | None = None) -> Tensor:
        """(batch, length) tokens -> (batch, length, hidden) after ``depth`` layers, all by default."""
        present = tokens.ne(PAD)
        bias = torch.where(present, 0.0, torch.finfo(torch.float32).min)[:, None, None, :]
        # RoBERTa counts positions from the padding index on
        x = F.embedding(tokens, self.weights["words"])
        x = x + F.embedding(present.cumsum(1) * present + PAD, self.weights["places"])
        x = self._norm(x, "norm")
        for at in range(self.layers if depth is None else depth):
            x = self._layer(x, bias, f"layer{at}.")
        return x

    def scores(self, x: Tensor) -> Tensor:
        """(n, hidden) -> (n, vocabulary): the masked-language head, tied to the embeddings."""
        x = self._norm(F.gelu(self._linear(x, "dense")), "head_norm")
        return F.linear(x, self.weights["words"], self.weights["bias"])

    def _layer(self, x: Tensor, bias: Tensor, name: str) -> Tensor:
        """One post-norm layer: self-attention, then a GELU feed-forward."""
        batch, length, hidden = x.shape
        width = hidden // self.heads
        mixed = self._linear(x, name + "mix").view(batch, length, 3, self.heads, width)
        query, key, value = mixed.permute(2, 0, 3, 1, 4).unbind(0)
        shares = torch.softmax(query @ key.transpose(2, 3) / math.sqrt(width) + bias, dim=-1)
        found = (shares @ value).transpose(1, 2).reshape(batch, length, hidden)
        x = self._norm(x + self._linear(found, name + "attended"), name + "first")
        inner = F.gelu(self._linear(x, name + "wide"))
        return self._norm(x + self._linear(inner, name + "narrow"), name + "second")

    def _linear(self, x: Tensor, name: str) -> Tensor:
        return F.linear(x, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"])

    def _norm(self, x: Tensor, name: str) -> Tensor:
        weight, bias = self.weights[f"{name}.weight"], self.weights[f"{name}.bias"]
        return F.layer_norm(x, (x.shape[-1],), weight, bias, eps=1e-5)


def fresh_encoder(vocabulary: int, shape: dict[str, int]) -> Encoder:
    """Return an encoder with RoBERTa's initial weights, from torch's own chance."""
    hidden, inner = shape["hidden"], shape["inner"]
    weights: Weights = {
        "words": drawn(vocabulary, hidden),
        "places": drawn(shape["positions"], hidden),
        **norm("norm", hidden),
    }
    for at in range(shape["layers"]):
        name = f"layer{at}."
        weights |= linear(name + "mix", hidden, 3 * hidden) | linear(name + "attended", hidden, hidden)
        weights |= linear(name + "wide", hidden, inner) | linear(name + "narrow", inner, hidden)
        weights |= norm(name + "first", hidden) | norm(name + "second", hidden)
    weights |= linear("dense", hidden, hidden) | norm("head_norm", hidden)
    weights["bias"] = torch.zeros(vocabulary)
    return Encoder(weights, layers=shape["layers"], heads=shape["heads"])


def drawn(*size: int) -> Tensor:
    """Return weights from a normal distribution with deviation 0.02."""
    return torch.normal(0.0, 0.02, size)


def linear(name: str, inputs: int, outputs: int) -> Weights:
    """Return the weights of a linear map."""
    return {f"{name}.weight": drawn(outputs, inputs), f"{name}.bias": torch.zeros(outputs)}


def norm(name: str, width: int) -> Weights:
    """Return the weights of a layer norm."""
    return {f"{name}.weight": torch.ones(width), f"{name}.bias": torch.zeros(width)}


def placed(weights: Weights, device: torch.device) -> Weights:
    """Return ``weights`` on ``device``, to be trained."""
    return {n: w.to(device).requires_grad_() for n, w in weights.items()}


class Run:
    """What every stage needs: the world, the plan, the device, and how much of the whole is done."""

    def __init__(self, world: Plan, plan: Plan) -> None:
        self.world, self.plan = world, plan
        self.device = torch.device(plan["device"])
        self.done, self.shown, self.total = 0, 0, _steps(plan)
        self.began = time.process_time()

    def chance(self, stage: str) -> np.random.Generator:
        """Return the source of chance of ``stage``; torch's own is seeded alike."""
        digest = hashlib.sha256(f"{self.plan['chance']}/{stage}".encode()).digest()
        torch.manual_seed(int.from_bytes(digest[:4], "big"))
        return np.random.Generator(np.random.PCG64(int.from_bytes(digest[:8], "big")))

    def step(self, words: str) -> None:
        """Count one training step; every hundredth of the whole is told."""
        self.done += 1
        if self.done * 100 // self.total > self.shown:
            self.shown = self.done * 100 // self.total
            print(f"@progress {self.shown / 100:.2f} {words}", flush=True)

    def say(self, words: str) -> None:
        """Print a line of the log, with the CPU seconds so far."""
        print(f"{words} ({time.process_time() - self.began:.1f} s CPU)", flush=True)


def _steps(plan: Plan) -> int:
    stages = sum(arm["steps"] for arm in plan["arms"])
    targets = sum(plan["targets"].values()) * sum(not arm["untrained"] for arm in plan["arms"])
    return int(plan["pretrain"]["steps"] + stages + targets)


def padded(rows: list[list[int]], fill: int = PAD) -> np.ndarray:
    """Return ``rows`` as (n, longest), filled up."""
    found = np.full((len(rows), max(map(len, rows))), fill, dtype=np.int64)
    for at, row in enumerate(rows):
        found[at, : len(row)] = row
    return found


class Descent:
    """AdamW over one model, clipped at 1, with a linear warm-up over a tenth and a linear decay."""

    def __init__(self, parameters: list[Tensor], rate: float, steps: int) -> None:
        self.parameters, self.rate, self.steps, self.at = parameters, rate, steps, 0
        self.adam = torch.optim.AdamW(parameters, lr=rate, weight_decay=0.01, fused=True)

    def __call__(self, loss: Tensor) -> None:
        """Take one step down ``loss``."""
        warm = max(1, self.steps // 10)
        factor = min((self.at + 1) / warm, (self.steps - self.at) / max(1, self.steps - warm))
        self.adam.param_groups[0]["lr"] = self.rate * factor
        self.adam.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.adam.step()
        self.at += 1


def masked(
    tokens: np.ndarray, rate: float, vocabulary: int, chance: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return tokens with ``rate`` of the words masked (80 %), swapped (10 %) or kept (10 %), and which."""
    chosen = (tokens >= SPECIAL) & (chance.random(tokens.shape) < rate)
    kind = chance.random(tokens.shape)
    swapped = chance.integers(SPECIAL, vocabulary, tokens.shape)
    seen = np.where(chosen & (kind < 0.8), MASK, tokens)
    return np.where(chosen & (kind >= 0.9), swapped, seen), chosen


def pretrain(run: Run) -> Encoder:
    """Return an encoder after masked-language training on all corpora, each language as often."""
    world, plan = run.world, run.plan["pretrain"]
    encoder = initial(run)
    chance = run.chance("pretrain")
    text = padded([row for rows in world["corpus"].values() for row in rows])
    lengths = (text != PAD).sum(1)
    descent = Descent(list(encoder.weights.values()), plan["rate"], plan["steps"])
    loss = torch.zeros(())
    for _ in range(plan["steps"]):
        rows = chance.integers(0, len(text), plan["batch"])
        tokens = text[rows, : lengths[rows].max()]
        seen, chosen = masked(tokens, plan["mask"], world["vocabulary"], chance)
        places = torch.from_numpy(np.flatnonzero(chosen)).to(run.device)
        states = encoder.states(torch.from_numpy(seen).to(run.device)).flatten(0, 1)[places]
        loss = F.cross_entropy(encoder.scores(states), torch.from_numpy(tokens[chosen]).to(run.device))
        descent(loss)
        run.step("pre-training")
    run.say(f"pre-trained: last masked loss {loss.item():.3f}")
    return encoder


def initial(run: Run) -> Encoder:
    """Return an encoder as it is before any training."""
    run.chance("initial")
    found = fresh_encoder(run.world["vocabulary"], run.plan["encoder"])
    found.weights = placed(found.weights, run.device)
    return found


class Head:
    """A new head: spans (two scores a token), tags (a score a kind and token) or labels (three a text)."""

    def __init__(self, kind: str, weights: Weights) -> None:
        self.kind, self.weights = kind, weights

    def scores(self, states: Tensor, tokens: Tensor) -> Tensor:
        """Return (batch, 2, length), (batch, tags, length) or (batch, 3) scores."""
        if self.kind == "label":
            first = F.linear(states[:, 0], self.weights["dense.weight"], self.weights["dense.bias"])
            return F.linear(torch.tanh(first), self.weights["out.weight"], self.weights["out.bias"])
        scores = F.linear(states, self.weights["out.weight"], self.weights["out.bias"]).transpose(1, 2)
        if self.kind == "tags":
            return scores
        # an answer stands in the second segment, after <s> question </s></s>
        inside = (tokens.eq(END).cumsum(1) == 2) & tokens.ne(END)
        return scores.masked_fill(~inside[:, None, :], -1e4)


def fresh_heads(run: Run, names: list[str], stage: str) -> dict[str, Head]:
    """Return a new head for each task."""
    run.chance(f"{stage} heads")
    hidden = run.plan["encoder"]["hidden"]
    found = {}
    for name in names:
        kind = run.plan["kinds"][name]
        width = {"span": 2, "tags": run.world["kinds"], "label": 3}[kind]
        weights = linear("dense", hidden, hidden) if kind == "label" else {}
        found[name] = Head(kind, placed(weights | linear("out", hidden, width), run.device))
    return found


class Labelled:
    """A training set as arrays; ``labels`` names the column that is learnt from."""

    def __init__(self, rows: Plan, kind: str, labels: str) -> None:
        self.tokens = padded(rows["tokens"])
        self.lengths = (self.tokens != PAD).sum(1)
        if kind == "tags":
            # tags stand under the words: after <s>, and none under punctuation
            self.labels = padded([[IGNORED, *tags] for tags in rows[labels]], IGNORED)
            blank = np.full((len(self.tokens), self.tokens.shape[1] - self.labels.shape[1]), IGNORED)
            self.labels = np.concatenate([self.labels, blank], 1)
        else:
            self.labels = np.array(rows[labels], dtype=np.int64)
        self.tagged = kind == "tags"

    def batch(self, rows: np.ndarray, device: torch.device) -> tuple[Tensor, Tensor]:
        """Return tokens and labels of ``rows``."""
        length = self.lengths[rows].max()
        labels = self.labels[rows, :length] if self.tagged else self.labels[rows]
        return torch.from_numpy(self.tokens[rows, :length]).to(device), torch.from_numpy(labels).to(device)


def loss_of(scores: Tensor, labels: Tensor, kind: str) -> Tensor:
    """Return the mean cross-entropy, flat: over images of scores CUDA has no deterministic one."""
    if kind == "tags":
        scores = scores.transpose(1, 2)
    if kind != "label":
        scores, labels = scores.flatten(0, 1), labels.flatten()
    return F.cross_entropy(scores, labels, ignore_index=IGNORED)


def train(
    run: Run, encoder: Encoder, tasks: dict[str, Labelled], *, stage: str, settings: Plan
) -> dict[str, Head]:
    """Train ``encoder`` and new heads on ``tasks``, one task a batch, each as often as it has items."""
    names = list(tasks)
    heads = fresh_heads(run, names, stage)
    chance = run.chance(stage)
    weights = [*encoder.weights.values(), *(w for head in heads.values() for w in head.weights.values())]
    descent = Descent(weights, settings["rate"], settings["steps"])
    sizes = np.array([len(tasks[n].tokens) for n in names], dtype=np.float64)
    for _ in range(settings["steps"]):
        name = names[chance.choice(len(names), p=sizes / sizes.sum())]
        rows = chance.integers(0, len(tasks[name].tokens), size=(settings["batch"],))
        tokens, labels = tasks[name].batch(rows, run.device)
        scores = heads[name].scores(encoder.states(tokens), tokens)
        descent(loss_of(scores, labels, heads[name].kind))
        run.step(stage)
    return heads


def predict(run: Run, encoder: Encoder, head: Head, rows: list[list[int]]) -> list[Any]:
    """Return [start, end] a text, a string of tag digits a text, or a label a text."""
    found: list[Any] = []
    for at in range(0, len(rows), 64):
        part = rows[at : at + 64]
        tokens = torch.from_numpy(padded(part)).to(run.device)
        with torch.no_grad():
            scores = head.scores(encoder.states(tokens), tokens).cpu().double().numpy()
        if head.kind == "span":
            found += [list(_span(one)) for one in scores]
        elif head.kind == "tags":
            # <s> before, punctuation and </s> after
            best = zip(scores.argmax(1), part, strict=True)
            found += ["".join(str(tag) for tag in tags[1 : len(row) - 2]) for tags, row in best]
        else:
            found += scores.argmax(1).tolist()
    return found


def _span(scores: np.ndarray, longest: int = 4) -> tuple[int, int]:
    """Return the best (first, last) of at most ``longest`` tokens."""
    starts, ends = scores
    ways = [
        (starts[i] + ends[j], -i, -j)
        for i in range(len(starts))
        for j in range(i, min(i + longest, len(ends)))
    ]
    _, first, last = max(ways)
    return -first, -last


def states(run: Run, encoder: Encoder, rows: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    """Return tokens (n, length) and their states (n, length, hidden) at the plan's layer."""
    tokens = padded(rows)
    parts = []
    with torch.no_grad():
        for at in range(0, len(tokens), 256):
            part = torch.from_numpy(tokens[at : at + 256]).to(run.device)
            parts.append(encoder.states(part, run.plan["layer"]).cpu().double().numpy())
    return tokens, np.concatenate(parts)


def nearest(source: np.ndarray, other: np.ndarray, *, centred: bool) -> list[int]:
    """Return, for each row of ``other``, the row of ``source`` with the highest cosine."""
    if centred:
        source, other = source - source.mean(0), other - other.mean(0)
    source = source / np.maximum(np.linalg.norm(source, axis=1, keepdims=True), 1e-12)
    other = other / np.maximum(np.linalg.norm(other, axis=1, keepdims=True), 1e-12)
    return [int(i) for i in (other @ source.T).argmax(1)]


def align(run: Run, encoder: Encoder) -> dict[str, list[int]]:
    """Return, for each language's own words, the source word with the nearest mean state in unseen text."""
    vectors = {}
    for language, rows in run.world["probe"].items():
        tokens, found = states(run, encoder, rows)
        sums = np.zeros((run.world["vocabulary"], found.shape[2]))
        np.add.at(sums, tokens.ravel(), found.reshape(-1, found.shape[2]))
        counts = np.bincount(tokens.ravel(), minlength=run.world["vocabulary"])
        words = run.world["words"][language]
        vectors[language] = sums[words] / np.maximum(counts[words], 1)[:, None]
    source = run.world["languages"][0]
    return {n: nearest(vectors[source], v, centred=True) for n, v in vectors.items() if n != source}


def retrieve(run: Run, encoder: Encoder, *, centred: bool) -> dict[str, list[int]]:
    """Return, for each sentence, the nearest source sentence by the mean state of the words not shared."""
    own = np.zeros(run.world["vocabulary"], dtype=bool)
    own[[w for words in run.world["words"].values() for w in words]] = True
    vectors = {}
    for language, rows in run.world["retrieval"].items():
        tokens, found = states(run, encoder, rows)
        weights = own[tokens][:, :, None]
        vectors[language] = (found * weights).sum(1) / np.maximum(weights.sum(1), 1)
    source = run.world["languages"][0]
    return {n: nearest(vectors[source], v, centred=centred) for n, v in vectors.items() if n != source}


def arm_of(run: Run, arm: Plan, pretrained: Encoder, sets: dict[str, Labelled]) -> Plan:
    """Return the raw predictions of one arm."""
    encoder = initial(run) if arm["untrained"] else pretrained.copied()
    chosen = {n: sets[f"{n}/{arm['labels']}"] for n in arm["train"]}
    if chosen:
        settings = {**run.plan["finetune"], "steps": arm["steps"]}
        train(run, encoder, chosen, stage=f"intermediate {' '.join(chosen)}", settings=settings)
    written = {
        "alignment": align(run, encoder),
        "retrieval": retrieve(run, encoder, centred=True),
        "retrieval_uncentred": retrieve(run, encoder, centred=False),
    }
    if not arm["untrained"]:
        for target, steps in run.plan["targets"].items():
            written[target] = aim(run, encoder.copied(), target, sets[f"{target}/labels"], steps)
    run.say(f"arm {arm['name']} done")
    return written


def aim(run: Run, encoder: Encoder, target: str, rows: Labelled, steps: int) -> dict[str, list[Any]]:
    """Return predictions on every split of ``target`` after training on its source-language set."""
    settings = {**run.plan["finetune"], "steps": steps}
    head = train(run, encoder, {target: rows}, stage=f"target {target}", settings=settings)[target]
    return {split: predict(run, encoder, head, texts) for split, texts in run.world["test"][target].items()}


def main(inputs: Path, out: Path) -> None:
    """Read the world, train, write one file an arm."""
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    given = json.loads((inputs / "world.json").read_bytes())
    run = Run(given["world"], given["plan"])
    kinds = run.plan["kinds"]
    sets = {
        f"{name}/{column}": Labelled(rows, kinds[name], column)
        for name, rows in run.world["train"].items()
        for column in ("labels", "placebo")
        if column in rows
    }
    pretrained = pretrain(run)
    for arm in run.plan["arms"]:
        raw = json.dumps(arm_of(run, arm, pretrained, sets), separators=(",", ":"))
        (out / f"{arm['name']}.json").write_text(raw + "\n", encoding="utf-8")
    print("@progress 1.00 done", flush=True)


if __name__ == "__main__":
    main(*(map(Path, sys.argv[1:3]) if len(sys.argv) == 3 else (Path("/job/inputs"), Path("/job/out"))))
