-- grain: one row a week and use case
{%- set items = template_items() | length %}
with checklist as (

    select * from {{ ref('template_checklist') }}

),

weakest as (

    select
        *,
        row_number() over (
            partition by week_start, use_case
            order by whole_share asc, follows_from asc nulls first, gap_attempts desc, item asc
        ) as weakness
    from checklist

),

scored as (

    select
        week_start,
        is_complete,
        use_case,
        use_case_owner,
        count(*) as judged_items,
        count(*) filter (where gap_attempts = 0) as whole_items,
        -- Test traffic is of the item data_mode alone.
        max(case when item = 'price' then attempts end) as attempts,
        max(case when item = 'price' then unpriced_attempts end) as unpriced_attempts,
        max(case when item = 'price' then cost_usd end) as cost_usd,
        -- Each item weighs the same. An item that nothing is known of is not left out of the mean: there is no score.
        case
            when count(whole_share) = {{ items }}
                then cast(sum(cast(whole_share as decimal(18, 12))) as double) / {{ items }}
        end as score,
        {%- for place in [1, 2, 3] %}
        max(case when gap_rank_in_use_case = {{ place }} then item end) as gap_{{ place }},
        max(case when gap_rank_in_use_case = {{ place }} then gap_cost_usd end) as gap_{{ place }}_cost_usd,
        max(case when gap_rank_in_use_case = {{ place }} then gap_unpriced_attempts end)
            as gap_{{ place }}_unpriced_attempts,
        {%- endfor %}
        max(case when weakness = 1 and gap_attempts > 0 then item end) as weakest_item,
        max(case when weakness = 1 and gap_attempts > 0 then whole_share end) as weakest_share
    from weakest
    group by
        week_start,
        is_complete,
        use_case,
        use_case_owner

)

select
    scored.week_start,
    scored.is_complete,
    scored.use_case,
    scored.use_case_owner,
    coalesce(scored.attempts, 0) as attempts,
    coalesce(scored.unpriced_attempts, 0) as unpriced_attempts,
    {{ known_cost('scored.cost_usd', 'scored.attempts') }} as cost_usd,
    scored.judged_items,
    scored.whole_items,
    scored.score,
    scored.score - week_ago.score as score_change_1w,
    scored.score - four_weeks_ago.score as score_change_4w,
    {%- for place in [1, 2, 3] %}
    scored.gap_{{ place }},
    scored.gap_{{ place }}_cost_usd,
    scored.gap_{{ place }}_unpriced_attempts,
    {%- endfor %}
    scored.weakest_item,
    scored.weakest_share
from scored
left join scored as week_ago
    on
        scored.use_case = week_ago.use_case
        and scored.week_start = cast(week_ago.week_start + interval '7' day as date)
left join scored as four_weeks_ago
    on
        scored.use_case = four_weeks_ago.use_case
        and scored.week_start = cast(four_weeks_ago.week_start + interval '28' day as date)
