-- grain: one row a week, use case and item of the template quality checklist
{%- set items = template_items() %}
with attribution as (

    select * from {{ ref('attribution_coverage') }}
    where period_grain = 'week'

),

-- Owner and escalation path are judged together there, and apart here.
tagged as (

    select
        periods.*,
        endpoints.owner,
        endpoints.escalation_path
    from {{ ref('int_attribution_periods') }} as periods
    left join {{ ref('dim_endpoints') }} as endpoints on periods.known_as = endpoints.endpoint_tag
    where
        periods.period_grain = 'week'
        and periods.dimension = 'owner_and_escalation_path'

),

judged as (
    {% for item, rule in items.items() if rule.dimension %}
    select
        period_start as week_start,
        use_case,
        '{{ item }}' as item,
        status,
        attempts,
        unpriced_attempts,
        tokens,
        cost_usd
    from attribution
    where dimension = '{{ rule.dimension }}'

    union all
    {% endfor %}
    {%- for item in ['owner', 'escalation_path'] %}
    select
        period_start as week_start,
        use_case,
        '{{ item }}' as item,
        case when {{ item }} is null then 'missing' else 'known' end as status,
        attempts,
        unpriced_attempts,
        tokens,
        cost_usd
    from tagged

    union all
    {% endfor %}
    select
        period_start as week_start,
        use_case,
        'outcome' as item,
        status,
        attempts,
        unpriced_attempts,
        tokens,
        cost_usd
    from attribution
    where
        dimension = 'workflow'
        and status = 'unattributed'

    union all

    select
        week_start,
        use_case,
        'outcome' as item,
        status,
        attempts,
        unpriced_attempts,
        tokens,
        cost_usd
    from {{ ref('int_outcome_weeks') }}

),

by_status as (

    select
        week_start,
        use_case,
        item,
        status,
        case item
            {%- for item, rule in items.items() %}
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

-- Of several gaps of an item the one with most attempts names it.
named as (

    select
        *,
        row_number() over (
            partition by week_start, use_case, item
            order by is_whole, attempts desc, status
        ) as place
    from by_status

),

items as (

    select
        week_start,
        use_case,
        item,
        max(case when place = 1 and not is_whole then status end) as main_gap,
        {{ whole_sum('attempts') }} as attempts,
        {{ whole_sum('unpriced_attempts') }} as unpriced_attempts,
        {{ whole_sum('tokens') }} as tokens,
        {{ sum_usd('cost_usd') }} as cost_usd,
        {{ whole_sum('case when is_whole then 0 else attempts end') }} as gap_attempts,
        {{ whole_sum('case when is_whole then 0 else unpriced_attempts end') }} as gap_unpriced_attempts,
        {{ whole_sum('case when is_whole then 0 else coalesce(tokens, 0) end') }} as known_gap_tokens,
        {{ sum_usd('case when not is_whole then cost_usd end') }} as known_gap_cost_usd,
        {{ sum_usd('case when is_whole then cost_usd end') }} as known_whole_cost_usd
    from named
    group by
        week_start,
        use_case,
        item

),

shared as (

    select
        *,
        {{ known_cost('known_gap_cost_usd', 'gap_attempts') }} as gap_cost_usd,
        {{ ratio('attempts - gap_attempts', 'attempts') }} as whole_attempt_share,
        case when cost_usd is not null then {{ ratio('coalesce(known_whole_cost_usd, 0)', 'cost_usd') }} end
            as whole_cost_share,
        {{ ratio('tokens - known_gap_tokens', 'tokens') }} as whole_token_share,
        -- What is not priced is taken to cost what the rest did, for the order of the gaps alone.
        coalesce(known_gap_cost_usd, 0)
        + {{ usd_times(usd_per('cost_usd', '(attempts - unpriced_attempts)'), 'gap_unpriced_attempts') }}
            as gap_cost_at_mean_usd
    from items

),

scored as (

    select
        *,
        -- Many cheap calls that are whole raise the first, and neither of the others.
        least(whole_attempt_share, coalesce(whole_cost_share, 1e0), coalesce(whole_token_share, 1e0)) as whole_share,
        case when use_case = 'unknown' and item in ({{ quoted_words(items_by_tag()) }}) then 'endpoint_tag' end
            as follows_from
    from shared

),

ranked as (

    select
        *,
        {%- for partition in ['week_start', 'week_start, use_case'] %}
        case
            when gap_attempts > 0 and follows_from is null
                then
                    row_number() over (
                        partition by
                            {{ partition }},
                            gap_attempts > 0 and follows_from is null
                        order by gap_cost_at_mean_usd desc nulls last, gap_attempts desc, use_case, item
                    )
        end as {{ 'gap_rank' if loop.first else 'gap_rank_in_use_case' }}{{ "," if not loop.last }}
        {%- endfor %}
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
    case when ranked.tokens is not null then ranked.known_gap_tokens end as gap_tokens,
    ranked.gap_cost_usd,
    cast(ranked.gap_cost_at_mean_usd as {{ type_usd_sum() }}) as gap_cost_at_mean_usd,
    ranked.main_gap,
    ranked.follows_from,
    ranked.gap_rank,
    ranked.gap_rank_in_use_case,
    ranked.whole_attempt_share,
    ranked.whole_cost_share,
    ranked.whole_token_share,
    ranked.whole_share,
    {%- for weeks in [1, 4] %}
    ranked.whole_share - weeks_ago_{{ weeks }}.whole_share as whole_share_change_{{ weeks }}w{{ "," if not loop.last }}
    {%- endfor %}
from ranked
{%- for weeks in [1, 4] %}
left join scored as weeks_ago_{{ weeks }}
    on
        ranked.use_case = weeks_ago_{{ weeks }}.use_case
        and ranked.item = weeks_ago_{{ weeks }}.item
        and ranked.week_start = cast(weeks_ago_{{ weeks }}.week_start + interval '{{ 7 * weeks }}' day as date)
{%- endfor %}
left join use_cases on ranked.use_case = use_cases.use_case
cross join clock
