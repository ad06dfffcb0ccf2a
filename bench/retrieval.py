"""SciFact's train claims and Cranfield go in; what retrieval and encoder reach comes out, a figure a line.

    python bench/retrieval.py                       # both parts, about four minutes on two cores
    python bench/retrieval.py --part encoder --reference all-MiniLM-L6-v2

Chosen on these claims: two constants of a lazy corpus (NEAR_PAPERS, PAPER_WEIGHT) and integer arithmetic.
Nothing else was fitted to them, and the dev and test claims were never read.
``--reference`` names a sentence-transformers model or folder (extra ``transformers``).
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import numpy as np

from synth import encoder, evidence
from synth.evidence.lexical import indexed, matches
from synth.evidence.rows import Range, ranges

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

ROOT = Path(__file__).resolve().parents[1]
SHARED = (ROOT / os.environ.get("SYNTH_SHARED", "../shared")).resolve()
Ranking = Sequence[int]


def figure(name: str, value: float, *, n: int, signature: str) -> None:
    """Print one figure with what it was measured on and by what."""
    print(f"{name:<64}{value:>8.3f}  n={n:<6} {signature}", flush=True)


class SciFact:
    """The corpus, encoded once, and the train claims that cite an abstract with a rationale."""

    def __init__(self, made: encoder.Encoder) -> None:
        folder = SHARED / "data" / "scifact"
        with gzip.open(folder / "corpus.jsonl.gz", "rt", encoding="utf-8") as lines:
            self.documents = [json.loads(line) for line in lines]
        text = (folder / "claims_train.jsonl").read_text(encoding="utf-8")
        claims = [json.loads(line) for line in text.splitlines()]
        self.claims = [claim for claim in claims if claim["evidence"]]
        known: dict[str, Floats] = {}

        def encode(texts: Sequence[str]) -> Floats:
            missing = [text for text in dict.fromkeys(texts) if text not in known]
            known.update(zip(missing, made.encode(missing), strict=True))
            return np.stack([known[text] for text in texts])

        self.encode = encode
        self.corpus = evidence.from_corpus(self.documents, encode=encode)
        self.rows = ranges([row.doc_id for row in self.corpus.rows])
        self.index = indexed(row.quote for row in self.corpus.rows)
        self.signature = f"{evidence.SIGNATURE} {made.signature} scifact-train"


def in_abstract(data: SciFact, claim: str, doc_id: str) -> dict[str, list[int]]:
    """Return the sentences of one abstract as each method ranks them for ``claim``."""
    here = data.rows[doc_id]
    rows = data.corpus.rows[here.start : here.end]
    found = matches(data.index, claim, allowed=[here], limit=len(rows))
    by_words = [data.corpus.rows[i].sentence for i in found]
    by_words += [row.sentence for row in rows if row.sentence not in by_words]
    cosine = data.encode([row.quote for row in rows]) @ data.encode([claim])[0]
    by_meaning = [rows[i].sentence for i in np.argsort(-cosine, kind="stable")]
    fused = [e.sentence for e in data.corpus.find(claim, doc_id=doc_id, limit=len(rows))]
    return {"BM25": by_words, "cosine": by_meaning, "fused": fused}


def rationales(data: SciFact) -> None:
    """Print how often a whole gold rationale is among the first 3 and 5 sentences of the cited abstract."""
    hits: dict[str, list[bool]] = {}
    for claim in data.claims:
        for doc_id, sets in claim["evidence"].items():
            gold = [set(one["sentences"]) for one in sets]
            for method, ranking in in_abstract(data, claim["claim"], doc_id).items():
                for k in (3, 5):
                    name = f"SciFact rationale among {k} of the cited abstract, {method}"
                    hits.setdefault(name, []).append(any(one <= set(ranking[:k]) for one in gold))
    for name, values in hits.items():
        figure(name, float(np.mean(values)), n=len(values), signature=data.signature)


def open_retrieval(data: SciFact) -> None:
    """Print recall of the gold abstracts, and of whole rationales, over the whole corpus."""
    papers = list(data.rows)
    titles = {str(d["doc_id"]): d["title"] for d in data.documents}
    index = indexed(
        " ".join([titles[name], *(row.quote for row in data.corpus.rows[start:end])])
        for name, (start, end) in data.rows.items()
    )
    whole = [Range(0, len(papers))]
    hits: dict[str, list[float]] = {}
    for claim in data.claims:
        text, gold = claim["claim"], set(claim["evidence"])
        by_words = [papers[i] for i in matches(index, text, allowed=whole, limit=10)]
        both = data.corpus.documents(text, limit=10)
        for k in (3, 10):
            for method, ranking in (("BM25", by_words), ("lazy fusion", both)):
                recall = len(gold & set(ranking[:k])) / len(gold)
                hits.setdefault(f"SciFact documents, recall@{k} of 5,183, {method}", []).append(recall)
        found = [(e.doc_id, e.sentence) for e in data.corpus.find(text, limit=10)]
        sets = [{(d, i) for i in one["sentences"]} for d, every in claim["evidence"].items() for one in every]
        for k in (5, 10):
            held = float(any(one <= set(found[:k]) for one in sets))
            hits.setdefault(f"SciFact rationale among {k} of the whole corpus, lazy fusion", []).append(held)
    for name, values in hits.items():
        figure(name, float(np.mean(values)), n=len(values), signature=data.signature)


def cranfield_documents() -> Iterator[Mapping[str, Any]]:
    """Yield Cranfield's documents in SciFact's layout (its sentences end in a stop between spaces)."""
    path = SHARED / "data" / "retrieval_cranfield" / "cran.all.1400.xml.gz"
    text = gzip.decompress(path.read_bytes()).decode("utf-8")
    for block in re.findall(r"<doc>(.*?)</doc>", text, flags=re.S):
        number, title, body = (
            " ".join("".join(re.findall(rf"<{tag}>(.*?)</{tag}>", block, flags=re.S)).split())
            for tag in ("docno", "title", "text")
        )
        sentences = [one for one in re.split(r"(?<= \.) +", body) if one]
        yield {"doc_id": number, "title": title, "abstract": sentences or [title]}


def cranfield(made: encoder.Encoder) -> None:
    """Print nDCG@10 on Cranfield: queries by position, two grades, documents by their best sentence."""
    folder = SHARED / "data" / "retrieval_cranfield"
    tree = ElementTree.fromstring((folder / "cran.qry.xml").read_text(encoding="utf-8"))
    queries = [" ".join((top.findtext("title") or "").split()) for top in tree.iter("top")]
    relevant: dict[int, set[str]] = {}
    for line in (folder / "cranqrel.trec.txt").read_text(encoding="utf-8").split("\n"):
        match line.split():
            case [query, _, document, grade] if int(grade) > 0:
                relevant.setdefault(int(query), set()).add(document)
    corpus = evidence.from_corpus(cranfield_documents(), encode=made.encode)
    papers = ranges([row.doc_id for row in corpus.rows])
    vectors = made.encode([row.quote for row in corpus.rows])
    index = indexed(" ".join(row.quote for row in corpus.rows[a:b]) for a, b in papers.values())
    starts, names = [one.start for one in papers.values()], list(papers)
    gains: dict[str, list[float]] = {"BM25": [], "cosine": [], "fused": []}
    for number, gold in sorted(relevant.items()):
        text = queries[number - 1]
        best = np.maximum.reduceat(vectors @ made.encode([text])[0], starts)
        by_words = matches(index, text, allowed=[Range(0, len(names))], limit=10)
        gains["BM25"].append(ndcg([names[i] for i in by_words], gold))
        gains["cosine"].append(ndcg([names[i] for i in np.argsort(-best, kind="stable")[:10]], gold))
        gains["fused"].append(ndcg(corpus.documents(text, limit=10), gold))
    for method, values in gains.items():
        signature = f"{evidence.SIGNATURE} {made.signature} cranfield-1400"
        figure(f"Cranfield nDCG@10, {method}", float(np.mean(values)), n=len(values), signature=signature)


def ndcg(ranking: Sequence[str], gold: set[str], *, k: int = 10) -> float:
    """Return nDCG@k of binary judgements (Jarvelin and Kekalainen 2002)."""
    gain = sum(1 / np.log2(rank + 1) for rank, name in enumerate(ranking[:k], 1) if name in gold)
    return float(gain / sum(1 / np.log2(rank + 1) for rank in range(1, min(k, len(gold)) + 1)))


def speed(*, texts: Sequence[str], reference: str) -> None:
    """Print the encoder's load time, sentences a second and agreement with ``reference``."""
    started = time.perf_counter()
    made = encoder.load()
    seconds = time.perf_counter() - started
    figure("encoder, seconds to load", seconds, n=1, signature=made.signature)
    for workers in (1, 2):
        started, worked = time.perf_counter(), time.process_time()
        vectors = made.encode(texts, workers=workers)
        rate = len(texts) / (time.perf_counter() - started)
        figure(f"encoder, sentences/s, {workers} workers", rate, n=len(texts), signature=made.signature)
        rate = len(texts) / (time.process_time() - worked)
        figure(f"encoder, sentences/CPU s, {workers} workers", rate, n=len(texts), signature=made.signature)
    if reference:
        other = encoder.load(reference)
        truth = other.encode(texts)
        agreement(vectors, truth, signature=f"{made.signature} against {other.signature}")


def agreement(vectors: Floats, truth: Floats, *, signature: str) -> None:
    """Print cosine to the reference and the overlap of each text's ten neighbours."""
    cosine = (vectors * truth).sum(axis=1)
    figure("encoder, mean cosine to the reference", float(cosine.mean()), n=len(truth), signature=signature)
    figure("encoder, least cosine to the reference", float(cosine.min()), n=len(truth), signature=signature)
    ours, theirs = (_neighbours(one) for one in (vectors, truth))
    overlap = np.mean([len(set(a) & set(b)) / 10 for a, b in zip(ours, theirs, strict=True)])
    figure("encoder, overlap of ten neighbours", float(overlap), n=len(truth), signature=signature)


def _neighbours(vectors: Floats) -> NDArray[np.int64]:
    product = vectors @ vectors.T
    np.fill_diagonal(product, -2.0)
    return np.argsort(-product, axis=1, kind="stable")[:, :10]


def sample(size: int) -> list[str]:
    """Return every n-th of the distinct sentences of SciFact's abstracts."""
    path = SHARED / "data" / "scifact" / "corpus.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        every = list(dict.fromkeys(s.strip() for line in lines for s in json.loads(line)["abstract"]))
    return every[:: len(every) // size][:size]


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--part", choices=["all", "retrieval", "encoder"], default="all")
    parser.add_argument("--reference", default="", metavar="NAME")
    options = parser.parse_args()
    if not (SHARED / "data" / "scifact").is_dir():
        raise SystemExit(f"no data at {SHARED}: set SYNTH_SHARED to the folder that holds data/scifact")
    if options.part != "encoder":
        made = encoder.load()
        data = SciFact(made)
        rationales(data)
        open_retrieval(data)
        cranfield(made)
    if options.part != "retrieval":
        speed(texts=sample(2000), reference=options.reference)


if __name__ == "__main__":
    main()
