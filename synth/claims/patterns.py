"""Nothing goes in; the cues of claiming come out, as patterns of lower-case tokens.

A line of CUES is ``cue: pattern; pattern``. In a pattern ``a|b`` is either word, a name in capitals stands
for a set of words of SETS, ``_`` is any one token or none, ``#`` a number, and ``word?`` (or ``SET?``) is
optional.
"""

_SETS = """
WE = we i authors
BE = is are was were be been being
ADV = also then further first now next finally additionally only mainly again empirically thoroughly
ADV = therefore thus
ADV = have can could will would then here instead simply all both extensively briefly further hence have
NAMED = # 1a 1b 2a 2b 3a 3b 4a 4b 5a 5b
SHOW = show shows showed shown demonstrate demonstrates demonstrated indicate indicates indicated suggest
SHOW = suggests
SHOW = suggested reveal reveals revealed confirm confirms confirmed prove proves verify verifies imply
SHOW = implies implied
SHOW = validate validates highlight highlights conclude concludes
SEE = find found observe observed see notice noticed note show showed demonstrate demonstrated conclude
SEE = concluded
SEE = discover discovered confirm confirmed hypothesize believe argue argued establish prove
OFFER = propose proposed present presented introduce introduced develop developed design designed devise
OFFER = devised extend
OFFER = extended formulate formulated offer adapt adapted generalize advocate contribute
MAKE = release released publish published collect collected construct constructed annotate annotated build
MAKE = built create
MAKE = created compile compiled provide provided share shared crawl crawled curate curated introduce present
THING = dataset datasets corpus corpora benchmark benchmarks code toolkit library treebank resource resources
THING = lexicon
THING = model models data annotations implementation software suite
FLOAT = table tables tab. tab figure figures fig. fig figs. section sections sec. appendix algorithm listing
GIVES = shows show reports report lists list presents present summarizes summarises summarize gives give
GIVES = compares compare
GIVES = illustrates illustrate depicts depict contains contain provides provide displays display describes
GIVES = describe
GIVES = details plots plot visualizes visualize explains outlines demonstrates demonstrate
GIVEN = shown listed reported given presented summarized summarised described provided displayed illustrated
GIVEN = depicted
GIVEN = discussed detailed plotted outlined explained introduced present found available compared
DOES = compare evaluate examine measure study investigate analyze analyse explore conduct perform test
DOES = consider discuss
DOES = describe review follow inspect report experiment run list focus address include look choose compared
DOES = evaluated
DOES = examined measured studied investigated analyzed analysed explored conducted performed tested
DOES = considered discussed
DOES = described reviewed followed inspected summarize visualize vary experimented
SETS = set fix initialize initialized tune tuned optimize optimized employ adopt apply choose keep train
SETS = trained select
SETS = selected pick clip implement implemented pad lowercase lowercased tokenize tokenized
GRADE = better worse higher lower faster slower larger smaller greater fewer more less stronger weaker easier
GRADE = harder
GRADE = simpler superior inferior longer shorter cheaper
SORT = task problem process method measure metric technique procedure
WELL = best better worse well poorly badly similarly comparably competitively
"""
_CUES = """
own: we|our|ours|us; this|the|present paper|work|study|article
offer: WE ADV? ADV? OFFER; BE OFFER; this paper|work|article proposes|presents|introduces
find: WE ADV? ADV? SEE that?; SHOW that; results|experiments|analysis|analyses|findings|evidence _ _ SHOW
find: it is|was|can found|observed|shown|be that|clear|evident|seen
achieve: achieve|achieves|achieved|achieving|obtain|obtains|obtained|attain|attains|attained|reach
achieve: reaches|reached
achieve: yield|yields|yielded|yielding|score|scores|scored|produce|produces|perform|performs|performed
best: state - of - the - art; best; state of the art; new record|records
compare: outperform|outperforms|outperformed|outperforming|surpass|surpasses|surpassed|exceed|exceeds
compare: exceeded|beat|beats
compare: underperform|underperforms; GRADE _ _ _ than; GRADE _ _ _ compared; superior|inferior to
compare: on|at par with
compare: comparable|competitive|similar|equivalent|identical|close to|with; as _ as
compare: performs|performed|perform _ WELL; works|worked|work _ WELL
against: compared to|with; in contrast|comparison to|with
change: improve|improves|improved|improving|improvement|improvements|gain|gains|boost|boosts|boosted
change: increase|increases
change: increased|reduce|reduces|reduced|reduction|decrease|decreases|decreased|drop|drops|dropped
change: degrade|degrades
change: degraded|degradation|decline|declines|rise|rises|hurt|hurts|lowers|enhance|enhances|enhanced
change: accelerate
change: accelerates|grows|falls|increasing|decreasing
effect: effective|effectively|helpful|beneficial|crucial|essential|important|necessary
effect: robust|useful
effect: efficient|sufficient|helps|help|helped|benefit|benefits|benefited|leads|lead|led|affects|affect
effect: allows|enables
effect: enable|causes|cause|contributes|correlates|correlated|depends|depend|impact|influences|harmful
effect: detrimental
effect: ineffective
strength: significantly|substantially|considerably|consistently|dramatically|slightly|marginally|notably
strength: largely
strength: statistically|significant|greatly|markedly|clearly; by a large|wide|significant margin
resource: WE ADV? ADV? MAKE _ _ _ _ THING; THING _ _ is|are _ available|released; publicly|freely available
resource: open - source|sourced; made available
resource: dataset|corpus|benchmark _ consists|contains|comprises|includes|covers
define: is|are defined as; refers|refer to; WE define|call|denote; is|are called|termed|denoted
define: is|are|was a|an|the _ _ SORT _ _ of|that|to|for|which|in
limit: limitation|limitations|drawback|drawbacks|shortcoming|shortcomings|weakness|weaknesses|caveat
limit: fail|fails|failed to; unable|struggle|struggles|struggled to|with; suffer|suffers from
limit: at the cost of
limit: remain|remains|still _ challenging|difficult|open|unclear|unsolved|unknown|limited|unexplored
limit: not|n't able|capable|sufficient|generalize|scale|suitable; is|are limited to|by|in
lack: can|could|does|do|did|is|are|was|were not|n't; cannot; lack|lacks|lacking; only _ english
lack: not _ help|work|improve
future: future work|works|research|directions|direction|studies; in the _ future ,; WE _ _ in the future
future: WE _ plan|hope|intend|wish|would to|like; would be interesting|useful|worth; WE will
future: leave|left _ _ _ _ _ future
pointer: FLOAT NAMED _ GIVES; FLOAT NAMED and|& _ NAMED GIVES; see FLOAT; results _ _ _ _ in FLOAT
pointer: is|are|was|were|be|can _ _ GIVEN _ in|by _ _ FLOAT
pointer: is|are shown|listed|given|presented in|below|above
pointer: are|is as follows; WE refer _ _ to FLOAT|appendix; FLOAT NAMED _ is|are
that: show|shows|demonstrates|indicates|suggests|reveals|confirms that|how
outline: in this section|subsection|appendix; rest|remainder of this|the paper|article|work
outline: organized|organised|structured as; section NAMED _ GIVES
outline: section NAMED _ discusses|introduces|reviews|concludes|we
outline: this|next|following|the section _ GIVES
outline: as follows; are the following; the following questions|sections|subsections; in detail below
outline: answer the following
thanks: WE _ thank; WE _ _ _ thank; grateful to; supported|funded|sponsored _ by
thanks: grant no.|number|agreement|from
thanks: anonymous reviewers; all rights reserved; copyright; corresponding author; equal contribution
thanks: acknowledge _ support
setup: BE set to|as|at|by; WE ADV? SETS; early stopping; learning rate|rates; batch size|sizes
setup: batches|minibatches
setup: adam|sgd|adagrad|adadelta|rmsprop|adamw; hidden size|sizes|units|states|state|dimension; dropout
setup: weight decay
setup: embedding|embeddings size|sizes|dimension|dimensions; hyperparameter|hyperparameters|hyper
setup: beam size|width
setup: gradient clipping|descent; random seed|seeds|initialization; vocabulary size; stopword|stopwords
setup: state size
setup: gpu|gpus|tpu|tpus; BE initialized|tuned|randomly|lowercased|tokenized|implemented|trained
setup: # - dimensional
setup: # epochs|dimensions|iterations|layers|filters|units|heads
setup: dimension|dimensionality|size of _ _ is|are
activity: WE ADV? ADV? DOES; was|were evaluated|tested|conducted|performed|compared|measured|investigated
cited: et al; et al.
cited: previous|prior|existing|earlier|recent|related work|works|study|studies|research|approaches
cited: previous|prior|existing|earlier|recent methods|models|systems
hedge: may|might|could|possibly|perhaps|likely|seem|seems|appear|appears|presumably|potentially|probably
negation: not|n't|no|never|neither|nor|without|cannot|none|hardly
modal: can|could|will|would|shall|should|must|may|might
being: is|are|was|were|be|been|being|am|'s|'re|has|have|had|does|do|did
"""


def sets() -> dict[str, tuple[str, ...]]:
    """Return the sets of words by name."""
    out: dict[str, tuple[str, ...]] = {}
    for line in _SETS.strip().splitlines():
        name, _, members = line.partition(" = ")
        out[name] = tuple(dict.fromkeys((*out.get(name, ()), *members.split())))
    return out


def cues() -> dict[str, tuple[tuple[tuple[str, ...], ...], ...]]:
    """Return the patterns of each cue: a tuple of slots, a slot being its words ("?" makes it optional)."""
    known = sets()
    out: dict[str, list[tuple[tuple[str, ...], ...]]] = {}
    for line in _CUES.strip().splitlines():
        cue, _, patterns = line.partition(": ")
        for pattern in patterns.split("; "):
            out.setdefault(cue, []).append(tuple(_slot(word, known) for word in pattern.split()))
    return {cue: tuple(patterns) for cue, patterns in out.items()}


def _slot(word: str, known: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    if word == "_":
        return ("?",)
    bare = word.removesuffix("?")
    words = [member for part in bare.split("|") for member in known.get(part, (part,))]
    return (*words, "?") if word.endswith("?") else tuple(words)
