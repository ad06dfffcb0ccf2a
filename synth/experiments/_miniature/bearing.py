"""A claim and its paper go in, the keys of the hypotheses that the claim states come out.

Of one work alone (arXiv 2005.13013, AACL 2020), and of a sentence that asserts the effect: not of one that
asks, plans, describes the set-up, speaks of English alone or of the alternatives. Precise rather than greedy:
a sentence that is missed can still be named by a person. The work's first version denies what its second says
of multi-task training; the denial states no hypothesis here.
"""

from __future__ import annotations

import re

from synth.records import Claim, Paper

ARXIV = "2005.13013"
DOI = "10.18653/v1/2020.aacl-main.56"
_TITLE = "englishintermediatetasktrainingimproveszeroshotcrosslingualtransfertoo"


def _any(*words: str) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(words) + r")\b", re.IGNORECASE)


_ASKS = _any(
    "whether", "asks?", "question here is", "we (?:study|investigate|examine|evaluate|explore)", "if it"
)
_ELSEWHERE = _any(
    "monolingual",
    "MLM",
    "masked[- ]language[- ]model\\w*",
    "machine[- ]translated",
    "translated",
    "prior work",
)
_GAIN = (
    r"(?:improv\w+|gain(?:s|ed)?|help(?:s|ed)|rais(?:es|ed|ing)|boost\w*|benefit(?:s|ted|ed)?|benefits?\s+from"
    r"|increas\w+|(?:points?|%)\s+(?:better|higher)|outperform\w*)"
)
_GAINS = re.compile(rf"\b{_GAIN}\b", re.IGNORECASE)
_BEST = _any("best", "better")
_DENIED = re.compile(
    r"\b(?:no|not|n't|neither|nor|never|hardly|barely|little|limited|without|fail\w*\s+to)\b"
    rf"(?:\W+\w+){{0,5}}?\W+(?:{_GAIN}|help|benefit|best|better)\b"
    r"|\b(?:unchanged|unaffected)\b",
    re.IGNORECASE,
)
# "no training data" says nothing against a gain
_UNTRAINED = re.compile(
    r"\b(?:no|without(?:\s+any)?|have\s+no)\s+(?:\w+\s+)?training(?:\s+data)?\b", re.IGNORECASE
)
_RETRIEVAL = _any("BUCC", "Tatoeba", "retrieval", "representations (?:directly )?UNTRAINED")
_MULTI = _any(
    "multi-?\\s?task",
    "(?:several|all|nine|9|both) (?:of )?(?:the )?(?:nine |9 )?(?:intermediate )?tasks together",
    "all (?:of )?(?:the )?(?:nine|9) (?:intermediate )?tasks",
)  # fmt: skip
_INFERENCE = _any("XNLI", "natural[- ]language inference target\\w*", "cross-lingual (?:NLI|inference)")
_TARGETS = _any(
    "targets?", "target[- ]tasks?", "XTREME", "zero-shot", "cross-lingual\\w*", "question[- ]answering", "QA",
    "TyDi\\s?QA\\S*", "XQuAD", "MLQA", "PAWS-X", "XLM-R", "average", "non-English", "other languages",
)  # fmt: skip
_CLAUSES = re.compile(r"[;:]|,\s*(?:and|but|while|whereas|although)?\s+|\s+(?:but|while|whereas|although)\s+")


def keys(claim: Claim, *, paper: Paper) -> tuple[str, ...]:
    """Return the keys that ``claim`` states, in a fixed order; () for other works."""
    if not _of_the_work(paper):
        return ()
    text = _UNTRAINED.sub("UNTRAINED", " ".join(claim.text.split()))
    if text.endswith("?") or _ASKS.search(text) or _ELSEWHERE.search(text):
        return ()
    return _stated(text)


def _of_the_work(paper: Paper) -> bool:
    letters = "".join(c for c in paper.title.lower() if c.isalnum())
    if paper.arxiv or paper.doi:
        return paper.arxiv == ARXIV or (not paper.arxiv and paper.doi.lower() == DOI)
    return letters == _TITLE


def _stated(text: str) -> tuple[str, ...]:
    """Return what the clauses of ``text`` state; a clause that names no subject speaks of the last one."""
    found = set()
    about_multi = bool(_MULTI.search(text))
    subject = ""
    for clause in (c for c in _CLAUSES.split(text) if c and c.strip()):
        gains, denied = bool(_GAINS.search(clause)), bool(_DENIED.search(clause))
        subject = _subject(clause, about_multi) or subject
        if subject == "no_benefit_nli":
            found |= {subject} if denied else set()
        elif subject == "multitask":
            found |= {subject} if (gains or _BEST.search(clause)) and not denied else set()
        elif subject and gains and not denied:
            found |= _improved(clause, subject)
    return tuple(key for key in ("transfer", "retrieval", "multitask", "no_benefit_nli") if key in found)


def _improved(clause: str, subject: str) -> set[str]:
    """Return the keys of a clause that states a gain: retrieval, other targets, or both in one breath."""
    if subject == "retrieval" and re.search(r"\bon question[- ]answering\b", clause, re.IGNORECASE):
        return {"transfer", "retrieval"}
    return {subject}


def _subject(clause: str, about_multi: bool) -> str:
    """Return the key that ``clause`` speaks of, "" where it names nothing of the kind."""
    if _MULTI.search(clause):
        return "multitask"
    if _RETRIEVAL.search(clause):
        return "retrieval"
    if _INFERENCE.search(clause):
        return "no_benefit_nli"
    return "transfer" if _TARGETS.search(clause) and not about_multi else ""
