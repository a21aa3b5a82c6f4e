{#-
  What became of a case, first match wins (DECISIONS.md, "Outcome of a case"). Expects the columns of int_tickets_judged's
  CTE `facts`. NULL replies are unknown: they neither answer nor fail to answer.
-#}
{% macro case_outcome() -%}
    case
        when coalesce(is_spam, false) or coalesce(is_test, false) or is_merged_away then 'excluded'
        when is_escalated then 'escalated'
        when was_reopened_in_window and not is_closed then 'reopened'
        when negative_csat_disqualifies and csat in (1, 2) then 'negative'
        when is_closed and (coalesce(customer_confirmed, false) or csat in (4, 5)) then 'resolved_confirmed'
        when is_closed then 'resolved_assumed'
        when accept_assumed and bot_public_replies > 0 and inactive_at <= as_of then 'resolved_assumed'
        when bot_public_replies = 0 and inactive_at <= as_of then 'abandoned'
        else 'pending'
    end
{%- endmacro %}

{% macro resolved_outcomes() -%} {{- return(['resolved_confirmed', 'resolved_assumed']) -}} {%- endmacro %}

{#- Outcomes that may still change by themselves. -#}
{% macro open_outcomes() -%} {{- return(['pending', 'reopened']) -}} {%- endmacro %}


{#- Who did the work on a case, first match wins. Expects attempts, bot and human replies, is_escalated. -#}
{% macro automation_class(attempts) -%}
    case
        when coalesce({{ attempts }}, 0) = 0 then 'human_only'
        when bot_public_replies is null or human_public_replies is null then 'unknown'
        when bot_public_replies > 0 and human_public_replies = 0 and not is_escalated then 'fully_automated'
        when bot_public_replies > 0 then 'partially_automated'
        else 'agent_assisted'
    end
{%- endmacro %}
