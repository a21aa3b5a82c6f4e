-- grain: one row a window and endpoint with a spike: the hour in which it began
with spikes as (

    select * from {{ ref('int_spend_rises') }}
    where is_spike

),

endpoint_hours as (

    select * from {{ ref('int_endpoint_hours') }}

),

-- The excess of each hour over the same hour of the baseline.
hours as (
    {% for sign, side_start, side_end in [
        ('', 'period_start', 'period_end'), ('-', 'baseline_start', 'baseline_end')
    ] %}
    select
        spikes.period_grain,
        spikes.period_start,
        spikes.endpoint_tag,
        spikes.change_usd,
        cast(24 * spikes.window_days as decimal(4, 0)) as hours_in_window,
        cast(
            24 * cast(endpoint_hours.request_date - spikes.{{ side_start }} as bigint)
            + extract(hour from endpoint_hours.hour_start) as decimal(4, 0)
        ) as hour_number,
        {{ sign }}coalesce(endpoint_hours.cost_usd, 0) as excess_usd
    from endpoint_hours
    inner join spikes
        on
            endpoint_hours.endpoint_tag = spikes.endpoint_tag
            and endpoint_hours.request_date >= spikes.{{ side_start }}
            and endpoint_hours.request_date < spikes.{{ side_end }}
    {{ "union all" if not loop.last }}
    {%- endfor %}

),

hourly as (

    select
        period_grain,
        period_start,
        endpoint_tag,
        change_usd,
        hours_in_window,
        hour_number,
        {{ sum_usd('excess_usd') }} as excess_usd
    from hours
    group by
        period_grain,
        period_start,
        endpoint_tag,
        change_usd,
        hours_in_window,
        hour_number

),

-- A CUSUM whose allowance is half of the mean excess: a rise begins where the excess so far lags furthest behind half
-- of an even spread. A rise that fills the window begins with it.
cumulated as (

    select
        *,
        2 * hours_in_window * (
            {{ sum_usd_over(
                'excess_usd', 'partition by period_grain, period_start, endpoint_tag order by hour_number'
            ) }} - excess_usd
        ) - hour_number * change_usd as lag_usd
    from hourly

),

ranked as (

    select
        *,
        row_number() over (
            partition by period_grain, period_start, endpoint_tag
            order by lag_usd, hour_number
        ) as lag_rank
    from cumulated

)

select
    period_grain,
    period_start,
    endpoint_tag,
    {{ add_hours('cast(period_start as timestamp)', 'hour_number') }} as onset_at
from ranked
where lag_rank = 1
