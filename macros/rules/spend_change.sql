{#- The windows whose spend is compared, each with its length in days. The baseline lies seven days before. -#}
{% macro change_window_grains() -%} {{- return({'day': 1, 'week': 7}) -}} {%- endmacro %}


{#-
  The kinds of tokens that have a price of their own, disjoint, as an attempt is priced: column of the daily rollup, tokens
  of an attempt, and the price of dim_model_prices (a missing one falls back to the input price).
-#}
{% macro token_kinds() -%}
    {{- return([
        {
            'name': 'input',
            'tokens': 'greatest(coalesce(input_tokens, 0) - coalesce(cached_input_tokens, 0) - coalesce(cache_write_tokens, 0), 0)',
            'price': 'input_usd_per_million'
        },
        {
            'name': 'cached_input',
            'tokens': 'coalesce(cached_input_tokens, 0)',
            'price': 'coalesce(cached_input_usd_per_million, input_usd_per_million)'
        },
        {
            'name': 'cache_write',
            'tokens': 'greatest(coalesce(cache_write_tokens, 0) - coalesce(cache_write_1h_tokens, 0), 0)',
            'price': 'coalesce(cache_write_usd_per_million, input_usd_per_million)'
        },
        {
            'name': 'cache_write_1h',
            'tokens': 'coalesce(cache_write_1h_tokens, 0)',
            'price': 'coalesce(cache_write_1h_usd_per_million, cache_write_usd_per_million, input_usd_per_million)'
        },
        {'name': 'output', 'tokens': 'coalesce(output_tokens, 0)', 'price': 'output_usd_per_million'}
    ]) -}}
{%- endmacro %}


{#- The effects that a change of spend is split into, in the order of the factors. -#}
{% macro change_effects() -%}
    {{- return([
        'volume', 'requests_per_case', 'attempts_per_request', 'model_mix', 'unknown_cost', 'tokens', 'price'
    ]) -}}
{%- endmacro %}


{#- What the change of spend is broken down by for its drivers; users only where a window is a spike of the endpoint. -#}
{% macro change_driver_dimensions() -%}
    {{- return(['endpoint_tag', 'tenant_id', 'prompt_version', 'model']) -}}
{%- endmacro %}


{#- ln of the growth of a number, or of a ratio of two, between two windows; NULL where a part of it is 0. -#}
{% macro log_growth(numerator, denominator=none) -%}
    {%- set growth = 'cast(' ~ numerator ~ ' as double) / nullif(cast(baseline_' ~ numerator ~ ' as double), 0)' -%}
    {%- if denominator is not none -%}
        {%- set growth = growth ~ ' * cast(baseline_' ~ denominator ~ ' as double) / nullif(cast(' ~ denominator ~ ' as double), 0)' -%}
    {%- endif -%}
    {{ ln_or_null(growth) }}
{%- endmacro %}


{#-
  Which factor of a cell carries its whole change because it is nothing in one of the windows; NULL where every factor can
  be compared. A model or an endpoint that is new or gone is mix. Expects the columns of int_spend_change_cells.
-#}
{% macro lone_effect() -%}
    case
        when cost_usd > 0 and baseline_cost_usd > 0 and least(requests, baseline_requests) > 0 then null
        when least(model_attempts, baseline_model_attempts) = 0 or least(requests, baseline_requests) = 0 then 'model_mix'
        when least(known_attempts, baseline_known_attempts) = 0 then 'unknown_cost'
        when least(tokens, baseline_tokens) = 0 then 'tokens'
        else 'price'
    end
{%- endmacro %}


{#- Whether the tokens of a cell can be compared: reported costs may come without any. -#}
{% macro has_tokens() -%} least(tokens, baseline_tokens) > 0 {%- endmacro %}


{#-
  Whether a rise is beyond chance: at least `standard_errors` of what such a window usually varies by. A variance of 0 leaves no
  room for chance; an unknown one (under two units to learn it from) cannot call a rise chance either.
-#}
{% macro is_beyond_chance(rise, variance, standard_errors) -%}
    (
        {{ rise }} > 0
        and coalesce({{ rise }} * {{ rise }} >= {{ standard_errors }} * {{ standard_errors }} * {{ variance }}, true)
    )
{%- endmacro %}


{#- The type of a moment of units: as many decimals as its dollars need, those of a square twice as many. Exact, so that sums can be taken off. -#}
{% macro type_moment(moment) -%}
    decimal(38, {{ 12 if moment == 'cost_cost' else 6 if 'cost' in moment else 0 }})
{%- endmacro %}


{#-
  How much a sum over requests varies, a request: the variance of the residuals of its units, from the moments of
  int_endpoint_unit_days. NULL: fewer than two units, or no request.
-#}
{% macro unit_residual_variance(sum, square, product) -%}
    case
        when units >= 2 and requests > 0
            then
                greatest(
                    {{ square }}
                    - 2e0 * ({{ sum }} / nullif(requests, 0)) * {{ product }}
                    + ({{ sum }} / nullif(requests, 0)) * ({{ sum }} / nullif(requests, 0)) * requests_requests,
                    0e0
                )
                / nullif(requests, 0) * units / nullif(units - 1, 0)
    end
{%- endmacro %}


{#- Variance of the change of a ratio over requests; expects the relation changes with the requests of both sides. -#}
{% macro rate_change_variance(residual_variance) -%}
    {{ residual_variance }} * (
        1e0 / nullif(cast(changes.requests as double), 0) + 1e0 / nullif(cast(changes.baseline_requests as double), 0)
    )
{%- endmacro %}


{#- The class of a rise of spend, first match wins (DECISIONS.md, "Spikes of spend"). -#}
{% macro spike_class() -%}
    case
        when not is_spike then 'no_spike'
        when data_or_price_share >= dominant_share or all_baseline_attempts = 0 then 'data_or_price'
        when
            coalesce(suspect_share >= dominant_share, false)
            and suspect_cost_usd >= min_own_growth * suspect_baseline_cost_usd
            and not did_successes_follow
            and demand_share >= dominant_share
            -- a known user whose cases did not become more is in a loop
            and (suspect_user_id = '{{ unknown_users() }}' or volume_share >= requests_per_case_share) then 'abuse'
        when per_request_share >= dominant_share and coalesce(new_version_share >= dominant_share, false) then 'deploy'
        when tokens_share >= dominant_share then 'token'
        when requests_per_case_share >= dominant_share then 'loop'
        when attempts_per_request_share >= dominant_share then 'retry_storm'
        when volume_share >= dominant_share then 'volume'
        else 'mixed'
    end
{%- endmacro %}


{#- How all users of no known tenant are called, as one driver. -#}
{% macro unknown_users() -%} (unknown users) {%- endmacro %}


{#- Sums of a measure in the window and in its baseline, as two columns; expects the relation sides. -#}
{% macro both_sides(relation, measure, type) -%}
    cast(coalesce(sum({{ relation }}.{{ measure }}) filter (where not sides.is_baseline), 0) as {{ type }}) as {{ measure }},
        cast(coalesce(sum({{ relation }}.{{ measure }}) filter (where sides.is_baseline), 0) as {{ type }}) as baseline_{{ measure }}
{%- endmacro %}


{#- How calls of a known tenant that name no user are called; nobody can be suspected for them. -#}
{% macro calls_without_user() -%} (no user id) {%- endmacro %}


{#- A sum of known costs that is 0 where none is known, as marts show it: NULL where there were attempts and none is known. -#}
{% macro cost_if_known(known_cost, attempts, unpriced_attempts) -%}
    case when {{ attempts }} = 0 or {{ attempts }} > {{ unpriced_attempts }} then {{ known_cost }} end
{%- endmacro %}
