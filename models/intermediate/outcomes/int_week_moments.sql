-- grain: one row a week, tenant and metric over cases, with the moments of its cases and of their week before
-- depends_on: {{ ref('run_months') }}
{{ config(materialized='incremental', unique_key='period_start', meta={'in_run': 'months'}) }}

with weeks as (

    select * from {{ ref('int_case_weeks') }}
    where {{ in_run('period_start', 'months') }}

),

weeks_before as (

    select
        *,
        {{ next_period_start('week', 'period_start') }} as next_period_start
    from {{ ref('int_case_weeks') }}
    where {{ in_run(next_period_start('week', 'period_start'), 'months') }}

),

-- Most cases live in one week; of those that cost in two, the weeks are not independent.
cases as (
    {% for metric, (numerator, denominator) in case_week_metrics().items() %}
    select
        weeks.period_start,
        weeks.tenant,
        '{{ metric }}' as metric,
        cast(weeks.{{ numerator }} as decimal(18, 6)) as c,
        cast(weeks.{{ denominator }} as decimal(10, 0)) as d,
        cast(coalesce(weeks_before.{{ numerator }}, 0) as decimal(18, 6)) as c_before,
        cast(coalesce(weeks_before.{{ denominator }}, 0) as decimal(10, 0)) as d_before,
        coalesce(weeks_before.{{ numerator }} <> 0 or weeks_before.{{ denominator }} <> 0, false) as is_in_both
    from weeks
    left join weeks_before
        on
            weeks.period_start = weeks_before.next_period_start
            and weeks.ticket_id = weeks_before.ticket_id
    where weeks.{{ numerator }} <> 0 or weeks.{{ denominator }} <> 0
    {{ "union all" if not loop.last }}
    {%- endfor %}

)

select
    cases.period_start,
    cases.tenant,
    cases.metric,
    {%- for moment, product in week_moments().items() %}
    cast(sum({{ product }}) as {{ type_week_moment(moment) }}) as {{ moment }},
    {%- endfor %}
    count(*) as units,
    count(*) filter (where cases.is_in_both) as units_in_both
from cases
group by
    cases.period_start,
    cases.tenant,
    cases.metric
