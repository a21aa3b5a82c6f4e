{#-
  The remedies, in the order in which they are applied: first what is not called at all, then what is called with less, then what is called on
  a cheaper model; each with what it assumes.
-#}
{% macro remedies() -%}
    {{- return({
        'throttle_unknown_users': 'calls of unknown users over the limit of an hour are refused, and not sent again later',
        'fewer_retries': 'a request gives up after ' ~ var('remedy_max_retries') ~ ' retries',
        'repeated_tool_calls': 'the result of the earlier call with the same input is used again',
        'output_cap': 'tokens above the output cap are not written, and nobody asks for the rest',
        'history_cap': 'input above the history cap is left out, the cheapest tokens first',
        'allowed_tier': "the allowed tier's model that wrote most in the month does it with the same tokens and tries",
    }) -}}
{%- endmacro %}


{#- Its place in that order, from 1, and its assumption; expects the column remedy. -#}
{% macro place_of_remedy() -%}
    case remedy {%- for remedy in remedies() %} when '{{ remedy }}' then {{ loop.index }} {%- endfor %} end
{%- endmacro %}
{% macro assumption_of_remedy() -%}
    case remedy
        {%- for remedy, assumption in remedies().items() %}
        when '{{ remedy }}' then '{{ assumption | replace("'", "''") }}'
        {%- endfor %}
    end
{%- endmacro %}


{#- Those by which a call is not made at all; and those of them that refuse it, so that its answer is lost. -#}
{% macro avoiding_remedies() -%} {{- return(['throttle_unknown_users', 'fewer_retries', 'repeated_tool_calls']) -}} {%- endmacro %}
{% macro refusing_remedies() -%} {{- return(['throttle_unknown_users', 'fewer_retries']) -}} {%- endmacro %}


{#- Whether a call gave its request the answer. -#}
{% macro is_answer() -%} (is_final and status = 'success') {%- endmacro %}


{#- Tokens above a cap; none where there is no cap, or where nobody knows the tokens. -#}
{% macro tokens_over(tokens, cap) -%} greatest(coalesce({{ tokens }} - {{ cap }}, 0), 0) {%- endmacro %}


{#- The highest tier that work may use: expects the relations intents and endpoints (int_endpoint_limits), joined. -#}
{% macro allowed_model_tier() -%}
    case when intents.intent is null then endpoints.max_model_tier else intents.max_model_tier end
{%- endmacro %}


{#-
  Which cases have an outcome that can be compared: no longer open, known, and not left out of the count. Expects the relation workflows
  (fct_workflows).
-#}
{% macro has_comparable_outcome() -%}
    coalesce(
        workflows.is_success is not null
        and workflows.outcome not in ({{ quoted_words(open_outcomes() + ['excluded', 'unknown']) }}), false
    )
{%- endmacro %}


{#- The least cases of an intent that are not affected, to compare those that are with. -#}
{% macro remedy_min_stratum_cases() -%} 5 {%- endmacro %}


{#-
  The variance of a share in an arm, as Agresti and Caffo have it: with one success and one failure more, so that it is not 0 where all or
  none succeeded.
-#}
{% macro share_variance(successes, cases) -%}
    {%- set share = '(cast(' ~ successes ~ ' + 1 as double) / (' ~ cases ~ ' + 2))' -%}
    {{ share }} * (1e0 - {{ share }}) / ({{ cases }} + 2)
{%- endmacro %}


{#- Sample variance of a mean, of whole numbers. -#}
{% macro mean_variance(squares, total, units) -%}
    ((cast({{ squares }} as double) - cast({{ total }} as double) * cast({{ total }} as double) / {{ units }}) / ({{ units }} - 1) / {{ units }})
{%- endmacro %}


{#-
  What is said of a difference, affected less the rest, that a remedy may cost: safe where even its upper bound is no more than what may be
  lost, at risk where the affected are better beyond chance.
-#}
{% macro difference_reason(low, high, most, better) -%}
    case
        when {{ high }} <= {{ most }} then 'no_better_than_the_rest'
        when {{ low }} > 0 then '{{ better }}'
        else 'too_uncertain'
    end
{%- endmacro %}


{#- The verdict that a reason stands for. -#}
{% macro verdict_of(reason) -%}
    case
        when {{ reason }} in ('no_better_than_the_rest', 'no_answer_lost', 'no_resolved_case_loses_one', 'not_applicable') then 'safe'
        when {{ reason }} in ('better_outcomes', 'better_ratings', 'resolved_cases_lose_answers') then 'at_risk'
        else 'cannot_tell'
    end
{%- endmacro %}


{#-
  Why the guard of a remedy says what it says. Who is refused loses the answer, whatever others got: what counts is whose answers. For the others a
  finding comes before what is missing, and what is missing before all that is well. Expects the relations totals and guards.
-#}
{% macro guard_reason() -%}
    case
        when totals.calls = 0 then 'nothing_judged'
        when totals.remedy in ({{ quoted_words(refusing_remedies()) }}) then
            case
                when totals.answers = 0 then 'no_answer_lost'
                when guards.losing_successes > 0 then 'resolved_cases_lose_answers'
                when totals.answers_without_case > 0 or guards.losing_unknown_cases > 0 then 'outcomes_not_known'
                else 'no_resolved_case_loses_one'
            end
        {%- for verdict in ['at_risk', 'cannot_tell'] %}
        {%- if verdict == 'cannot_tell' %}
        when guards.remedy is null or 2 * totals.calls_without_case > totals.calls then 'calls_without_case'
        {%- endif %}
        {%- for reason in ['guards.outcome_reason', 'guards.csat_reason'] %}
        when {{ verdict_of(reason) }} = '{{ verdict }}' then {{ reason }}
        {%- endfor %}
        {%- endfor %}
        else guards.outcome_reason
    end
{%- endmacro %}
