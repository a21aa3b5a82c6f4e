-- grain: one row a budget, period, knowledge (as_known, now) and UTC day on which another state is entered
select * from {{ ref('int_budget_transitions') }}
