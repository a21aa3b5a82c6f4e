-- grain: one row a window, endpoint and effect
{{ config(materialized='incremental', unique_key='period_start', meta={'in_run': 'months'}) }}

with cells as (

    select
        *,
        {{ joined_text(['model', 'token_kind', 'is_attributed']) }} as cell_key,
        {{ lone_effect() }} as lone_effect
    from {{ ref('int_spend_change_cells') }}

),

models as (

    select * from {{ ref('int_spend_window_models') }}

),

changes as (

    select
        period_grain,
        period_start,
        endpoint_tag,
        cast(
            {{ sum_usd('known_cost_usd') }} - {{ sum_usd('baseline_known_cost_usd') }} as {{ type_usd_sum() }}
        ) as change_usd
    from models
    group by
        period_grain,
        period_start,
        endpoint_tag

),

compared as (

    select
        *,
        case when lone_effect is null then {{ logarithmic_mean('cost_usd', 'baseline_cost_usd') }} end as mean_cost_usd
    from cells

),

-- The factors of a cell multiply to its cost, so the logarithms of their growth add up to that of the cost.
split as (
    {% for effect, growth in {
        'volume': log_growth('cases'),
        'requests_per_case': log_growth('requests', 'cases'),
        'attempts_per_request': log_growth('attempts', 'requests'),
        'model_mix': log_growth('model_attempts', 'attempts'),
        'unknown_cost': log_growth('known_attempts', 'model_attempts'),
        'tokens': 'case when ' ~ has_tokens() ~ ' then ' ~ log_growth('tokens', 'known_attempts') ~ ' else 0e0 end',
        'price': 'case when ' ~ has_tokens() ~ ' then ' ~ log_growth('cost_usd', 'tokens') ~ ' else '
            ~ log_growth('cost_usd', 'known_attempts') ~ ' end'
    }.items() %}
    select
        period_grain,
        period_start,
        endpoint_tag,
        cell_key,
        '{{ effect }}' as effect,
        case
            when lone_effect is null then mean_cost_usd * {{ growth }}
            when lone_effect = '{{ effect }}' then cost_usd - baseline_cost_usd
            else 0e0
        end as effect_usd
    from compared
    {{ "union all" if not loop.last }}
    {%- endfor %}

),

rounded as (

    select
        period_grain,
        period_start,
        endpoint_tag,
        effect,
        cast(cast({{ ordered_sum('effect_usd', 'cell_key') }} as decimal(28, 9)) as {{ type_usd_sum() }}) as rounded_usd
    from split
    group by
        period_grain,
        period_start,
        endpoint_tag,
        effect

),

-- Rounded to a billionth of a dollar, which every engine computes alike; the largest effect takes what is left.
ranked as (

    select
        *,
        row_number() over (
            partition by period_grain, period_start, endpoint_tag
            order by abs(rounded_usd) desc, effect
        ) as effect_rank,
        {{ sum_usd_over('rounded_usd', 'partition by period_grain, period_start, endpoint_tag') }} as rounded_change_usd
    from rounded

)

select
    ranked.period_grain,
    ranked.period_start,
    ranked.endpoint_tag,
    ranked.effect,
    cast(
        case
            when ranked.effect_rank = 1 then ranked.rounded_usd + changes.change_usd - ranked.rounded_change_usd
            else ranked.rounded_usd
        end as {{ type_usd_sum() }}
    ) as effect_usd
from ranked
inner join changes
    on
        ranked.period_grain = changes.period_grain
        and ranked.period_start = changes.period_start
        and ranked.endpoint_tag = changes.endpoint_tag
