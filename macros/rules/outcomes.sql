{#-
  What became of an episode of a case, first match wins (DECISIONS.md, "Outcome of a case"). Expects the columns
  of the CTE `followed` of int_ticket_episodes_judged.
-#}
{% macro case_outcome() -%}
    case
        when is_unreadable then 'unknown'
        when is_excluded then 'excluded'
        when is_escalated and not accept_escalated then 'escalated'
        when (is_reopened_in_window and not is_closed and not is_silent) or is_reopened_at_some_time or has_follow_up_in_window
            then 'reopened'
        when coalesce(csat <= negative_csat_max, false) or coalesce(quality_verdict = 'negative', false) then 'negative'
        -- It may have been opened within the window.
        when (is_confirmed or is_assumed) and has_undated_follow_up then 'unknown'
        when is_confirmed or is_assumed
            then case
                when not require_verdict or coalesce(quality_verdict = 'positive', false)
                    then case when is_confirmed then 'resolved_confirmed' else 'resolved_assumed' end
                when coalesce(as_of <= {{ add_hours('ended_at', 'maturity_hours') }}, false) then 'pending'
                else 'unverified'
            end
        when is_closed then 'closed_unanswered'
        when status_category = 'cancelled' then 'cancelled'
        when is_open and not has_bot_reply and not has_person and not are_replies_unknown and unanswered_at <= as_of then 'abandoned'
        else 'pending'
    end
{%- endmacro %}

{% macro resolved_outcomes() -%} {{- return(['resolved_confirmed', 'resolved_assumed']) -}} {%- endmacro %}

{#- Outcomes that may still change by themselves. -#}
{% macro open_outcomes() -%} {{- return(['pending', 'reopened']) -}} {%- endmacro %}

{#- Versions of outcome definitions that no longer can be named: their switches would mean something else now. -#}
{% macro retired_definitions() -%}
    {{- return(['closed_without_escalation_v1', 'closed_without_human_v1', 'closed_only_v1']) -}}
{%- endmacro %}


{#- Who did the work on a case, first match wins. Expects attempts and the facts of the first episode. -#}
{% macro automation_class(attempts) -%}
    case
        when coalesce({{ attempts }}, 0) = 0 then 'human_only'
        when are_replies_unknown then 'unknown'
        when has_bot_reply and not has_person and not is_escalated then 'fully_automated'
        when has_bot_reply then 'partially_automated'
        else 'agent_assisted'
    end
{%- endmacro %}


{#-
  Whether the bot resolved a case before any person worked on it, also where the customer then came back and a person took over: those
  are the resolutions that failed, and automation_class no longer calls them automated. NULL: the times do not tell who was first.
  Expects the columns of fct_tickets, and is_reopened.
-#}
{% macro is_auto_resolution() -%}
    case
        when not is_handled or not (is_resolved or coalesce(is_reopened, false)) then false
        when automation_class = 'fully_automated' then true
        when automation_class = 'unknown' then cast(null as boolean)
        when automation_class <> 'partially_automated' or not coalesce(is_reopened, false) then false
        when first_resolved_at is null or (has_person and first_human_reply_at is null) then cast(null as boolean)
        else first_resolved_at < least(first_human_reply_at, escalated_at, human_requested_at)
    end
{%- endmacro %}


{#-
  The moment of an episode: of one that ended before the ticket came back only what lies before that counts, of the return what does
  not. Expects the columns of int_ticket_returns.
-#}
{% macro of_episode(moment, is_return) -%}
    case
        when returned_at is null then {{ moment }}
        when {{ moment }} {{ '>=' if is_return else '<' }} returned_at then {{ moment }}
    end
{%- endmacro %}


{#-
  The newest resolution before a moment, whichever of a ticket's times says so. What is of one moment was before: of two dates without
  a time of day nobody knows better.
-#}
{% macro resolution_before(moment) -%}
    greatest(
        {%- for time in ['last_resolved_at', 'closed_at', 'first_resolved_at'] %}
        case when tickets.{{ time }} <= {{ moment }} then tickets.{{ time }} end{{ "," if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}


{#- The same of an episode that may also have ended by silence, or been closed without a time. -#}
{% macro newest_end_before(moment) -%}
    greatest({{ resolution_before(moment) }}, case when tickets.ended_at <= {{ moment }} then tickets.ended_at end)
{%- endmacro %}


{#-
  Whether a workflow that is no case succeeded (DECISIONS.md, "Primary outcome of a flow"): the word of the primary outcome decides, and what
  the application says of success only where the flow has none. A word and a judgement that contradict each other are no success.
  Expects the relations outcomes and flow_outcomes, joined.
-#}
{% macro is_primary_success() -%}
    case
        -- Of two versions nobody knows which is the newest.
        when {{ has_unreadable('outcomes.unreadable_fields', ['completed_at']) }} then null
        when flow_outcomes.primary_outcome is null then outcomes.is_success
        when outcomes.outcome = flow_outcomes.primary_outcome
            then case
                when outcomes.is_success then true
                when outcomes.is_success is null and not {{ has_unreadable('outcomes.unreadable_fields', ['is_success']) }} then true
            end
        -- Without a word, a failure is a failure, and a success may be another one than the primary.
        when outcomes.outcome is null then case when not outcomes.is_success then false end
        -- Another word may be a step on the way, until the workflow is completed or judged.
        when outcomes.is_success is not null or outcomes.completed_at is not null then false
    end
{%- endmacro %}
