"""Leaks: what could be saved, with what it assumes and risks."""

from __future__ import annotations

from typing import Any

from weekly_review.review import Review, Section

LEAKS = {
    "tries_without_result": (
        "Tries without a result",
        "every such try is avoided",
        "answers that only a second try brings",
    ),
    "prompts_over_history_cap": (
        "Prompts over the history cap",
        "older turns are cut at the cap",
        "what an early turn said is forgotten",
    ),
    "tool_calls_sent_before": (
        "Tool calls sent before",
        "the earlier result is used again",
        "results that have changed since",
    ),
    "loops_of_stages": (
        "Stages that go round in loops",
        "the first pass is kept",
        "drafts that the second pass mends",
    ),
    "stages_over_cost_cap": (
        "Stages over their cost cap",
        "what is above the cap is cut",
        "the cases that needed it",
    ),
    "context_given_again": (
        "Context given again at a hand-off",
        "the next one gets a summary",
        "details that a summary leaves out",
    ),
    "work_above_model_tier": (
        "Work above its model tier",
        "a cheaper model does it (shown is its whole cost)",
        "quality on a cheaper model",
    ),
}
# What a remedy says better.
COVERED = {
    "prompts_over_history_cap": "history_cap",
    "tool_calls_sent_before": "repeated_tool_calls",
    "work_above_model_tier": "allowed_tier",
}
REMEDIES = {
    "throttle_unknown_users": ("Throttle unknown users", "calls over the hour's limit are refused"),
    "fewer_retries": ("Fewer retries", "a request gives up earlier"),
    "repeated_tool_calls": ("Use the results of tools again", "the earlier result is taken"),
    "output_cap": ("Cap answers", "tokens over the output cap are not written"),
    "history_cap": ("Cap histories", "input over the history cap is left out"),
    "allowed_tier": ("Use the allowed model tier", "the tier's usual model does the work"),
}
VERDICTS = {"safe": "safe", "at_risk": "at risk", "cannot_tell": "cannot tell"}
REASONS = {
    "no_better_than_the_rest": "cases under the limit do as well",
    "no_answer_lost": "no answer is lost",
    "no_resolved_case_loses_one": "no resolved case loses an answer",
    "better_outcomes": "cases over the limit are resolved more often",
    "better_ratings": "cases over the limit are rated better",
    "resolved_cases_lose_answers": "resolved cases lose answers",
    "nothing_to_compare": "no other cases to compare",
    "too_few_cases": "too few cases to compare",
    "too_few_ratings": "too few ratings to compare",
    "too_uncertain": "the difference is within chance",
    "outcomes_not_known": "outcomes are not known",
    "calls_without_case": "most calls name no case",
}


def build(review: Review) -> dict[str, Any] | None:
    remedies = review.ask("leaks", "remedies")
    known = {row.value("remedy") for row in remedies}
    rows = [
        row
        for row in review.ask("leaks", "leaks")
        if row.value("month_usd") and COVERED.get(row.value("leak")) not in known
    ]
    if not rows and not remedies:
        return None
    return {
        "remedies": remedies,
        "together": review.ask_one("leaks", "together"),
        "remedy_names": REMEDIES,
        "verdicts": VERDICTS,
        "reasons": REASONS,
        "savings": [row for row in rows if row.value("meaning") == "saving"],
        "at_stake": [row for row in rows if row.value("meaning") != "saving"],
        "names": LEAKS,
        "widest": max(
            (float(row.value("month_usd")) for row in rows),
            default=0.0,
        ),
    }


SECTION = Section(
    "leaks",
    build,
    notes=(
        "What remedies would have saved is of the last month that was over. In order, they are"
        " applied one after the other: throttle, retries, results of tools, answers, histories,"
        " tier. A dollar counts once there, so they add up; alone, each as if there were no other."
        " Assumed is that refused calls are not sent again, that nobody asks again for what is cut,"
        " and that a model of the allowed tier does with the same tokens and tries. Calls"
        " without a price are in no saving.",
        "A remedy is safe where cases that it does not reach, of the same intents on the same"
        " endpoint, did as well as those that it reaches, in outcomes and in ratings; where it"
        " refuses calls, where no resolved case loses an answer. It is said of the endpoint where"
        " it is least safe. Who rated nothing is not taken for satisfied.",
        "The other leaks are of the four weeks that end with this one, scaled to 30.4 days. A"
        " dollar may leak in several ways, so they do not add up.",
    ),
)
