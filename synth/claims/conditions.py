"""A claim's sentence goes in; what limits it comes out: dataset, metric, split, language, setting, size.

Datasets are found by their shape (a name beside "dataset", "corpus", "test set", or after "on"), the others
by short lists. Nothing is guessed: what the sentence does not say is not there.
"""

import re
from collections.abc import Sequence

from synth.records import Pairs, Quantity

_NAME = (
    r"(?:[A-Z][A-Za-z]*[A-Z0-9][\w.+]*|[A-Z]{2,}[\w.+]*|[A-Z][a-z]+)"
    r"(?:[-–/ ](?:[A-Z0-9][\w.+]*)|[-–][a-z]+)*"
)
_KNOWN_BY = (
    r"[Dd]ata\s?[Ss]ets?|[Cc]orpus|[Cc]orpora|[Bb]enchmarks?|[Tt]reebanks?|[Cc]hallenge|"
    r"shared task|leaderboard|"
    r"(?:test|dev|development|training|validation|evaluation)(?:ing)?\s(?:sets?|data|splits?)"
)
_DATASET = re.compile(rf"\b(?P<name>{_NAME})\s(?:[a-z-]+\s)?(?:{_KNOWN_BY})\b")
_SHORT_NAME = re.compile(
    r"\b(?:[Dd]ataset|[Cc]orpus|[Bb]enchmark|[Tt]reebank)\s\((?P<name>[A-Z][\w. +-]{1,24}?)[;,)]"
)
_SHAPED = (
    r"[A-Za-z]*[A-Z][A-Za-z]*[A-Z0-9][\w+]*(?:\.[0-9]+)?(?:[-–][A-Za-z]+)?"
    r"(?:[- ](?:v?[0-9]+(?:\.[0-9]+)?(?![\w%])|[A-Z]\w*))?"
)
_LINK = r"(?:,\s(?:and\s|or\s)?|\s(?:and|or|&)\s)"
_ON = re.compile(rf"\b(?:on|across)\s(?:the\s|both\s|all\s)?(?P<names>{_SHAPED}(?:{_LINK}{_SHAPED})*)")
_METRIC = re.compile(
    r"\b(?P<name>(?:sacre)?BLEU(?:-[1-4])?|ROUGE(?:[- ](?:[12L]|SU4|Lsum))?|METEOR|chrF\+*|BERTScore|CIDEr|"
    r"SPICE|TER|WER|CER|(?:(?:macro|micro|weighted|average|labell?ed|unlabell?ed)[- ])?"
    r"F[- ]?(?:1|score|measure)|"
    r"exact match|EM|accuracy|accuracies|precision|recall|perplexity|MRR|MAP|nDCG|NDCG|AUC|AUROC|"
    r"(?:P|R|Hits|Recall)@[0-9]+|LAS|UAS|error rate|latency|throughput|inter-annotator agreement|"
    r"(?:Matthews|Pearson|Spearman)(?:'s)? correlation)(?![\w])"
)
_F1 = re.compile(r"f[- ]?(?:1|score|measure)", re.IGNORECASE)
_PLAIN_METRICS = {"accuracies": "accuracy", "EM": "exact match", "NDCG": "nDCG"}
_SET = r"[- ](?:sets?|data|splits?|scores?|results?)\b"
_SPLITS = (
    ("test", re.compile(rf"\b(?:test(?:ing)?|held-out|blind|hidden){_SET}", re.IGNORECASE)),
    ("dev", re.compile(rf"\b(?:dev(?:elopment)?|validation|valid){_SET}", re.IGNORECASE)),
    ("train", re.compile(r"\btraining[- ](?:sets?|splits?)\b", re.IGNORECASE)),
)
_LANGUAGE_LIST = """
Afrikaans Albanian Amharic Arabic Armenian Basque Belarusian Bengali Bulgarian Burmese Cantonese Catalan
Chinese Croatian Czech Danish Dutch English Estonian Farsi Finnish French Galician Georgian German Greek
Gujarati Hausa Hebrew Hindi Hungarian Icelandic Igbo Indonesian Irish Italian Japanese Kannada Kazakh
Khmer Korean Kurdish Kyrgyz Latin Latvian Lithuanian Macedonian Malay Malayalam Maltese Mandarin Marathi
Mongolian Nepali Norwegian Pashto Persian Polish Portuguese Punjabi Quechua Romanian Russian Serbian
Sinhala Slovak Slovenian Somali Spanish Swahili Swedish Tagalog Tamil Telugu Thai Tibetan Turkish
Ukrainian Urdu Uyghur Uzbek Vietnamese Welsh Wolof Xhosa Yoruba Zulu
"""
_LANGUAGES = re.compile(rf"\b(?P<name>{'|'.join(_LANGUAGE_LIST.split())})\b")
_SETTING_LIST = (
    ("zero-shot", r"zero[- ]shot"),
    ("few-shot", r"few[- ]shot|\b[1-9][0-9]?[- ]shot"),
    ("fine-tuned", r"fine[- ]?tun(?:ed|ing)"),
    ("low-resource", r"low[- ]resource"),
    ("high-resource", r"high[- ]resource"),
    ("cross-lingual", r"cross[- ]?lingual"),
    ("multilingual", r"multi[- ]?lingual"),
    ("monolingual", r"mono[- ]?lingual"),
    ("unsupervised", r"\bunsupervised"),
    ("semi-supervised", r"semi[- ]supervised"),
    ("distant supervision", r"distant(?:ly)?[- ]supervis"),
    ("ensemble", r"\bensembl(?:e|es|ed|ing)\b"),
    ("single model", r"\bsingle[- ]models?\b"),
    ("out-of-domain", r"out[- ]of[- ]domain"),
    ("in-domain", r"\bin[- ]domain"),
    ("multi-task", r"multi[- ]?task"),
    ("end-to-end", r"end[- ]to[- ]end"),
    ("open-domain", r"open[- ]domain"),
    ("human evaluation", r"human (?:evaluation|judge?ment|rater)"),
)
_SETTINGS = tuple((name, re.compile(pattern, re.IGNORECASE)) for name, pattern in _SETTING_LIST)
_CITED = re.compile(
    r"\bet al\b|\([^()]{0,120}\b(?:19|20)\d\d[a-z]?\)|\[\d{1,3}(?:\s?[,;–-]\s?\d{1,3}){0,20}\]"
    r"|\b(?:previous|prior|existing|earlier|recent) (?:works?|stud(?:y|ies)|research)\b"
)
_OWN = re.compile(r"\b(?:we|our|ours|us|this (?:paper|work|study|article))\b", re.IGNORECASE)
_NOT_NAMES = """
The A An In On Our We This These Both All Each Table Figure Section Most Standard Other For Training Test
"""
_LEADING = frozenset(_NOT_NAMES.split())


def conditions(text: str, stated: Sequence[Quantity]) -> Pairs:
    """Return the sorted (name, value) pairs that limit a claim; a name may have several values.

    ``stated`` are the quantities of ``text``.
    Names: dataset, metric, split (train, dev, test), language, setting, size (a parameter count as printed)
    and cited ("true" where the sentence cites other work and does not speak of its own paper).
    """
    found = {("dataset", name) for name in datasets(text)}
    found |= {("metric", _metric(m["name"])) for m in _METRIC.finditer(text)}
    found |= {("split", name) for name, pattern in _SPLITS if pattern.search(text)}
    found |= {("language", m["name"]) for m in _LANGUAGES.finditer(text)}
    found |= {("setting", name) for name, pattern in _SETTINGS if pattern.search(text)}
    found |= {("size", q.raw) for q in stated if q.unit == "parameter"}
    if _CITED.search(text) and not _OWN.search(text):
        found.add(("cited", "true"))
    return tuple(sorted(found))


def datasets(text: str) -> list[str]:
    """Return the names that a sentence uses as data sets, in order of appearance, each once."""
    names = [m["name"] for m in _DATASET.finditer(text)]
    names += [m["name"] for m in _SHORT_NAME.finditer(text)]
    for found in _ON.finditer(text):
        names += re.split(_LINK, found["names"])
    kept = (_bare(name) for name in names)
    return list(dict.fromkeys(name for name in kept if len(name) > 1 and not _METRIC.fullmatch(name)))


def _bare(name: str) -> str:
    """Return ``name`` without leading articles and closing punctuation; "" for a language or a number."""
    parts = name.rstrip(".,;:-").split(" ")
    while parts and (parts[0] in _LEADING or parts[0].isdigit()):
        parts = parts[1:]
    bare = " ".join(parts)
    return "" if _LANGUAGES.fullmatch(bare) else bare


def _metric(name: str) -> str:
    """Return one spelling for the spellings of a metric."""
    if _F1.search(name):
        return _F1.sub("F1", name)
    return _PLAIN_METRICS.get(name, name)
