"""A file of rows and its task go in, checked rows come out; a label where none belongs ends the run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from .plan import Task
from .refusal import Refusal

_LONGEST_LINE = 4 << 20
_LABELS = {"classify": "label", "choice": "label", "span": "answers", "tag": "tags"}


class Answer(NamedTuple):
    """A gold answer and the code point of the context where it starts."""

    text: str
    start: int


class Row(NamedTuple):
    """A row of any kind: ``texts`` are a and b, question and context, prompt and choices, words, or the text.

    ``labels`` is one number (classify, choice), one a word (tag) or empty; ``answers`` only span has.
    """

    id: str
    texts: tuple[str, ...]
    labels: tuple[int, ...] = ()
    answers: tuple[Answer, ...] = ()


def read(path: Path, task: Task, *, labelled: bool) -> list[Row]:
    """Return the rows of ``path`` in order; raises Refusal naming file and line."""
    found: list[Row] = []
    seen: set[str] = set()
    for number, raw in _objects(path):
        where = f"{path.name}:{number}"
        key = _LABELS.get(task.kind)
        if key is not None and (key in raw) != labelled:
            raise Refusal(
                f"{where}: {key} is {'missing' if labelled else 'a label, and none may enter here'}"
            )
        row = _row(raw, task, where)
        if row.id in seen:
            raise Refusal(f"{where}: the id {row.id!r} comes twice")
        seen.add(row.id)
        found.append(row)
    if not found:
        raise Refusal(f"{path.name}: no rows")
    return found


def count(path: Path) -> int:
    """Return the number of lines of ``path``, without reading them as rows."""
    with _opened(path) as file:
        return sum(1 for _ in file)


def _opened(path: Path) -> Any:
    try:
        return path.open("rb")
    except OSError as error:
        raise Refusal(f"{path.parent.name}/{path.name}: {error.strerror}") from error


def _objects(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    # bytes are split at \n alone: texts may hold U+2028 and its like, which str.splitlines would split at
    with _opened(path) as file:
        for number, line in enumerate(file, start=1):
            if len(line) > _LONGEST_LINE:
                raise Refusal(f"{path.name}:{number}: a line above {_LONGEST_LINE} bytes")
            try:
                raw = json.loads(line)
            except ValueError as error:
                raise Refusal(f"{path.name}:{number}: {error}") from error
            if not isinstance(raw, dict):
                raise Refusal(f"{path.name}:{number}: not an object")
            yield number, raw


def _row(raw: dict[str, Any], task: Task, where: str) -> Row:
    identity = _text(raw, "id", where)
    if task.kind == "classify":
        texts: tuple[str, ...] = (_text(raw, "a", where), _text(raw, "b", where))
        return Row(identity, texts, _label(raw, len(task.labels), where))
    if task.kind == "choice":
        texts = (_text(raw, "prompt", where), *_texts(raw, "choices", where))
        if len(texts) != task.choices + 1:
            raise Refusal(f"{where}: {len(texts) - 1} choices, {task.choices} are wanted")
        return Row(identity, texts, _label(raw, task.choices, where))
    if task.kind == "span":
        texts = (_text(raw, "question", where), _text(raw, "context", where))
        return Row(identity, texts, (), _answers(raw, texts[1], task, where))
    if task.kind == "tag":
        words = _texts(raw, "words", where)
        return Row(identity, words, _tags(raw, len(words), len(task.labels), where))
    return Row(identity, (_text(raw, "text", where),))


def _text(raw: dict[str, Any], key: str, where: str) -> str:
    value = raw.get(key)
    if not isinstance(value, str):
        raise Refusal(f"{where}: {key} is not a text")
    return value


def _texts(raw: dict[str, Any], key: str, where: str) -> tuple[str, ...]:
    value = raw.get(key)
    if not isinstance(value, list) or not value or not all(isinstance(item, str) for item in value):
        raise Refusal(f"{where}: {key} is not a list of texts")
    return tuple(value)


def _label(raw: dict[str, Any], labels: int, where: str) -> tuple[int, ...]:
    if "label" not in raw:
        return ()
    return (_number(raw["label"], labels, where),)


def _number(value: object, labels: int, where: str) -> int:
    if type(value) is not int or not 0 <= value < labels:
        raise Refusal(f"{where}: the label {value!r} is not a number below {labels}")
    return value


def _tags(raw: dict[str, Any], words: int, labels: int, where: str) -> tuple[int, ...]:
    if "tags" not in raw:
        return ()
    tags = raw["tags"]
    if not isinstance(tags, list) or len(tags) != words:
        raise Refusal(f"{where}: tags are not one a word")
    return tuple(_number(tag, labels, where) for tag in tags)


def _answers(raw: dict[str, Any], context: str, task: Task, where: str) -> tuple[Answer, ...]:
    if "answers" not in raw:
        return ()
    answers = raw["answers"]
    if not isinstance(answers, list) or not (answers or task.null):
        raise Refusal(f"{where}: answers are missing, and the task has no unanswerable questions")
    return tuple(_answer(answer, context, where) for answer in answers)


def _answer(raw: object, context: str, where: str) -> Answer:
    if not isinstance(raw, dict) or type(raw.get("start")) is not int or not isinstance(raw.get("text"), str):
        raise Refusal(f"{where}: an answer has no text or start")
    answer = Answer(raw["text"], raw["start"])
    if not answer.text or context[answer.start : answer.start + len(answer.text)] != answer.text:
        raise Refusal(f"{where}: the answer does not stand at its start in the context")
    return answer
