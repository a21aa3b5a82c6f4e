-- grain: one row an endpoint, prompt version, metric, arm and intent, with the exact sums that the statistics need
{{ config(materialized='table') }}

with releases as (

    select * from {{ ref('int_prompt_releases_dated') }}

),

units as (

    select * from {{ ref('int_prompt_version_units') }}

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
        units.has_final_outcome
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
    cast(sum(cost_usd) as double) as sum_cost_usd
from arms
where {{ metric.condition }}
group by
    endpoint_tag,
    prompt_version,
    arm,
    intent
{{ "union all" if not loop.last }}
{%- endfor %}
