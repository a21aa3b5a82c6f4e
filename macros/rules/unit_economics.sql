{#-
  What unit economics count, with how each adds up. `once_a_period` counts a case once in each period that it has spend in,
  so a day keeps the figure for its day, its week and its month apart (`<measure>_by_<grain>`); the others add up over days.
-#}
{% macro unit_economics_measures() -%}
    {%- set once_a_period = {
        'handled_tickets': 'count', 'tickets_with_baseline': 'count', 'observed_escalations': 'count',
        'unknown_minutes_tickets': 'count', 'expected_escalations': 'quantity', 'minutes_saved': 'quantity',
        'minutes_at_stake': 'quantity',
    } -%}
    {%- set additive = {
        'attempts': 'count', 'unpriced_attempts': 'count', 'cost_usd': 'usd', 'resolved_tickets': 'count',
        'deflected_tickets': 'count', 'unknown_deflections': 'count', 'cost_to_resolve_usd': 'usd', 'cohort_tickets': 'count',
        'cohort_attempts': 'count', 'cohort_cost_usd': 'usd', 'cohort_resolved_tickets': 'count',
    } -%}
    {%- set by_day = dict(additive) -%}
    {%- for measure, type in once_a_period.items() -%}
        {%- for period_grain in period_grains() -%} {%- do by_day.update({measure ~ '_by_' ~ period_grain: type}) -%} {%- endfor -%}
    {%- endfor -%}
    {{- return({'once_a_period': once_a_period, 'by_day': by_day, 'of_period': dict(additive, **once_a_period)}) -}}
{%- endmacro %}


{% macro sum_measure(measure, type) -%}
    {%- if type == 'usd' -%} {{ sum_usd(measure) }}
    {%- elif type == 'quantity' -%} cast(sum({{ measure }}) as decimal(28, 6))
    {%- else -%} cast(sum({{ measure }}) as bigint)
    {%- endif -%}
{%- endmacro %}


{#-
  Whether the cases that were opened in a period hardly change any more: its youngest case could have gone quiet, and what it then
  became is called final. Expects the relations clock (int_as_of) and definition (int_outcome_definition).
-#}
{% macro cohort_is_mature(period_grain, period_start) -%}
    coalesce(clock.as_of >= {{ add_hours(
        "cast(" ~ next_period_start_of(period_grain, period_start) ~ " as timestamp)",
        'definition.inactivity_hours + definition.maturity_hours'
    ) }}, false)
{%- endmacro %}


{#- What the scorecard is cut by, and which of its durations it shows. -#}
{% macro scorecard_grains() -%} {{- return(['week', 'month']) -}} {%- endmacro %}
{% macro scorecard_segments() -%} {{- return(['all', 'project']) -}} {%- endmacro %}
{% macro scorecard_percentiles() -%} {{- return({'p50': 0.50, 'p90': 0.90}) -}} {%- endmacro %}

{#- What the scorecard counts of the handled cases that were opened in a period: columns of int_cases_scored. -#}
{% macro scorecard_counts() -%}
    {{- return({
        'cohort_tickets': 'true',
        'cohort_resolved_tickets': 'is_resolved',
        'escalated_tickets': 'is_escalated',
        'unknown_escalations': 'is_escalated is null',
        'transferred_tickets': 'is_transferred',
        'unknown_transfers': 'is_transferred is null',
        'contained_tickets': "automation_class = 'fully_automated'",
        'unknown_containments': "automation_class = 'unknown'",
        'auto_resolutions': 'is_auto_resolution',
        'unknown_auto_resolutions': 'is_auto_resolution is null',
        'auto_resolutions_reopened': 'is_auto_resolution and is_reopened',
        'unknown_auto_reopenings': 'is_auto_resolution and is_reopened is null',
        'auto_resolutions_returned': 'is_auto_resolution and returned_after_maturity',
        'rated_tickets': 'csat is not null',
        'rated_contained_tickets': "automation_class = 'fully_automated' and csat is not null",
        'timed_first_human_replies': 'first_human_reply_microseconds is not null',
        'untimed_first_human_replies': 'has_human_reply and first_human_reply_microseconds is null',
        'timed_resolutions': 'resolution_microseconds is not null',
    }) -}}
{%- endmacro %}
