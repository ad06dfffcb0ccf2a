"""Nothing goes in; the word lists by which phrases of sentences are told from their verbs come out."""

from synth.synthesis.lexicon import GENERIC, SAME
from synth.text import content_words


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


VERBS = _words("""
achieve achieved achieves achieving add added adding address addressed addresses addressing adds
adopt adopted adopts affect affected affects aggregate aggregates allow allowed allowing allows
analyse analyze analyzed analyzes appear appears applied applies apply applying are argue argues ask
asks assess assume assumes became become becomes been being believe believes benefit benefited
benefits bridge bridges bring brings brought build builds built call called came can capture
captured captures carry cause causes change changes choose chosen combine combined combines
combining come comes compare compared compares comparing compute computed conclude conduct conducted
consider considered considers consist consists contain contains contribute contributes cover covers
create created decrease decreased decreases define defined defines demonstrate demonstrated
demonstrates depend depends derive derived describe described describes design designed determine
develop developed differ differs diminish diminishes discuss do does done drop dropped drops
eliminate emerge emerges employ employed employs enable enabled enables encode encoded encodes
enhance enhances ensure establish evaluate evaluated evaluates evaluating examine examined exceed
exceeds exhibit exhibits exist exists expect exploit exploits explore explored explores extend
extended extends fail fails fall falls fell find finding finds follow following follows forget
forgets forgot found gain gained gains generate generated generates get gets give given gives giving
go happen has have held help helped helps highlight highlights hinder hold holds hurt hurts
identifies identify illustrate impact impacts implement implemented improve improved improves
improving include includes including incorporate incorporated incorporates increase increased
increases increasing indicate indicated indicates influence influences introduce introduced
introduces introducing investigate investigated investigates is keep keeps kept know known lead
leading leads learn learned learns leave led left let leverage leverages leveraging lies limit
limits look looks lose loses lost lower lowers make makes making matter matters mean means meant
mitigate mitigates model motivate motivates move moves need needs note observe observed observes
obtain obtained obtaining obtains occur occurs offer offers outperform outperformed outperforming
outperforms pay pays perform performed performing performs predict predicts present presented
presents prevent prevents produce produced produces propose proposed proposes proposing prove proves
provide provided provides providing put raise raises range ranging reach reached reaches reaching
receive reduce reduced reduces reducing refer relate related release released relies rely remain
remains remove removed report reported reports represent represented represents require required
requires result resulted resulting results reveal reveals run runs saw say scale scales see seem
seems sees select selected set sets show showed showing shown shows shrank shrink shrinks solve
solves solving speed speeds start state states studied study suffer suffers suggest suggested
suggests support supports surpass surpassed surpasses surpassing tackle take taken takes tell tend
tends test tested took trade train trained trains try turn understand use used uses using utilise
utilize utilized utilizes utilizing varies vary want was were wins won work works worsen yield
yielded yielding yields adapt
adapts constrain constrains excel excels grow grows insert inserts lag lags refine refines rise rises
rose tune tunes tuned
""")
"""Verb forms that papers use, casefolded; those that are as often nouns of a field are left out."""

EMPTY = _words("""
capability capabilities
ability able above according across additional advantage against al all along always among amount
another approach approaches art ask asks aspect aspects available average based baseline baselines
best better between beyond big bigger both case cases certain clear close common comparable
comparison competitive complex consistent contrast contrasts current degree difference differences
different difficult earlier effect effective effectiveness effects efficient eight empirical end
entire eq et ever evidence evident example examples existing experiment experimental experiments
extensive extent fact few figure final first five focus four framework full further general good
great greater high higher highest human idea important improvement improvements individual
investigation issue issues kind kinds label labels large larger largest last less level likely low
lower lowest main major many margin method methods more most much multiple near necessary new next
nine novel number numbers often one ones order original other others outcome overall own paper
papers part particular per performance performances plain point points poor popular possible
potential previous prior problem problems proper proposal proposed purpose real recent
related relative relevant reported research respective respectively role same second section seven
several significant significantly similar simple simply single six sizeable small smaller so-called
solution some sota specific standard state state-of-the-art still strategies strategy strength
strong stronger substantial such suitable system systems table technique techniques ten term terms
third three thus together total towards two type types typical unique use useful usual value values
variety various version versions way ways well whole wide widely work works worse worst year years
""")
"""Words that shape a sentence of any paper and name no theme."""

WEAK = GENERIC | frozenset(
    content_words(
        """
ablation answer answers benefit claim context datum development document documents english entity goal half
kind label language layer layers natural paragraph paragraphs part parts passage passages people phrase
phrases processing query question questions representation representations sentence sentences sequence
sequences source sources step steps target targets token tokens vector vectors word words
"""
    )
)
"""Stems that name no theme by themselves, however often a group of sentences holds them."""

TASKS = frozenset(content_words(phrase) for same in SAME for phrase in same)
"""Phrases that are a task of a field, even where each of their words is weak ("question answering")."""

LINKS = _words("""
across between by for from in of on over to with
""")
"""Words that may link two runs into one phrase."""

NOUN_LIKE = _words("""
additive adjective alternative animal anomaly antibiotic approval archive arithmetic arrival
assembly bed breed capital characteristic clinic crystal dataset derivative epidemic executive
family feed forest genetic goal heuristic hospital interest interval journal logic material metal
metric mineral music need objective perspective plastic portal preposition proposal referral
rehearsal removal request retrieval seed signal speed statistic survival table test topic traffic
trial tutorial variable
""")
"""Nouns that end like adjectives or participles."""

ACTIVITIES = _words("""
answering clustering coding computing decoding embedding encoding grounding imaging indexing king
labeling labelling learning linking mapping masking matching meaning mining modeling modelling
parsing planning planting pooling processing programming prompting pruning ranking reading reasoning
retrieving ring sampling scheduling screening sequencing sibling smoothing spelling spring string
tagging thing training tuning understanding wing writing
""")
"""Gerunds that name an activity of a field."""

ADJECTIVES_IN_ATE = _words("bivariate intermediate multivariate private")
"""Adjectives in -ate: they stand in a phrase but do not end one."""

IN_ATE = ADJECTIVES_IN_ATE | _words("""
candidate carbonate certificate climate covariate date gate gates graduate nitrate phosphate plate predicate
rate rates state substrate surrogate template
""")
"""Nouns and adjectives in -ate, which most often end a verb."""

PROPER = _words("""
arabic bayesian chinese english euclidean finnish french gaussian german hindi japanese korean
markov russian spanish swahili turkish twitter urdu wikipedia
""")
"""Proper nouns that keep their capital."""

PREFIXES = tuple(
    sorted(
        _words("""
cross- domain- end-to- few- fixed- hand- high- inter- intra- large- long- low- multi- non- one-
open- semi- short- single- small- state- three- two- zero-
""")
    )
)
"""Beginnings of hyphened words that describe ("zero-shot"), unless they end in a noun ("pre-training")."""
