"""A hypothesis and measured rows go in, what its frozen rule says of them comes out: pure and total.

Read in this order: rows that cannot be used, too few seeds, a precondition that fails, a deterministic rule
whose second run differed, a control that does not miss; then the rule itself.

improvement   each arm over the baseline, and over its placebo, as an interval over paired seeds; both
              families under Holm. An arm holds where both intervals lie above 0 and both means are at least
              the smallest effect. All arms hold: REPRODUCED. Some hold: PARTIAL. None holds, and an arm that
              holds over the baseline is explained by its placebo: PARTIAL. All intervals over the baseline
              below the smallest effect: FAILED. Otherwise INCONCLUSIVE.
equivalence   the whole interval within +-smallest, at the stated confidence and so stricter than the 1 - 2
              alpha of two one-sided tests (Schuirmann 1987): REPRODUCED; wholly outside: FAILED.
tolerance     the whole interval within the reported value +- tolerance, edges counted in: REPRODUCED; wholly
              outside: FAILED; a control must be wholly outside.
proof         is judged by its checks, never by rows: INCONCLUSIVE here.
"""

from __future__ import annotations

from collections.abc import Sequence

from synth.records import Outcome
from synth.rules import kinds
from synth.rules.effects import Measured
from synth.rules.kinds import Finding
from synth.rules.preconditions import check
from synth.rules.samples import Sample
from synth.rules.wording import number, seeds
from synth.trials import Hypothesis, Judgement, Row, Rule


def judge(hypothesis: Hypothesis, rows: Sequence[Row], *, repeatable: bool | None) -> Judgement:
    """Return the outcome of ``hypothesis`` on ``rows``, with effects in the unit of the rows.

    ``repeatable`` says whether a second run of a deterministic spec gave the same bytes (None: not tried);
    it matters to deterministic rules alone. Raises nothing, whatever the rows.
    """
    rule, sample = hypothesis.rule, Sample(rows)
    held = tuple(check(condition, rule, sample) for condition in rule.preconditions)
    compared = kinds.compare(rule, sample)
    fault = _fault(rule, sample) or _powerless(rule, compared)
    failed = [condition for condition in held if not condition.held]
    if fault:
        finding = _open(fault)
    elif failed:
        finding = _open(f"precondition: {failed[0].words} does not hold ({failed[0].found})")
    elif rule.deterministic and repeatable is not True:
        why = "a second run gave other bytes" if repeatable is False else "it was not run a second time"
        finding = _open(f"nondeterministic: {why}")
    else:
        finding = kinds.conclude(rule, compared)
    return Judgement(
        key=hypothesis.key,
        claim=hypothesis.claim,
        outcome=finding.outcome,
        reason=finding.reason,
        effects=compared.effects,
        preconditions=held,
    )


def _open(reason: str) -> Finding:
    return Finding(Outcome.INCONCLUSIVE, reason)


def _fault(rule: Rule, sample: Sample) -> str:
    """Return what is wrong with any row that the rule reads, or ""."""
    placebos = [placebo for _, placebo in rule.placebos]
    asked = [
        (arm, rule.cells) for arm in (*rule.arms, rule.against, *placebos, *rule.controls, *rule.choices)
    ]
    asked += [(arm, rule.chosen_on) for arm in rule.choices if rule.chosen_on]
    asked += [(arm, p.cells) for p in rule.preconditions for arm in (p.arm, p.other)]
    faults = (sample.fault(arm, cells) for arm, cells in asked if arm)
    return next((f"unusable rows: {fault}" for fault in faults if fault), "")


def _powerless(rule: Rule, compared: kinds.Compared) -> str:
    """Return why the seeds do not suffice, or ""."""
    if rule.kind == "proof":
        return ""
    least = 1 if rule.deterministic else max(2, rule.least_seeds)  # one seed has no interval
    for pair, found in compared.pairs.items():
        name = " over ".join(part for part in pair if part)
        n = found.n if found else 0
        if n < least:
            return f"no power: {name} has {seeds(n)} with every cell measured, the rule asks for {least}"
        # a control may give the same every time (a majority class): its one value is what must miss
        if found and found.p is None and not rule.deterministic and pair[0] not in rule.controls:
            return f"no power: {_still(name, found, rule)}"
    return ""


def _still(name: str, found: Measured, rule: Rule) -> str:
    """Return what to say of seeds that all gave the same; of a level also which value, and the way out."""
    if rule.kind != "tolerance":
        return f"{name} does not vary over {seeds(found.n)}, so there is no interval"
    same = f"{name} is {number(float(found.mean))} in each of {seeds(found.n)}, so there is no interval"
    return f"{same}; a rule marked deterministic needs one seed run twice"
