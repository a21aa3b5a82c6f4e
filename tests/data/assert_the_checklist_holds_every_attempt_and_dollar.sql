-- Every item of the checklist holds the reportable attempts of the week and use case, and data_mode all, both ways.
{%- set items = template_items() | list %}
with of_attempts as (

    select
        {{ week_start('attempts.request_date') }} as week_start,
        coalesce(attempts.use_case, 'unknown') as use_case,
        names.item,
        count(*) as attempts,
        count(*) - count(attempts.cost_usd) as unpriced_attempts,
        {{ whole_sum(all_tokens('attempts.input_tokens', 'attempts.output_tokens')) }} as tokens,
        {{ sum_usd('attempts.cost_usd') }} as cost_usd
    from {{ ref('fct_attempts') }} as attempts
    cross join (
        values
        {%- for item in items %}
        ('{{ item }}'){{ "," if not loop.last }}
        {%- endfor %}
    ) as names (item)
    where
        (attempts.is_reportable or names.item = 'data_mode')
        and {{ touched('attempts.request_date', 'month_days') }}
        and {{ touched(week_start('attempts.request_date'), 'months') }}
    group by all

),

of_checklist as (

    select
        week_start,
        use_case,
        item,
        attempts,
        unpriced_attempts,
        tokens,
        cost_usd
    from {{ ref('template_checklist') }}
    where {{ touched('week_start', 'months') }}

)

{{ differences(
    'of_attempts', 'of_checklist', ['week_start', 'use_case', 'item'], ['attempts', 'unpriced_attempts', 'tokens', 'cost_usd']
) }}
