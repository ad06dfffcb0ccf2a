"""A report and a reviewer in, what stands of each claim and every decision appended to the store out.

Every way to review (screen, questions and answers, flags, JSON Lines) goes through ``Sitting.decide``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from synth import reading, reviews
from synth.errors import InputError, UsageError
from synth.pipeline.naming import check_arriving
from synth.pipeline.shelf import Moved, Shelf
from synth.records import Decision, Evidence, Judged, Label, Pairs, Paper, Reading, Report, Review, Role, Span
from synth.reviews import Agreement, Consensus, Pace, Standing, Urgency
from synth.store import Store
from synth.text import printable

NAME_LENGTH, NOTE_LENGTH, VALUE_LENGTH, QUOTE_LENGTH = 80, 4000, 400, 20_000
_JUDGED_AGAINST = (Role.ABSTRACT, Role.BODY, Role.CAPTION)
_JUDGING = ("accept", "reject", "change", "settle")
Clock = Callable[[], datetime]


class Sitting:
    """One reviewer over one report: the open store, the log so far; make one with ``review.sitting``.

    ``settling`` sittings are over disputed claims alone, and a label given in them settles the claim.
    """

    def __init__(
        self,
        report: Report,
        *,
        store: Store,
        shelf: Shelf,
        reviewer: str,
        blind: bool,
        settling: bool,
        clock: Clock,
    ) -> None:
        self.report = report
        self.reviewer = reviewer
        self.blind = blind
        self.settling = settling
        self.began = clock()
        self.patience = 60.0
        """Seconds that a decision waits for another run that holds the store."""
        self._store = store
        self._shelf = shelf
        self._clock = clock
        self._log: tuple[Review, ...] = ()
        self._beyond = 0
        self._judged = {one.claim.id: one for one in report.judged}
        self._papers = {paper.id: paper for paper in report.papers}
        self._on_show = {one.claim.id: reviews.on_show(one) for one in report.judged}
        self._urgency = {
            one.claim.id: reviews.urgency(one, report=report, blind=blind) for one in report.judged
        }
        self._readings: dict[str, Reading] | None = None
        # of those he judged, or decided in the open: a verdict cannot be unseen, whatever is taken back
        self._was_shown: set[str] = set()
        self._by_claim: dict[str, dict[str, Standing]] = {}
        self._mine: dict[str, Standing] = {}
        self._together: dict[str, Consensus] = {}
        self.refresh()

    # -- what is there ---------------------------------------------------------------------------------

    @property
    def log(self) -> tuple[Review, ...]:
        """Every review on the question's claims, oldest first."""
        return self._log

    def judged(self, claim: str) -> Judged:
        """Return the claim with its verdicts; raises UsageError for one that the report does not judge."""
        if claim not in self._judged:
            raise UsageError(
                f"the report judges no claim {claim!r}",
                remedy="take an id from claims.jsonl, or from synth review REPORT --queue",
            )
        return self._judged[claim]

    def paper(self, claim: str) -> Paper:
        """Return the paper that the claim comes from."""
        return self._papers[self.judged(claim).claim.paper]

    def standing(self, claim: str) -> Standing:
        """Return what this reviewer holds of a claim."""
        return self._mine.get(claim) or Standing(claim=claim, reviewer=self.reviewer)

    def others(self, claim: str) -> tuple[Standing, ...]:
        """Return what the other reviewers hold of a claim; nothing while it is hidden."""
        if self.hidden(claim):
            return ()
        return tuple(s for name, s in self._by_claim.get(claim, {}).items() if name != self.reviewer)

    def consensus(self, claim: str) -> Consensus:
        """Return what the reviewers of a claim hold together."""
        return self._together.get(claim, Consensus(claim=claim, state="unreviewed"))

    def hidden(self, claim: str) -> bool:
        """Whether the machine's verdict is to be hidden: in a blind sitting, until he has judged."""
        return self.blind and not self.standing(claim).done

    def changed(self, claim: str) -> bool:
        """Whether the claim's verdict or evidence is another than when this reviewer judged it."""
        held = self.standing(claim).judged
        return bool(held and held.seen and held.seen != self._on_show[claim])

    def misquotes(self, review: Review) -> bool:
        """Whether a review of what is shown here says that the machine gave another verdict on it."""
        if not review.seen or review.seen != self._on_show.get(review.claim):
            return False
        shown = self._judged[review.claim].by_others
        said = review.probabilities
        close = said is None or all(abs(p - q) < 1e-3 for p, q in zip(said, shown.probabilities, strict=True))
        return review.machine is not shown.label or not close

    def done(self, claim: str) -> bool:
        """Whether the claim needs no more of this sitting."""
        if self.settling:
            return self.consensus(claim).state != "disputed"
        return self.standing(claim).done and not self.changed(claim)

    def queue(self) -> tuple[Urgency, ...]:
        """Return the claims of this sitting, those that matter most and are not done first."""
        chosen = self._chosen()
        return reviews.ranked(
            [self._urgency[claim] for claim in chosen],
            done=self._done(chosen),
            deferred=frozenset(claim for claim, held in self._mine.items() if held.state == "deferred"),
            changed=frozenset(c for c in self._mine if c in self._judged and self.changed(c))
            if not self.settling
            else frozenset(),
        )

    def _chosen(self) -> Sequence[str]:
        """Return the claims of this sitting, in the order of the report."""
        return [c for c in self._judged if self._to_settle(c)] if self.settling else list(self._judged)

    def _done(self, chosen: Sequence[str]) -> frozenset[str]:
        # of thousands of claims only those that were decided on are looked at: this runs at every key
        asked = chosen if self.settling else [c for c in self._mine if c in self._judged]
        return frozenset(claim for claim in asked if self.done(claim))

    def _to_settle(self, claim: str) -> bool:
        return self.consensus(claim).state in ("disputed", "settled")

    def pace(self) -> Pace:
        """Return how many claims are left and how long they take at this reviewer's pace."""
        chosen = self._chosen()
        own = [r for r in self._log if r.reviewer == self.reviewer]
        return reviews.pace(own, left=len(chosen) - len(self._done(chosen)), began=self.began)

    def agreement(self) -> Agreement:
        """Return how far the reviewers agree, and where they do not: on the claims that are not hidden."""
        return reviews.agreement(
            self._log, claims=[claim for claim in self._judged if not self.hidden(claim)]
        )

    def refresh(self) -> bool:
        """Take in what others appended since; returns whether there was anything."""
        newer = self._store.reviews(self.report.question.id, beyond=self._beyond)
        self._take(newer)
        return bool(newer)

    def _take(self, newer: Sequence[tuple[int, Review]]) -> None:
        if not newer:
            return
        self._log = reviews.ordered((*self._log, *(review for _, review in newer)))
        self._beyond = newer[-1][0]
        touched = {review.claim for _, review in newer}
        self._was_shown.update(
            review.claim
            for _, review in newer
            if review.reviewer == self.reviewer and (review.decision in _JUDGING or not review.blind)
        )
        held = [review for review in self._log if review.claim in touched]
        for claim in touched:
            self._by_claim.pop(claim, None)
            self._mine.pop(claim, None)
            self._together.pop(claim, None)
        for one in reviews.standings(held):
            self._by_claim.setdefault(one.claim, {})[one.reviewer] = one
            if one.reviewer == self.reviewer:
                self._mine[one.claim] = one
        self._together.update(reviews.consensus(held))

    # -- what is decided -------------------------------------------------------------------------------

    def decide(
        self,
        claim: str,
        decision: Decision,
        *,
        label: Label | None = None,
        note: str = "",
        scope: Pairs | None = None,
        passage: Evidence | None = None,
    ) -> Review:
        """Append one decision and return it: on return it is on the disk.

        In a settling sitting a label settles the claim. Raises UsageError for a claim that the report has
        not, a decision without what it needs, and a text that is too long.
        """
        asked = self.asked(claim, decision, label=label, note=note, scope=scope, passage=passage)
        return self.append([asked])[0]

    def append(self, asked: Sequence[Review]) -> tuple[Review, ...]:
        """Append decisions that ``asked`` made, all or none, each with its time and place in the chain."""
        return self._append(lambda _: asked)

    def take_in(self, made: Mapping[str, Review], asked: Sequence[Review] = ()) -> tuple[Review, ...]:
        """Append reviews as they were made elsewhere, then what is ``asked`` here, all of it or none.

        ``made`` is by where each came from, in words. Returns what was not known here. Raises InputError
        where something does not hold together with the log (see ``reviews.wrong``), or comes under a name
        that looks like another's.
        """
        added: list[Review] = []

        def unknown(log: Sequence[Review]) -> Sequence[Review]:
            known = {review.id for review in log}
            new = {one.id: (where, one) for where, one in made.items() if one.id not in known}
            check_arriving(new.values(), known={self.reviewer, *(review.reviewer for review in log)})
            added.extend(one for _, one in new.values())
            whole = reviews.ordered((*log, *added))
            for one, what in reviews.wrong(whole):
                if one.id in new:
                    raise InputError(
                        f"{new[one.id][0]}: the decision by {one.reviewer} ({one.decision}) {what}",
                        remedy="export all of a reviewer's decisions, unchanged, and import that file",
                    )
            added.extend(self._chain(asked, behind=whole))
            return added

        self._write(unknown)
        return tuple(added)

    def undo(self) -> Review | None:
        """Take back this reviewer's last decision in force and return it, None where there is none."""
        return self._withdraw(reviews.to_undo)

    def redo(self) -> Review | None:
        """Make the decision that was taken back last stand again and return it, None where there is none."""
        found = self._withdraw(reviews.to_redo)
        return next((r for r in self._log if found and r.id == found.of), None)

    def _withdraw(self, choose: Callable[..., Review | None]) -> Review | None:
        chosen: list[Review] = []

        def make(log: Sequence[Review]) -> Sequence[Review]:
            target = choose(log, reviewer=self.reviewer)
            if target is None:
                return ()
            chosen.append(target)
            return (self._taking_back(target),)

        self._append(make)
        return chosen[0] if chosen else None

    def _taking_back(self, target: Review) -> Review:
        """Return the withdrawal of a review; the claim may be one that the report no longer has."""
        bare = replace(
            target, decision="withdraw", of=target.id, label=None, note="", scope=None, passage=None
        )
        if target.claim not in self._judged:
            return bare
        machine = self._judged[target.claim].by_others
        return replace(
            bare,
            machine=machine.label,
            probabilities=machine.probabilities,
            signature=machine.signature,
            seen=self._on_show[target.claim],
            blind=self.hidden(target.claim),
            report=self.report.fingerprint,
        )

    def _append(self, make: Callable[[Sequence[Review]], Sequence[Review]]) -> tuple[Review, ...]:
        """Append what ``make`` gives, each with the time, the reviewer and the link to the one before."""
        appended: list[Review] = []

        def chained(log: Sequence[Review]) -> Sequence[Review]:
            appended.extend(self._chain(make(log), behind=log))
            return appended

        self._write(chained)
        return tuple(appended)

    def _write(self, make: Callable[[Sequence[Review]], Sequence[Review]]) -> None:
        """Append what ``make`` gives for the log, oldest first, as it stands in the store by now."""
        newer = self._store.append_reviews(
            self.report.question.id,
            lambda log: make(reviews.ordered(log)),
            known=self._log,
            beyond=self._beyond,
            patience=self.patience,
        )
        self._take(newer)

    def _chain(self, asked: Iterable[Review], *, behind: Sequence[Review]) -> Iterator[Review]:
        """Yield reviews with their time and place in this reviewer's chain, which ``behind`` ends so far."""
        last = next((r for r in reversed(behind) if r.reviewer == self.reviewer), None)
        settled = {r.claim: r.at for r in behind if r.decision == "settle"}
        for review in asked:
            later = settled.get(review.claim, "") if review.decision == "settle" else ""
            last = self._chained(review, last, later=later)
            yield last

    def _chained(self, review: Review, last: Review | None, *, later: str) -> Review:
        """Return a review behind the reviewer's last and ``later`` than a time, if any."""
        at = self._clock()
        before = max(later, last.at if last else "")
        if before and datetime.fromisoformat(before) >= at:
            # a clock that was set back must not turn the order round
            at = datetime.fromisoformat(before) + timedelta(microseconds=1)
        return reviews.sealed(
            replace(
                review,
                reviewer=self.reviewer,
                at=at.isoformat(timespec="microseconds"),
                after=last.id if last else "",
            )
        )

    def asked(
        self,
        claim: str,
        decision: Decision,
        *,
        label: Label | None = None,
        note: str = "",
        scope: Pairs | None = None,
        passage: Evidence | None = None,
    ) -> Review:
        """Return a decision as it will be appended, but for its time and chain; raises as ``decide`` does."""
        machine = self.judged(claim).by_others
        made, stated = self._meant(claim, decision, label)
        try:
            return Review(
                claim=claim,
                reviewer=self.reviewer,
                at="",
                decision=made,
                machine=machine.label,
                label=stated,
                note=_short(note, "a note", NOTE_LENGTH),
                probabilities=machine.probabilities,
                signature=machine.signature,
                seen=self._on_show[claim],
                scope=_scope(scope) if made == "scope" else None,
                passage=passage if made == "link" else None,
                blind=self.hidden(claim) and claim not in self._was_shown,
                question=self.report.question.id,
                report=self.report.fingerprint,
            )
        except ValueError as error:
            raise UsageError(str(error), remedy="see synth review --help") from error

    def _meant(self, claim: str, decision: Decision, label: Label | None) -> tuple[Decision, Label | None]:
        """Return the decision that is appended and the label that it states."""
        machine = self.judged(claim).by_others.label
        said = machine if decision == "accept" else label
        if decision in ("accept", "reject") and self.hidden(claim):
            raise UsageError(
                f"the verdict on {claim} is hidden: there is nothing to {decision} yet",
                remedy="state the label that you find right",
            )
        if decision in ("reject", "defer") and self.settling:
            raise UsageError(f"to {decision} settles nothing", remedy="accept the verdict or state a label")
        if decision == "settle" and self.blind:
            raise UsageError("who settles weighs what was said", remedy="judge blind first, then settle")
        if decision not in ("accept", "change", "settle"):
            return decision, None
        if self.settling or decision == "settle":
            if not self._to_settle(claim):
                raise UsageError(
                    f"the reviewers of {claim} do not disagree: there is nothing to settle",
                    remedy="leave --settle out, or see synth review REPORT --agreement",
                )
            return "settle", said
        # who states the machine's own label, knowing it or not, accepts its verdict
        return ("accept", None) if said is machine else (decision, said)

    # -- what the papers say ---------------------------------------------------------------------------

    def context(self, found: Evidence) -> str:
        """Return the text of the passage that a sentence stands in, or the sentence where it is not kept."""
        text = self._store.passage(found.passage)
        return (
            text
            if text and text[found.start : found.start + len(found.quote)] == found.quote
            else found.quote
        )

    def sentences(self) -> tuple[Evidence, ...]:
        """Return every sentence of the papers as evidence that decides nothing, in the order of the papers.

        Titles, references and the like are left out, as they are where claims are judged.
        Raises InputError where no paper's reading is kept here.
        """
        return tuple(
            Evidence(
                doc_id=made.paper.doc_id,
                paper=made.paper.id,
                passage=passage.id,
                sentence=index,
                start=sentence.start,
                quote=passage.text[sentence.start : sentence.end],
                spans=sentence.spans,
                relation=Label.NOT_ENOUGH_INFO,
                score=0.0,
            )
            for made in self._read().values()
            for passage in made.passages
            if passage.role in _JUDGED_AGAINST
            for index, sentence in enumerate(passage.sentences)
        )

    def link(self, claim: str, found: Evidence, relation: Label, *, note: str = "") -> Review:
        """Link a sentence of the reviewer's own to a claim: what he says that it does for the claim."""
        return self.decide(claim, "link", passage=self.linked(claim, found, relation), note=note)

    def linked(self, claim: str, found: Evidence, relation: Label) -> Evidence:
        """Return a sentence as the evidence that the reviewer says it is for a claim."""
        if len(found.quote) > QUOTE_LENGTH:
            raise UsageError(
                f"the sentence has more than {QUOTE_LENGTH:,} characters", remedy="link a shorter one"
            )
        work = self._papers[found.paper].work if found.paper in self._papers else ""
        return replace(
            found, relation=relation, score=1.0, own_source=bool(work) and work == self.paper(claim).work
        )

    def _read(self) -> Mapping[str, Reading]:
        if self._readings is None:
            kept = self._store.places([p.id for p in self.report.papers])
            found = (
                self._store.recall(reading.SIGNATURE, kept[p.id][1], kind=Reading)
                for p in self.report.papers
                if p.id in kept
            )
            self._readings = {made.paper.id: made for made in found if made is not None}
        if not self._readings:
            raise InputError(
                "the readings of the report's papers are not in the store here",
                remedy=f'ask its question again: synth ask "{self.report.question.text}" --papers DIR',
            )
        return self._readings

    def file(self, paper: str) -> Path:
        """Return the file of a paper (by its id); raises InputError where it is gone or another by now."""
        return self._shelf.file(paper)

    def page_image(self, paper: str, page: int, *, spans: Sequence[Span], width: int, whole: bool) -> bytes:
        """Return a page as PNG with the boxes of ``spans`` marked; raises what ``Shelf.page`` raises."""
        return self._shelf.page(paper, page, spans=spans, width=width, whole=whole)

    def moved(self) -> Moved | None:
        """Return the papers whose files are not where they were, None where all are there."""
        return self._shelf.moved()


def _short(text: str, what: str, most: int) -> str:
    clean = printable(text).strip()
    if len(clean) > most:
        raise UsageError(f"{what} is longer than {most:,} characters", remedy="say it in fewer words")
    return clean


def _scope(scope: Pairs | None) -> Pairs | None:
    if scope is None:
        return None
    pairs = tuple(
        sorted((_short(n, "a name", NAME_LENGTH), _short(v, "a value", VALUE_LENGTH)) for n, v in scope)
    )
    if len(pairs) > 50:
        raise UsageError("a scope has at most 50 names", remedy="keep what limits the claim")
    if any(not name or not value for name, value in pairs) or len({n for n, _ in pairs}) < len(pairs):
        raise UsageError(
            "a scope is names with a value each", remedy="write it as dataset=XNLI; language=German"
        )
    return pairs
