-- grain: one row an alert that calls have caused: who or what stands out behind it, and its class
{%- set dimensions = ['endpoint_tag', 'tenant_id', 'prompt_version', 'model'] %}
with changes as (

    select
        *,
        sum(excess) over (partition by alert_id, dimension) as all_excess,
        row_number() over (
            partition by alert_id, dimension
            order by excess desc, driver asc
        ) as excess_rank
    from {{ ref('int_alert_changes') }}

),

drivers as (

    select
        *,
        ({{ ratio('excess', 'all_excess') }}) >= {{ alert_driver_share() }} and all_excess > 0 as stands_out
    from changes
    where excess_rank = 1

),

pivoted as (

    select
        alert_id,
        {%- for dimension in dimensions %}
        max(case when dimension = '{{ dimension }}' and stands_out then driver end) as {{ dimension }},
        {%- endfor %}
        coalesce(bool_or(
            dimension = 'prompt_version' and stands_out
            and first_date > before_window - {{ deploy_days() }}
        ), false) as is_of_new_version
    from drivers
    group by alert_id

),

-- What the calls of the window would cost if each model's, and each endpoint's, cost what they did before.
expected as (

    select
        *,
        try_cast(
            attempts * coalesce(
                {{ ratio('baseline_known_cost_usd', 'baseline_attempts') }}, {{ ratio('known_cost_usd', 'attempts') }}
            ) as decimal(18, 6)
        ) as expected_usd
    from changes

),

sums as (

    select
        alert_id,
        sum(case when dimension = 'model' then attempts end) as attempts,
        sum(case when dimension = 'model' then baseline_attempts end) as baseline_attempts,
        sum(case when dimension = 'model' then known_cost_usd end) as known_cost_usd,
        sum(case when dimension = 'model' then baseline_known_cost_usd end) as baseline_known_cost_usd,
        sum(case when dimension = 'model' then expected_usd end) as expected_by_model_usd,
        sum(case when dimension = 'endpoint_tag' then expected_usd end) as expected_by_endpoint_usd
    from expected
    group by alert_id

)

select
    pivoted.*,
    -- Of the growth of cost a call, and of cost a day.
    {{ growth_explained(
        ratio('sums.expected_by_model_usd', 'sums.attempts'),
        ratio('sums.baseline_known_cost_usd', 'sums.baseline_attempts'),
        ratio('sums.known_cost_usd', 'sums.attempts'),
        ratio('sums.baseline_known_cost_usd', 'sums.baseline_attempts')
    ) }} as share_of_model_mix,
    {{ growth_explained(
        ratio('sums.expected_by_endpoint_usd', 'alerts.window_days'),
        ratio('sums.baseline_known_cost_usd', signal_baseline_days()),
        ratio('sums.known_cost_usd', 'alerts.window_days'),
        ratio('sums.baseline_known_cost_usd', signal_baseline_days())
    ) }} as share_of_calls
from pivoted
inner join sums on pivoted.alert_id = sums.alert_id
inner join {{ ref('int_alerts_told') }} as alerts on pivoted.alert_id = alerts.alert_id
