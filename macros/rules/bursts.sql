{#-
  What is looked for hour by hour (DECISIONS.md, "Bursts"): what an endpoint's hour must show by itself, its `evidence`, and
  what it must be against its baseline. Expects the columns of int_endpoint_hours_judged's CTE `compared`. Without a baseline
  nothing is found. A ratio is between 0 and 1, so that who is to fall or rise by some has a limit whatever the baseline is.
-#}
{% macro burst_kinds() -%}
    {%- set rise = var('burst_min_failure_rise') -%}
    {{- return({
        'failing_requests': {
            'measure': 'requests',
            'evidence': 'requests >= ' ~ var('burst_min_requests') ~ ' and success_ratio <= 1e0 - ' ~ rise,
            'condition':
                'requests >= ' ~ var('burst_min_ratio') ~ ' * baseline_requests'
                ~ ' and success_ratio <= baseline_success_ratio - ' ~ rise,
        },
        'retry_storm': {
            'measure': 'attempts_per_request',
            'evidence': 'retries >= ' ~ var('burst_min_retries') ~ ' and error_ratio >= ' ~ rise,
            'condition':
                'attempts >= ' ~ var('burst_min_ratio') ~ ' * baseline_attempts_per_request * requests'
                ~ ' and error_ratio >= baseline_error_ratio + ' ~ rise,
        },
        'unknown_users': {
            'measure': 'unknown_user_tokens',
            'evidence': 'unknown_user_requests >= ' ~ var('burst_min_requests') ~ ' and unknown_user_tokens > 0',
            'condition': 'unknown_user_tokens >= ' ~ var('burst_min_ratio') ~ ' * baseline_unknown_user_tokens',
        },
    }) -}}
{%- endmacro %}


{#-
  What has the evidence to be a burst of any kind. Only those hours are compared with their baseline: they are few, and a
  baseline holds four weeks of hours in memory for each.
-#}
{% macro has_burst_evidence() -%}
    {%- for kind, burst in burst_kinds().items() %}
    {{ "or " if not loop.first }}({{ burst.evidence }})
    {%- endfor %}
{%- endmacro %}


{#- Days of history without which there is no baseline: a quarter of the window. -#}
{% macro burst_min_baseline_days() -%} {{- return((var('burst_baseline_days') | int + 3) // 4) -}} {%- endmacro %}
