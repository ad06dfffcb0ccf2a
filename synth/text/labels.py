"""Text goes in; the places where digits name something and count nothing come out.

Citations, years, dates, versions, identifiers, addresses, cross-references ("Table 2", "layer 14"),
list marks, shapes ("3 x 3") and names such as GPT-3, F1, BLEU-4 or 2D are labels.
"""

import re

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]{0,6}\.?"
_POINTED = (
    r"tables?|tabs?\.|figures?|figs?\.?|sections?|secs?\.?|sect\.|equations?|eqs?\.?|eqns?\.?|appendix|"
    r"appendices|chapters?|pages?|pp?\.|footnotes?|algorithms?|alg\.|theorems?|lemmas?|corollary|"
    r"propositions?|listings?|volume|vol\.|no\.|nos\."
)
_NUMBERED = (
    r"definition|examples?|step|task|subtask|line|column|row|experiment|hypothesis|model|version|layer|level|"
    r"epoch|phase|stage|fold|part|case|type|class|group|system|run|track|day|week|question|item|claim|number|"
    r"seed|rank|grade|top"
)
_ONE = r"\(?[0-9]+(?:\.[0-9]+)*[a-z]?\)?"
_MORE = rf"(?:(?:\s?[,–/&-]\s?|,?\s(?:and|or|to)\s){_ONE}(?!\s?%))*"
_LABELS = (
    r"\b(?:https?://|ftp://|www\.)\S+",
    r"\b10\.[0-9]{4,9}/\S+",
    r"\barxiv\s?:?\s?[0-9]{4}\.[0-9]{4,5}(?:v[0-9]+)?|\b[0-9]{4}\.[0-9]{5}(?:v[0-9]+)?\b",
    r"[\w.+-]{1,64}@[\w-]{1,64}\.[\w.]{1,64}",
    r"\[[0-9]{1,3}(?:\s?[,;–-]\s?[0-9]{1,3}){0,20}\]",
    rf"(?:(?<![\w-])(?:{_POINTED})\s?|§+\s?){_ONE}{_MORE}(?![\w%])",
    rf"(?<![\w-])(?:{_NUMBERED})[\s-]{_ONE}{_MORE}(?![\w%]|[.,][0-9]|\s+[a-z-]+s\b|\s?%)",
    rf"\b{_MONTH}\s(?:[0-9]{{1,2}}(?:st|nd|rd|th)?,?\s)?(?:19|20)[0-9]{{2}}\b",
    rf"\b[0-9]{{1,2}}(?:st|nd|rd|th)?\s{_MONTH}(?:,?\s(?:19|20)[0-9]{{2}}\b|(?![\w]))",
    r"\b(?:19|20)[0-9]{2}[-/][0-9]{1,2}[-/][0-9]{1,2}\b|\b[0-9]{1,2}/[0-9]{1,2}/(?:19|20)[0-9]{2}\b",
    r"(?<![\w.])[0-9]+(?:\.[0-9]+){2,}(?![\w])|(?<![\w/.])[0-9]+(?:/[0-9]+){2,}(?![\w/.])",
    r"(?<![\w.])[0-9]{1,3}:[0-9]{1,3}(?::[0-9]{1,3})?(?![\w.])",
    r"\b[0-9]+(?:st|nd|rd|th)\b",
    r"(?<![\w.])[0-9]+\s?[x×]\s?[0-9]+(?:\s?[x×]\s?[0-9]+)?(?![\w.^⁰¹²³⁴⁵⁶⁷⁸⁹⁻−])(?!\s?\^)",
    r"(?<![\w)])\((?:[0-9]{1,2}|[ivx]{1,4})\)|(?:^|(?<=[\s,;:]))[0-9]{1,2}\)(?=\s)",
    r"^\s*[0-9]{1,2}\.\s|^\s*[1-9]\.[0-9]{1,2}\.?\s(?-i:(?=[A-Z]))|(?-i:\b(?:F|ROUGE|BLEU)\s[1-4](?![\w.]))",
    r"[#@]\s?[0-9]+",
    r"\(?±\s?[0-9]*\.?[0-9]+%?\)?",
    r"(?-i:(?<![\w.])[0-9]+(?:[ACDE-JLN-SU-Z]|-?D|-?d)(?![\w]))",
)
_LABEL = re.compile("|".join(f"(?:{pattern})" for pattern in _LABELS), re.IGNORECASE)
# A digit run that belongs to a name: T5, SQuAD2.0, GPT-3.5, BLEU-4, CoNLL-2003, x_1; not the e of 1e-5.
_NAME = re.compile(r"(?<![0-9.])(?:[^\W\d]|_)[-–]?[0-9]\w*(?:[.-][0-9]\w*)*")
_YEAR = re.compile(
    r"(?<![\w.,$+−-])(?:19[0-9]{2}|20[0-3][0-9])[a-z]?(?![\w%]|[.,][0-9])(?P<counted>\s+[a-z]{3,}s\b)?"
)
_DATED = re.compile(r"\b(?:the|in|of|since|from|until|by|before|after|during|year|[A-Z]\w*)[\s-]$")
_RELEASE = re.compile(
    r"\b(?P<name>[A-Za-z]*[A-Z][A-Za-z]*[A-Z][A-Za-z]*|Python)\s[0-9]\.[0-9](?![\w%]|\.[0-9]|\s?%)"
)
_METRIC = re.compile(r"(?i)bleu|rouge|meteor|ter|chrf|map|mrr|auc|wer|cer|em|acc|las|uas|ppl|f|ndcg|mcc")


def mask(text: str) -> bytearray:
    """Return one byte a character of ``text``: 1 where it belongs to a label, else 0."""
    flags = bytearray(len(text))
    for pattern in (_LABEL, _NAME):
        for found in pattern.finditer(text):
            _cover(flags, found.start(), found.end())
    for found in _YEAR.finditer(text):
        if not found["counted"] or (
            found.group()[:4] != "2000" and _DATED.search(text[max(0, found.start() - 24) : found.start()])
        ):
            _cover(flags, found.start(), found.start() + 4)
    for found in _RELEASE.finditer(text):
        if not _METRIC.fullmatch(found["name"]):
            _cover(flags, found.start(), found.end())
    return flags


def _cover(flags: bytearray, start: int, end: int) -> None:
    flags[start:end] = b"\x01" * (end - start)
