"""Nothing goes in; the word lists by which two statements are opposed come out, as stems.

Lists of ours, for scientific English: what raises and what lowers, opposites, negations, hedges,
quantifiers, comparatives. A list entry matches a word of the same stem (``key``).
"""

from __future__ import annotations

from functools import lru_cache

from synth.text import content_words


@lru_cache(maxsize=1 << 16)
def key(word: str) -> str:
    """Return the stem of a casefolded ``word``; a stop word is its own."""
    stems = content_words(word)
    return stems[0] if len(stems) == 1 else word


def is_content(word: str) -> bool:
    """Whether a casefolded ``word`` is no stop word."""
    return bool(content_words(word))


def _keys(text: str) -> frozenset[str]:
    return frozenset(key(word) for word in text.split())


def _listed(text: str) -> frozenset[str]:
    return frozenset(text.split())


UP = _keys(
    """
    increase increased rise rose risen raise grow grew growth improve improvement gain higher high more
    greater better best outperform surpass exceed beat superior faster larger stronger longer boost
    enhance strengthen accelerate expand elevate upregulate promote stimulate activate induce benefit
    help facilitate additional maximise maximize most highest largest strongest above over win
    """
)
DOWN = _keys(
    """
    decrease decreased decline fall fell fallen drop reduce reduction lose loss lower low less fewer
    smaller worse worst underperform inferior slower weaker shorter degrade degradation hurt harm weaken
    impair deteriorate shrink diminish suppress inhibit prevent block downregulate deplete attenuate
    mitigate alleviate lessen minimise minimize least lowest smallest weakest below under trail lag fail
    """
)
NEGATIONS = _listed(
    """
    not no never neither nor none nobody nothing cannot without lack lacks lacking fail fails failed
    unable hardly barely absent absence isn't aren't wasn't weren't doesn't don't didn't can't couldn't
    won't hasn't haven't hadn't shouldn't wouldn't n't unlikely rarely seldom refuse refuses excluding
    exclude except non
    """
)
HEDGES = _listed(
    """
    may might could can possibly perhaps probably likely suggest suggests suggested suggesting indicate
    potential potentially appear appears seem seems hypothesize hypothesise speculate believe expect
    expected unclear unknown whether would should assume conjecture tend tends
    """
)
PROPOSALS = _listed(
    """
    will plan plans future aim aims intend propose proposes investigate explore examine
    """
)
UNIVERSALS = _listed(
    """
    all every each always any entire entirely both completely fully whole never
    """
)
PARTIALS = _listed(
    """
    some several many most few often sometimes usually generally partly certain mostly partially
    typically majority half almost nearly
    """
)
EXCLUSIVES = _listed(
    """
    only solely exclusively merely just alone sole unique
    """
)
CONNECTORS = _listed(
    """
    however moreover furthermore additionally in addition finally thus therefore hence also indeed overall
    here interestingly notably specifically first second third lastly besides consequently accordingly
    fact general particular then next yet as result and that again see
    """
)
"""Words that may stand beside a copied claim without taking anything back or narrowing it."""
COMPARATIVES = _keys(
    """
    outperform outperforms surpass exceed beat than better worse superior inferior higher lower faster
    slower larger smaller stronger weaker greater less more fewer prefer preferable compared
    underperform over
    """
)

PREPOSITIONS = _listed(
    """
    of in on at by for from to with within between among across through during over under into onto upon
    per via using given toward towards around along against about as
    """
)
CONDITIONS = _listed(
    """
    if unless whether except excepting provided assuming suppose supposing otherwise ideally theoretically
    """
)
"""What makes a sentence conditional, so that it no longer states what it says."""
CONTRASTS = _listed(
    """
    while whereas but although though than unlike instead rather despite contrary opposed versus vs nor
    """
)
ATTRIBUTIONS = _listed(
    """
    claim claims claimed argue argues argued believe believes believed belief think thought assume assumed
    assumption hypothesis hypotheses conjecture conjectured wonder myth false
    wrongly incorrectly doubt doubtful supposedly allegedly hope hoped expect expected
    """
)
"""Words before a claim by which the writer does not vouch for it."""
DOUBTS = _listed(
    """
    if whether unless unclear unknown uncertain doubtful believe believes believed belief myth wonder
    assuming suppose question questionable debated disputed
    """
)
"""Words before a statement that leave open whether it holds."""
REMOVALS = _keys(
    """
    remove removing removal drop dropping omit omitting omission ablate ablating ablation replace replacing
    replacement disable disabling ignore ignoring skip skipping avoid avoiding discard discarding eliminate
    eliminating exclude excluding stop prevent anti simulate
    """
)
FEW = _listed("few some sometimes partly partially certain half barely hardly rarely seldom occasionally")
EITHER = _listed("or either fewer respectively")
"""Words that leave open which of several things holds."""
BINDING = _listed(
    """
    all every each always any both only solely exclusively never none no not without before after above
    below over under against most first last few least
    """
)
"""Stop words and quantifiers that a copy of the claim must hold as well."""
SAME = {"every": "all", "each": "all", "any": "all", "solely": "only", "exclusively": "only"}
REPORTS = _listed(
    """
    we show shows showed shown find finds found finding findings observe observed see demonstrate
    demonstrates demonstrated report reports reported result results experiment experiments study studies
    paper work confirm confirms confirmed conclude note that our here this it is indicates reveal reveals
    """
)
"""Words that open a sentence and vouch for what follows."""
AUXILIARIES = {
    form: verb
    for verb, forms in {
        "be": "is are was were be been being am",
        "have": "has have had having",
        "do": "do does did",
    }.items()
    for form in forms.split()
}
"""Form -> verb: written in any of its forms."""
_ONES = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen twenty
"""
_TENS = """
thirty forty fifty sixty seventy eighty ninety
"""
NUMERALS = {word: str(i) for i, word in enumerate(_ONES.split())}
NUMERALS |= {word: str(10 * i) for i, word in enumerate(_TENS.split(), 3)}
_IRREGULAR = """
fly:flew,flown,flies rise:rose,risen fall:fell,fallen grow:grew,grown take:took,taken give:gave,given
make:made find:found show:shown,showed lead:led learn:learnt,learned build:built hold:held keep:kept
lose:lost win:won run:ran begin:began,begun become:became come:came go:went,gone,goes see:saw,seen
know:knew,known draw:drew,drawn write:wrote,written speak:spoke,spoken break:broke,broken choose:chose,chosen
drive:drove,driven eat:ate,eaten get:got,gotten beat:beaten bring:brought think:thought teach:taught
catch:caught buy:bought fight:fought seek:sought feed:fed meet:met mean:meant spend:spent send:sent
leave:left feel:felt deal:dealt sleep:slept stand:stood understand:understood say:said pay:paid tell:told
sell:sold shrink:shrank,shrunk sink:sank,sunk swim:swam,swum drink:drank,drunk sing:sang,sung bind:bound
overcome:overcame arise:arose,arisen throw:threw,thrown shake:shook,shaken forget:forgot,forgotten
hide:hid,hidden strike:struck spin:spun wear:wore,worn bear:bore,borne tear:tore,torn withdraw:withdrew
undergo:underwent,undergone lie:lay,lain light:lit shoot:shot lend:lent bend:bent
analysis:analyses hypothesis:hypotheses corpus:corpora datum:data index:indices criterion:criteria
child:children man:men woman:women mouse:mice foot:feet tooth:teeth
"""
IRREGULAR = {
    form: base
    for entry in _IRREGULAR.split()
    for base, _, forms in [entry.partition(":")]
    for form in (base, *forms.split(","))
}
"""Form -> base, of words whose forms share no stem."""

RELATIONS = COMPARATIVES | _keys(
    """
    before after cause causes lead leads precede precedes follow follows replace replaces require requires
    need needs predict predicts teach teaches generate generates contain contains include includes produce
    produces use uses extend extends imply implies exceed influence affect depend depends from into to
    """
)
"""Words whose two sides are not the same thing when they trade places."""

_PAIRS = """
increase:decrease increase:reduce rise:fall rise:drop grow:shrink grow:decline improve:degrade
improve:worsen improve:hurt improve:deteriorate gain:loss gain:drop higher:lower high:low more:less
more:fewer better:worse best:worst greater:smaller greater:less larger:smaller large:small faster:slower
fast:slow stronger:weaker strong:weak longer:shorter long:short outperform:underperform superior:inferior
exceed:trail exceed:below positive:negative positively:negatively beneficial:harmful benefit:harm
help:hurt useful:useless effective:ineffective efficient:inefficient significant:insignificant
significantly:insignificantly similar:different same:different identical:different similarly:differently
agree:disagree consistent:inconsistent support:refute confirm:refute confirm:contradict with:without
include:exclude including:excluding add:remove adding:removing presence:absence present:absent
enable:prevent allow:prevent promote:inhibit activate:inhibit activate:suppress induce:inhibit
stimulate:suppress upregulate:downregulate supervised:unsupervised labeled:unlabeled labelled:unlabelled
monolingual:multilingual multilingual:bilingual first:last before:after early:late earlier:later
first:second always:never all:none all:some many:few most:few simple:complex easy:hard easy:difficult
easier:harder cheap:expensive common:rare frequent:rare frequently:rarely often:rarely often:seldom
possible:impossible likely:unlikely able:unable known:unknown related:unrelated dependent:independent
directly:indirectly direct:indirect explicit:implicit explicitly:implicitly static:dynamic local:global
shallow:deep sparse:dense lexical:semantic intrinsic:extrinsic input:output encoder:decoder train:test
training:test source:target parallel:sequential left:right forward:backward top:bottom upper:lower
maximum:minimum maximize:minimize maximise:minimise majority:minority entire:partial fully:partially
complete:incomplete sufficient:insufficient adequate:inadequate necessary:unnecessary require:avoid
requires:needless succeed:fail success:failure win:lose robust:fragile robust:sensitive stable:unstable
accurate:inaccurate correct:incorrect correctly:incorrectly true:false open:closed public:private
freely:commercially available:unavailable manual:automatic manually:automatically human:machine
single:multiple one:many homogeneous:heterogeneous discrete:continuous linear:nonlinear fixed:variable
constant:variable balanced:imbalanced narrow:wide narrow:broad near:far close:far hot:cold male:female
men:women boy:girl man:woman child:adult young:old new:old day:night indoors:outdoors inside:outside
in:out on:off up:down sit:stand sleep:awake walk:sit run:sit rich:poor empty:full alive:dead
acute:chronic severe:mild severe:moderate susceptible:resistant healthy:sick exacerbate:alleviate
exacerbate:mitigate worsen:alleviate elevated:reduced raised:lowered accept:reject approve:reject
attract:repel ascend:descend widen:narrow rising:falling
"""


def _opposites() -> dict[str, frozenset[str]]:
    table: dict[str, set[str]] = {}
    for pair in _PAIRS.split():
        one, other = (key(w) for w in pair.split(":"))
        if one != other:
            table.setdefault(one, set()).add(other)
            table.setdefault(other, set()).add(one)
    return {word: frozenset(others) for word, others in sorted(table.items())}


OPPOSITES = _opposites()
"""Stem -> stems that oppose it."""


def _spelled() -> dict[str, tuple[str, ...]]:
    table: dict[str, list[str]] = {}
    for pair in _PAIRS.split():
        one, other = pair.split(":")
        table.setdefault(one, []).append(other)
        table.setdefault(other, []).append(one)
    return {word: tuple(others) for word, others in table.items()}


SPELLED_OPPOSITES = _spelled()
"""Word -> words that oppose it, as they are written."""


def opposed(one: str, other: str) -> bool:
    """Whether two stems are opposites, by the list or by a negating prefix (un-, in-, non-, dis-)."""
    if other in OPPOSITES.get(one, ()):
        return True
    long, short = (one, other) if len(one) > len(other) else (other, one)
    return len(short) >= 5 and long in {f"{p}{short}" for p in ("un", "in", "im", "ir", "non", "dis", "mis")}
