-- grain: one row: where the history begins that the periods which this run reports again may look back to
{{ config(materialized='table') }}

-- What a workflow did before such a period counts in what it does there: whether it had reached a limit, or made the
-- same call before.
with reported as (

    select min(period_start) as first_period_start
    from {{ ref('int_affected_case_periods') }}

),

workflows as (

    select * from {{ ref('fct_workflows') }}

),

cases as (

    select * from {{ ref('fct_tickets') }}

)

select
    least(
        reported.first_period_start,
        (
            select min(cast(workflows.started_at as date))
            from workflows
            where workflows.last_attempt_at >= (
                select min(periods.period_start) from {{ ref('int_affected_case_periods') }} as periods
            )
        )
    ) as first_date,
    least(
        {%- for moment in ['opened_at', 'resolved_at', 'last_attempt_at'] %}
        (
            select min(cast(cases.opened_at as date))
            from cases
            where cases.{{ moment }} >= (
                select min(periods.period_start) from {{ ref('int_affected_case_periods') }} as periods
            )
        ){{ "," if not loop.last }}
        {%- endfor %}
    ) as first_opened_on
from reported
