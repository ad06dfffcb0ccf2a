"""A raw row of a data set in, the program's row and its gold out: one function a form of data set.

Prompt and choices are joined as the authors' code joins them: HellaSwag's second context half goes before
each ending, CosmosQA's question after its context. A raw row that is not what its data set promises ends it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from synth.errors import InputError
from synth.experiments._full.languages import TYDIQA
from synth.experiments._full.sources import Raw
from synth.experiments._full.tasks import NER, NLI, POS, Reads

MOST_TEXT = 200_000
_HIDDEN = re.compile(r"[\s\u200c]+")


class Example(NamedTuple):
    """``given`` may enter the seal; ``gold`` is a label, the answers' (text, start), or the tags."""

    given: dict[str, Any]
    gold: Any


class Couple(NamedTuple):
    """A sentence and its translation."""

    source: str
    target: str


def example(raw: Raw, reads: Reads) -> Example | None:
    """Return the row, or None where it has no label (label -1) or no words.

    Raises InputError for a key that is missing or a value that is not what the data set promises.
    """
    with _promised(reads):
        return _FORMS[reads](raw)


def couple(raw: Raw) -> Couple:
    """Return a pair of sentences; raises InputError where one is missing or empty."""
    source, target = raw.get("source_sentence"), raw.get("target_sentence")
    if not isinstance(source, str) or not isinstance(target, str) or not (source.strip() and target.strip()):
        raise InputError("a pair of sentences lacks one of them", remedy="export the data set again")
    return Couple(source=source.strip(), target=target.strip())


def language(raw: Raw, reads: Reads) -> str:
    """Return the language of a row of a data set that mixes them, "" for all others; raises InputError."""
    with _promised(reads):
        if reads == "xnli":
            return _text(raw, "language")
        if reads == "tydiqa":
            return TYDIQA.get(_text(raw, "id").split("-")[0], "")
        return ""


def located(context: str, text: str, start: int) -> int | None:
    """Return where ``text`` stands in ``context``, nearest to ``start``, or None where it does not.

    The hub's XTREME strips contexts without moving the answers' starts, so a start can be off by a little.
    """
    if context[start : start + len(text)] == text:
        return start
    places = [found.start() for found in re.finditer(re.escape(text), context)]
    return min(places, key=lambda place: abs(place - start), default=None)


@contextmanager
def _promised(reads: Reads) -> Iterator[None]:
    try:
        yield
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise InputError(
            f"a row of the form {reads!r} is not what its data set promises: {error!r}",
            remedy="compare the file with the hub's; an export must keep the column names",
        ) from error


def _text(raw: Mapping[str, Any], key: str) -> str:
    value = raw[key]
    if not isinstance(value, str) or len(value) > MOST_TEXT:
        raise ValueError(f"{key} is no text of at most {MOST_TEXT} characters")
    return value


def _label(value: object, names: tuple[str, ...]) -> int | None:
    """Return a label's number from its number or name, None for the -1 of "no label"."""
    if isinstance(value, str):
        value = names.index(value) if value in names else int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not -1 <= value < len(names):
        raise ValueError(f"{value!r} is no label")
    return value if value >= 0 else None


def _two(first: str, second: str, label: str, names: tuple[str, ...]) -> Callable[[Raw], Example | None]:
    def read(raw: Raw) -> Example | None:
        number = _label(raw[label], names)
        given = {"a": _text(raw, first), "b": _text(raw, second)}
        return None if number is None else Example(given=given, gold=number)

    return read


def _squad(raw: Raw) -> Example:
    answers = raw["answers"]
    if isinstance(answers, dict):
        answers = [
            {"text": text, "answer_start": start}
            for text, start in zip(answers["text"], answers["answer_start"], strict=True)
        ]
    given = {"question": _text(raw, "question").strip(), "context": _text(raw, "context")}
    gold = [(_text(answer, "text"), int(answer["answer_start"])) for answer in answers]
    if any(start < 0 for _, start in gold):
        raise ValueError("an answer starts before its context")
    return Example(given=given, gold=gold)


def _hellaswag(raw: Raw) -> Example | None:
    number = _label(raw["label"] if raw["label"] != "" else -1, ("0", "1", "2", "3"))
    second = _text(raw, "ctx_b")
    choices = [f"{second} {ending}".strip() for ending in raw["endings"]]
    return _choice(_text(raw, "ctx_a"), choices, number, many=4)


def _cosmos(raw: Raw) -> Example | None:
    prompt = f"{_text(raw, 'context')} {_text(raw, 'question')}"
    choices = [_text(raw, f"answer{n}") for n in range(4)]
    return _choice(prompt, choices, _label(raw["label"], ("0", "1", "2", "3")), many=4)


def _csqa(raw: Raw) -> Example | None:
    key = _text(raw, "answerKey")
    number = list(raw["choices"]["label"]).index(key) if key else None
    return _choice(_text(raw, "question"), list(raw["choices"]["text"]), number, many=5)


def _choice(prompt: str, choices: list[str], number: int | None, *, many: int) -> Example | None:
    if len(choices) != many or not all(isinstance(c, str) and len(c) <= MOST_TEXT for c in choices):
        raise ValueError(f"{many} choices are wanted")
    return None if number is None else Example(given={"prompt": prompt, "choices": choices}, gold=number)


def _tagged(column: str, names: tuple[str, ...]) -> Callable[[Raw], Example | None]:
    def read(raw: Raw) -> Example | None:
        # a word that is nothing but spaces or joiners has no subwords; XTREME's preparation removes both, too
        words = [_HIDDEN.sub("", word) or "_" for word in raw["tokens"]]
        tags = [_label(tag, names) for tag in raw[column]]
        if len(words) != len(tags) or None in tags or len(words) > MOST_TEXT:
            raise ValueError("one tag a word is wanted")
        return Example(given={"words": words}, gold=tags) if words else None

    return read


_FORMS: dict[Reads, Callable[[Raw], Example | None]] = {
    "mnli": _two("premise", "hypothesis", "label", NLI),
    "nli": _two("premise", "hypothesis", "label", NLI),
    "qqp": _two("question1", "question2", "label", ("not_duplicate", "duplicate")),
    "xnli": _two("sentence1", "sentence2", "gold_label", NLI),
    "pawsx": _two("sentence1", "sentence2", "label", ("0", "1")),
    "squad": _squad,
    "tydiqa": _squad,
    "hellaswag": _hellaswag,
    "cosmos": _cosmos,
    "csqa": _csqa,
    "pos": _tagged("pos_tags", POS),
    "ner": _tagged("ner_tags", NER),
}
