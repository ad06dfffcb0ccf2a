"""A seed and a shape go in, what enters the seal and the gold that stays outside come out.

Corpora are monolingual and drawn apart for each language: no sentence stands in two languages but in the
retrieval test, whose pairing is gold. Training sets are in the source language alone. Test items of one task
say the same in each language, as in XQuAD and XNLI.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from synth.experiments._miniature import world
from synth.experiments._miniature.world import Chance, Clause, Grammar, Language, Phrase, Said, Shape

SOURCE = "A"
WHO_WHAT, ALL_SLOTS = ("S", "O"), ("S", "O", "P")


class Item(NamedTuple):
    """One example in words, its label, and the label that the placebo has instead."""

    tokens: list[int]
    label: Any
    placebo: Any = None


class Passage(NamedTuple):
    """Clauses, the one asked about, and the slot that is asked for."""

    clauses: tuple[Clause, ...]
    about: int
    slot: str


class Pair(NamedTuple):
    """Premise, hypothesis and their relation."""

    premise: Clause
    hypothesis: Clause
    label: int


@dataclass(frozen=True, slots=True)
class World:
    """What one seed's run is given, and the gold; both are plain JSON values."""

    given: dict[str, Any]
    gold: dict[str, Any]


def generate(seed: int, shape: Shape) -> World:
    """Return the world of ``seed``: each stream of chance is its own, so sizes do not disturb each other."""
    grammar, tongues, apart, vocabulary = _tongues(seed, shape)
    given: dict[str, Any] = {"vocabulary": vocabulary, "languages": list(tongues), "kinds": len(world.KINDS)}
    given["corpus"] = {n: _corpus(grammar, t, shape, Chance(seed, f"corpus {n}")) for n, t in tongues.items()}
    given["probe"] = _probe(grammar, tongues, shape, seed)
    given["train"] = {}
    for task in _tasks(grammar, shape):
        chance = Chance(seed, f"train {task.name}")
        items = [task.make(tongues[SOURCE], task.draw(chance), chance) for _ in range(task.train)]
        given["train"][task.name] = _columns(items)
    asked = _asked(grammar, tongues, apart, shape, seed)
    return World(given | asked.given, asked.gold)


def gold(seed: int, shape: Shape) -> dict[str, Any]:
    """Return the gold of ``seed`` alone, in a tenth of the time or less."""
    grammar, tongues, apart, _ = _tongues(seed, shape)
    return _asked(grammar, tongues, apart, shape, seed).gold


def _tongues(seed: int, shape: Shape) -> tuple[Grammar, dict[str, Language], list[int], int]:
    """Return the grammar, the languages, the concepts that are not shared and the size of the vocabulary."""
    grammar = Grammar(shape, Chance(seed, "grammar"))
    words, apart, vocabulary = world.lexicons(grammar, shape, Chance(seed, "lexicon"))
    tongues = {name: Language(grammar, w, world.ORDERS[name]) for name, w in words.items()}
    return grammar, tongues, apart, vocabulary


def _asked(
    grammar: Grammar, tongues: dict[str, Language], apart: Sequence[int], shape: Shape, seed: int
) -> World:
    """Return what is to be predicted, and the answers."""
    words, alignment = _words(tongues, apart, seed)
    pool, pairs = _retrieval(grammar, tongues, shape, Chance(seed, "retrieval"))
    found = World(
        {"words": words, "retrieval": pool, "test": {}}, {"alignment": alignment, "retrieval": pairs}
    )
    for task in _tasks(grammar, shape):
        if task.tested:
            chance = Chance(seed, f"test {task.name}")
            found.given["test"][task.name], found.gold[task.name] = _tests(task, tongues, shape, chance)
    return found


@dataclass(frozen=True, slots=True)
class Task:
    """How an item is drawn and how it is said; ``train`` counts the labelled items in the source language."""

    name: str
    train: int
    tested: bool
    draw: Callable[[Chance], Any]
    make: Callable[[Language, Any, Chance], Item]


def _tasks(grammar: Grammar, shape: Shape) -> list[Task]:
    def passage(chance: Chance, *, length: int, slots: Sequence[str]) -> Passage:
        return _passage(grammar, chance, length, slots)

    found = [
        Task(
            "qa_intermediate", shape.intermediate, False, lambda c: passage(c, length=3, slots=WHO_WHAT), _ask
        ),
        Task("qa", shape.target_qa, True, lambda c: passage(c, length=3, slots=ALL_SLOTS), _ask),
        Task("tagging", shape.target_tagging, True, grammar.clause, _tag),
    ]
    if shape.nli:
        found.append(Task("nli", shape.intermediate, True, lambda c: _pair(grammar, c), _infer))
    return found


def _columns(items: Sequence[Item]) -> dict[str, Any]:
    found = {"tokens": [i.tokens for i in items], "labels": [i.label for i in items]}
    if items[0].placebo is not None:
        found["placebo"] = [i.placebo for i in items]
    return found


def _tests(
    task: Task, tongues: dict[str, Language], shape: Shape, chance: Chance
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return items without labels, by "language/split", and their labels."""
    given: dict[str, Any] = {}
    gold: dict[str, Any] = {}
    for split, names in (("dev", [SOURCE]), ("test", list(tongues))):
        drawn = [task.draw(chance) for _ in range(shape.items)]
        for name in names:
            items = [task.make(tongues[name], d, chance) for d in drawn]
            given[f"{name}/{split}"] = [i.tokens for i in items]
            gold[f"{name}/{split}"] = [i.label for i in items]
    return given, gold


def _corpus(grammar: Grammar, tongue: Language, shape: Shape, chance: Chance) -> list[list[int]]:
    """Return documents: two sentences, most often a question on one of them, at times its answer."""
    return [_document(grammar, tongue, chance) for _ in range(shape.documents)]


def _document(grammar: Grammar, tongue: Language, chance: Chance) -> list[int]:
    first = grammar.clause(chance)
    again = first.subject if chance.yes(0.4) else None
    clauses = (first, grammar.clause(chance, subject=again))
    said = [tongue.say(c) for c in clauses]
    tokens = [*said[0].tokens, *said[1].tokens]
    if chance.yes(0.8):
        about = chance.below(2)
        slot = _slot(clauses[about], ALL_SLOTS, chance)
        tokens += tongue.say(clauses[about], asked=slot, bare=chance.yes(0.5)).tokens
        if chance.yes(0.5):
            start, end = said[about].slots[slot]
            tokens += [*said[about].tokens[start:end], world.STOP]
    return [world.START, *tokens, world.END]


def _slot(clause: Clause, slots: Sequence[str], chance: Chance) -> str:
    return chance.one([s for s in slots if s != "P" or clause.place >= 0])


def _probe(
    grammar: Grammar, tongues: dict[str, Language], shape: Shape, seed: int
) -> dict[str, list[list[int]]]:
    """Return text of each language that is in no corpus, to align words by."""
    text = {}
    for name, tongue in tongues.items():
        chance = Chance(seed, f"probe {name}")
        text[name] = [_document(grammar, tongue, chance) for _ in range(shape.probe)]
    return text


def _words(
    tongues: dict[str, Language], apart: Sequence[int], seed: int
) -> tuple[dict[str, list[int]], dict[str, list[int]]]:
    """Return the words of each language in an order that says nothing, and which source word each matches."""
    orders = {n: Chance(seed, f"words {n}").shuffled(apart) for n in tongues}
    words = {n: [tongues[n].words[c] for c in order] for n, order in orders.items()}
    at = {concept: place for place, concept in enumerate(orders[SOURCE])}
    return words, {n: [at[c] for c in order] for n, order in orders.items() if n != SOURCE}


def _retrieval(
    grammar: Grammar, tongues: dict[str, Language], shape: Shape, chance: Chance
) -> tuple[dict[str, list[list[int]]], dict[str, list[int]]]:
    """Return the same sentences in each language, each in its own order, and its place in the source."""
    clauses = list(dict.fromkeys(grammar.clause(chance) for _ in range(2 * shape.pool)))[: shape.pool]
    given = {SOURCE: [_wrap(tongues[SOURCE].say(c).tokens) for c in clauses]}
    gold = {}
    for name in list(tongues)[1:]:
        gold[name] = chance.shuffled(range(len(clauses)))
        given[name] = [_wrap(tongues[name].say(clauses[i]).tokens) for i in gold[name]]
    return given, gold


def _wrap(*segments: Sequence[int]) -> list[int]:
    """Return segments between XLM-R's marks: <s> a </s></s> b </s>."""
    tokens = [world.START]
    for at, segment in enumerate(segments):
        tokens += [*([world.END] if at else []), *segment, world.END]
    return tokens


def _passage(grammar: Grammar, chance: Chance, length: int, slots: Sequence[str]) -> Passage:
    """Return clauses of which one alone answers; at times a neighbour has its verb, too."""
    while True:
        clauses = [grammar.clause(chance) for _ in range(length)]
        about = chance.below(length)
        wanted = clauses[about]
        if chance.yes(0.3):
            other = (about + 1) % length
            clauses[other] = clauses[other]._replace(
                verb=wanted.verb, object=grammar.thing(chance, wanted.verb)
            )
        slot = _slot(wanted, slots, chance)
        if sum(_alike(c, wanted, slot) for c in clauses) == 1:
            return Passage(tuple(clauses), about, slot)


def _alike(clause: Clause, wanted: Clause, slot: str) -> bool:
    """Return whether ``clause`` could answer a question on ``slot`` of ``wanted``, place and looks apart."""
    same_subject = slot == "S" or clause.subject.head == wanted.subject.head
    same_object = slot == "O" or clause.object.head == wanted.object.head
    return clause.verb == wanted.verb and same_subject and same_object


def _ask(tongue: Language, passage: Passage, chance: Chance) -> Item:
    """Return question and passage; the label is the answer's first and last token.

    The placebo's is drawn from the spans of all subjects, objects and places of the passage, the answer's
    among them.
    """
    question = tongue.say(passage.clauses[passage.about], asked=passage.slot, bare=True)
    said = [tongue.say(c) for c in passage.clauses]
    text = [token for s in said for token in s.tokens]
    begin = len(question.tokens) + 3
    spans = {}
    for at, sentence in enumerate(said):
        offset = begin + sum(len(s.tokens) for s in said[:at])
        for slot in ALL_SLOTS:
            if slot in sentence.slots:
                start, end = sentence.slots[slot]
                spans[at, slot] = [offset + start, offset + end - 1]
    placebo = chance.one(list(spans.values()))
    return Item(_wrap(question.tokens, text), spans[passage.about, passage.slot], placebo)


def _tag(tongue: Language, clause: Clause, _chance: Chance) -> Item:
    said: Said = tongue.say(clause)
    return Item(_wrap(said.tokens), list(said.kinds))


def _infer(tongue: Language, pair: Pair, chance: Chance) -> Item:
    tokens = _wrap(tongue.say(pair.premise).tokens, tongue.say(pair.hypothesis).tokens)
    return Item(tokens, pair.label, chance.below(3))


def _pair(grammar: Grammar, chance: Chance) -> Pair:
    """Return a premise with what it entails (less of it), leaves open (more of it) or rules out (another).

    Whatever the label, parts are left out at random, so that length alone does not give it away.
    """
    label = chance.below(3)
    while True:
        premise = grammar.clause(chance)
        less = _less(premise, chance)
        hypothesis: Clause | None = less
        if label == world.NEUTRAL:
            hypothesis = _more(grammar, premise, less, chance)
        elif label == world.CONTRADICTED:
            hypothesis = _other(grammar, less, chance)
        if hypothesis is not None:
            return Pair(premise, hypothesis, label)


def _less(clause: Clause, chance: Chance) -> Clause:
    """Return ``clause`` with its place and adjectives each left out every other time."""
    bare = [p._replace(adjective=-1) if chance.yes(0.5) else p for p in (clause.subject, clause.object)]
    place = -1 if chance.yes(0.5) else clause.place
    return clause._replace(subject=bare[0], object=bare[1], place=place)


def _more(grammar: Grammar, premise: Clause, hypothesis: Clause, chance: Chance) -> Clause | None:
    """Return ``hypothesis`` with a place or an adjective that ``premise`` had not, None where it had both."""
    ways = []
    if premise.place < 0:
        ways.append(hypothesis._replace(place=chance.one(grammar.places)))
    if premise.object.adjective < 0:
        look = chance.ranked(grammar.looks[premise.object.head])
        ways.append(hypothesis._replace(object=premise.object._replace(adjective=look)))
    return chance.one(ways) if ways else None


def _other(grammar: Grammar, clause: Clause, chance: Chance) -> Clause | None:
    """Return ``clause`` denied, or with another object, subject or place; None where chance drew the same."""
    ways = [
        clause._replace(negated=not clause.negated),
        clause._replace(object=Phrase(chance.one(grammar.nouns), clause.object.adjective)),
        clause._replace(subject=Phrase(chance.one(grammar.names))),
    ]
    if clause.place >= 0:
        ways.append(clause._replace(place=chance.one(grammar.places)))
    chosen = chance.one(ways)
    return None if chosen == clause else chosen
