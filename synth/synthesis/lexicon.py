"""Nothing goes in; the word lists by which a question is taken apart come out."""

from synth.text import content_words


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


RELATIONS = _words("""
accelerate accelerates achieve achieves affect affects alleviate alleviates attain attains beat
beats benefit benefits boost boosts cause causes close closes compensate compensates correlate
correlates decrease decreases degrade degrades depend depends differ differs diminish diminishes
eliminate eliminates enable enables enhance enhances exceed exceeds extend extends generalise
generalises generalize generalizes harm harms help helps hinder hinders hurt hurts impair impairs
improve improved improves increase increases influence influences interact lead leads limit limits
lower lowers matter matters mitigate mitigates narrow narrows obtain obtains outperform outperformed
outperforms persist persists predict predicts preserve preserves prevent prevents raise raises reach
reaches reduce reduced reduces remain remains replace replaces retain retains scale scales shorten
shortens speed speeds suffer suffers surpass surpasses treat treats underperform underperforms
varies vary work works worsen worsens yield yields
""")
"""Verb forms by which a question asks what one thing does to another."""

FRAME = _words("""
above accurate accurately actually affecting allow allows alone amount applied applies apply are
available become becomes below benefit benefits best better bigger can capture captures case cases
certain chance change changes cheaper combine combined combining compare compared compares
comparison contribution could current currently decreasing degree detect detects did difference
differences different directly do does e.g effect effective effectively effects encode encodes
enhancing etc ever evidence exceed exceeds existing extent faster find finds followed following
found gain gains generate generates get gets give given gives good had handle handles happen happens
has have high higher how i.e identify impact impacts important improvement improvements improving
incidence increasing increasingly influence is kind kinds known large larger learn learns least less
level levels likelihood long longer low lower made main make makes many more most much need needed
needs new number numbers often older over particular perform performed performs possible predicting
preventing produce produces propose proposed provide provided provides quickly rate rates really
recent reducing relation relationship reported require required requires respect risk risks role
several shorter should show shown shows significantly slower small smaller sort sorts specific still
strong strongly substantially suitable support supports take taken takes term terms there together
treating type types under use used useful uses using various was way ways well were what when where
whether which who why will worse worst would younger
""")
"""Words that shape a question and name nothing that it asks about."""

IN_NAMES = frozenset(("relation", "relations", "role", "roles"))
"""Words of the frame that are part of a name where a noun follows: relation extraction, role labelling."""

PREPOSITIONS = _words("""
across after against among as at before between by during for from in into on through to under using
via with within without
""")
"""Words that put what follows beside the core of a question."""

SIZES = _words("""
base based cased dev large like medium mini only s small style test tiny train trained uncased v1 v2
xl xxl
""")
"""What may follow a name after a hyphen without making it another's name."""

GENERIC = frozenset(
    content_words(
        """
accuracy algorithm algorithms analysis application applications approach approaches based benchmark
benchmarks data dataset datasets different domain domains evaluation experiment feature features
information component components input language languages learn learning level mechanism mechanisms
method methods model models network networks output patients people performance problem problems
process quality research result results score scores setting settings setup size strategies strategy
studies study system systems task tasks technique techniques test tested testing text train training
work
"""
    )
)
"""Stems that most papers hold: they weigh little in whether a passage speaks of a topic."""

_EXPANSIONS = (
    ("qa", "question answering"), ("mt", "machine translation"), ("nmt", "neural machine translation"),
    ("lm", "language model"), ("lms", "language model"), ("rl", "reinforcement learning"),
    ("pos", "part of speech"), ("ir", "information retrieval"), ("ie", "information extraction"),
    ("ai", "artificial intelligence"), ("ml", "machine learning"), ("plm", "pretrained language model"),
    ("dl", "deep learning"), ("cv", "computer vision"), ("kg", "knowledge graph"), ("mnli", "multinli"),
    ("nli", "natural language inference"), ("rte", "textual entailment"), ("mrc", "reading comprehension"),
    ("srl", "semantic role labeling"), ("wsd", "word sense disambiguation"), ("asr", "speech recognition"),
    ("ner", "named entity recognition"), ("rct", "randomized controlled trial"),
)  # fmt: skip
EXPANSIONS = dict(_EXPANSIONS)
"""Short forms that initials do not give away safely, casefolded, and what they stand for."""

METRICS = _words("rouge bleu f hits recall precision ndcg p pass chrf meteor map")
"""Names of metrics that come in kinds: ROUGE-L and ROUGE-2 are ROUGE."""

SAME = (
    ("natural language inference", "textual entailment", "sentence pair modeling", "entailment recognition"),
    ("question answering", "reading comprehension", "machine comprehension", "answer selection"),
    ("sentiment analysis", "sentiment classification", "opinion mining"),
    ("relation extraction", "relation classification"),
    ("coreference resolution", "anaphora resolution"),
    ("low resource", "resource lean", "under resourced", "resource poor"),
    ("older adults", "elderly", "older people", "seniors", "aged"),
    ("adolescents", "teenagers"),
    ("heart attack", "myocardial infarction"),
    ("high blood pressure", "hypertension"),
    ("part of speech", "pos", "morphosyntactic tagging"),
    ("without labelled target data", "zero shot"),
)
"""Phrases that a field uses for one thing: a passage with one of them speaks of the others."""
