"""A sentence goes in; the systems, baselines and unlisted data sets that it names come out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from synth.results.mentions import Mention

_PART = (
    r"(?:[A-Za-z]*[A-Z][a-z]*[A-Z0-9][\w]*\+*|[A-Z]{2,}\w*\+*|[a-z]+[A-Z]\w*\+*"
    r"|[A-Z][a-z]+(?=[-+][A-Za-z0-9])|[A-Z]\d+\w*|[A-Z](?=-[A-Z][A-Za-z]))"
)
_NAME: Final = re.compile(
    rf"(?<![\w@\[/.-]){_PART}(?:\s?\+\s?{_PART}|[-/][\w]+\+*){{0,8}}(?:[\s-](?:Large|Base|large|base|XL|Small|small|Tiny|XXL)(?![\w-])|\s\d\.\d(?![\d%]))?"
    rf"(?:\s\+\s?{_PART}(?:[-/]\w+){{0,4}}){{0,8}}"
)
_CHAIN: Final = re.compile(
    r"(?<![\w@\[/.+-])(?=[^\s(]*\s?\+?\s?[\w-]*[A-Z])[A-Za-z][\w-]*(?:(?:\s\+\s|\s?\+)[A-Za-z][\w-]*){1,12}"
)
_OURS: Final = re.compile(
    r"\b[Oo]ur\s+(?:[\w+.\-]+\s+){0,4}?(?:models?|systems?|approach|methods?|ensembles?|parsers?|taggers?|networks?|variants?"
    r"|architecture|algorithm|framework|classifier|baseline)\b"
)
_PLAIN: Final = re.compile(
    r"\b(?:the\s+)?([A-Z][a-z]{3,}[A-Za-z]*)\s+(?:model|system|parser|tagger|network|classifier|encoder)\b"
)
_ACRONYMS: Final = """
GPU GPUS CPU API URL SOTA AI ML NLP ACL EMNLP NAACL ICLR PDF HTML OOV PCA SGD USA IDF TF-IDF AM PM II III IV
VI OK ID IDS MTURK HIT HITS ARXIV LDC PR RNNS CNNS LSTMS IS TABLE FIGURE SECTION WE OUR
"""
_NOT_NAMES: Final = frozenset(_ACRONYMS.split())
_ADJECTIVES: Final = """
this that these each both baseline single ensemble final best table such another every full proposed previous
joint neural base language their with different most many other same whole first second third new simple
standard current
"""
_COMMON: Final = frozenset(_ADJECTIVES.split())
_AUTHOR: Final = re.compile(r"\s+et\s+al\b|\s+(?:and|&)\s+[A-Z][a-z]+\s*\(?(?:19|20)\d\d")
_BASELINE: Final = re.compile(
    r"\b(?:over|than|upon|against|outperform(?:s|ed|ing)?|surpass(?:es|ed|ing)?|exceed(?:s|ed|ing)?|beat(?:s|ing)?"
    r"|compar(?:ed|ing)\s+(?:to|with)|relative\s+to|behind|underperform(?:s|ed|ing)?|improv(?:es|ed|ing)\s+(?:up)?on|w\.r\.t\.?)\s+"
    r"(?P<phrase>[^,;:()]{2,70})"
)
_PHRASE_END: Final = re.compile(
    r"\s+(?:by|on|in|with|for|at|and|while|which|that|when|where|from|to|using|without|as|is|are|of\s+\d|\d)(?=\s|$)|\.\s|\s\d|\s[+−]|[.;]$"
)
_ALIAS: Final = re.compile(r"\s*\(([A-Za-z][\w+-]*[A-Z][\w+-]*)\)")
_GENERIC: Final = re.compile(
    r"(?:baselines?|state[- ]of[- ]the[- ]art(?:\s\w+)?|sota(?:\s\w+)?|models?|systems?|approach(?:es)?"
    r"|methods?|results?|works?|counterparts?|variants?|architectures?|networks?|parsers?|taggers?|ensembles?|performance|et\sal"
    r"|^[A-Z][\w'-]+\s(?:and|&)\s[A-Z][\w'-]+|previous\sbest|best\s\w+)$",
    re.IGNORECASE,
)
_LEAD: Final = re.compile(r"^(?:the|a|an|both|all|their|its)\s+", re.IGNORECASE)
_UNLISTED_AFTER: Final = re.compile(
    rf"(?<![\w-])({_PART}(?:[-/]\w+){{0,4}}(?: [A-Z][\w-]*){{0,2}})\s+(?:benchmark\s+|shared\s+task\s+)?"
    r"(?:data\s?sets?|corpus|corpora|benchmarks?|treebanks?"
    r"|test\s+sets?|dev(?:elopment)?\s+sets?|validation\s+sets?|leaderboard|challenge)\b"
)
_UNLISTED_ON: Final = re.compile(rf"\bon\s+(?:the\s+)?({_PART}(?:-\w+){{0,4}})")
_COORDINATED: Final = re.compile(r"\s*(?:,|/|&|,?\s*and|,?\s*or)\s*(?:the\s+)?")
_TRAINED: Final = re.compile(
    r"\b(?:(?:pre-?)?train(?:ed|ing)|fine-?tun(?:ed|ing)|tuned|pre-?training)\s+(?:\w+\s+){0,2}on\s+(?:the\s+)?$|\btransfer\w*\s+from\s+(?:the\s+)?$"
)


_SUPERSCRIPTS: Final = "⁰¹²³⁴⁵⁶⁷⁸⁹"


class Named(NamedTuple):
    """A name and where it stands."""

    name: str
    start: int
    end: int


def systems(sentence: str, mentions: Iterable[Mention]) -> tuple[Named, ...]:
    """Return what looks like the name of a system, in order; data sets, metrics and tasks are none."""
    taken = [(m.start, m.end) for m in mentions if m.kind in ("dataset", "metric", "task", "language")]
    found: list[Named] = []
    for match in sorted(_candidates(sentence), key=lambda n: (n.start, -n.end)):
        if any(start < match.end and match.start < end for start, end in taken):
            continue
        if found and match.start < found[-1].end:
            continue
        found.append(match)
    return tuple(found)


def _candidates(sentence: str) -> Iterator[Named]:
    for match in (*_CHAIN.finditer(sentence), *_NAME.finditer(sentence)):
        if _AUTHOR.match(sentence, match.end()):
            continue
        if match.group().upper() not in _NOT_NAMES and sum(c.isalpha() for c in match.group()) >= 2:
            name = " ".join(match.group().split()).rstrip(_SUPERSCRIPTS)
            yield Named(name, match.start(), match.end())
    for match in _OURS.finditer(sentence):
        inner = _NAME.search(match.group())
        if inner is None:
            yield Named(
                " ".join(match.group().split()).casefold(),
                match.start(),
                match.end(),
            )
    for match in _PLAIN.finditer(sentence):
        if match.group(1).casefold() not in _COMMON and not match.group(1).endswith("ing"):
            yield Named(match.group(1), match.start(1), match.end(1))


def baseline(sentence: str, near: int, known: Iterable[Named]) -> tuple[str, tuple[int, int]]:
    """Return what the sentence compares with (the phrase nearest to ``near``) and its place, or ""."""
    best: tuple[int, str, tuple[int, int]] | None = None
    names = tuple(known)
    for match in _BASELINE.finditer(sentence):
        phrase = _PHRASE_END.split(match.group("phrase"))[0].rstrip()
        start = match.start("phrase")
        end = start + len(phrase)
        alias = _ALIAS.match(sentence, end)
        inside = [n.name for n in names if start <= n.start < end]
        if alias is not None:
            inside, end = [alias.group(1)], alias.end()
        said = _LEAD.sub("", phrase).strip(" .-")
        if inside:
            said = inside[0]
        elif _GENERIC.search(said) is None or len(said.split()) > 8:
            continue
        distance = abs(match.start() - near)
        if best is None or distance < best[0]:
            best = (distance, said, (start, end))
    return (best[1], best[2]) if best is not None and best[0] <= 140 else ("", (0, 0))


def unlisted_datasets(sentence: str, mentions: Iterable[Mention]) -> tuple[Mention, ...]:
    """Return data sets that no list knows, by ``NAME dataset`` and ``on NAME``."""
    taken = [(m.start, m.end) for m in mentions if m.kind in ("dataset", "metric", "task", "language")]
    found: list[Mention] = []
    for pattern in (_UNLISTED_AFTER, _UNLISTED_ON):
        for match in pattern.finditer(sentence):
            start, end = match.span(1)
            free = not any(a < end and start < b for a, b in taken)
            if (
                free
                and match.group(1).upper() not in _NOT_NAMES
                and any(c.isalpha() for c in match.group(1)[1:])
            ):
                found.append(Mention("dataset", match.group(1).rstrip(_SUPERSCRIPTS), start, end))
                taken.append((start, end))
    return tuple(found)


def trained_on(sentence: str, datasets: Iterable[Mention]) -> tuple[Mention, ...]:
    """Return the data sets that were trained on, not measured on, with those coordinated with them."""
    found: list[Mention] = []
    for mention in datasets:
        before = sentence[max(0, mention.start - 48) : mention.start]
        joined = found and _COORDINATED.fullmatch(sentence[found[-1].end : mention.start])
        if _TRAINED.search(before) or joined:
            found.append(mention)
    return tuple(found)
