"""What is beyond chance: two distributions, two counts, two shares."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from scipy.stats import chi2, norm

# A bin that few rows are expected in says little by itself and much in a sum of squares.
LEAST_EXPECTED = 5.0


@dataclass(frozen=True)
class Distance:
    """How far a distribution is from its reference."""

    kl: float
    statistic: float  # 2 n KL, as it is distributed where nothing has changed
    degrees: int

    def times_chance(self, confidence: float) -> float:
        return self.statistic / float(chi2.ppf(confidence, self.degrees)) if self.degrees else 0.0


def pooled(rows: Sequence[int], before: Sequence[int]) -> list[tuple[int, int]]:
    """The bins, with those that are rare in the reference put together."""
    scale = sum(rows) / sum(before)
    kept, rare = [], (0, 0)
    for now, then in zip(rows, before, strict=True):
        if then * scale < LEAST_EXPECTED:
            rare = (rare[0] + now, rare[1] + then)
        else:
            kept.append((now, then))
    return [*kept, rare] if any(rare) else kept


def distance(rows: Sequence[int], before: Sequence[int]) -> Distance:
    """2 n KL of a sample against a reference, which is a sample itself: hence 1 + n / m."""
    bins = pooled(rows, before)
    n, m = sum(now for now, _ in bins), sum(then for _, then in bins)
    # Half a row in each bin of the reference, so that what was never there is rare, not impossible.
    smoothed = m + 0.5 * len(bins)
    kl = sum(now / n * math.log((now / n) / ((then + 0.5) / smoothed)) for now, then in bins if now)
    return Distance(kl, 2 * n * kl / (1 + n / m), len(bins) - 1)


def usual_distance(weeks: Sequence[Sequence[int]]) -> float:
    """How much further than chance the weeks before are from each other: calls come in chains.

    The median week's statistic by its degrees of freedom, and never less than 1.
    """
    found = []
    for number, week in enumerate(weeks):
        others = [sum(bins) for bins in zip(*(*weeks[:number], *weeks[number + 1 :]), strict=True)]
        if sum(week) and sum(others):
            apart = distance(week, others)
            if apart.degrees:
                found.append(apart.statistic / apart.degrees)
    return max(1.0, median(found)) if found else 1.0


def is_below(rows: int, weeks: Sequence[int], usual: float, confidence: float) -> bool:
    """Whether a count is below the median of its weekdays by more than `usual` scatter explains."""
    expected = median(weeks)
    scatter = math.sqrt(usual * (1 + math.pi / 2 / len(weeks)))
    return 2 * (math.sqrt(rows) - math.sqrt(expected)) / scatter < float(norm.ppf(1 - confidence))


def usual_scatter(days: Sequence[tuple[int, float]]) -> float:
    """The variance of counts about what was expected of them, by that of chance; at least 1."""
    apart = [abs(2 * (math.sqrt(rows) - math.sqrt(expected))) for rows, expected in days]
    return max(1.0, (1.4826 * median(apart)) ** 2) if apart else 1.0


def is_more(part: int, rows: int, part_before: int, before: int, confidence: float) -> bool:
    """Whether a share is above that of before by more than chance explains."""
    share = (part + part_before) / (rows + before)
    scatter = math.sqrt(share * (1 - share) * (1 / rows + 1 / before))
    return part / rows - part_before / before > scatter * float(norm.ppf(confidence))
