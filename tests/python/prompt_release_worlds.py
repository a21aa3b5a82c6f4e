"""Synthetic prompt releases, each a world of its own, as input of the regression statistics.

A world is one endpoint with a release of version B after version A. Its cases are drawn as real
ones are: few of them cost most of the money, requests of one case resemble each other, intents
differ in length, cost and outcome, the mix of intents shifts with the release, cases that are open
at the release meet both versions, and what the newest cases will cost and become is not known yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

AS_OF = pd.Timestamp("2026-06-30")
MATURITY_HOURS = 168
INACTIVITY_HOURS = 72
WINDOW_DAYS = 28
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Plan:
    """What the worlds are like; a number drawn for each world is given as a range."""

    worlds: int
    cases: tuple[int, int]  # of each arm
    lift: float = 0.0  # of the tokens of every request on B, 0.15 is 15 %
    affected_share: float = 1.0  # of the worlds, to which the lift applies
    mix_shift: float = 0.7  # standard deviation of the log of how an intent's weight changes
    new_intents: bool = False  # some intents exist on one side of the release alone
    days_since_release: tuple[float, float] = (14.0, 45.0)
    intents: int = 6


@dataclass(frozen=True)
class Worlds:
    """Inputs of int_prompt_version_moments, and what is true."""

    releases: pd.DataFrame
    units: pd.DataFrame
    requests: pd.DataFrame  # every request as if it were a case of its own
    affected: set[str]


def draw_worlds(plan: Plan, seed: int, prefix: str = "w") -> Worlds:
    """All the worlds of a plan."""
    dice = np.random.default_rng(seed)
    count = plan.worlds
    tags = np.array([f"{prefix}{number:05d}" for number in range(count)])
    affected = dice.random(count) < (plan.affected_share if plan.lift else 0.0)
    age_hours = 24 * dice.uniform(*plan.days_since_release, count)

    # what the intents of each world are like
    shape = (count, plan.intents)
    level = np.exp(dice.normal(0, 0.5, shape))
    more_requests = dice.uniform(0.5, 3.0, shape)
    success_rate = dice.uniform(0.35, 0.95, shape)
    weight = dice.gamma(1.5, size=shape) + 0.02
    weights = np.stack([weight, weight * np.exp(dice.normal(0, plan.mix_shift, shape))], axis=1)
    if plan.new_intents:
        weights[:, 0, 0] = 0  # came with the release
        weights[:, 1, 1] = 0  # went with it
    shares = weights / weights.sum(axis=2, keepdims=True)

    # the cases
    low, high = np.log(plan.cases[0]), np.log(plan.cases[1])
    sizes = np.exp(dice.uniform(low, high, (count, 2))).round().astype(np.int64).ravel()
    arm_of = np.repeat(np.arange(2 * count), sizes)
    world, is_b = arm_of // 2, arm_of % 2 == 1
    cumulated = shares.cumsum(axis=2).reshape(2 * count, plan.intents)
    # the last one takes what rounding leaves
    intent = (dice.random(len(world))[:, None] > cumulated[arm_of, :-1]).sum(axis=1)
    window = np.minimum(age_hours, 24.0 * WINDOW_DAYS)
    # hours since the release; stored in whole seconds
    met = np.where(is_b, window[world], -24.0 * WINDOW_DAYS) * dice.uniform(0, 1, len(world))
    met = np.floor(met * 3600) / 3600
    own_level = np.exp(dice.normal(0, 0.3, len(world)))
    wordy = dice.gamma(3.0, size=len(world)) / 3.0
    requests = 1 + dice.poisson(more_requests[world, intent] * wordy)
    model_price = np.where(dice.random(len(world)) < 0.05, 2.0, 1.0)
    succeeds = dice.random(len(world)) < success_rate[world, intent] * np.exp(-0.03 * requests)
    # escalations come sooner than resolutions
    lasts = dice.exponential(np.where(succeeds, 24.0, 10.0) * np.sqrt(requests))

    # their requests, as far as they have been made
    case = np.repeat(np.arange(len(world)), requests)
    first = np.concatenate([[0], np.cumsum(requests)[:-1]])
    index = np.arange(len(case)) - first[case]
    at = met[case] + np.where(index == 0, 0.0, dice.random(len(case)) * lasts[case])
    made = at < age_hours[world[case]]
    case, index, at = case[made], index[made], at[made]
    # A case that is open at the release mostly goes on with the new version.
    on_b = np.where(is_b[case], (index == 0) | (dice.random(len(case)) > 0.02), at >= 0)
    on_b &= is_b[case] | (dice.random(len(case)) > 0.1)
    size = own_level * level[world, intent]
    noise = np.exp(dice.normal(0, 0.4, len(case)))
    longer = np.where(on_b & affected[world[case]], 1 + plan.lift, 1.0)
    tokens = (1500 * size[case] * noise * (1 + 0.1 * index) * longer).astype(np.int64) + 1
    cost = np.round(tokens * 20e-6 * model_price[case] * np.exp(dice.normal(0, 0.1, len(case))), 12)

    def total(values: npt.NDArray[Any]) -> Floats:
        return np.bincount(case, weights=values, minlength=len(world)).astype(np.float64)

    ends = met + lasts
    left = age_hours[world]
    unpriced = dice.random(len(world)) < 0.02
    unobserved = unpriced & (dice.random(len(world)) < 0.5)
    release = AS_OF - pd.to_timedelta((age_hours * 3600).round(), unit="s")
    units = pd.DataFrame(
        {
            "endpoint_tag": tags[world],
            "prompt_version": np.where(is_b, "B", "A"),
            "first_met_at": release[world] + pd.to_timedelta((met * 3600).round(), unit="s"),
            "intent": np.char.add("intent_", intent.astype(str)),
            "requests": total(np.ones(len(case))).astype(np.int64),
            "tokens": pd.Series(total(tokens).astype(np.int64)).mask(unobserved).astype("Int64"),
            "cost_usd": pd.Series(total(cost)).mask(unpriced),
            "versions_met": 1 + (total(on_b != is_b[case]) > 0),
            "resolved": (succeeds & (ends < left)).astype(np.int64),
            # a resolution is final when it can no longer be reopened, a failure at once
            "has_final_outcome": ends + np.where(succeeds, MATURITY_HOURS, 0) < left,
        }
    )
    single = units.iloc[case].assign(requests=1, tokens=tokens, cost_usd=cost)
    releases = pd.DataFrame(
        {
            "endpoint_tag": tags,
            "prompt_version": "B",
            "baseline_version": "A",
            "released_at": release,
            "is_registered": True,
        }
    )
    return Worlds(releases, units, single, set(tags[affected]))
