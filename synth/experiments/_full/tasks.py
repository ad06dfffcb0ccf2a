"""A task's name in, its record out: where its rows stand on the hub, how many they are, how it is trained.

Epochs, effective batch and length of the targets are those of the authors' own code (nyu-mll/jiant,
jiant/scripts/benchmarks/xtreme); three epochs for intermediates. Sizes stand on the hub's dataset cards;
where one is not known from a source it is None and recorded, not asserted. CCG, the ninth intermediate task
of the paper, is licensed by the Linguistic Data Consortium and is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from synth.experiments._full import languages as lang

Kind = Literal["classify", "choice", "span", "tag", "retrieve"]
Reads = Literal[
    "mnli",
    "qqp",
    "squad",
    "hellaswag",
    "cosmos",
    "csqa",
    "nli",
    "xnli",
    "pawsx",
    "pos",
    "ner",
    "tydiqa",
    "pairs",
]

NLI = ("entailment", "neutral", "contradiction")
_POS = "ADJ ADP ADV AUX CCONJ DET INTJ NOUN NUM PART PRON PROPN PUNCT SCONJ SYM VERB X"
POS = tuple(_POS.split())
NER = ("O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC")
XTREME = "google/xtreme"
CCG = (
    "CCG is licensed (Linguistic Data Consortium): left out, so eight of the paper's nine intermediate tasks"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A split of a data set on the hub; ``rows`` None: recorded, not asserted; ``revision`` "": main."""

    dataset: str
    config: str
    split: str
    rows: int | None
    reads: Reads
    revision: str = ""

    @property
    def words(self) -> str:
        """The part as one says it: "google/xtreme PAWS-X.de test"."""
        return " ".join(word for word in (self.dataset, self.config, self.split) if word)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One task. ``test`` are (language, part); ``trained_on`` names the task that trains a target.

    ``held_out``: one in so many contexts of the training set makes the dev set, where the data have none that
    may be used (XQuAD is SQuAD's dev set in other languages; TyDiQA's is the test set). ``tokens`` is a mean
    per row (each choice counted), for arithmetic alone.
    """

    name: str
    kind: Kind
    words: str
    licence: str
    length: int
    metric: str = "accuracy"
    labels: tuple[str, ...] = ()
    choices: int = 0
    null: bool = False
    train: tuple[Part, ...] = ()
    dev: tuple[Part, ...] = ()
    held_out: int = 0
    test: tuple[tuple[str, Part], ...] = ()
    trained_on: str = ""
    epochs: int = 3
    batch: int = 32
    tokens: int = 60


def _glue(config: str, split: str, rows: int) -> Part:
    return Part(
        dataset="nyu-mll/glue",
        config=config,
        split=split,
        rows=rows,
        reads="mnli" if config == "mnli" else "qqp",
    )


def _plain(dataset: str, config: str, split: str, rows: int | None, reads: Reads, revision: str = "") -> Part:
    return Part(dataset=dataset, config=config, split=split, rows=rows, reads=reads, revision=revision)


def _xtreme(config: str, split: str, rows: int | None, reads: Reads) -> Part:
    return Part(dataset=XTREME, config=config, split=split, rows=rows, reads=reads)


_MNLI = (_glue("mnli", "train", 392_702),)
_MNLI_DEV = (_glue("mnli", "validation_matched", 9_815),)
_SNLI = "stanfordnlp/snli"
_ROUNDS = ((1, 16_946, 1_000), (2, 45_460, 1_000), (3, 100_459, 1_200))
_ANLI = tuple(_plain("facebook/anli", "plain_text", f"train_r{n}", rows, "nli") for n, rows, _ in _ROUNDS)
_ANLI_DEV = tuple(_plain("facebook/anli", "plain_text", f"dev_r{n}", rows, "nli") for n, _, rows in _ROUNDS)
_COSMOS = ("allenai/cosmos_qa", "default")
_SCRIPTED = "refs/convert/parquet"
"""The branch on which the hub keeps its own Parquet copy of a data set that is published as a script."""

INTERMEDIATE = (
    Task(
        name="mnli",
        kind="classify",
        words="MultiNLI",
        licence="OANC and others, see the MultiNLI paper",
        length=256,
        labels=NLI,
        train=_MNLI,
        dev=_MNLI_DEV,
        tokens=45,
    ),
    Task(
        name="qqp",
        kind="classify",
        words="Quora Question Pairs",
        licence="Quora's terms, non-commercial",
        length=256,
        metric="accuracy_f1",
        labels=("different", "duplicate"),
        train=(_glue("qqp", "train", 363_846),),
        dev=(_glue("qqp", "validation", 40_430),),
        tokens=35,
    ),
    Task(
        name="anli",
        kind="classify",
        words="Adversarial NLI rounds 1 to 3 with MultiNLI and SNLI (1,104,934 labelled rows)",
        licence="CC BY-NC 4.0 (ANLI), CC BY-SA 4.0 (SNLI)",
        length=256,
        labels=NLI,
        # SNLI's 550,152 rows hold 785 without a label, which are dropped
        train=(*_ANLI, *_MNLI, _plain(_SNLI, "plain_text", "train", 550_152, "nli")),
        dev=_ANLI_DEV,
        tokens=45,
    ),
    Task(
        name="squad",
        kind="span",
        words="SQuAD 1.1",
        licence="CC BY-SA 4.0",
        length=384,
        metric="span",
        train=(_plain("rajpurkar/squad", "plain_text", "train", 87_599, "squad"),),
        held_out=50,
        tokens=200,
    ),
    Task(
        name="squad_v2",
        kind="span",
        words="SQuAD 2.0, with unanswerable questions",
        licence="CC BY-SA 4.0",
        length=384,
        metric="span",
        null=True,
        train=(_plain("rajpurkar/squad_v2", "squad_v2", "train", 130_319, "squad"),),
        held_out=50,
        tokens=200,
    ),
    Task(
        name="hellaswag",
        kind="choice",
        words="HellaSwag",
        licence="MIT",
        length=256,
        choices=4,
        train=(_plain("Rowan/hellaswag", "default", "train", 39_905, "hellaswag"),),
        dev=(_plain("Rowan/hellaswag", "default", "validation", 10_042, "hellaswag"),),
        tokens=400,
    ),
    Task(
        name="cosmos",
        kind="choice",
        words="CosmosQA",
        licence="CC BY 4.0",
        length=256,
        choices=4,
        train=(_plain(*_COSMOS, "train", 25_262, "cosmos", _SCRIPTED),),
        dev=(_plain(*_COSMOS, "validation", 2_985, "cosmos", _SCRIPTED),),
        tokens=520,
    ),
    Task(
        name="csqa",
        kind="choice",
        words="CommonsenseQA",
        licence="MIT",
        length=256,
        choices=5,
        train=(_plain("tau/commonsense_qa", "default", "train", 9_741, "csqa"),),
        dev=(_plain("tau/commonsense_qa", "default", "validation", 1_221, "csqa"),),
        tokens=120,
    ),
)

TARGETS = (
    Task(
        name="xnli",
        kind="classify",
        words="XNLI, trained on MultiNLI",
        licence="CC BY-NC 4.0",
        length=256,
        labels=NLI,
        dev=_MNLI_DEV,
        test=tuple((code, _xtreme("XNLI", "test", 75_150, "xnli")) for code in lang.XNLI),
        trained_on="mnli",
        epochs=2,
        tokens=60,
    ),
    Task(
        name="pawsx",
        kind="classify",
        words="PAWS-X",
        licence="any purpose, with attribution",
        length=256,
        labels=("different", "paraphrase"),
        train=(_xtreme("PAWS-X.en", "train", 49_175, "pawsx"),),
        dev=(_xtreme("PAWS-X.en", "validation", 2_000, "pawsx"),),
        test=tuple((code, _xtreme(f"PAWS-X.{code}", "test", n, "pawsx")) for code, n in lang.PAWSX.items()),
        trained_on="pawsx",
        epochs=5,
        tokens=60,
    ),
    Task(
        name="udpos",
        kind="tag",
        words="part-of-speech tags, Universal Dependencies 2.5",
        licence="Universal Dependencies 2.5, treebank by treebank",
        length=256,
        metric="accuracy",
        labels=POS,
        train=(_xtreme("udpos.English", "train", 21_253, "pos"),),
        dev=(_xtreme("udpos.English", "validation", 3_974, "pos"),),
        test=tuple(
            (code, _xtreme(f"udpos.{n.name}", "test", n.rows, "pos")) for code, n in lang.UDPOS.items()
        ),
        trained_on="udpos",
        epochs=10,
        tokens=30,
    ),
    Task(
        name="panx",
        kind="tag",
        words="named entities, PAN-X (WikiANN)",
        licence="none stated by its makers",
        length=256,
        metric="entities",
        labels=NER,
        train=(_xtreme("PAN-X.en", "train", 20_000, "ner"),),
        dev=(_xtreme("PAN-X.en", "validation", 10_000, "ner"),),
        test=tuple((code, _xtreme(f"PAN-X.{code}", "test", n, "ner")) for code, n in lang.PANX.items()),
        trained_on="panx",
        epochs=10,
        tokens=20,
    ),
    Task(
        name="xquad",
        kind="span",
        words="XQuAD, trained on SQuAD 1.1",
        licence="CC BY-SA 4.0",
        length=384,
        metric="span",
        test=tuple((code, _xtreme(f"XQuAD.{code}", "validation", 1_190, "squad")) for code in lang.XQUAD),
        trained_on="squad",
        epochs=2,
        batch=16,
        tokens=230,
    ),
    Task(
        name="mlqa",
        kind="span",
        words="MLQA, trained on SQuAD 1.1",
        licence="CC BY-SA 3.0",
        length=384,
        metric="span",
        test=tuple(
            (code, _xtreme(f"MLQA.{code}.{code}", "test", n, "squad")) for code, n in lang.MLQA.items()
        ),
        trained_on="squad",
        epochs=2,
        batch=16,
        tokens=230,
    ),
    Task(
        name="tydiqa",
        kind="span",
        words="TyDiQA-GoldP",
        licence="Apache-2.0",
        length=384,
        metric="span",
        # the whole file has 49,881 rows in nine languages; only the English ones are taken
        train=(_xtreme("tydiqa", "train", 49_881, "tydiqa"),),
        held_out=20,
        test=tuple((code, _xtreme("tydiqa", "validation", 5_077, "tydiqa")) for code in lang.TYDIQA.values()),
        trained_on="tydiqa",
        epochs=2,
        batch=16,
        tokens=200,
    ),
)

RETRIEVAL = (
    Task(
        name="tatoeba",
        kind="retrieve",
        words="Tatoeba sentence retrieval",
        licence="CC BY 2.0 FR",
        length=256,
        test=tuple(
            (code, _xtreme(f"tatoeba.{n.name}", "validation", n.rows, "pairs"))
            for code, n in lang.TATOEBA.items()
        ),
        tokens=15,
    ),
    Task(
        name="bucc_pairs",
        kind="retrieve",
        words="BUCC gold-pair retrieval",
        licence="BUCC 2018 shared task, research use",
        length=256,
        test=tuple(
            (code, _xtreme(f"bucc18.{code}", "test", n, "pairs")) for code, n in lang.BUCC_PAIRS.items()
        ),
        tokens=40,
    ),
    Task(
        name="bucc",
        kind="retrieve",
        words="BUCC 2018 bitext mining",
        licence="BUCC 2018 shared task, research use",
        length=256,
        tokens=40,
    ),
)

TASKS = {task.name: task for task in (*INTERMEDIATE, *TARGETS, *RETRIEVAL)}
