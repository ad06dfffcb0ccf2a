"""Nothing goes in; labelled pairs on which data a paper uses, and what for, come out (for training alone).

Labelled sets hardly hold such claims, and reports are full of them. Frames and names are ours; a frame says
what is done with a data set (evaluated on, trained on, introduced, only mentioned), a claim what is claimed.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from labelled_pairs import Pair

NAMES = (
    "SQuAD",
    "MNLI",
    "SNLI",
    "CoNLL-2003",
    "WMT14",
    "GLUE",
    "SuperGLUE",
    "TriviaQA",
    "HotpotQA",
    "QuAC",
    "BoolQ",
    "PAWS-X",
    "MLQA",
    "TyDi QA",
    "Tatoeba",
    "BUCC",
    "OntoNotes",
    "SST-2",
    "QNLI",
    "CoLA",
    "STS-B",
    "MRPC",
    "RACE",
    "DROP",
    "NewsQA",
    "SearchQA",
    "CNN/DailyMail",
    "Gigaword",
    "XSum",
    "TREC-6",
    "AG News",
    "Yelp",
    "IMDB",
    "FEVER",
    "SciFact",
    "HealthVer",
    "WikiText-103",
    "LAMBADA",
    "HellaSwag",
    "ImageNet",
    "MS COCO",
    "CIFAR-10",
    "TACRED",
    "SemEval-2010",
    "ACE 2005",
    "Universal Dependencies",
    "Penn Treebank",
    "WikiAnn",
    "XQuAD",
    "XCOPA",
)
KINDS = ("corpus", "dataset", "data set", "benchmark", "test set", "collection")
TASKS = (
    "a reading comprehension benchmark",
    "a benchmark of natural language inference",
    "a question answering dataset",
    "a cross-lingual benchmark",
    "a corpus of newswire",
    "a set of sentence pairs",
    "a standard test bed",
)
SENTENCES: Mapping[str, Sequence[str]] = {
    "evaluated": (
        "We evaluate our models on {a}, {t}.",
        "We evaluate on {a}.",
        "We evaluate our approach on {a} and {b}.",
        "Experiments are conducted on {a} and {b}.",
        "Our experiments on {a} show that the method works well.",
        "We report accuracy on the {a} {k}.",
        "For evaluation, we use the {a} {k}.",
        "Results on {a} are given in the third column.",
        "The system is tested on {a}, {t}.",
        "We measure performance on {a} after fine-tuning.",
        "Our model obtains {n} on {a}.",
        "On {a}, the model reaches an accuracy of {n}.",
        "We benchmark all systems on {a}.",
        "{a} serves as our test bed.",
        "All models are compared on the {a} {k}, {t}.",
        "To assess generalisation, we run our model on {a}.",
    ),
    "trained": (
        "We train the model on {a}.",
        "The encoder is pretrained on {a}.",
        "{a} is used as training data.",
        "We fine-tune on the {a} training set before transfer.",
        "Our training data come from {a} and {b}.",
    ),
    "introduced": (
        "We introduce {a}, {t}.",
        "This paper presents {a}, a new {k}.",
        "We release {a}, {t}, to the community.",
    ),
    "mentioned": (
        "{a} was proposed in earlier work.",
        "Prior work on {a} relied on handcrafted features.",
        "{a} contains many short questions.",
        "Unlike {a}, our {k} has long documents.",
        "We do not evaluate on {a}, since its labels are noisy.",
        "We leave experiments on {a} to future work.",
    ),
}
CLAIMS: Mapping[str, Sequence[str]] = {
    "evaluated": (
        "The {a} {k} is used for evaluation.",
        "The model is evaluated on {a}.",
        "{a} is used to evaluate the approach.",
        "Performance is measured on the {a} {k}.",
        "Evaluation is carried out on {a}.",
        "The authors test on {a}.",
    ),
    "trained": (
        "The {a} {k} is used for training.",
        "The model is trained on {a}.",
        "Training uses data from {a}.",
    ),
    "introduced": ("The paper introduces the {a} {k}.", "{a} is a new {k}."),
}


def usage(*, limit: int, seed: int) -> tuple[Pair, ...]:
    """Return ``limit`` pairs: entail where done and claimed are the same of the same data, else neutral."""
    rng = random.Random(seed)
    return tuple(_drawn(rng) for _ in range(limit))


def _drawn(rng: random.Random) -> Pair:
    a, b, other = rng.sample(NAMES, 3)
    blanks = {"b": b, "t": rng.choice(TASKS), "k": rng.choice(KINDS), "n": f"{rng.uniform(30, 95):.1f}"}
    done = rng.choice(("evaluated", "evaluated", *SENTENCES))
    frame = rng.choice(SENTENCES[done])
    sentence = frame.format(a=a, **blanks)
    claimed = done if done in CLAIMS and rng.random() < 0.7 else rng.choice(tuple(CLAIMS))
    right = rng.random() < 0.65
    subject = (b if "{b}" in frame and rng.random() < 0.3 else a) if right else other
    claim = rng.choice(CLAIMS[claimed]).format(a=subject, k=rng.choice(KINDS))
    label = "entail" if right and claimed == done else "neutral"
    if right and done == "mentioned" and "not evaluate" in frame and claimed == "evaluated":
        label = "contra"
    return Pair(source="usage", claim=claim, passage=(sentence,), label=label, group=f"usage:{claim}")
