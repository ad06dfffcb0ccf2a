"""Reviews in; what stands, what is next and how far reviewers agree out: pure functions over records.

log        a review -> its id; the log -> what is in force, what may be undone, what is wrong with its chain
standing   the log -> what each reviewer holds of each claim, and what they hold together
queue      a report and what stands -> the claims in the order in which they matter
pace       a reviewer's own reviews -> what is left and how long it takes
tally      the log -> how many claims people reviewed, and which labels they and the machine give
agreement  what stands -> how far reviewers agree, and the disagreements
names      a name -> the name that is kept, and which known one looks the same
kappa      labels -> Cohen's and Fleiss' kappa with intervals
"""

from synth.reviews.agreement import Agreement, agreement
from synth.reviews.kappa import Kappa
from synth.reviews.log import faults, in_force, on_show, ordered, sealed, to_redo, to_undo, wrong
from synth.reviews.names import looks, mistaken, tidy
from synth.reviews.pace import Pace, pace
from synth.reviews.queue import Urgency, ranked, urgency
from synth.reviews.standing import Consensus, Standing, consensus, standings

__all__ = [
    "Agreement",
    "Consensus",
    "Kappa",
    "Pace",
    "Standing",
    "Urgency",
    "agreement",
    "consensus",
    "faults",
    "in_force",
    "looks",
    "mistaken",
    "on_show",
    "ordered",
    "pace",
    "ranked",
    "sealed",
    "standings",
    "tidy",
    "to_redo",
    "to_undo",
    "urgency",
    "wrong",
]
