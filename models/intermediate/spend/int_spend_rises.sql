-- grain: one row a window and endpoint, with whether its spend has risen by more than chance and enough to matter
{{ config(materialized='incremental', unique_key='period_start', meta={'in_run': 'months'}) }}

with changes as (

    select * from {{ ref('int_endpoint_changes') }}
    where {{ in_run('period_start', 'months') }}

),


histories as (

    select * from {{ ref('int_endpoint_histories') }}

),

rules as (

    select * from {{ ref('stg_reference__spend_spike_rules') }}

),

measured as (

    select
        changes.*,
        rules.min_growth,
        rules.min_rise_usd,
        rules.min_standard_errors,
        rules.dominant_share,
        rules.min_own_growth,
        rules.new_version_hours,
        cast(
            sum(changes.baseline_attempts) over (partition by changes.period_grain, changes.period_start) as bigint
        ) as all_baseline_attempts,
        {{ ratio('changes.change_usd', 'changes.baseline_known_cost_usd') }} as growth,
        cast(changes.requests - changes.baseline_requests as double) as requests_rise,
        histories.units as history_units,
        histories.requests_variance,
        {{ ratio('changes.attempts', 'changes.requests') }}
        - {{ ratio('changes.baseline_attempts', 'changes.baseline_requests') }} as attempts_per_request_rise,
        {{ rate_change_variance('histories.attempts_residual_variance') }} as attempts_per_request_variance,
        {{ ratio('changes.known_cost_usd', 'changes.requests') }}
        - {{ ratio('changes.baseline_known_cost_usd', 'changes.baseline_requests') }} as cost_per_request_rise,
        {{ rate_change_variance('histories.cost_residual_variance') }} as cost_per_request_variance
    from changes
    inner join rules on changes.period_grain = rules.period_grain
    left join histories
        on
            changes.period_grain = histories.period_grain
            and changes.period_start = histories.period_start
            and changes.endpoint_tag = histories.endpoint_tag

),

tested as (

    select
        *,
        {%- for measure in ['requests', 'attempts_per_request', 'cost_per_request'] %}
        {{ measure }}_rise / nullif(sqrt({{ measure }}_variance), 0) as {{ measure }}_standard_errors,
        {%- endfor %}
        -- An endpoint without a history has nothing that chance could have moved.
        history_units is null
        {%- for measure in ['requests', 'attempts_per_request', 'cost_per_request'] %}
        or coalesce({{ is_beyond_chance(measure ~ '_rise', measure ~ '_variance', 'min_standard_errors') }}, false)
        {%- endfor %} as is_beyond_chance
    from measured

)

select
    *,
    change_usd >= min_rise_usd
    and coalesce(growth >= min_growth, true)
    and is_beyond_chance as is_spike
from tested
