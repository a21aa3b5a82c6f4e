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
