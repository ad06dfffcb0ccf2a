"""Nothing goes in; the names of metrics, splits, settings and languages come out, each with its spellings.

One entry a line: the name that is printed, then its spellings. A spelling is compared without spaces,
hyphens and case (``F-1`` is ``f1``); one that starts with ``=`` must be written with a capital (``=em``),
one that starts with ``#`` counts only in a table's header. The names are facts gathered by us.
"""

from __future__ import annotations

from typing import Final, NamedTuple

METRICS: Final = """
F1: f1, f1score, f1scores, f1measure, =fscore, =fmeasure, fscore, fscores, fmeasure, #f, f1 value, f1 points
F0.5: f0.5, f0.5 score
F2: f2score
accuracy: accuracy, accuracies, #acc, =acc, accuracy score, classification accuracy, tagging accuracy, #accu
top-1 accuracy: top 1 accuracy, top1 acc, top 1 acc, acc@1, #top1
top-5 accuracy: top 5 accuracy, top5 acc, top 5 acc, acc@5, #top5
balanced accuracy: balanced accuracy
EM: =em, #exact, exact match, exact match accuracy, exact match score, exact matches, exact match em, em score
sentence accuracy: sentence accuracy, sentence level accuracy
precision: precision, #p, #prec
recall: recall, #r, #rec
BLEU: bleu, bleu score, bleu scores, bleu points, sacrebleu, bleu point
BLEU-1: bleu1, #b1
BLEU-2: bleu2, #b2
BLEU-3: bleu3, #b3
BLEU-4: bleu4, #b4
ROUGE-1: rouge1, =rg1, rouge1 score, #r1
ROUGE-2: rouge2, =rg2, rouge2 score, #r2
ROUGE-3: rouge3
ROUGE-4: rouge4
ROUGE-L: rougel, =rgl, rougel score, #rl, rouge lsum
ROUGE-SU4: rougesu4, #rsu4
ROUGE: rouge, rouge score, rouge scores
METEOR: meteor, meteor score
CIDEr: cider, cider score
SPICE: =spice
SARI: =sari
NIST: =nist score
chrF: chrf, chrf++
TER: =ter
BERTScore: bertscore
BLEURT: bleurt
COMET: =comet score
perplexity: perplexity, perplexities, =ppl, ppl
bits per character: bpc, bits per character
word error rate: =wer, word error rate, word error rates
character error rate: =cer, character error rate
phone error rate: =per, phone error rate, phoneme error rate
error rate: error rate, error rates, classification error, test error, mean error rate, #error, #err
MAP: mean average precision, =map, map score, #map
average precision: average precision, #ap
MRR: =mrr, mean reciprocal rank
NDCG: ndcg
AUC: =auc, area under the curve, auc score, area under the precision recall curve, pr curve area, pr auc,
  precision recall pr curve area, precision recall curve area, area of precision recall pr,
  precision recall curve
ROC AUC: auroc, roc auc, =roc
Matthews correlation: =mcc, matthews correlation, matthews corr, matthews correlation coefficient
Pearson correlation: pearson, pearson correlation, pearson r, pearson's r, pearson correlation coefficient
Spearman correlation: spearman, spearman correlation, spearman rho, spearman's rho, spearman rank correlation
UAS: =uas, unlabeled attachment score, unlabelled attachment score
LAS: =las, labeled attachment score, labelled attachment score
MLAS: =mlas
BLEX: =blex
UPOS accuracy: =upos, upos accuracy
XPOS accuracy: =xpos, xpos accuracy
IoU: =iou
mIoU: miou, mean iou
PSNR: =psnr
SSIM: =ssim
FID: =fid
MSE: =mse, mean squared error
RMSE: =rmse
MAE: =mae, mean absolute error
kappa: cohen's kappa, fleiss kappa, cohen kappa
joint goal accuracy: joint goal accuracy, joint accuracy
success rate: success rate
slot F1: slot f1
pass rate: pass rate
"""

AT_K: Final = {
    "p": "P",
    "r": "R",
    "hits": "Hits",
    "hit": "Hits",
    "ndcg": "NDCG",
    "recall": "R",
    "precision": "P",
    "map": "MAP",
    "mrr": "MRR",
    "pass": "pass",
    "acc": "accuracy",
}
"""Metrics cut at a rank (``P@10``): what stands before the @, and its name."""

LOWER_IS_BETTER: Final = frozenset(
    [
        *("perplexity", "bits per character", "word error rate", "character error rate", "phone error rate"),
        *("error rate", "TER", "FID", "MSE", "RMSE", "MAE"),
    ]
)
UNBOUNDED: Final = frozenset(
    {"perplexity", "bits per character", "FID", "MSE", "RMSE", "MAE", "PSNR", "CIDEr", "NIST"}
)
"""Metrics that are not shares, so neither "0.85 is 85" nor "at most 100" holds for them."""

SPLITS: Final = """
dev: dev, development set, development sets, development data, development average, development split,
  development results, development score, development scores, development accuracy, development performance,
  devset,
  dev set, dev sets, dev data, validation set, validation sets, validation data, validation split,
  validation average,
  validation accuracy, validation score, validation scores, validation results, validation performance,
  #val, #valid,
  #validation, #development, minival, #dev., validation f1, development f1, dev f1, dev accuracy, dev results
test: test set, test sets, test data, test average, test split, test results, test score, test scores,
  test accuracy,
  test performance, testset, test portion, testing set, testing data, blind test, hidden test, held out test,
  #test,
  #testing, test f1, test bleu, test perplexity, test leaderboard, test partition, evaluation set
train: training accuracy, training set accuracy, #train, #training, train accuracy, #train acc
"""

SETTINGS: Final = """
zero-shot: zeroshot, zero shot setting
one-shot: oneshot
few-shot: fewshot
unsupervised: unsupervised
semi-supervised: semisupervised
distantly supervised: distantly supervised, distant supervision
translate-train: translatetrain, translate train all
translate-test: translatetest
out-of-domain: out of domain, =ood
in-domain: in domain
cross-domain: cross domain
fine-tuned: finetuned
gold predicates: gold predicates, gold predicate
predicted predicates: predicted predicates, predicted predicate
single model: single model, single models, #single
ensemble: ensemble, ensembles, ensembling, ensembled, #ens, ensemble model
matched: #matched, mnlim, mnli matched
mismatched: #mismatched, mnlimm, mnli mismatched
multi-task: multi task, multitask
"""

LANGUAGES: Final = """
af:Afrikaans ar:Arabic bg:Bulgarian bn:Bengali ca:Catalan cs:Czech cy:Welsh da:Danish de:German el:Greek
en:English es:Spanish et:Estonian eu:Basque fa:Persian fi:Finnish fr:French ga:Irish gl:Galician he:Hebrew
hi:Hindi hr:Croatian hu:Hungarian id:Indonesian is:Icelandic it:Italian ja:Japanese jv:Javanese ka:Georgian
kk:Kazakh ko:Korean la:Latin lt:Lithuanian lv:Latvian ml:Malayalam mr:Marathi ms:Malay my:Burmese ne:Nepali
nl:Dutch no:Norwegian pl:Polish ps:Pashto pt:Portuguese ro:Romanian ru:Russian si:Sinhala sk:Slovak
sl:Slovene so:Somali sq:Albanian sr:Serbian sv:Swedish sw:Swahili ta:Tamil te:Telugu th:Thai tl:Tagalog
tr:Turkish uk:Ukrainian ur:Urdu uz:Uzbek vi:Vietnamese xh:Xhosa yo:Yoruba zh:Chinese zu:Zulu am:Amharic
ha:Hausa ig:Igbo km:Khmer lo:Lao mn:Mongolian pa:Punjabi gu:Gujarati kn:Kannada or:Odia
"""


class Spelling(NamedTuple):
    """A way to write a name: whether it needs a capital, and whether it counts in headers only."""

    name: str
    capital: bool
    header: bool


def squash(text: str) -> str:
    """Return ``text`` as spellings are compared: lower case, without spaces, hyphens and the like."""
    return "".join(c for c in text.casefold() if c.isalnum() or c in "@.+").strip(".")


def spellings(entries: str) -> dict[str, Spelling]:
    """Return squashed spelling -> name of a block of entries; a line that starts with a space goes on."""
    found: dict[str, Spelling] = {}
    for line in entries.replace("\n ", " ").strip().splitlines():
        name, _, ways = line.partition(": ")
        for way in ways.split(","):
            bare = way.strip()
            mark = bare[:1]
            key = squash(bare.lstrip("=#"))
            found.setdefault(key, Spelling(name, mark == "=", mark == "#"))
    return found


def languages() -> tuple[dict[str, str], dict[str, str]]:
    """Return lower-case language name -> name, and ISO 639-1 code -> name."""
    codes = dict(entry.split(":") for entry in LANGUAGES.split())
    names = {name.casefold(): name for name in codes.values()}
    other = {"slovenian": "Slovene", "mandarin": "Chinese", "farsi": "Persian"}
    return names | other, codes
