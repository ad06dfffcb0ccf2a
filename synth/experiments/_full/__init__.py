"""The paper's own models and data: a plan and plain files go into the seal, raw predictions come out.

``program`` runs inside the seal as ``{python} -I /job/inputs/program/main.py`` and knows nothing of hubs,
gold or rules; everything else here runs outside. Between the two there are only the files below. All text is
UTF-8, one JSON object a line in ``.jsonl``; ids are strings, unique within a file; positions count code
points.

What goes in, under ``/job/inputs``
    program/            the files of ``program``
    model/              a Hugging Face folder of XLM-R: config.json, tokenizer.json, model.safetensors
    plan.json           what to do for one seed, see below
    data/TASK/train.jsonl, data/TASK/dev.jsonl
                        labelled English rows; dev stops the training early and is never a target's test set
                        (XQuAD is made of SQuAD's own dev set: take SQuAD's dev rows from its train split)
    data/TASK/SPLIT-LANGUAGE.jsonl
                        rows WITHOUT labels, to be predicted; a label in one of them ends the run
    data/TASK/SPLIT-LANGUAGE.source.jsonl, data/TASK/SPLIT-LANGUAGE.target.jsonl
                        the two sides of a retrieval task

Rows by kind of task (the last key is absent in rows to be predicted)
    classify   {"id", "a": text, "b": text or "", "label": n}            n counts in the task's labels
    choice     {"id", "prompt": text, "choices": [text, ...], "label": n}     "choices" of the task a row
    span       {"id", "question", "context", "answers": [{"text", "start"}, ...]}    [] only with "null"
    tag        {"id", "words": [word, ...], "tags": [n, ...]}            one tag a word
    retrieve   {"id", "text"}

What comes out, under ``/job/out``: ARM/TASK/SPLIT-LANGUAGE.jsonl, rows in the order of the input
    classify, choice   {"id", "label": n}
    span               {"id", "text"}                       "" for no answer where "null" is true
    tag                {"id", "tags": [n, ...]}             one tag a word, whatever the length
    retrieve           {"id", "side": "source" or "target", "near": [id, ...], "scores": [x, ...]}
                       nearest first, at most "nearest" of the other side; "side" says which side "id" is of;
                       margin: both directions, and only the "keep" best rows of each side (by first score)
ARM/dev/TARGET.jsonl: the same for the whole dev file of a target's training task, after its training
and run.json: {"stages": [{"arm", "stage": "intermediate" or "target-NAME", "steps", "planned", "best_step",
"best_score", "stopped": "early" or ""}, ...], "device", "processes", "torch", "transformers"}; no clock.

plan.json
    {"schema": "synth/full-plan-v1",
     "seed": 0,
     "fingerprint": "any text that changes with model and data (their hashes)",
     "layer": 14,                            hidden layer pooled for retrieval; 0 is the embeddings
     "device": "cuda" or "cpu",              no silent fall-back: a plan for cuda is refused without it
     "precision": "bf16" or "fp32",          bf16: autocast, weights and Adam stay fp32; cuda only
     "processes": 1,                         one GPU each; never changes the batches; more than one speak over
                                             loopback (IPv4), which the seal must then allow
     "threads": 0,                           CPU threads a process; 0 leaves torch's own choice
     "recipe": {"rate": 1e-5, "epsilon": 1e-8, "decay": 0.01, "warmup": 0.1, "clip": 1.0,
                "dev_every": 1000, "dev_patience": 30, "dev_rows": 500,
                "checkpoint_every": 500, "predict_batch": 64},
     "tasks": {"mnli": {"kind": "classify", "labels": ["entailment", "neutral", "contradiction"],
                        "length": 256, "metric": "accuracy"},
               "squad": {"kind": "span", "length": 384, "stride": 128, "null": false, "nbest": 20,
                         "longest": 30, "metric": "span"},
               "hellaswag": {"kind": "choice", "choices": 4, "length": 256, "metric": "accuracy"},
               "panx": {"kind": "tag", "labels": ["O", "B-PER", ...], "length": 256, "metric": "entities"},
               "tatoeba": {"kind": "retrieve", "length": 256, "score": "cosine", "nearest": 1},
               "bucc": {"kind": "retrieve", "length": 256, "score": "margin", "nearest": 1,
                        "neighbours": 4, "keep": 50000}},
     "arms": [{"name": "none", "tasks": []},
              {"name": "mnli", "tasks": ["mnli"], "epochs": 3, "batch": 32, "micro": 8, "shuffled": false,
               "most_steps": 0},
              {"name": "multi", "tasks": ["mnli", "squad"], ...}],
     "targets": [{"name": "squad", "train": "squad", "epochs": 2, "batch": 16, "micro": 8, "most_steps": 0,
                  "predict": [{"task": "xquad", "files": ["test-en", "test-de"]},
                              {"task": "mlqa", "files": ["test-en"]}]}],
     "retrieval": [{"task": "tatoeba", "files": ["test-de"]}]}
A name has letters, digits, _ and - (64 at most); no task is called dev. ``metric`` scores dev rows, for
early stopping alone: "accuracy", "accuracy_f1" (mean of both, QQP), "span" (mean of exact match and F1) or
"entities" (IOB2 F1). ``shuffled`` gives an arm the labels of its intermediate rows in a seeded permutation
(the placebo; span: answers keep their lengths in words, permuted, and start at a random word of the row's
own context; tag: refused). ``most_steps`` caps the optimizer steps, 0 caps nothing (equal-steps arms).
``batch`` is the effective batch, ``micro`` what goes through the model at once and divides it; memory grows
with ``micro`` alone (a choice row counts once a choice). An arm is trained on its tasks, one task a step,
drawn in proportion to their rows; then its encoder alone goes to every retrieval task, and with a new head
to every target. Targets that share a training set, batch and epochs belong in one entry with several tasks
to predict: these take length, labels and stride from their own task. Give every text of a side once where
the score is a margin: copies fill the neighbourhood.

Between runs: ``/job/state``, a writable folder that outlives a killed run, where the runner mounts one (else
a folder in ``/tmp``, which does not). ``program.schedule`` has the arithmetic: steps of a stage, bytes of
state.
"""

from __future__ import annotations
