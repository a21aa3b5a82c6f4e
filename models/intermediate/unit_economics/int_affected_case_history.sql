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

)

-- Cases are named in each place that reads them: one CTE for the three would hold those of the whole history in memory.
select
    least(
        reported.first_period_start,
        (
            select min(cast(workflows.started_at as date))
            from workflows
            where {{ is_since_first_affected('workflows.last_attempt_at', 'int_affected_case_periods') }}
        )
    ) as first_date,
    least(
        {%- for moment in ['opened_at', 'resolved_at', 'last_attempt_at'] %}
        (
            select min(cast(cases.opened_at as date))
            from {{ ref('fct_tickets') }} as cases
            where {{ is_since_first_affected('cases.' ~ moment, 'int_affected_case_periods') }}
        ){{ "," if not loop.last }}
        {%- endfor %}
    ) as first_opened_on
from reported
