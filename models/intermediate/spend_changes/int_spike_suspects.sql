-- grain: one row a window and endpoint with a spike: the user, or all unknown users, whose spend rose most
with users as (

    select
        *,
        cast(known_cost_usd - baseline_known_cost_usd as {{ type_usd_sum() }}) as change_usd
    from {{ ref('int_spike_users') }}
    where user_id <> '{{ calls_without_user() }}'

),

ranked as (

    select
        *,
        row_number() over (
            partition by window_grain, window_start, endpoint_tag
            order by change_usd desc, user_id asc
        ) as change_rank
    from users

)

select
    window_grain,
    window_start,
    endpoint_tag,
    user_id,
    known_cost_usd,
    baseline_known_cost_usd,
    change_usd
from ranked
where change_rank = 1
