-- grain: one row an endpoint, prompt version, metric, arm and intent, with the exact sums that the statistics need
{{ config(
    materialized='incremental',
    unique_key=['endpoint_tag', 'prompt_version'],
    meta={'affected_by': 'int_affected_releases'}
) }}

with releases as (

    select * from {{ ref('int_prompt_releases_dated') }}
    where {{ on_affected(['endpoint_tag', 'prompt_version'], 'int_affected_releases') }}

),

units as (

    select * from {{ ref('int_prompt_version_units') }}

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

definition as (

    select * from {{ ref('int_outcome_definition') }}

),

arms as (

    select
        releases.endpoint_tag,
        releases.prompt_version,
        case when units.prompt_version = releases.prompt_version then 'candidate' else 'baseline' end as arm,
        units.intent,
        units.versions_met,
        units.requests,
        units.tokens,
        units.cost_usd,
        units.resolved,
        units.has_final_outcome,
        -- A young unit counts only where it could have become anything: escalations are final at once, resolutions a
        -- week later, so that final outcomes of young units are mostly the bad ones.
        {{ add_hours('units.first_met_at', 'definition.inactivity_hours') }} < as_of.as_of as has_had_time_to_end,
        {{ add_hours('units.first_met_at', 'definition.inactivity_hours + definition.reopen_window_hours') }}
        < as_of.as_of as has_had_time_to_mature
    from releases
    inner join units
        on
            releases.endpoint_tag = units.endpoint_tag
            and (
                (
                    releases.prompt_version = units.prompt_version
                    and releases.released_at <= units.first_met_at
                    and releases.released_at + interval '{{ var("regression_window_days") }}' day > units.first_met_at
                )
                or (
                    releases.baseline_version = units.prompt_version
                    and releases.released_at - interval '{{ var("regression_window_days") }}' day <= units.first_met_at
                    and releases.released_at > units.first_met_at
                )
            )
    cross join as_of
    cross join definition

)
{%- for metric in regression_metrics() %}

select
    endpoint_tag,
    prompt_version,
    '{{ metric.name }}' as metric,
    arm,
    intent,
    count(*) as units,
    count(*) filter (where versions_met > 1) as contaminated_units,
    cast(sum({{ metric.numerator }}) as double) as sum_c,
    cast(sum({{ metric.denominator }}) as double) as sum_d,
    cast(sum({{ metric.numerator_squared }}) as double) as sum_cc,
    cast(sum({{ metric.numerator }} * {{ metric.denominator }}) as double) as sum_cd,
    cast(sum({{ metric.denominator }} * {{ metric.denominator }}) as double) as sum_dd,
    cast(sum(cost_usd) as double) as sum_cost_usd,
    cast(sum(requests) as bigint) as sum_requests,
    cast(sum(resolved) as bigint) as sum_resolved,
    count(tokens) as units_with_tokens,
    cast(sum(case when tokens is not null then requests else 0 end) as bigint) as sum_requests_with_tokens,
    cast(sum(cast(tokens as decimal(19, 0))) as double) as sum_tokens
from arms
where {{ metric.condition }}
group by
    endpoint_tag,
    prompt_version,
    arm,
    intent
{{ "union all" if not loop.last }}
{%- endfor %}
