-- Every case and dollar of a period stands with exactly one project.
{%- set measures = ['opened_tickets'] + scorecard_counts() | list %}
with totals as (

    select
        period_grain,
        period_start,
        {{ measures | join(',\n        ') }},
        ticket_cost_usd
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
        {{ sum_usd('ticket_cost_usd') }} as ticket_cost_usd
    from {{ ref('support_scorecard') }}
    where
        segment_type = 'project'
        and {{ touched('period_start', 'months') }}
    group by
        period_grain,
        period_start

)

{{ differences('totals', 'projects', ['period_grain', 'period_start'], measures + ['ticket_cost_usd']) }}
