-- grain: one row an endpoint, prompt version, metric, arm and intent, with the exact sums that the statistics need
-- depends_on: {{ ref('run_releases') }}
{{ config(
    materialized='incremental',
    unique_key=['endpoint_tag', 'prompt_version'],
    meta={'in_run': 'releases'}
) }}

with releases as (

    select * from {{ ref('int_prompt_releases_dated') }}
    where {{ in_run(['endpoint_tag', 'prompt_version'], 'releases') }}

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
        endpoint_tag,
        prompt_version,
        'candidate' as arm,
        prompt_version as arm_version,
        released_at as counts_from,
        released_at + interval '{{ var("regression_window_days") }}' day as counts_until
    from releases

    union all

    select
        endpoint_tag,
        prompt_version,
        'baseline' as arm,
        baseline_version as arm_version,
        released_at - interval '{{ var("regression_window_days") }}' day as counts_from,
        released_at as counts_until
    from releases

),

units_in_arms as (

    select
        arms.endpoint_tag,
        arms.prompt_version,
        arms.arm,
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
        {{ add_hours('units.first_met_at', 'definition.inactivity_hours + definition.maturity_hours') }}
        < as_of.as_of as has_had_time_to_mature
    from units
    inner join arms
        on
            units.endpoint_tag = arms.endpoint_tag
            and units.prompt_version = arms.arm_version
            and units.first_met_at >= arms.counts_from
            and units.first_met_at < arms.counts_until
    cross join as_of
    cross join definition

),

-- The metrics differ in the units that they can count, so units that all of them treat alike are added up once.
totals as (

    select
        endpoint_tag,
        prompt_version,
        arm,
        intent,
        cost_usd is not null as is_cost_known,
        tokens is not null as is_tokens_known,
        has_had_time_to_end,
        has_had_time_to_mature,
        has_final_outcome,
        {%- for name, amount in regression_amounts().items() %}
        sum({{ amount }}) as {{ name }},
        {%- endfor %}
        {%- for left, right in regression_products() %}
        sum({{ regression_product(left, right) }}) as {{ left }}_{{ right }},
        {%- endfor %}
        count(*) as units,
        count(*) filter (where versions_met > 1) as contaminated_units
    from units_in_arms
    group by all

)
{%- for metric in regression_metrics() %}
{%- set c, d = metric.numerator, metric.denominator %}

select
    endpoint_tag,
    prompt_version,
    '{{ metric.name }}' as metric,
    arm,
    intent,
    cast(sum(units) as bigint) as units,
    cast(sum(contaminated_units) as bigint) as contaminated_units,
    cast(sum({{ c }}) as double) as sum_c,
    cast(sum({{ d }}) as double) as sum_d,
    cast(sum({{ c }}_{{ c }}) as double) as sum_cc,
    cast(sum({{ c }}_{{ d }}) as double) as sum_cd,
    cast(sum({{ d }}_{{ d }}) as double) as sum_dd,
    cast(sum(cost) as double) as sum_cost_usd,
    cast(sum(requests) as bigint) as sum_requests,
    cast(sum(resolved) as bigint) as sum_resolved,
    cast(sum(case when is_tokens_known then units else 0 end) as bigint) as units_with_tokens,
    cast(sum(case when is_tokens_known then requests else 0 end) as bigint) as sum_requests_with_tokens,
    cast(sum(tokens) as double) as sum_tokens
from totals
where {{ metric.condition }}
group by
    endpoint_tag,
    prompt_version,
    arm,
    intent
{{ "union all" if not loop.last }}
{%- endfor %}
