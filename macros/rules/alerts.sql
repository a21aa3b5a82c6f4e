{#- What is added up over days to be looked at, all as it was known. -#}
{% macro signal_sums() -%}
    {{- return([
        'attempts', 'failed_attempts', 'unpriced_attempts', 'unattributed_attempts', 'input_tokens', 'requests',
        'unknown_user_requests', 'known_cost_usd'
    ]) -}}
{%- endmacro %}

{#- Days of a window that is looked at, and of the baseline before it. -#}
{% macro signal_window_days() -%} {{- return([1, 3, 7]) -}} {%- endmacro %}
{% macro signal_baseline_days() -%} 28 {%- endmacro %}
{#- Days that are looked at of a day, with its longest window. -#}
{% macro signal_reach_days() -%} {{- return(signal_baseline_days() | int + signal_window_days() | max) -}} {%- endmacro %}

{#-
  What alerts look at: `numerator` / `denominator`, columns of signal_sums(). Without a denominator it is a number a day, and a day without
  a row counts. `is_share`: calls among calls, which vary at least as a coin does. `is_skewed`: a mean of amounts a few of which are many
  times the others, so that its logarithm is tested. `scopes`: whose they are.
-#}
{% macro signal_measures() -%}
    {{- return({
        'cost_per_request': {
            'numerator': 'known_cost_usd', 'denominator': 'requests', 'is_skewed': true, 'scopes': ['endpoint', 'prompt_version'],
        },
        'input_tokens_per_request': {
            'numerator': 'input_tokens', 'denominator': 'requests', 'is_skewed': true, 'scopes': ['endpoint'],
        },
        'attempts_per_request': {'numerator': 'attempts', 'denominator': 'requests', 'scopes': ['endpoint']},
        'requests_per_day': {'numerator': 'requests', 'denominator': none, 'scopes': ['endpoint']},
        'unknown_user_requests_per_day': {
            'numerator': 'unknown_user_requests', 'denominator': none, 'scopes': ['endpoint'],
        },
        'spend_share': {
            'numerator': 'known_cost_usd', 'denominator': 'all_known_cost_usd', 'is_skewed': true, 'scopes': ['tenant'],
        },
        'unpriced_share': {
            'numerator': 'unpriced_attempts', 'denominator': 'attempts', 'is_share': true, 'scopes': ['use_case'],
        },
        'unattributed_share': {
            'numerator': 'unattributed_attempts', 'denominator': 'attempts', 'is_share': true, 'scopes': ['use_case'],
        },
    }) -}}
{%- endmacro %}

{#-
  The kinds of alerts that are read off a window (DECISIONS.md, "Alerts"), the gravest cause first: each with its cause (calls that should not be,
  calls that take more, a tenant, data), its measure, the windows
  that it is looked at in, what must hold beside the limits of alert_rules, the value from which on it is one, and what it costs more
  than usual over the window. Expects a row of int_signals_measured as `measured` and its rule as `rules`.
-#}
{% macro signal_kinds() -%}
    {%- set by_growth = 'measured.baseline * (1 + coalesce(rules.min_growth, 0))' -%}
    {%- set by_points = 'measured.baseline + coalesce(rules.min_points, 0)' -%}
    {%- set per_request = 'greatest(measured.extra_usd_per_request, 0e0) * measured.calls' -%}
    {%- set per_day = 'greatest(measured.extra_usd, 0e0)' -%}
    {{- return({
        'retry_storm': {
            'cause': 'traffic', 'measure': 'attempts_per_request', 'windows': [1, 3], 'holds': 'measured.failed_points > 0',
            'threshold': by_growth, 'extra_usd': per_day,
        },
        'failing_burst': {
            'cause': 'traffic', 'measure': 'requests_per_day', 'windows': [1, 3],
            'holds': 'measured.failed_points >= coalesce(rules.min_points, 0)', 'threshold': by_growth, 'extra_usd': per_day,
        },
        'unknown_users': {
            'cause': 'traffic', 'measure': 'unknown_user_requests_per_day', 'windows': [1, 3],
            'holds': 'measured.numerator >= coalesce(rules.min_calls, 0)', 'threshold': by_growth, 'extra_usd': per_day,
        },
        'context_creep': {
            'cause': 'rate', 'measure': 'input_tokens_per_request', 'windows': [1, 3, 7], 'holds': 'true',
            'threshold': by_growth, 'extra_usd': per_request,
        },
        'cost_drift': {
            'cause': 'rate', 'measure': 'cost_per_request', 'windows': [1, 3, 7],
            'holds': 'measured.is_compared', 'threshold': by_growth, 'extra_usd': per_request,
        },
        'tenant_concentration': {
            'cause': 'tenant', 'measure': 'spend_share', 'windows': [7],
            'holds': "measured.value >= coalesce(rules.min_points, 0) and measured.scope_value <> 'unknown'",
            'threshold': 'greatest(' ~ by_growth ~ ', coalesce(rules.min_points, 0))', 'extra_usd': per_day,
        },
        'unpriced_share': {
            'cause': 'data', 'measure': 'unpriced_share', 'windows': [1, 7],
            'holds': 'measured.value >= ' ~ by_points, 'threshold': by_points, 'extra_usd': 'cast(null as double)',
        },
        'unattributed_share': {
            'cause': 'data', 'measure': 'unattributed_share', 'windows': [1, 7],
            'holds': 'measured.value >= ' ~ by_points, 'threshold': by_points, 'extra_usd': 'cast(null as double)',
        },
    }) -}}
{%- endmacro %}

{#-
  Few requests of skewed cost never differ by many standard errors, and so would double unseen. Over a week of a hundred requests a large
  growth is seldom chance at fewer (DECISIONS.md, "Alerts"). Expects the row and the rule of signal_kinds().
-#}
{% macro is_clear_over_a_week() -%}
    (
                measured.window_days = 7 and measured.calls >= 100
                and measured.growth >= greatest(coalesce(rules.min_growth, 0), 0.5e0) and measured.standard_errors >= 2.5e0
            )
{%- endmacro %}

{#- The other kinds: of budgets, and of what has not come. -#}
{% macro alert_kinds() -%}
    {{- return(['late_source', 'silent_endpoint'] + signal_kinds().keys() | list + ['budget_state']) -}}
{%- endmacro %}

{#- How grave an alert is, the gravest first; the first wakes somebody. -#}
{% macro alert_severities() -%} {{- return(['critical', 'warning', 'info']) -}} {%- endmacro %}

{#- Days without a sign after which the next one is an episode of its own. -#}
{% macro alert_quiet_days() -%} 7 {%- endmacro %}


{#- Whether a day lies in the baseline of a window that ends with evaluated_on. -#}
{% macro is_in_signal_baseline(window_days) -%}
    request_date <= evaluated_on - {{ window_days }} and request_date > evaluated_on - {{ window_days + signal_baseline_days() | int }}
{%- endmacro %}

{#- The square of a day's numerator by its denominator, from which its variation is learnt: rounded, so that sums depend on no row order. -#}
{% macro square_by(numerator, denominator=none) -%}
    try_cast(
        cast({{ numerator }} as double) * cast({{ numerator }} as double)
        {%- if denominator %} / nullif(cast({{ denominator }} as double), 0){% endif %} as decimal(38, 12)
    )
{%- endmacro %}


{#- Days of its baseline on which a scope has to have had calls before anything of it is judged. -#}
{% macro signal_min_days() -%} 10 {%- endmacro %}

{#- A silence is none that calls which come as they did would leave by chance: e^-12, one in 160,000. -#}
{% macro silence_min_log_chance() -%} 12 {%- endmacro %}

{#- Days for which a prompt version is new: after them, what its endpoint does is what it does. -#}
{% macro new_version_days() -%} 14 {%- endmacro %}

{#- Calls that have the same lot, as those of a case have: a share of calls varies as if they were so many times fewer. -#}
{% macro calls_together() -%} 6 {%- endmacro %}

{#- The share of window and baseline together. -#}
{% macro pooled_share() -%}
    ((numerator + baseline_numerator) / nullif(denominator + baseline_denominator, 0))
{%- endmacro %}


{#- Days for which a cause that was seen still explains what is seen next. -#}
{% macro alert_cause_days() -%} 2 {%- endmacro %}

{#- The place of a severity, the gravest first. -#}
{% macro severity_rank(severity) -%}
    case {{ severity }}
        {%- for word in alert_severities() %}
        when '{{ word }}' then {{ loop.index }}
        {%- endfor %}
    end
{%- endmacro %}

{#- The place of a state of a budget, the gravest first. -#}
{% macro budget_gravity(state) -%}
    case {{ state }}
        {%- for word in budget_states() %}
        when '{{ word }}' then {{ loop.index }}
        {%- endfor %}
    end
{%- endmacro %}

{#- What a budget's state was told by, spent or expected, in dollars or tokens. -#}
{% macro budget_told(actual, forecast) -%}
    cast(
        case
            when decided_by = 'usd' and told_by = 'actual' then {{ actual }}_usd
            when decided_by = 'usd' then {{ forecast }}_usd
            when told_by = 'actual' then {{ actual }}_tokens
            else {{ forecast }}_tokens
        end as double
    )
{%- endmacro %}

{#- The id of an alert: of its kind and scope and the day at whose end it was seen, and of nothing that may be said otherwise later. -#}
{% macro alert_key() -%}
    md5({{ joined_text([
        'alert_kind', 'scope_type', 'scope_value', 'prompt_version', 'budget_id', 'budget_period_start', 'evaluated_on'
    ]) }})
{%- endmacro %}


{#- What a window has beyond what its baseline has in as many days, rounded, so that sums depend on no row order; expects window_days. -#}
{% macro beyond_baseline(column) -%}
    cast(
        cast({{ column }} as double) - cast(baseline_{{ column }} as double) * window_days / {{ signal_baseline_days() }}e0
        as decimal(28, 9)
    )
{%- endmacro %}

{#- The part of what is beyond the baseline from which on somebody stands out. -#}
{% macro alert_driver_share() -%} 0.5e0 {%- endmacro %}

{#- Days before a window within which a prompt version has to have begun to be its cause. -#}
{% macro deploy_days() -%} 2 {%- endmacro %}

{#- How much of the growth of one number the growth of another explains, by logarithms; NULL where either is not known. -#}
{% macro growth_explained(part, part_before, whole, whole_before) -%}
    {{ ln_or_null('(' ~ part ~ ') / nullif(' ~ part_before ~ ', 0)') }}
    / nullif({{ ln_or_null('(' ~ whole ~ ') / nullif(' ~ whole_before ~ ', 0)') }}, 0)
{%- endmacro %}

{#- What an alert is, by the words of spend_spikes. Expects the columns of int_alerts_told and int_alert_drivers. NULL: spend did not spike. -#}
{% macro alert_class() -%}
    case
        when alerts.alert_kind = 'retry_storm' then 'retry_storm'
        when alerts.alert_kind = 'unknown_users' then 'abuse'
        when alerts.alert_kind = 'failing_burst' and drivers.tenant_id = 'unknown' then 'abuse'
        when alerts.alert_kind = 'failing_burst' then 'volume'
        when alerts.alert_kind in ('context_creep', 'cost_drift') and drivers.is_of_new_version then 'deploy'
        when alerts.alert_kind = 'context_creep' then 'token'
        when alerts.alert_kind = 'cost_drift' and drivers.share_of_model_mix < {{ alert_driver_share() }} then 'token'
        when alerts.alert_kind = 'tenant_concentration' and drivers.share_of_calls >= {{ alert_driver_share() }} then 'volume'
        when alerts.alert_kind = 'tenant_concentration' and drivers.share_of_model_mix < {{ alert_driver_share() }} then 'token'
        when alerts.alert_kind in ('cost_drift', 'tenant_concentration') then 'mixed'
    end
{%- endmacro %}


{#- A number as people read it, of four digits after the point at most; alike on both engines. -#}
{% macro plain_number(expression) -%}
    case
        when abs({{ expression }}) >= 100 then cast(cast(round({{ expression }}) as bigint) as {{ type_text() }})
        when abs({{ expression }}) >= 1 then cast(cast({{ expression }} as decimal(18, 2)) as {{ type_text() }})
        else cast(cast({{ expression }} as decimal(18, 4)) as {{ type_text() }})
    end
{%- endmacro %}

{#- What an alert rests on, as a sentence. Expects the columns of int_alerts_told as `alerts`. -#}
{% macro alert_evidence() -%}
    case
        when alerts.cause = 'budget' then concat(
            case when alerts.metric like '%forecast' then 'expected ' else 'spent ' end, {{ plain_number('alerts.value') }}, ' of ',
            {{ plain_number('alerts.threshold') }}, case when alerts.metric like 'usd%' then ' USD' else ' tokens' end,
            ' (', replace(alerts.budget_reason, '_', ' '), ')'
        )
        when alerts.cause = 'silence' then concat(
            'nothing for ', cast(alerts.window_days as {{ type_text() }}), ' days, about ', cast(alerts.calls as {{ type_text() }}),
            ' calls expected; the longest pause of the four weeks before was ', {{ plain_number('alerts.baseline') }}, ' days'
        )
        else concat(
            replace(alerts.metric, '_', ' '), ' ', {{ plain_number('alerts.value') }}, ' over ', cast(alerts.window_days as {{ type_text() }}),
            case when alerts.window_days = 1 then ' day' else ' days' end, ', ', {{ plain_number('alerts.baseline') }},
            ' in the four weeks before (', {{ plain_number('alerts.standard_errors') }}, ' standard errors, ',
            cast(alerts.calls as {{ type_text() }}), ' calls)'
        )
    end
{%- endmacro %}

{#- The severity of a place. -#}
{% macro severity_of_rank(rank) -%}
    case {{ rank }}
        {%- for word in alert_severities() %}
        when {{ loop.index }} then '{{ word }}'
        {%- endfor %}
    end
{%- endmacro %}
