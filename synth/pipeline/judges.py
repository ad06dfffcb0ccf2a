"""Settings in, the verifiers that they name out: calibrated by the user's file, silent below a precision."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from synth import calibration, verifiers
from synth.calibration import Threshold
from synth.config import Config
from synth.errors import InputError, UsageError
from synth.records import Label
from synth.verifiers import Prior, Verifier
from synth.verifiers._recalibrated import Abstaining, Recalibrated, Scaling, short

if TYPE_CHECKING:
    from synth.verifiers import Encode

Curve = Mapping[Label, tuple[Threshold, ...]]
SIDES: Mapping[Literal["support", "contradict"], Label] = {
    "support": Label.SUPPORT,
    "contradict": Label.CONTRADICT,
}
FittedOn = Literal["given passages", "other works"]
"""Labelled pairs of claim and passage, or the reviewed verdicts of reports by other works."""
HOLDS_FOR: Mapping[FittedOn, tuple[Prior, ...]] = {
    "given passages": ("balanced", "own"),
    "other works": ("natural",),
}
_PRIOR = re.compile(r"\+prior:\w+")
_REFIT = "make one with: synth calibrate PAIRS.jsonl --out FILE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """A file of ``synth calibrate``: ``verifier`` and verdicts it was fitted ``on``, map, curve, SHA-256."""

    verifier: str
    on: FittedOn
    scaling: Scaling
    curve: Curve
    sha256: str

    def holds_for(self, prior: Prior) -> bool:
        """Whether it applies to verdicts of ``prior``."""
        return prior in HOLDS_FOR[self.on]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judges:
    """What the settings say of judging, read and checked once; ``least`` has the thresholds of each prior."""

    verifier: str
    fitted: Fitted | None
    precision: float | None
    least: Mapping[Prior, Mapping[Label, Threshold]]

    @property
    def mark(self) -> tuple[str, float | None]:
        """What a kept report depends on beyond the verifier's name: the file's bytes and the precision."""
        return (self.fitted.sha256 if self.fitted else "", self.precision)

    def build(self, prior: Prior, *, encode: Encode, encoder: str) -> Verifier:
        """Return the verifier for ``prior``, with the user's calibration where that holds (``HOLDS_FOR``).

        One fitted on given passages maps what the verifier says of those ("balanced"), for a claim's own work
        ("own") too; one fitted on other works what it says of those ("natural"). Raises what
        ``verifiers.build`` raises.
        """
        fitted = self.fitted if self.fitted and self.fitted.holds_for(prior) else None
        mapped: Prior = "balanced" if fitted and prior == "own" else prior
        judge = verifiers.build(self.verifier, encode=encode, prior=mapped, encoder=encoder)
        if fitted:
            judge = Recalibrated(judge=judge, scaling=fitted.scaling, mark=fitted.sha256[:12])
        if self.precision is None:
            return judge
        least = {label: found.value for label, found in self.least[prior].items()}
        return Abstaining(judge=judge, least=least, precision=self.precision)


def judges(config: Config, *, priors: Sequence[Prior]) -> Judges:
    """Return the verifiers that ``config`` asks for, checked before anything dear is done.

    Raises InputError for a file that is no calibration, UsageError where it was fitted on another verifier,
    where it holds for none of ``priors``, where ``min_precision`` is set and there is no curve for a prior,
    or where no threshold reaches it.
    """
    fitted = read(config.calibration) if config.calibration else None
    if fitted:
        _same_verifier(fitted, config)
        _holds(fitted, config, priors)
    wanted = config.min_precision
    return Judges(
        verifier=config.verifier,
        fitted=fitted,
        precision=wanted,
        least={} if wanted is None else {p: _least(config.verifier, p, fitted, wanted) for p in priors},
    )


def costs(config: Config, *, priors: Sequence[Prior]) -> tuple[str, ...]:
    """Return a line a prior on what ``min_precision`` leaves unsaid; none where it is not set.

    Raises what ``judges`` raises.
    """
    if config.min_precision is None:
        return ()
    found = judges(config, priors=priors).least
    names = {"natural": ", other works", "own": ", own work"} if len(priors) > 1 else {}
    return tuple(
        f"--min-precision {config.min_precision:g}{names.get(prior, '')}: {_cost(found[prior])}"
        for prior in priors
    )


def _cost(least: Mapping[Label, Threshold]) -> str:
    first = True
    parts = []
    for label in SIDES.values():
        if label not in least:
            parts.append(f"{label} never")
            continue
        of = " of the calibration data" if first else ""
        parts.append(f"{label} from {short(least[label].value)} on, {share(least[label].coverage)}{of}")
        first = False
    return "; ".join(parts)


def share(value: float) -> str:
    """Return a share in percent, such as "12 %"; below ten with a decimal."""
    return f"{100 * value:.{0 if value >= 0.1 else 1}f} %"


def _least(name: str, prior: Prior, fitted: Fitted | None, wanted: float) -> Mapping[Label, Threshold]:
    """Return the lowest threshold of each label whose precision is ``wanted``; at least one label has one."""
    if fitted and fitted.holds_for(prior):
        curve = fitted.curve
    else:
        # a file holds for pairs or for reports: with one of them given, another cannot be added
        curve = _shipped(name, prior, mendable=fitted is None and prior != "natural")
    found = {label: calibration.reaching(steps, wanted) for label, steps in curve.items()}
    reached = {label: t for label, t in found.items() if t is not None}
    if not reached:
        raise _unreached(curve, wanted, where=_PLACES[prior])
    return reached


_PLACES: Mapping[Prior, str] = {
    "balanced": "claims against their passages",
    "natural": "claims against other papers",
    "own": "claims against their own papers",
}


def _shipped(name: str, prior: Prior, *, mendable: bool) -> Curve:
    kept = verifiers.curve(name, prior)
    if kept is None:
        raise UsageError(
            f"the {name} verifier has no curve of precision for {_PLACES[prior]}, so --min-precision has "
            "nothing to go by",
            remedy="run synth calibrate on pairs of yours and add --calibration FILE"
            if mendable
            else "leave --min-precision out",
        )
    return {label: tuple(Threshold(*row) for row in kept[side]) for side, label in SIDES.items()}


def _unreached(curve: Curve, wanted: float, *, where: str) -> UsageError:
    best = max((step.precision for steps in curve.values() for step in steps), default=None)
    if best is None:
        return UsageError(
            f"the calibration data have no {calibration.LEAST} verdicts of one label for {where}, so no "
            "precision is known",
            remedy="calibrate on more pairs, or leave --min-precision out",
        )
    return UsageError(
        f"no threshold reaches a precision of {wanted:g} for {where}: the highest is {best:g}",
        remedy="ask for less, or leave --min-precision out",
    )


def _same_verifier(fitted: Fitted, config: Config) -> None:
    """Raise UsageError unless ``fitted`` was fitted on the configured verifier, whatever the prior."""
    at_work = _signature(config.verifier)
    if _PRIOR.sub("", fitted.verifier) != _PRIOR.sub("", at_work):
        raise UsageError(
            f"{config.calibration} was fitted on the verifier {fitted.verifier}, not on {at_work}",
            remedy="run synth calibrate again with this verifier, or name that one with --verifier",
        )


def _holds(fitted: Fitted, config: Config, priors: Sequence[Prior]) -> None:
    """Raise UsageError where a calibration would change none of the verdicts asked for."""
    if not any(fitted.holds_for(prior) for prior in priors):
        raise UsageError(
            f"{config.calibration} was fitted on verdicts by {fitted.on} in reports and holds for synth ask "
            "alone, not for given passages or papers",
            remedy="leave --calibration out, or make one with: synth calibrate PAIRS.jsonl --out FILE",
        )


@lru_cache(maxsize=4)
def _signature(name: str) -> str:
    return verifiers.build(name, encode=_unasked, prior="balanced").signature


def _unasked(texts: Sequence[str]) -> Any:
    raise AssertionError(f"a signature needs no vectors, {len(texts)} were asked for")


def read(file: Path) -> Fitted:
    """Return the calibration in ``file``; raises InputError where it is missing or nothing of the kind."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {file}: {error.strerror}", remedy=_REFIT) from error
    try:
        row = json.loads(content)
        found = Fitted(
            verifier=_text(row["verifier"]),
            on=_fitted_on(row),
            scaling=Scaling(
                weight=tuple(_figures(r, count=2) for r in _rows(row["weight"], count=3)),
                bias=_figures(row["bias"], count=3),
            ),
            curve={label: _steps(row["curve"][side]) for side, label in SIDES.items()},
            sha256=hashlib.sha256(content).hexdigest(),
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(f"{file} is no calibration file", remedy=_REFIT) from error
    return found


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError("no text")
    return value


def _fitted_on(row: Mapping[str, object]) -> FittedOn:
    """Return on what a file was fitted; those of earlier versions do not say so."""
    for known in HOLDS_FOR:
        if row.get("fitted_on", "given passages") == known:
            return known
    raise ValueError("fitted on something unknown")


def _rows(value: object, *, count: int | None = None) -> list[Any]:
    if not isinstance(value, list) or (count is not None and len(value) != count):
        raise TypeError("no list of that length")
    return value


def _figures(value: object, *, count: int) -> tuple[float, ...]:
    figures = tuple(float(v) for v in _rows(value, count=count) if isinstance(v, int | float))
    if len(figures) != count or not all(isfinite(v) for v in figures):
        raise TypeError("no finite numbers")
    return figures


def _steps(value: object) -> tuple[Threshold, ...]:
    steps = tuple(Threshold(*_figures(row, count=3)) for row in _rows(value))
    if any(not 0 <= part <= 1 for step in steps for part in step):
        raise ValueError("no shares")
    if any(a.value >= b.value for a, b in pairwise(steps)):
        raise ValueError("thresholds do not rise")
    return steps
