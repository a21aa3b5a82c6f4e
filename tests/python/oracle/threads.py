"""Threads, retrieval, tool calls, stages and hand-offs, recomputed from attempts one by one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, TypeVar

from .attempts import Attempt, TieBreaker, build_attempts
from .cases import (
    Case,
    Workflow,
    build_workflows,
    current_tickets,
    current_workflow_outcomes,
)
from .fields import parse_bool, parse_count, parse_time
from .money import CostSum, cost_sum
from .pricing import model_tier, price_row
from .raw import RawRow, RawTables, split_rejected
from .recompute import _newest_event
from .reference import Price, Reference, _rows, load_reference
from .settings import Settings
from .unit_economics import period_start, periods

Record = dict[str, Any]
Key = TypeVar("Key", bound=Hashable)
Item = TypeVar("Item")
UNKNOWN: Final = "unknown"
BUCKETS: Final = (
    ("turn_1", 0, 1),
    ("turns_2_3", 2, 3),
    ("turns_4_6", 4, 6),
    ("turns_7_up", 7, 10_000),
)
_PICO: Final = Decimal(1).scaleb(-12)


def grouped(pairs: Iterable[tuple[Key, Item]]) -> dict[Key, list[Item]]:
    """Items by their key, in the order of their arrival."""
    groups: defaultdict[Key, list[Item]] = defaultdict(list)
    for key, item in pairs:
        groups[key].append(item)
    return dict(groups)


def share(part: float | Decimal | None, whole: float | Decimal | None) -> float | None:
    """A ratio as a float; NULL where it has no meaning."""
    return float(part) / float(whole) if part is not None and whole else None


def mean(values: Sequence[int]) -> float | None:
    """The average; NULL of nothing."""
    return sum(values) / len(values) if values else None


def per(amount: Decimal | None, number: int) -> Decimal | None:
    """Dollars a unit to 12 places, half up."""
    if amount is None or number == 0:
        return None
    exact = Fraction(amount) / number
    return (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(
        _PICO, rounding=ROUND_HALF_UP
    )


def total(values: Iterable[Decimal | None]) -> Decimal | None:
    """Sum of what is known; 0 of nothing, NULL of nothing known."""
    return cost_sum(values).value


class Call:
    """An attempt with what this module asks of it."""

    def __init__(self, attempt: Attempt, reference: Reference, rank: tuple[Any, ...]) -> None:
        row = attempt.row
        self.attempt = attempt
        self.tag = attempt.endpoint_tag or UNKNOWN
        self.stage = attempt.stage or UNKNOWN
        self.use_case = attempt.use_case or UNKNOWN
        self.day = attempt.request_date
        self.cost = attempt.cost_usd
        self.tier = model_tier(reference, attempt.provider, attempt.model)
        self.plan = reference.tenant_plans.get(attempt.tenant_id or "")
        self.sent_turn = parse_count(row.get("turn_index"))
        turn = self.sent_turn
        self.turn = turn if turn is not None and 0 <= turn <= 10_000 else None
        size = attempt.tokens["input_tokens"]
        self.prompt = size if size is not None and 0 < size < 10**9 else None
        self.price: Price | None = None
        if attempt.priced_cost_usd is not None:
            self.price = price_row(
                reference,
                attempt.provider,
                attempt.model,
                attempt.service_tier,
                attempt.request_date,
                size or 0,
            )
        self.order = (attempt.occurred_at, -1 if self.turn is None else self.turn, rank)

    @property
    def is_first(self) -> bool:
        """The attempt with which its request begins."""
        return self.attempt.attempt_index == 1

    def buckets(self) -> list[tuple[int, Decimal]]:
        """Tokens and their price per million: cached, plain, written, written for an hour."""
        assert self.price is not None
        tokens, price = self.attempt.tokens, self.price
        cached, written = tokens["cached_input_tokens"] or 0, tokens["cache_write_tokens"] or 0
        plain = max((tokens["input_tokens"] or 0) - cached - written, 0)
        an_hour = tokens["cache_write_1h_tokens"] or 0
        base = price.input_price or Decimal(0)
        write = base if price.cache_write_price is None else price.cache_write_price
        write_1h = write if price.cache_write_1h_price is None else price.cache_write_1h_price
        return [
            (cached, base if price.cached_price is None else price.cached_price),
            (plain, base),
            (max(written - an_hour, 0), write),
            (an_hour, write_1h),
        ]

    def input_cost(self) -> Decimal | None:
        """What all of the input costs at list price."""
        if self.price is None:
            return None
        return sum((n * price for n, price in self.buckets()), Decimal(0)) / 10**6

    def cost_of_removed(self, tokens: int) -> Decimal | None:
        """What that many input tokens cost, taken from the bucket that comes first."""
        if self.price is None:
            return None
        saved = Decimal(0)
        for held, price in self.buckets():
            taken = min(held, tokens)
            saved += taken * price / 10**6
            tokens -= taken
        return saved


def period_rows(calls: Iterable[Call], *names: str) -> dict[tuple[Any, ...], list[Call]]:
    """Calls by grain, period and some of their attributes."""
    return grouped(
        ((grain, start, *(getattr(call, name) for name in names)), call)
        for call in calls
        for grain, start in periods(call.day)
    )


def costs(calls: Sequence[Call]) -> Record:
    """Attempts, unpriced attempts and cost."""
    known = cost_sum(call.cost for call in calls)
    return {
        "attempts": known.rows,
        "unpriced_attempts": known.unknown,
        "cost_usd": known.value if known.rows else None,
    }


# Threads


def slope(threads: Iterable[Sequence[Call]]) -> tuple[int, float | None]:
    """How many threads have several turns, and the common slope around their own means."""
    growing, top, bottom = 0, Fraction(0), Fraction(0)
    for thread in threads:
        points = [(c.turn, c.prompt) for c in thread if is_turn(c)]
        if len({turn for turn, _ in points}) < 2:
            continue
        growing += 1
        mean_x = Fraction(sum(x or 0 for x, _ in points), len(points))
        mean_y = Fraction(sum(y or 0 for _, y in points), len(points))
        top += sum((((x or 0) - mean_x) * ((y or 0) - mean_y) for x, y in points), Fraction(0))
        bottom += sum((((x or 0) - mean_x) ** 2 for x, _ in points), Fraction(0))
    return growing, float(top / bottom) if bottom else None


def is_turn(call: Call) -> bool:
    """Says how large a prompt was at a turn."""
    return call.attempt.is_final and call.turn is not None and call.prompt is not None


def cap_of(call: Call, options: Mapping[str, Any]) -> int | None:
    """The lowest of the history caps of the call's endpoint, its model's tier, and the plan."""
    caps = options["history_cap_tokens"]
    found: list[int | None] = [
        caps.get(call.tag, caps.get("default")),
        caps.get(f"model_tier:{call.tier}"),
        caps.get(f"plan:{call.plan}"),
    ]
    return min((cap for cap in found if cap is not None), default=None)


def over_cap(call: Call, options: Mapping[str, Any]) -> int:
    """Input tokens above the cap."""
    cap = cap_of(call, options)
    return max((call.prompt or 0) - cap, 0) if cap is not None else 0


def summaries(calls: Sequence[Call], options: Mapping[str, Any]) -> Decimal | None:
    """Savings of a summary: one is made a thread and day of what pays its own length."""
    length = options["history_summary_tokens"]
    over = [(call, over_cap(call, options)) for call in calls]
    saved = total(
        call.cost_of_removed(max(tokens - length, 0)) for call, tokens in over if tokens > 0
    )
    if saved is None:
        return None
    by_thread = grouped(((call.attempt.workflow_id, call.tag, call.day), call) for call in calls)
    for thread in by_thread.values():
        made = [
            (
                over_cap(call, options) * (call.price.input_price or Decimal(0))
                + length * (call.price.output_price or Decimal(0))
            )
            / 10**6
            for call in thread
            if over_cap(call, options) > length and call.price is not None
        ]
        saved -= max(made, default=Decimal(0))
    return saved


def thread_growth(calls: Sequence[Call], options: Mapping[str, Any]) -> list[Record]:
    """Prompts by turn, their growth, and what lies above the cap."""
    records: list[Record] = []
    turns = [c for c in calls if c.attempt.workflow_id is not None and c.sent_turn is not None]
    for (grain, start, tag), own in period_rows(turns, "tag").items():
        threads = grouped((call.attempt.workflow_id, call) for call in own)
        growing, growth = slope(threads.values())
        over = [call for call in own if over_cap(call, options) > 0]
        spent = costs(own)
        record: Record = {
            "period_grain": grain,
            "period_start": start,
            "endpoint_tag": tag,
            "threads": len(threads),
            **spent,
            "turns": sum(is_turn(call) for call in own),
            "last_turn": max((c.turn for c in own if c.turn is not None), default=None),
            "max_input_tokens": max((c.prompt for c in own if c.prompt is not None), default=None),
            "threads_with_slope": growing,
            "growth_per_turn": growth,
            "history_cap_tokens": max(
                (cap for call in own if (cap := cap_of(call, options)) is not None), default=None
            ),
            "threads_over_cap": len({call.attempt.workflow_id for call in over}),
            "over_cap_attempts": len(over),
            "over_cap_cost_usd": total(call.cost for call in over),
            "over_cap_spend_share": share(total(call.cost for call in over), spent["cost_usd"]),
            "tokens_over_cap": sum(over_cap(call, options) for call in own),
            "cap_saving_usd": total(c.cost_of_removed(over_cap(c, options)) for c in over),
            "summary_saving_usd": summaries(own, options),
            "unknown_saving_attempts": sum(call.price is None for call in over),
        }
        for name, low, high in BUCKETS:
            record[f"{name}_input_tokens"] = mean(
                [c.prompt or 0 for c in own if is_turn(c) and low <= (c.turn or 0) <= high]
            )
        records.append(record)
    return records


def longest_threads(
    calls: Sequence[Call], workflows: Mapping[str, Workflow], options: Mapping[str, Any]
) -> list[Record]:
    """The ten conversations of a week and use case with the most tokens a request."""
    by_workflow = grouped((call.attempt.workflow_id, call) for call in calls)
    ranking: defaultdict[tuple[date, str], list[tuple[Fraction, str]]] = defaultdict(list)
    for name, workflow in workflows.items():
        requests = sum(not attempt.is_retry for attempt in workflow.attempts)
        counts = [
            attempt.tokens[kind]
            for attempt in workflow.attempts
            for kind in ("input_tokens", "output_tokens")
        ]
        known = [count for count in counts if count is not None]
        if requests >= 3 and known:
            began = min(attempt.occurred_at for attempt in workflow.attempts).date()
            place = (period_start("week", began), workflow.use_case or UNKNOWN)
            ranking[place].append((Fraction(sum(known), requests), name))
    records: list[Record] = []
    for (week, use_case), candidates in ranking.items():
        # Equal as numbers of the warehouse means equal as doubles.
        candidates.sort(key=lambda each: (-float(each[0]), each[1]))
        for rank, (tokens, name) in enumerate(candidates[:10], start=1):
            turns = [call for call in by_workflow[name] if call.sent_turn is not None]
            over = [call for call in turns if over_cap(call, options) > 0]
            threads = grouped((call.tag, call) for call in turns).values()
            records.append(
                {
                    "period_start": week,
                    "use_case": use_case,
                    "token_rank": rank,
                    "workflow_id": name,
                    "tokens_per_request": float(tokens),
                    "growth_per_turn": slope(threads)[1],
                    "over_cap_attempts": len(over) if turns else None,
                    "cap_saving_usd": total(c.cost_of_removed(over_cap(c, options)) for c in over)
                    if turns
                    else None,
                }
            )
    return records


# Retrieval


@dataclass(frozen=True)
class Search:
    """What one attempt says on retrieval."""

    config: str
    version: str
    top_k: int | None
    chunks: int | None
    hit: bool | None


def search_of(call: Call) -> Search | None:
    """Nothing where the attempt says nothing."""
    row = call.attempt.row
    config, hit = row.get("retrieval_config"), parse_bool(row.get("retrieval_hit"))
    top_k, chunks = (parse_count(row.get(name)) for name in ("retrieval_top_k", "retrieved_chunks"))
    if config is None and hit is None and top_k is None and chunks is None:
        return None
    if top_k is not None and not 0 < top_k < 10**9:
        top_k = None
    if chunks is not None and not 0 <= chunks < 10**9:
        chunks = None
    version = call.attempt.prompt_version or UNKNOWN
    return Search(config or UNKNOWN, version, top_k, chunks, hit)


def retrieval_rates(found: Sequence[tuple[Call, Search]]) -> Record:
    """Rates over the last tries of requests."""
    last = [(call, search) for call, search in found if call.attempt.is_final]
    hits = [search.hit for _, search in last if search.hit is not None]
    prompts = [call.prompt for call, _ in last if call.prompt is not None]
    return {
        "requests": len(last),
        "input_tokens_per_request": mean(prompts),
        "top_k": mean([search.top_k for _, search in last if search.top_k is not None]),
        "max_top_k": max((s.top_k for _, s in last if s.top_k is not None), default=None),
        "chunks_per_request": mean([s.chunks for _, s in last if s.chunks is not None]),
        "hit_requests": len(hits),
        "hits": sum(hits),
        "hit_rate": share(sum(hits), len(hits)),
        "evidence": min(len(hits), len(prompts)),
    }


def retrieval_configurations(calls: Sequence[Call]) -> list[Record]:
    """Rates by configuration and release."""
    found = grouped(
        ((grain, start, call.tag, search.version, search.config), (call, search))
        for call in calls
        if (search := search_of(call)) is not None
        for grain, start in periods(call.day)
    )
    records: list[Record] = []
    for (grain, start, tag, version, config), own in found.items():
        spent, rates = costs([call for call, _ in own]), retrieval_rates(own)
        records.append(
            {
                "period_grain": grain,
                "period_start": start,
                "endpoint_tag": tag,
                "prompt_version": version,
                "retrieval_config": config,
                **spent,
                **rates,
                "cost_per_request_usd": per(spent["cost_usd"], rates["requests"]),
            }
        )
    return records


def retrieval_drift(calls: Sequence[Call], options: Mapping[str, Any]) -> list[Record]:
    """A week against the 28 days before it."""
    by_tag = grouped(
        (call.tag, (call, search)) for call in calls if (search := search_of(call)) is not None
    )
    records: list[Record] = []
    least = options["retrieval_min_requests"]
    for tag, found in by_tag.items():
        for week in {period_start("week", call.day) for call, _ in found}:
            now = retrieval_rates(
                [each for each in found if period_start("week", each[0].day) == week]
            )
            before = retrieval_rates(
                [each for each in found if timedelta(0) < week - each[0].day <= timedelta(28)]
            )
            verdict = "insufficient_data"
            if min(now["evidence"], before["evidence"]) >= max(least, 1):
                rises = (
                    now["input_tokens_per_request"] / before["input_tokens_per_request"] - 1
                    >= options["retrieval_min_tokens_lift"]
                )
                falls = (
                    before["hit_rate"] - now["hit_rate"] >= options["retrieval_min_hit_rate_fall"]
                )
                verdict = "drift" if rises and falls else "no_drift"
            records.append(
                {
                    "period_start": week,
                    "endpoint_tag": tag,
                    "requests": now["requests"],
                    "requests_with_evidence": now["evidence"],
                    "baseline_requests_with_evidence": before["evidence"],
                    "input_tokens_per_request": now["input_tokens_per_request"],
                    "baseline_input_tokens_per_request": before["input_tokens_per_request"],
                    "hit_rate": now["hit_rate"],
                    "baseline_hit_rate": before["hit_rate"],
                    "top_k": now["top_k"],
                    "baseline_top_k": before["top_k"],
                    "verdict": verdict,
                }
            )
    return records


# Tools


@dataclass(frozen=True)
class ToolCaps:
    """What a tool call on an endpoint may take; None is no cap."""

    calls: int | None = None
    output_tokens: int | None = None


def over_output_cap(call: Call, cap: int | None) -> int:
    """Tokens of tool output above the cap."""
    output = call.attempt.tokens["tool_output_tokens"]
    return max(output - cap, 0) if cap is not None and output is not None and output < 10**9 else 0


def cost_over_output_cap(call: Call, tokens: int) -> Decimal | None:
    """Their share of the prompt's input at list price."""
    whole = call.input_cost()
    if whole is None or call.prompt is None:
        return None
    return per(whole * min(tokens, call.prompt), call.prompt)


def calls_over_cap(carrying: Sequence[Call], caps: Mapping[str, ToolCaps]) -> dict[int, int]:
    """By how many calls the workflow is over the cap of the endpoint with each call's request."""
    over: dict[int, int] = {}
    by_workflow = grouped(
        ((call.attempt.workflow_id, call.tag), call)
        for call in carrying
        if call.attempt.workflow_id is not None and caps.get(call.tag, ToolCaps()).calls is not None
    )
    for (_, tag), own in by_workflow.items():
        met: dict[str, tuple[datetime, str]] = {}
        for call in own:
            seen = (call.attempt.occurred_at, call.attempt.request_id)
            met[seen[1]] = min(met.get(seen[1], seen), seen)
        begun = {call.attempt.request_id for call in own if call.is_first}
        number = {
            request: sum(met[other] <= first for other in begun) for request, first in met.items()
        }
        for call in own:
            over[id(call)] = number[call.attempt.request_id] - (caps[tag].calls or 0)
    return over


def identity(call: Call) -> tuple[str, ...] | None:
    """By what two calls of a tool are the same; nothing where nobody knows."""
    row, workflow = call.attempt.row, call.attempt.workflow_id
    tool, hashed = row.get("tool_name"), row.get("tool_input_hash")
    return None if workflow is None or hashed is None else (workflow, str(tool), hashed)


def repeats(carrying: Sequence[Call]) -> Callable[[Call], bool]:
    """Which calls of tools a workflow had made before with the same input."""
    first_request: dict[tuple[str, ...], tuple[datetime, str]] = {}

    for call in carrying:
        key = identity(call)
        if key is not None:
            seen = (call.attempt.occurred_at, call.attempt.request_id)
            first_request[key] = min(first_request.get(key, seen), seen)

    def is_repeated(call: Call) -> bool:
        key = identity(call)
        return key is not None and first_request[key][1] != call.attempt.request_id

    return is_repeated


def tool_calls(
    calls: Sequence[Call], caps: Mapping[str, ToolCaps], use_cases: Mapping[str, str | None]
) -> list[Record]:
    """Calls by tool, which of them a workflow had made before, and what is over the caps."""
    carrying = [call for call in calls if call.attempt.row.get("tool_name") is not None]
    is_repeated = repeats(carrying)
    number_over = calls_over_cap(carrying, caps)
    records: list[Record] = []
    by_tool = grouped(
        ((grain, start, call.tag, call.attempt.row.get("tool_name")), call)
        for call in carrying
        for grain, start in periods(call.day)
    )
    for (grain, start, tag, tool), own in by_tool.items():
        measured = [
            (output, call.prompt)
            for call in own
            if call.prompt is not None
            and (output := call.attempt.tokens["tool_output_tokens"]) is not None
            and output < 10**9
        ]
        begun = [call for call in own if call.is_first]
        again = [call for call in own if is_repeated(call)]
        cap = caps.get(tag, ToolCaps())
        over = [call for call in own if number_over.get(id(call), 0) > 0]
        bloated = [
            (call, tokens) for call in own if (tokens := over_output_cap(call, cap.output_tokens))
        ]
        spent = costs(own)
        records.append(
            {
                "period_grain": grain,
                "period_start": start,
                "endpoint_tag": tag,
                "tool_name": tool,
                "calls": len(begun),
                **spent,
                "cost_per_call_usd": per(spent["cost_usd"], len(begun)),
                "tool_output_tokens": sum(o for o, _ in measured) if measured else None,
                "tool_output_share": share(
                    sum(o for o, _ in measured), sum(p for _, p in measured)
                ),
                "repeated_calls": sum(call.is_first for call in again),
                "repeated_cost_usd": total(call.cost for call in again),
                "calls_of_unknown_input": sum(identity(call) is None for call in begun),
                "use_case": use_cases.get(tag) or UNKNOWN,
                "tool_call_cap": cap.calls,
                "workflows_over_call_cap": None
                if cap.calls is None
                else sum(number_over.get(id(call), 0) == 1 for call in begun),
                "calls_over_call_cap": None
                if cap.calls is None
                else sum(call.is_first for call in over),
                "over_call_cap_cost_usd": None
                if cap.calls is None
                else total(call.cost for call in over),
                "tool_output_token_cap": cap.output_tokens,
                "calls_over_output_cap": None
                if cap.output_tokens is None
                else sum(call.is_first for call, _ in bloated),
                "output_tokens_over_cap": None
                if cap.output_tokens is None
                else sum(tokens for _, tokens in bloated),
                "over_output_cap_cost_usd": None
                if cap.output_tokens is None
                else total(cost_over_output_cap(*each) for each in bloated),
            }
        )
    return records


# Stages


@dataclass(frozen=True)
class Request:
    """A request that a workflow began, with its attempts there in their order."""

    calls: Sequence[Call]

    @property
    def first(self) -> Call:
        """The attempt that says where and when the request was made."""
        return self.calls[0]

    @property
    def turn(self) -> int:
        """Its turn; -1 where none was sent."""
        return -1 if self.first.turn is None else self.first.turn


@dataclass
class Step:
    """Requests of a workflow at one stage within one turn."""

    turn: int
    requests: list[Request]
    previous: str | None = None
    is_first_visit: bool = True
    is_return: bool = False
    largest_before: int | None = None

    @property
    def first(self) -> Call:
        """The attempt with which the step begins."""
        return self.requests[0].first

    @property
    def stage(self) -> str:
        """Where it was made."""
        return self.first.stage

    @property
    def calls(self) -> list[Call]:
        """All attempts, request by request."""
        return [call for request in self.requests for call in request.calls]

    @property
    def opening(self) -> Call | None:
        """The first prompt that was read."""
        return next((call for call in self.calls if call.prompt is not None), None)


def requests_of(calls: Sequence[Call]) -> list[Request]:
    """The requests of one workflow in their order; retries alone are none."""
    own = grouped((call.attempt.request_id, call) for call in calls).values()
    requests = [
        Request(sorted(each, key=lambda call: call.attempt.attempt_index))
        for each in own
        if any(call.is_first for call in each)
    ]
    return sorted(requests, key=lambda request: request.first.order)


def steps_of(calls: Sequence[Call]) -> list[Step]:
    """The steps of one workflow: its requests cut where another stage or a new turn begins."""
    steps: list[Step] = []
    newest = -1
    for request in requests_of(calls):
        if steps and steps[-1].stage == request.first.stage and request.turn <= newest:
            steps[-1].requests.append(request)
        else:
            steps.append(Step(max(newest, request.turn), [request]))
        newest = max(newest, request.turn)
    last_turn: dict[str, int] = {}
    largest: int | None = None
    for number, step in enumerate(steps):
        step.previous = steps[number - 1].stage if number else None
        step.is_first_visit = step.stage not in last_turn
        step.is_return = last_turn.get(step.stage) == step.turn
        step.largest_before = largest
        last_turn[step.stage] = step.turn
        sizes = [call.prompt for call in step.calls if call.prompt is not None]
        largest = max([*sizes, *([] if largest is None else [largest])], default=None)
    return steps


def stage_transitions(steps: Iterable[Step], options: Mapping[str, Any]) -> list[Record]:
    """Steps by stage and the stage before, and their loops."""
    limit = options["stage_request_limit"]
    by_pair = grouped(
        ((grain, start, step.first.use_case, step.previous or "start", step.stage), step)
        for step in steps
        for grain, start in periods(step.first.day)
    )
    records: list[Record] = []
    for (grain, start, use_case, previous, stage), own in by_pair.items():
        looping: list[Decimal | None] = []
        requests = 0
        for step in own:
            cost = costs(step.calls)["cost_usd"]
            excess = max(len(step.requests) - limit, 0)
            if step.is_return:
                looping.append(cost)
                requests += len(step.requests)
            elif excess:
                looping.append(None if cost is None else per(cost * excess, len(step.requests)))
                requests += excess
        spent = costs([call for step in own for call in step.calls])
        records.append(
            {
                "period_grain": grain,
                "period_start": start,
                "use_case": use_case,
                "previous_stage": previous,
                "stage": stage,
                "steps": len(own),
                "requests": sum(len(step.requests) for step in own),
                **spent,
                "returns": sum(step.is_return for step in own),
                "repetitions": sum(
                    not step.is_return and len(step.requests) > limit for step in own
                ),
                "loop_requests": requests,
                "loop_cost_usd": total(looping),
                "loop_cost_share": share(total(looping), spent["cost_usd"]),
            }
        )
    return records


def stage_costs(
    calls: Sequence[Call], caps: Mapping[str, Decimal], options: Mapping[str, Any]
) -> list[Record]:
    """Spend by stage; every call in its turn finds its workflow below or above the cap."""
    cells: defaultdict[tuple[str, date, str, str], Record] = defaultdict(
        lambda: {"workflows": 0, "over": 0, "excess": Decimal(0), "retrying": 0, "retries_over": 0}
    )
    by_stage = grouped(
        ((call.attempt.workflow_id, call.tag, call.stage), call)
        for call in calls
        if call.attempt.workflow_id is not None
    )
    for (_, tag, stage), own in by_stage.items():
        days = sorted(grouped((call.day, call) for call in own).items())
        cap, limit = caps.get(tag), options["stage_retry_limit"]
        spent, retried = Decimal(0), 0
        for number, (day, today) in enumerate(days):
            added = CostSum()
            for call in today:
                added.add(call.cost)
            now = spent + added.known_total
            retried_now = retried + sum(not call.is_first for call in today)
            for grain, start in periods(day):
                cell = cells[grain, start, tag, stage]
                cell["workflows"] += number == 0
                if cap is not None:
                    cell["over"] += spent <= cap < now
                    cell["excess"] += max(now - cap, Decimal(0)) - max(spent - cap, Decimal(0))
                cell["retrying"] += retried <= limit < retried_now
                cell["retries_over"] += max(retried_now - limit, 0) - max(retried - limit, 0)
            spent, retried = now, retried_now
    rows = period_rows((c for c in calls if c.attempt.workflow_id is not None), "tag", "stage")
    return [
        {
            "period_grain": grain,
            "period_start": start,
            "endpoint_tag": tag,
            "stage": stage,
            "use_case": own[0].use_case,
            **costs(own),
            "requests": sum(call.is_first for call in own),
            "retries": sum(not call.is_first for call in own),
            "workflows": cells[grain, start, tag, stage]["workflows"],
            "stage_cost_cap_usd": caps.get(tag),
            "workflows_over_cap": cells[grain, start, tag, stage]["over"] if tag in caps else None,
            "over_cap_cost_usd": cells[grain, start, tag, stage]["excess"] if tag in caps else None,
            "workflows_over_retry_limit": cells[grain, start, tag, stage]["retrying"],
            "retries_over_limit": cells[grain, start, tag, stage]["retries_over"],
        }
        for (grain, start, tag, stage), own in rows.items()
    ]


# Hand-offs


@dataclass(frozen=True)
class Handoff:
    """A step of a case on which bot and people worked."""

    case: Case
    step: Step
    at: datetime | None

    @property
    def kind(self) -> str | None:
        """To a person, to a further stage, or none."""
        began = self.step.first.attempt.occurred_at
        if self.at is not None and began >= self.at:
            return "to_human"
        further = self.step.is_first_visit and self.step.previous is not None
        return "to_stage" if further else None

    @property
    def repeated(self) -> tuple[int | None, Decimal | None]:
        """Tokens that an earlier prompt may have had, and their part of the prompt's price."""
        opening = self.step.opening
        if opening is None or opening.prompt is None:
            return None, None
        tokens = min(opening.prompt, self.step.largest_before or 0)
        whole = opening.input_cost()
        return tokens, None if whole is None else per(whole * tokens, opening.prompt)


def handoff_cost(handoffs: Iterable[Handoff]) -> list[Record]:
    """Repeated context by period, class, queue and intent."""
    by_cell = grouped(
        (
            (
                grain,
                start,
                each.case.automation_class,
                each.case.queue or UNKNOWN,
                each.case.intent or UNKNOWN,
            ),
            each,
        )
        for each in handoffs
        for grain, start in periods(each.step.first.day)
    )
    records: list[Record] = []
    for (grain, start, automation, queue, intent), own in by_cell.items():
        cases = {each.case.case_id: each.at for each in own}
        nobody_knows = all(at is None for at in cases.values())
        spent = costs([call for each in own for call in each.step.calls])
        record: Record = {
            "period_grain": grain,
            "period_start": start,
            "automation_class": automation,
            "queue": queue,
            "intent": intent,
            "cases": len(cases),
            "cases_without_handoff_time": sum(at is None for at in cases.values()),
            "attempts": spent["attempts"],
            "case_cost_usd": spent["cost_usd"],
            "unknown_handoffs": sum(
                each.kind is not None and each.repeated[1] is None for each in own
            ),
        }
        parts: list[Decimal | None] = []
        for kind in ("to_stage", "to_human"):
            found = [each.repeated for each in own if each.kind == kind]
            hidden = kind == "to_human" and nobody_knows
            cost = None if hidden else total(cost for _, cost in found)
            record[f"{kind}_handoffs"] = None if hidden else len(found)
            record[f"{kind}_tokens"] = None if hidden else sum(tokens or 0 for tokens, _ in found)
            record[f"{kind}_cost_usd"] = cost
            parts.append(cost)
        known = [part for part in parts if part is not None]
        record["handoff_cost_usd"] = sum(known, Decimal(0)) if known else None
        records.append(record)
    return records


def chosen_row(rows: Sequence[RawRow], ties: TieBreaker) -> RawRow:
    """The current version of a ticket as it was sent."""
    newest = max(parse_time(row.get("updated_at")) or datetime.min for row in rows)  # noqa: DTZ901
    tied = [r for r in rows if (parse_time(r.get("updated_at")) or datetime.min) == newest]  # noqa: DTZ901
    return tied[0] if len(tied) == 1 else ties.pick_ticket(tied)


def handed_over(rows: Sequence[RawRow], ties: TieBreaker) -> datetime | None:
    """When a person first came in."""
    row = chosen_row(rows, ties)
    names = ("human_requested_at", "escalated_at", "first_human_reply_at")
    times = [moment for name in names if (moment := parse_time(row.get(name))) is not None]
    return min(times, default=None)


def recompute_threads(
    raw: RawTables, reference_dir: Path, options: Mapping[str, Any], ties: TieBreaker
) -> dict[str, list[Record]]:
    """Every mart of this module by its name. `options` are all variables of the dbt run."""
    settings = Settings.from_vars(options)
    reference = load_reference(reference_dir)
    definition = reference.outcome_definition(settings.outcome_definition)
    accepted, _ = split_rejected(raw)
    attempts, _ = build_attempts(accepted.llm_requests, reference, settings, ties)
    tickets = current_tickets(accepted.tickets, ties, reference.ticket_statuses)
    outcomes = current_workflow_outcomes(accepted.workflow_outcomes)
    as_of = settings.as_of or _newest_event(attempts, accepted.tickets)
    flows = reference.flow_outcomes
    workflows, cases = build_workflows(attempts, tickets, outcomes, definition, as_of, flows)
    calls = [Call(a, reference, ties.key_rank(a)) for a in attempts if a.is_reportable]
    steps = {
        name: steps_of(own)
        for name, own in grouped((c.attempt.workflow_id, c) for c in calls).items()
        if name is not None
    }
    versions = grouped((row.values["ticket_id"], row) for row in accepted.tickets)
    handoffs = [
        Handoff(case, step, handed_over(versions[name], ties))
        for name, case in cases.items()
        if case.automation_class in ("partially_automated", "agent_assisted")
        for step in steps.get(name, [])
    ]
    caps = {
        str(row["tag"]): Decimal(str(row["stage_cost_cap_usd"]))
        for row in _rows(reference_dir, "endpoint_taxonomy")
        if row["stage_cost_cap_usd"] and row["tag"] == row["canonical_tag"]
    }
    tool_caps = {
        str(row["endpoint_tag"]): ToolCaps(
            parse_count(row["calls_per_workflow"]), parse_count(row["output_tokens_per_call"])
        )
        for row in _rows(reference_dir, "tool_caps")
    }
    use_cases = {
        endpoint.canonical_tag: endpoint.use_case for endpoint in reference.endpoints.values()
    }
    return {
        "thread_growth": thread_growth(calls, options),
        "longest_threads": longest_threads(calls, workflows, options),
        "retrieval_configurations": retrieval_configurations(calls),
        "retrieval_drift": retrieval_drift(calls, options),
        "tool_calls": tool_calls(calls, tool_caps, use_cases),
        "stage_transitions": stage_transitions(
            (step for own in steps.values() for step in own), options
        ),
        "stage_costs": stage_costs(calls, caps, options),
        "handoff_cost": handoff_cost(handoffs),
    }
