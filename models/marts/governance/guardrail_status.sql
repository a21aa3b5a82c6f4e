-- grain: one row a guardrail and week that began when it was in force
with guardrails as (

    select * from {{ ref('int_guardrails_stated') }}

),

weeks as (

    select
        guardrails.guardrail_id,
        periods.period_start,
        periods.period_end,
        periods.is_complete
    from guardrails
    inner join {{ ref('dim_periods') }} as periods
        on
            periods.period_grain = 'week'
            and guardrails.since <= periods.period_start

),

rows_counted as (
    {% for metric, number in guardrail_metrics().items() if number.parts %}
    {%- set is_last_metric = loop.last %}
    {%- for part in number.parts %}
    select
        guardrails.guardrail_id,
        {{ part.week or 'numbers.period_start' }} as period_start,
        cast({{ part.numerator }} as {{ type_usd_sum() }}) as numerator,
        cast({{ part.denominator }} as {{ type_usd_sum() }}) as denominator,
        cast({{ part.not_counted }} as bigint) as not_counted,
        {{ part.each }} as each_at_most
    from guardrails
    inner join {{ ref(part.mart) }} as numbers on {{ is_of_guardrail(metric) }}
    where {{ part.where }}
    {{ "union all" if not (loop.last and is_last_metric) }}
    {%- endfor %}
    {%- endfor %}

),

counted as (

    select
        guardrail_id,
        period_start,
        {{ whole_sum('not_counted') }} as not_counted,
        cast({{ ratio('sum(numerator)', 'sum(denominator)') }} as {{ type_guardrail_value() }}) as value,
        cast({{ ratio(
            'sum(numerator) + case when sum(not_counted) > 0 then sum(not_counted) * max(each_at_most) else 0e0 end', 'sum(denominator)'
        ) }} as {{ type_guardrail_value() }}) as value_at_most,
        true as is_final
    from rows_counted
    group by
        guardrail_id,
        period_start

),

rows_ready as (
    {% for metric, number in guardrail_metrics().items() if not number.parts %}
    select
        guardrails.guardrail_id,
        {{ number.week or 'numbers.period_start' }} as period_start,
        cast({{ number.value }} as {{ type_guardrail_value() }}) as value,
        cast({{ number.value_at_most }} as {{ type_guardrail_value() }}) as value_at_most,
        cast({{ number.not_counted }} as bigint) as not_counted,
        {{ number.is_final }} as is_final
    from guardrails
    inner join {{ ref(number.mart) }} as numbers on {{ is_of_guardrail(metric) }}
    where {{ number.where }}
    {{ "union all" if not loop.last }}
    {%- endfor %}

),

numbers as (

    select * from counted

    union all

    select
        guardrail_id,
        period_start,
        max(not_counted) as not_counted,
        max(value) as value,
        case when count(*) = count(value_at_most) then max(value_at_most) end as value_at_most,
        bool_and(is_final) as is_final
    from rows_ready
    group by
        guardrail_id,
        period_start

),

-- What is not counted can only make a number larger.
judged as (

    select
        weeks.guardrail_id,
        weeks.period_start,
        weeks.period_end,
        weeks.is_complete,
        guardrails.metric,
        guardrails.scope_type,
        guardrails.scope_value,
        guardrails.direction,
        guardrails.limit_value,
        guardrails.owner,
        numbers.value,
        numbers.value_at_most,
        coalesce(numbers.not_counted, 0) as not_counted,
        case
            when not weeks.is_complete then 'week_not_over'
            when numbers.value is null then 'no_value'
            when not numbers.is_final then 'not_mature'
        end as reason,
        case
            when guardrails.direction = 'at_most' and numbers.value > guardrails.limit_value then false
            when guardrails.direction = 'at_most' and numbers.value_at_most <= guardrails.limit_value then true
            when guardrails.direction = 'at_least' and numbers.value >= guardrails.limit_value then true
            when guardrails.direction = 'at_least' and numbers.value_at_most < guardrails.limit_value then false
        end as is_within
    from weeks
    inner join guardrails on weeks.guardrail_id = guardrails.guardrail_id
    left join numbers
        on
            weeks.guardrail_id = numbers.guardrail_id
            and weeks.period_start = numbers.period_start

)

select
    guardrail_id,
    period_start,
    period_end,
    metric,
    scope_type,
    scope_value,
    direction,
    limit_value,
    value,
    value_at_most,
    not_counted,
    case when reason is null then is_within end as holds,
    case when reason is null and is_within is null then 'not_counted' else reason end as reason,
    owner,
    is_complete
from judged
