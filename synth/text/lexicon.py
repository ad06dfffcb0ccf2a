"""Nothing goes in; the small word lists that several stages share come out."""

_STOP_WORDS = """
a about above after again against all also although am an and any are as at be because been before being
below between both but by can cannot could did do does doing down during each either else et few for from
further had has have having he hence her here hers him his how however i if in into is it its itself just
may me might more moreover most must my neither no nor not of off on once only onto or other our ours out
over own per s same shall she should since so some such than that the their theirs them then there thereby
therefore these they this those though through thus to too toward towards under until up upon us very via
was we were what when where whereas whether which while who whom whose why will with within without would
yet you your
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())
"""Words without content of their own; negations are among them, so judge polarity on ``words``."""

_ABBREVIATIONS = """
e.g i.e cf vs viz fig figs eq eqs eqn eqns sec secs sect tab tabs ref refs def thm lem prop cor alg app
appx chap chs vol vols ed eds nos pp dr prof mr mrs ms st ca resp approx w.r.t wrt s.t a.k.a aka esp incl
ext dept univ assoc proc conf trans jan feb mar apr jun jul aug sept oct nov dec
"""
ABBREVIATIONS = frozenset(_ABBREVIATIONS.split())
"""Casefolded, without the last stop: a stop after one of these ends no sentence."""

_FINAL_ABBREVIATIONS = """
al et.al etc inc ltd co corp u.s u.k u.s.a a.m p.m ph.d b.c a.d jr sr resp approx vs app ms tab st ed
"""
FINAL_ABBREVIATIONS = frozenset(_FINAL_ABBREVIATIONS.split())
"""Casefolded, without the last stop: these end a sentence when an unmistakable opener follows."""

_OPENERS = """
A Additionally After All Although An And Another As At Based Because Besides Both But By Compared Consequently
Despite Each Even Experimental Experiments Extensive Figure Finally First For From Further Furthermore Given
Hence Here How However I If In Indeed Instead Interestingly Intuitively It Its Later Moreover Most
Nevertheless Next No Note Notably On One Other Our Overall Previous Recent Recently Results Second Section
Several Similar Similarly Since So Some Specifically Still Such Table That The Their Then There Therefore
These They Third This Those Though Thus To Two Under Unfortunately Unlike Using We What When Where Whereas
Whether Which While With Without Yet You
"""
OPENERS = frozenset(_OPENERS.split())
"""Capitalised words that open a sentence far more often than they are names."""
