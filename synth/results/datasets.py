"""Nothing goes in; the names of data sets and tasks that are recognised without context come out.

A name that is not listed is recognised by what stands round it (see mentions.py). The list is of names
alone, gathered by us; the form of an entry is that of lexicon.py.
"""

from __future__ import annotations

from typing import Final

DATASETS: Final = """
SQuAD: squad, stanford question answering dataset
MNLI: mnli, multinli, multigenre nli, multigenre natural language inference
SNLI: snli, stanford natural language inference, stanford nli
XNLI: xnli
ANLI: anli
QNLI: qnli
WNLI: wnli
RTE: =rte
SciTail: scitail
SICK: =sick
HANS: =hans
QQP: qqp, quora question pairs, quora
MRPC: mrpc
CoLA: =cola
SST-2: sst2, sst binary
SST-5: sst5, sst fine grained
SST: =sst, stanford sentiment treebank
STS-B: stsb, sts benchmark
GLUE: =glue
SuperGLUE: superglue
XTREME: xtreme
XGLUE: xglue
PAWS: =paws
PAWS-X: pawsx
XQuAD: xquad
MLQA: mlqa
TyDiQA: tydiqa, tydi
TyDiQA-GoldP: tydiqa goldp
BUCC: bucc, bucc2018
Tatoeba: tatoeba
WikiANN: wikiann, panx
MLDoc: mldoc
HellaSwag: hellaswag
SWAG: =swag
CosmosQA: cosmosqa
CommonsenseQA: commonsenseqa, =csqa
SocialIQA: socialiqa
PIQA: =piqa
WinoGrande: winogrande
COPA: =copa
XCOPA: xcopa
BoolQ: boolq
MultiRC: multirc
ReCoRD: =record
ARC: =arc, arc challenge, arc easy
OpenBookQA: openbookqa
RACE: =race
RACE-M: racem, race middle
RACE-H: raceh, race high
DREAM: =dream
MCTest: mctest
NewsQA: newsqa
TriviaQA: triviaqa
SearchQA: searchqa
NarrativeQA: narrativeqa
HotpotQA: hotpotqa
Natural Questions: natural questions
Quasar-T: quasart
Quasar: =quasar
QuAC: =quac
CoQA: coqa
DROP: =drop
MS MARCO: msmarco
WikiQA: wikiqa
TrecQA: trecqa, trec qa
QASent: qasent
InsuranceQA: insuranceqa
YahooQA: yahooqa
WebQuestions: webquestions, webq
WebQSP: webqsp
WebQSP-WD: webqspwd
SimpleQuestions: simplequestions, simple questions
ComplexQuestions: complexquestions
WikiHop: wikihop
MedHop: medhop
CBT: =cbt, childrens book test, children's book test
bAbI: babi
Who-did-What: who did what
LAMBADA: =lambada
CNN/Daily Mail: cnn/daily mail, cnn dailymail, cnndm, cnn dm, cnn and daily mail, =dailymail
Gigaword: gigaword, english gigaword, annotated gigaword
DUC 2002: duc2002, duc02
DUC 2003: duc2003, duc03
DUC 2004: duc2004, duc04
DUC 2006: duc2006
DUC 2007: duc2007
XSum: xsum
LCSTS: lcsts
Newsroom: =newsroom
MSR-ATC: msr atc, msr abstractive text compression
NYT: =nyt, nyt10, new york times, nyt11
PubMed: =pubmed
arXiv: =arxiv
WikiSum: wikisum
Penn Treebank: penn treebank, =ptb, penn tree bank
WSJ: =wsj, wall street journal
Brown: =brown
UD: =ud, universal dependencies, universal dependency treebanks
CTB: =ctb, chinese treebank
Chinese Treebank: chinese tree bank
CCGBank: ccgbank
OntoNotes: ontonotes
CoNLL-2000: conll2000, conll00
CoNLL-2002: conll2002, conll02
CoNLL-2003: conll2003, conll03
CoNLL-2004: conll2004, conll04
CoNLL-2005: conll2005, conll05
CoNLL-2008: conll2008, conll08
CoNLL-2009: conll2009, conll09
CoNLL-2012: conll2012, conll12
CoNLL-2014: conll2014
CoNLL-2017: conll2017
CoNLL-2018: conll2018
WNUT-2016: wnut16, wnut2016
WNUT-2017: wnut17, wnut2017
ACE 2004: ace2004, ace04
ACE 2005: ace2005, ace05
SemEval-2010 Task 8: semeval2010 task8, semeval 2010 task8, semeval2010, semeval task8
SemEval: =semeval
SemEval-2014 Task 4: semeval2014 task4
SemEval-2017 Task 10: semeval2017 task10, scienceie
SemEval-2018 Task 7: semeval2018 task7
TACRED: tacred
Re-TACRED: retacred
DocRED: docred
FewRel: fewrel
KBP37: kbp37
SciERC: scierc
ADE: =ade
GENIA: =genia
i2b2: i2b2
TAC KBP: tac kbp, =kbp, tackbp
BC5CDR: bc5cdr
NCBI Disease: ncbi disease, =ncbi
JNLPBA: jnlpba
ChemProt: chemprot
DDI: =ddi
MEDLINE: =medline
BioInfer: bioinfer
PDTB: =pdtb
WebNLG: webnlg
E2E NLG: e2e nlg
ROTOWIRE: rotowire
AMR: =amr
Cora: =cora
IMDb: imdb
Yelp: =yelp, yelp reviews
AG News: ag news, agnews
DBpedia: dbpedia
TREC: =trec
20 Newsgroups: 20 newsgroups, 20news
Reuters: =reuters
SentEval: senteval
WMT14: wmt14, wmt2014, wmt 14
WMT15: wmt15, wmt2015
WMT16: wmt16, wmt2016
WMT17: wmt17, wmt2017
WMT18: wmt18, wmt2018
WMT19: wmt19, wmt2019
IWSLT14: iwslt14, iwslt2014
IWSLT15: iwslt15, iwslt2015
IWSLT17: iwslt17, iwslt2017
FLORES: =flores
newstest2014: newstest2014
newstest2015: newstest2015
newstest2016: newstest2016
WikiText-103: wikitext103
WikiText-2: wikitext2
enwik8: enwik8
text8: text8
One Billion Word: one billion word, lm1b
LibriSpeech: librispeech
Switchboard: =switchboard
TIMIT: =timit
MultiWOZ: multiwoz
DSTC2: dstc2
Ubuntu Dialogue: ubuntu dialogue, ubuntu dialog
Wizard of Wikipedia: wizard of wikipedia
FEVER: =fever
SciFact: scifact
BEIR: =beir
LAMA: =lama
FB15k-237: fb15k237
FB15k: fb15k
WN18RR: wn18rr
WN18: wn18
ImageNet: imagenet
COCO: =coco, ms coco, mscoco
CIFAR-10: cifar10
CIFAR-100: cifar100
MNIST: mnist
VQA: =vqa
Flickr30k: flickr30k
Multi30K: multi30k
Cityscapes: cityscapes
MTEB: =mteb
MMLU: mmlu
GSM8K: gsm8k
HumanEval: humaneval
BIG-bench: bigbench
MATH: =math500
"""

VERSIONED: Final = frozenset(
    {"SQuAD", "UD", "OntoNotes", "VQA", "MultiWOZ", "GLUE", "XTREME", "CTB", "PDTB", "WebNLG"}
)
"""Data sets whose bare name is followed by a version number (``OntoNotes 5.0``)."""

SUBSETS: Final = frozenset({"WSJ", "Brown"})
"""Corpora that are parts of shared tasks: where a caption names the task, they name its part."""

TASKS: Final = """
question answering: question answering, =qa, extractive question answering
open-domain question answering: open domain question answering, open domain qa
reading comprehension: reading comprehension, machine reading comprehension, machine comprehension
answer selection: answer selection, answer sentence selection
natural language inference: natural language inference, =nli, textual entailment,
  recognizing textual entailment
part-of-speech tagging: part of speech tagging, pos tagging, =pos, part of speech
named entity recognition: named entity recognition, =ner, entity recognition, named entity tagging
chunking: chunking, phrase chunking
semantic role labeling: semantic role labeling, semantic role labelling, =srl
predicate identification: predicate identification, predicate detection
relation extraction: relation extraction, relation classification, relationship extraction
dependency parsing: dependency parsing
constituency parsing: constituency parsing
CCG supertagging: ccg supertagging, supertagging
morphological tagging: morphological tagging
text summarization: text summarization, summarization, abstractive summarization, sentence summarization,
  abstractive text summarization, document summarization, headline generation, extractive summarization
machine translation: machine translation, =nmt
question generation: question generation
language modeling: language modeling, language modelling
sentiment analysis: sentiment analysis, sentiment classification
text classification: text classification
document classification: document classification
paraphrase identification: paraphrase identification, paraphrase detection
semantic textual similarity: semantic textual similarity, semantic similarity
coreference resolution: coreference resolution, coreference
entity linking: entity linking
entity typing: entity typing
word sense disambiguation: word sense disambiguation, =wsd
sentence retrieval: sentence retrieval, bitext mining
speech recognition: speech recognition, =asr
image classification: image classification
object detection: object detection
image captioning: image captioning
event extraction: event extraction
slot filling: slot filling
intent detection: intent detection, intent classification
fact verification: fact verification
link prediction: link prediction
"""
