-- Every case and known dollar of a period stands with exactly one project.
{%- set measures = ['opened_tickets'] + scorecard_counts() | list %}
with totals as (

    select
        period_grain,
        period_start,
        {{ measures | join(',\n        ') }},
        coalesce(ticket_cost_usd, 0) as known_cost_usd
    from {{ ref('support_scorecard') }}
    where
        segment_type = 'all'
        and {{ touched('period_start', 'months') }}

),

projects as (

    select
        period_grain,
        period_start,
        {%- for measure in measures %}
        cast(sum({{ measure }}) as bigint) as {{ measure }},
        {%- endfor %}
        coalesce({{ sum_usd('ticket_cost_usd') }}, 0) as known_cost_usd
    from {{ ref('support_scorecard') }}
    where
        segment_type = 'project'
        and {{ touched('period_start', 'months') }}
    group by
        period_grain,
        period_start

)

{{ differences('totals', 'projects', ['period_grain', 'period_start'], measures + ['known_cost_usd']) }}
