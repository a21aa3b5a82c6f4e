-- grain: one row a week, use case and item of the template quality checklist, with what is whole of it and what is not
with attribution as (

    select
        *,
        period_start as week_start
    from {{ ref('attribution_coverage') }}
    where period_grain = 'week'

),

-- Owner and escalation path are judged together there, and apart here.
tagged as (

    select
        periods.*,
        periods.period_start as week_start,
        endpoints.owner,
        endpoints.escalation_path
    from {{ ref('int_attribution_periods') }} as periods
    left join {{ ref('dim_endpoints') }} as endpoints on periods.known_as = endpoints.endpoint_tag
    where
        periods.period_grain = 'week'
        and periods.dimension = 'owner_and_escalation_path'

),

judged as (
    {% for item, rule in template_items().items() if rule.dimension %}
    select
        '{{ item }}' as item,
        status,
        {{ template_item_columns() | join(', ') }}
    from attribution
    where dimension = '{{ rule.dimension }}'

    union all
    {% endfor %}
    {%- for item in ['owner', 'escalation_path'] %}
    select
        '{{ item }}' as item,
        case when {{ item }} is null then 'missing' else 'known' end as status,
        {{ template_item_columns() | join(', ') }}
    from tagged

    union all
    {% endfor %}
    select
        'outcome' as item,
        status,
        {{ template_item_columns() | join(', ') }}
    from attribution
    where
        dimension = 'workflow'
        and status = 'unattributed'

    union all

    select
        'outcome' as item,
        status,
        {{ template_item_columns() | join(', ') }}
    from {{ ref('int_outcome_weeks') }}

),

by_status as (

    select
        week_start,
        use_case,
        item,
        status,
        case item
            {%- for item, rule in template_items().items() %}
            when '{{ item }}' then status in ({{ quoted_words(rule.whole) }})
            {%- endfor %}
        end as is_whole,
        {{ whole_sum('attempts') }} as attempts,
        {{ whole_sum('unpriced_attempts') }} as unpriced_attempts,
        {{ whole_sum('tokens') }} as tokens,
        {{ sum_usd('cost_usd') }} as cost_usd
    from judged
    group by all

),

named as (

    select
        *,
        row_number() over (
            partition by week_start, use_case, item
            order by is_whole asc, attempts desc, status asc
        ) as place
    from by_status

)

select
    week_start,
    use_case,
    item,
    -- Of several gaps of an item the one with most attempts names it.
    max(case when place = 1 and not is_whole then status end) as main_gap,
    {{ whole_sum('attempts') }} as attempts,
    {{ whole_sum('unpriced_attempts') }} as unpriced_attempts,
    {{ whole_sum('tokens') }} as tokens,
    {{ sum_usd('cost_usd') }} as cost_usd,
    {{ whole_sum('case when is_whole then 0 else attempts end') }} as gap_attempts,
    {{ whole_sum('case when is_whole then 0 else unpriced_attempts end') }} as gap_unpriced_attempts,
    {{ whole_sum('case when is_whole then 0 else coalesce(tokens, 0) end') }} as gap_tokens,
    {{ sum_usd('case when not is_whole then cost_usd end') }} as gap_cost_usd
from named
group by
    week_start,
    use_case,
    item
