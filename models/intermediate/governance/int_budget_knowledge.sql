-- grain: one row a budget, measure (usd, tokens), UTC day of a period and knowledge (now, as known, both alike)
with days as (

    select * from {{ ref('int_budget_histories') }}
    -- Of days before the first period the means are taken.
    where amount is not null

),

told as (

    select
        days.budget_id,
        days.measure,
        days.date_day,
        days.first_date,
        days.is_day_over,
        known.is_told,
        known.first_date as known_first_date,
        known.is_day_over as is_known_day_over,
        late.budget_id is not null
        or known.first_date <> days.first_date
        or known.is_day_over <> days.is_day_over as is_another_now
    from days
    inner join {{ ref('int_telemetry_known') }} as known on days.date_day = known.date_day
    left join {{ ref('int_budget_late') }} as late
        on
            days.budget_id = late.budget_id
            and days.measure = late.measure
            and days.date_day = late.date_day

)

select
    budget_id,
    measure,
    date_day,
    true as is_now,
    is_told and not is_another_now as is_as_known,
    first_date,
    is_day_over
from told

union all

select
    budget_id,
    measure,
    date_day,
    false as is_now,
    true as is_as_known,
    known_first_date as first_date,
    is_known_day_over as is_day_over
from told
where
    is_told
    and is_another_now
