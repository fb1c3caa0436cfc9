"""Medians, their spread, and the ratio of two series that were measured in turns."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median, quantiles
from typing import Any

_RESAMPLES = 1000


@dataclass(frozen=True)
class Row:
    """One line of the results.

    Attributes
    ----------
    benchmark, measure, kind : str
        Which benchmark, what it measures, and of whom ("inline", "button", ...).
    unit : str
        Of `median`, `low` and `high`.
    median, low, high : float
        The median of all samples and their quartiles.
    samples : int
        How many samples there are.
    against : str
        The kind that `ratio` compares with; empty without a comparison.
    ratio, ratio_low, ratio_high : float or None
        Ratio of the medians, and the range that holds it in 95 of 100 resamples of the rounds.
    target : float or None
        The limit: of `ratio` where there is one, else of `median`.
    at_least : bool
        The target is a lower limit.
    chart : bool
        Belongs into the picture.
    """

    benchmark: str
    measure: str
    kind: str
    unit: str
    median: float
    low: float
    high: float
    samples: int
    against: str = ""
    ratio: float | None = None
    ratio_low: float | None = None
    ratio_high: float | None = None
    target: float | None = None
    at_least: bool = False
    chart: bool = False

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None without one."""
        if self.target is None:
            return None
        measured = self.median if self.ratio is None else self.ratio
        return measured >= self.target if self.at_least else measured <= self.target

    def as_json(self) -> dict[str, Any]:
        shown = {
            name: round(value, 4) if isinstance(value, float) else value
            for name, value in asdict(self).items()
        }
        return {**shown, "met": self.met}


def row(
    benchmark: str,
    measure: str,
    kind: str,
    unit: str,
    series: Sequence[float],
    *,
    against: tuple[str, Sequence[float]] | None = None,
    **more: Any,
) -> Row:
    """Summarise `series`; `against` names the kind to compare with and gives its series.

    Both series must stem from the same rounds, in the same order.
    """
    low, _, high = quantiles([*series, *series][: max(2, len(series))], n=4, method="inclusive")
    ratio: dict[str, Any] = {}
    if against is not None:
        name, reference = against
        least, most = _ratio_spread(series, reference)
        ratio = {
            "against": name,
            "ratio": median(series) / median(reference),
            "ratio_low": least,
            "ratio_high": most,
        }
    return Row(
        benchmark, measure, kind, unit, median(series), low, high, len(series), **ratio, **more
    )


def _ratio_spread(series: Sequence[float], reference: Sequence[float]) -> tuple[float, float]:
    """Return the 2.5th and the 97.5th percentile of the ratio over resampled rounds."""
    if len(series) != len(reference):
        raise ValueError("the series were not measured in the same rounds")
    chance = random.Random(0)
    rounds = range(len(series))
    ratios = sorted(
        median([series[i] for i in drawn]) / median([reference[i] for i in drawn])
        for drawn in (chance.choices(rounds, k=len(series)) for _ in range(_RESAMPLES))
    )
    return ratios[int(0.025 * _RESAMPLES)], ratios[int(0.975 * _RESAMPLES)]
