-- grain: one row a month of the run, endpoint and remedy, with what the remedy may cost in outcomes and in satisfaction
{%- set least = var('remedy_min_cases') %}
{%- set most = {'success': var('remedy_max_success_loss'), 'csat': var('remedy_max_csat_loss')} %}

with compared as (

    select * from {{ ref('int_remedy_comparisons') }}

),

measured as (

    select
        *,
        {{ ratio('affected_successes', 'affected_compared') }} as affected_success_share,
        {{ ratio('expected_successes', 'affected_compared') }} as rest_success_share,
        {{ z_95() }} * sqrt(variance_of_successes) / nullif(affected_compared, 0) as success_margin,
        {{ ratio('affected_rated_points', 'affected_rated_ratings') }} as affected_csat,
        {{ ratio('rest_rated_points', 'rest_rated_ratings') }} as rest_csat,
        case
            when affected_rated_ratings >= {{ least }} and rest_rated_ratings >= {{ least }}
                then {{ z_95() }} * sqrt(
                    {{ mean_variance('affected_rated_squares', 'affected_rated_points', 'affected_rated_ratings') }}
                    + {{ mean_variance('rest_rated_squares', 'rest_rated_points', 'rest_rated_ratings') }}
                )
        end as csat_margin
    from compared

),

bounded as (

    select
        *,
        affected_success_share - rest_success_share as success_difference,
        affected_success_share - rest_success_share - success_margin as success_low,
        affected_success_share - rest_success_share + success_margin as success_high,
        affected_csat - rest_csat as csat_difference,
        affected_csat - rest_csat - csat_margin as csat_low,
        affected_csat - rest_csat + csat_margin as csat_high
    from measured

)

select
    *,
    case
        when 2 * affected_outcomes < affected_cases then 'outcomes_not_known'
        when rest_compared = 0 then 'nothing_to_compare'
        when least(affected_compared, rest_compared) < {{ least }} then 'too_few_cases'
        else {{ difference_reason('success_low', 'success_high', most.success, 'better_outcomes') }}
    end as outcome_reason,
    case
        when affected_support_cases = 0 then 'not_applicable'
        when csat_margin is null then 'too_few_ratings'
        else {{ difference_reason('csat_low', 'csat_high', most.csat, 'better_ratings') }}
    end as csat_reason
from bounded
