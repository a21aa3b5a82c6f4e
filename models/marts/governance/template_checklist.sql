-- grain: one row a week, use case and item of the template quality checklist
with items as (

    select * from {{ ref('int_template_items') }}

),

shared as (

    select
        *,
        {{ ratio('attempts - gap_attempts', 'attempts') }} as whole_attempt_share,
        {{ ratio('cost_usd - coalesce(gap_cost_usd, 0)', 'cost_usd') }} as whole_cost_share,
        {{ ratio('tokens - gap_tokens', 'tokens') }} as whole_token_share,
        -- What is not priced is taken to cost what the rest did, for the order of the gaps alone.
        coalesce(gap_cost_usd, 0)
        + {{ usd_times(usd_per('cost_usd', '(attempts - unpriced_attempts)'), 'gap_unpriced_attempts') }}
            as gap_cost_at_mean_usd,
        case
            when use_case = 'unknown' and item in ({{ quoted_words(items_by_tag()) }}) then 'endpoint_tag'
        end as follows_from
    from items

),

scored as (

    select
        *,
        gap_attempts > 0 and follows_from is null as is_ranked,
        -- Many cheap calls that are whole raise the first, and neither of the others.
        least(whole_attempt_share, coalesce(whole_cost_share, 1e0), coalesce(whole_token_share, 1e0)) as whole_share
    from shared

),

ranked as (

    select
        *,
        row_number() over (
            partition by week_start, is_ranked
            order by gap_cost_at_mean_usd desc nulls last, gap_attempts desc, use_case asc, item asc
        ) as place,
        row_number() over (
            partition by week_start, use_case, is_ranked
            order by gap_cost_at_mean_usd desc nulls last, gap_attempts desc, item asc
        ) as place_in_use_case
    from scored

),

use_cases as (

    select * from {{ ref('stg_reference__use_cases') }}

),

clock as (

    select * from {{ ref('int_as_of') }}

)

select
    ranked.week_start,
    {{ period_has_passed("'week'", 'ranked.week_start', 'clock.as_of') }} as is_complete,
    ranked.use_case,
    use_cases.owner as use_case_owner,
    ranked.item,
    ranked.attempts,
    ranked.unpriced_attempts,
    ranked.tokens,
    ranked.cost_usd,
    ranked.gap_attempts,
    ranked.gap_unpriced_attempts,
    case when ranked.tokens is not null then ranked.gap_tokens end as gap_tokens,
    {{ known_cost('ranked.gap_cost_usd', 'ranked.gap_attempts') }} as gap_cost_usd,
    cast(ranked.gap_cost_at_mean_usd as {{ type_usd_sum() }}) as gap_cost_at_mean_usd,
    ranked.main_gap,
    ranked.follows_from,
    cast(case when ranked.is_ranked then ranked.place end as bigint) as gap_rank,
    cast(case when ranked.is_ranked then ranked.place_in_use_case end as bigint) as gap_rank_in_use_case,
    ranked.whole_attempt_share,
    ranked.whole_cost_share,
    ranked.whole_token_share,
    ranked.whole_share,
    ranked.whole_share - week_ago.whole_share as whole_share_change_1w,
    ranked.whole_share - four_weeks_ago.whole_share as whole_share_change_4w
from ranked
left join scored as week_ago
    on
        ranked.use_case = week_ago.use_case
        and ranked.item = week_ago.item
        and ranked.week_start = cast(week_ago.week_start + interval '7' day as date)
left join scored as four_weeks_ago
    on
        ranked.use_case = four_weeks_ago.use_case
        and ranked.item = four_weeks_ago.item
        and ranked.week_start = cast(four_weeks_ago.week_start + interval '28' day as date)
left join use_cases on ranked.use_case = use_cases.use_case
cross join clock
