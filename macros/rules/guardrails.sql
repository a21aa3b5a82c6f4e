{#-
  What a guardrail can hold to a limit: each metric with the number of a mart that it is, and the scopes that it has.

  `scopes` has a condition for each scope type, over the relations numbers (the mart) and guardrails. A metric of `parts` is sum(numerator) /
  sum(denominator) over the rows of its marts in the week (`week`: an expression where the mart has no period_start). `not_counted` are
  attempts that the numerator lacks, and `each` what one of them may add to it: as much as in the dearest row. Otherwise `value` is the number
  itself, of which the largest row of the week counts, `value_at_most` the most that it may be (NULL: not known), and `is_final` whether it
  can still change.
-#}
{% macro guardrail_metrics() -%}
    {%- set in_week = "numbers.period_grain = 'week'" -%}
    {%- set all_of_it = {'workspace': 'true'} -%}
    {%- set by_endpoint = {
        'workspace': 'true',
        'use_case': 'numbers.use_case = guardrails.scope_value',
        'endpoint': 'numbers.endpoint_tag = guardrails.scope_value',
        'prompt_version': "concat(numbers.endpoint_tag, ' / ', numbers.prompt_version) = guardrails.scope_value",
    } -%}
    {%- set by_use_case = {'workspace': 'true', 'use_case': 'numbers.use_case = guardrails.scope_value'} -%}
    {%- set by_tag = {'workspace': 'true', 'endpoint': 'numbers.endpoint_tag = guardrails.scope_value'} -%}
    {%- set metrics = {} -%}

    {%- for metric, numbers in {
        'cost_per_request': ('cost_usd', 'requests', 'unpriced_attempts', none),
        'input_tokens_per_request': ('input_tokens', 'requests', 'unobserved_attempts', none),
        'output_tokens_per_request': ('output_tokens', 'requests', 'unobserved_attempts', none),
        'retry_ratio': ('retries', 'requests', none, none),
        'error_ratio': ('failed_attempts', 'attempts', 'unknown_status_attempts', '1e0'),
        'output_cap_breach_share': ('output_cap_breaches', 'output_capped_attempts', 'unobserved_attempts', '1e0'),
    }.items() -%}
        {%- set numerator, denominator, not_counted, each = numbers -%}
        {%- do metrics.update({metric: {'scopes': by_endpoint, 'parts': [{
            'mart': 'endpoint_economics', 'where': in_week,
            'numerator': 'numbers.' ~ numerator, 'denominator': 'numbers.' ~ denominator,
            'not_counted': 'numbers.' ~ not_counted if not_counted else '0',
            'each': each or ratio(
                'numbers.' ~ numerator, 'numbers.attempts' ~ (' - numbers.' ~ not_counted if not_counted else '')
            ),
        }]}}) -%}
    {%- endfor -%}

    {#- A week without a breach has no row of one, so the attempts are those of the endpoint. -#}
    {%- do metrics.update({'over_tier_share': {'scopes': by_tag, 'parts': [
        {
            'mart': 'model_tier_breaches', 'where': in_week,
            'numerator': 'numbers.attempts', 'denominator': '0', 'not_counted': '0', 'each': '0e0',
        },
        {
            'mart': 'endpoint_economics', 'where': in_week,
            'numerator': '0', 'denominator': 'numbers.attempts',
            'not_counted': "case when numbers.model_tier = 'unknown' then numbers.attempts else 0 end", 'each': '1e0',
        },
    ]}}) -%}
    {%- do metrics.update({'unknown_user_share': {'scopes': by_tag, 'parts': [{
        'mart': 'endpoint_hours', 'where': 'true', 'week': week_start('numbers.request_date'),
        'numerator': 'numbers.unknown_user_requests', 'denominator': 'numbers.requests', 'not_counted': '0', 'each': '0e0',
    }]}}) -%}
    {%- do metrics.update({'tenant_share': {'scopes': {'tenant': 'true'}, 'parts': [{
        'mart': 'tenant_share', 'where': in_week,
        'numerator': 'case when numbers.tenant_id = guardrails.scope_value then numbers.cost_usd else 0 end',
        'denominator': 'numbers.cost_usd',
        'not_counted': 'case when numbers.tenant_id = guardrails.scope_value then numbers.unpriced_attempts else 0 end',
        'each': ratio('numbers.cost_usd', 'numbers.attempts - numbers.unpriced_attempts'),
    }]}}) -%}
    {%- do metrics.update({'unattributed_share': {'scopes': by_use_case, 'parts': [{
        'mart': 'attribution_coverage', 'where': in_week ~ " and numbers.dimension = 'workflow'",
        'numerator': "case when numbers.status = 'unattributed' then numbers.cost_usd else 0 end",
        'denominator': 'numbers.cost_usd',
        'not_counted': "case when numbers.status = 'unattributed' then numbers.unpriced_attempts else 0 end",
        'each': ratio('numbers.cost_usd', 'numbers.attempts - numbers.unpriced_attempts'),
    }]}}) -%}
    {%- do metrics.update({'unpriced_share': {'scopes': by_use_case, 'parts': [{
        'mart': 'attribution_coverage', 'where': in_week ~ " and numbers.dimension = 'cost'",
        'numerator': 'numbers.unpriced_attempts', 'denominator': 'numbers.attempts', 'not_counted': '0', 'each': '0e0',
    }]}}) -%}

    {%- for metric in ['cost_per_resolved', 'deflection_rate', 'fully_automated_share', 'reopen_rate', 'satisfaction'] -%}
        {%- do metrics.update({metric: {
            'scopes': {
                'workspace': "numbers.segment_type = 'all'",
                'tenant': "numbers.segment_type = 'tenant' and numbers.segment_value = guardrails.scope_value",
            },
            'mart': 'week_on_week', 'where': "numbers.metric = '" ~ metric ~ "'",
            'value': 'numbers.metric_value',
            'value_at_most': 'coalesce(numbers.value_at_most, cast(numbers.metric_value as double))',
            'not_counted': 'coalesce(numbers.unpriced_attempts, 0)', 'is_final': 'numbers.is_mature',
        }}) -%}
    {%- endfor -%}
    {%- do metrics.update({'budget_use': {
        'scopes': {'budget': 'numbers.budget_id = guardrails.scope_value'},
        'mart': 'budget_status', 'where': 'true', 'week': week_start('numbers.status_date'),
        'value': budget_use(),
        'value_at_most': 'case when not numbers.is_lower_bound then ' ~ budget_use() ~ ' end',
        'not_counted': 'greatest(coalesce(numbers.unpriced_attempts, 0), coalesce(numbers.uncounted_attempts, 0))',
        'is_final': 'true',
    }}) -%}
    {{- return(metrics) -}}
{%- endmacro %}


{#- The part of a budget that is spent, of dollars or tokens the larger; expects a row of budget_status as numbers. -#}
{% macro budget_use() -%}
    greatest(
        coalesce({{ ratio('numbers.actual_usd', 'numbers.amount_usd') }}, 0e0),
        coalesce({{ ratio('numbers.actual_tokens', 'numbers.amount_tokens') }}, 0e0)
    )
{%- endmacro %}


{#- To a billionth, so that what reaches its limit is equal to it, and alike on both engines. -#}
{% macro type_guardrail_value() -%} decimal(28, 9) {%- endmacro %}


{#- Whether the scope of a guardrail is one that its metric has. -#}
{% macro guardrail_has_scope() -%}
    case metric
        {%- for metric, number in guardrail_metrics().items() %}
        when '{{ metric }}' then scope_type in ({{ quoted_words(number.scopes.keys() | list) }})
        {%- endfor %}
    end
{%- endmacro %}


{#- Whether a row of a mart is of a guardrail, for one metric. -#}
{% macro is_of_guardrail(metric) -%}
    guardrails.metric = '{{ metric }}'
    and (
        {%- for scope_type, condition in guardrail_metrics()[metric].scopes.items() %}
        {{ "or " if not loop.first }}(guardrails.scope_type = '{{ scope_type }}' and {{ condition }})
        {%- endfor %}
    )
{%- endmacro %}
