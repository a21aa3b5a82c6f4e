{#-
  What is looked for hour by hour, and what an endpoint's hour must show to count as one (DECISIONS.md, "Bursts"). Expects
  the columns of int_endpoint_hours_judged's CTE `compared`. Without a baseline nothing is found.
-#}
{% macro burst_kinds() -%}
    {{- return({
        'failing_requests': {
            'measure': 'requests',
            'condition':
                'requests >= ' ~ var('burst_min_requests')
                ~ ' and requests >= ' ~ var('burst_min_ratio') ~ ' * baseline_requests'
                ~ ' and success_ratio <= baseline_success_ratio - ' ~ var('burst_min_failure_rise'),
        },
        'retry_storm': {
            'measure': 'attempts_per_request',
            'condition':
                'retries >= ' ~ var('burst_min_retries')
                ~ ' and attempts >= ' ~ var('burst_min_ratio') ~ ' * baseline_attempts_per_request * requests'
                ~ ' and error_ratio >= baseline_error_ratio + ' ~ var('burst_min_failure_rise'),
        },
        'unknown_users': {
            'measure': 'unknown_user_tokens',
            'condition':
                'unknown_user_requests >= ' ~ var('burst_min_requests')
                ~ ' and unknown_user_tokens > 0'
                ~ ' and unknown_user_tokens >= ' ~ var('burst_min_ratio') ~ ' * baseline_unknown_user_tokens',
        },
    }) -}}
{%- endmacro %}


{#- What has the evidence to be a burst of any kind; only those hours are compared with their baseline. -#}
{% macro has_burst_evidence() -%}
    requests >= {{ var('burst_min_requests') }}
    or retries >= {{ var('burst_min_retries') }}
    or unknown_user_requests >= {{ var('burst_min_requests') }}
{%- endmacro %}


{#- Days of history without which there is no baseline: a quarter of the window. -#}
{% macro burst_min_baseline_days() -%} {{- return((var('burst_baseline_days') + 3) // 4) -}} {%- endmacro %}
