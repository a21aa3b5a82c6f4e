{#-
  List price of an attempt in pico-dollars, exact: four disjoint buckets of tokens, each at its price. Expects an
  attempt's tokens and its price in pico-dollars a token. NULL where no price applies, where no usage was observed, where
  a bucket that holds tokens has no price, and where a count is beyond anything a model takes (over a billion), which no
  arithmetic should be trusted with.
-#}
{% macro priced_pico_usd() -%}
    {%- set input = 'coalesce(input_tokens, 0)' -%}
    {%- set cached = 'coalesce(cached_input_tokens, 0)' -%}
    {%- set cache_write = 'coalesce(cache_write_tokens, 0)' -%}
    {%- set output = 'coalesce(output_tokens, 0)' -%}
    case
        when price_id is null then null
        when coalesce(input_tokens, cached_input_tokens, cache_write_tokens, output_tokens) is null then null
        when greatest({{ input }}, {{ cached }}, {{ cache_write }}, {{ output }}) > 1000000000 then null
        else
            {{ bucket_pico_usd('greatest(' ~ input ~ ' - ' ~ cached ~ ' - ' ~ cache_write ~ ', 0)', 'input_pico_usd') }}
            + {{ bucket_pico_usd(cached, 'cached_input_pico_usd') }}
            + {{ bucket_pico_usd(cache_write, 'cache_write_pico_usd') }}
            + {{ bucket_pico_usd(output, 'output_pico_usd') }}
    end
{%- endmacro %}


{#- An empty bucket costs nothing even where it has no price. -#}
{% macro bucket_pico_usd(tokens, price) -%}
    case when {{ tokens }} = 0 then 0 else {{ tokens }} * {{ price }} end
{%- endmacro %}


{#- Which of the two figures an attempt costs, by the variable cost_basis. -#}
{% macro cost_usd() -%}
    {%- if var('cost_basis') == 'priced_first' -%} coalesce(priced_cost_usd, reported_cost_usd)
    {%- else -%} coalesce(reported_cost_usd, priced_cost_usd)
    {%- endif -%}
{%- endmacro %}


{% macro cost_source() -%}
    case
        {%- if var('cost_basis') == 'priced_first' %}
        when priced_cost_usd is not null then 'priced'
        when reported_cost_usd is not null then 'reported'
        {%- else %}
        when reported_cost_usd is not null then 'reported'
        when priced_cost_usd is not null then 'priced'
        {%- endif %}
        else 'unpriced'
    end
{%- endmacro %}


{#- List price of all input of an attempt in pico-dollars. Expects its tokens and the prices of its price row. -#}
{% macro input_pico_usd() -%}
    {%- set cached = 'coalesce(cached_input_tokens, 0)' -%}
    {%- set cache_write = 'coalesce(cache_write_tokens, 0)' -%}
    case when priced_cost_usd is not null then
        {{ bucket_pico_usd('greatest(coalesce(input_tokens, 0) - ' ~ cached ~ ' - ' ~ cache_write ~ ', 0)', 'input_pico_usd') }}
        + {{ bucket_pico_usd(cached, 'cached_input_pico_usd') }}
        + {{ bucket_pico_usd(cache_write, 'cache_write_pico_usd') }}
    end
{%- endmacro %}


{#-
  What an attempt would not have cost without some of its input tokens, in pico-dollars: the cheapest ones first, cached,
  then plain, then cache-write. Old history stands where the cache reaches, so this is the least that is saved.
-#}
{% macro removed_input_pico_usd(tokens) -%}
    {%- set cached = 'least(' ~ tokens ~ ', coalesce(cached_input_tokens, 0))' -%}
    {%- set plain = 'least(' ~ tokens ~ ' - ' ~ cached
        ~ ', greatest(input_tokens - coalesce(cached_input_tokens, 0) - coalesce(cache_write_tokens, 0), 0))' -%}
    case when priced_cost_usd is not null then
        {{ bucket_pico_usd(cached, 'cached_input_pico_usd') }}
        + {{ bucket_pico_usd(plain, 'input_pico_usd') }}
        + {{ bucket_pico_usd('(' ~ tokens ~ ' - ' ~ cached ~ ' - ' ~ plain ~ ')', 'cache_write_pico_usd') }}
    end
{%- endmacro %}
