{#-
  The weekly metrics that are ratios over cases: what a case adds to the numerator and to the denominator, as columns of
  int_case_weeks. A case without a word on either (a deflection that is not known, a case without a rating) adds to neither.
-#}
{% macro case_week_metrics() -%}
    {{- return({
        'cost_per_resolved': ('cost_usd', 'resolutions'),
        'deflection_rate': ('deflected', 'deflection_known'),
        'fully_automated_share': ('fully_automated', 'automation_known'),
        'reopen_rate': ('reopened', 'once_resolved'),
        'satisfaction': ('csat', 'rated'),
    }) -}}
{%- endmacro %}

{#- Metrics of which less is better. -#}
{% macro less_is_better() -%} {{- return(['spend', 'cost_per_resolved', 'reopen_rate']) -}} {%- endmacro %}

{#- From how many cases in each week two weeks are compared. -#}
{% macro week_min_units() -%} 30 {%- endmacro %}

{#- The probability under which a change is no chance; z_99() is its quantile. -#}
{% macro week_max_p() -%} 0.01 {%- endmacro %}

{#- What a weekly cost would be if each of its unpriced calls had cost what a call of the dearest model did, in this week or the last. -#}
{% macro week_value_at_most() -%}
    case
        when unpriced_attempts is not null then
            cast(metric_value as double)
            + unpriced_attempts * greatest(coalesce(dearest_usd_per_call, 0e0), coalesce(previous_dearest_usd_per_call, 0e0))
            / case when metric = 'spend' then 1e0 else nullif(cast(sum_d as double), 0) end
    end
{%- endmacro %}

{#- The moments of a week's cases, and those with the same cases' week before, by what they are products of. -#}
{% macro week_moments() -%}
    {{- return({
        'sum_c': 'cases.c', 'sum_d': 'cases.d',
        'sum_cc': exact_product('cases.c', 'cases.c'),
        'sum_cd': exact_product('cases.c', 'cases.d'),
        'sum_dd': 'cases.d * cases.d',
        'cross_cc': exact_product('cases.c', 'cases.c_before'),
        'cross_cd': exact_product('cases.c', 'cases.d_before'),
        'cross_dc': exact_product('cases.c_before', 'cases.d'),
        'cross_dd': 'cases.d * cases.d_before',
    }) -}}
{%- endmacro %}

{#- Exact: costs are to a millionth of a dollar, everything else is whole. -#}
{% macro type_week_moment(moment) -%}
    {%- set costs = (moment.split('_') | last).count('c') -%}
    decimal(38, {{ {0: 0, 1: 6, 2: 12}[costs] }})
{%- endmacro %}
