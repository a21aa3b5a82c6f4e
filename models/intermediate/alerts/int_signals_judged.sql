-- grain: one row a kind of alert, scope and UTC day on which it is one, with the window that shows it best
with measured as (

    select * from {{ ref('int_signals_measured') }}

),

rules as (

    select * from {{ ref('stg_reference__alert_rules') }}

),

judged as (
    {% for kind, signal in signal_kinds().items() %}
    select
        '{{ kind }}' as alert_kind,
        '{{ signal.cause }}' as cause,
        {{ loop.index }} as cause_rank,
        measured.*,
        cast({{ signal.extra_usd }} as decimal(18, 6)) as extra_known_usd,
        rules.critical_growth,
        rules.critical_rise_usd,
        rules.min_standard_errors,
        {{ signal.threshold }} as threshold
    from measured
    inner join rules on rules.alert_kind = '{{ kind }}'
    where
        measured.measure = '{{ signal.measure }}'
        and measured.window_days in ({{ signal.windows | join(', ') }})
        and measured.value > measured.baseline
        and measured.calls >= coalesce(rules.min_calls, 0)
        and coalesce(measured.growth >= rules.min_growth, true)
        and (
            measured.standard_errors >= coalesce(rules.min_standard_errors, 0)
            {%- if signal.cause == 'rate' %}
            or {{ is_clear_over_a_week() }}
            {%- endif %}
        )
        and ({{ signal.holds }})
        and (coalesce(rules.min_rise_usd, 0) = 0 or {{ signal.extra_usd }} >= rules.min_rise_usd)
    {{ "union all" if not loop.last }}
    {%- endfor %}

)

select *
from judged
qualify row_number() over (
    partition by alert_kind, scope_type, scope_value, prompt_version, evaluated_on
    order by standard_errors desc, window_days asc
) = 1
