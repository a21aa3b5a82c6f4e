{#-
  List price of an attempt in pico-dollars, exact: five disjoint buckets of tokens, each at its price. Expects an
  attempt's tokens and its price in pico-dollars a token. NULL where no price applies, where no usage was observed, where
  a bucket that holds tokens has no price, where the total says that the input or the output is missing, and where a count is beyond
  anything a model takes (over a billion), which no arithmetic should be trusted with.
-#}
{% macro priced_pico_usd() -%}
    {%- set input = 'coalesce(input_tokens, 0)' -%}
    {%- set cached = 'coalesce(cached_input_tokens, 0)' -%}
    {%- set cache_write = 'coalesce(cache_write_tokens, 0)' -%}
    {%- set output = 'coalesce(output_tokens, 0)' -%}
    case
        when price_id is null then null
        when coalesce(input_tokens, cached_input_tokens, cache_write_tokens, output_tokens) is null then null
        when {{ lacks_a_part() }} then null
        when greatest({{ input }}, {{ cached }}, {{ cache_write }}, {{ output }}) > 1000000000 then null
        else
            {{ bucket_pico_usd('greatest(' ~ input ~ ' - ' ~ cached ~ ' - ' ~ cache_write ~ ', 0)', 'input_pico_usd') }}
            + {{ bucket_pico_usd(cached, 'cached_input_pico_usd') }}
            + {{ written_pico_usd() }}
            + {{ bucket_pico_usd(output, 'output_pico_usd') }}
    end
{%- endmacro %}


{#- Whether the total of an event is more than the one part that it gives: the other was consumed, and is not known. -#}
{% macro lacks_a_part() -%}
    coalesce(
        (input_tokens is null or output_tokens is null)
        and total_tokens > coalesce(input_tokens, coalesce(cached_input_tokens, 0) + coalesce(cache_write_tokens, 0)) + coalesce(output_tokens, 0),
        false
    )
{%- endmacro %}


{#- An empty bucket costs nothing even where it has no price. -#}
{% macro bucket_pico_usd(tokens, price) -%}
    case when {{ tokens }} = 0 then 0 else {{ tokens }} * {{ price }} end
{%- endmacro %}


{#- List price of the tokens that were written to the cache: those that are kept an hour have a price of their own. -#}
{% macro written_pico_usd() -%}
    {%- set one_hour = 'coalesce(cache_write_1h_tokens, 0)' -%}
    {{ bucket_pico_usd('greatest(coalesce(cache_write_tokens, 0) - ' ~ one_hour ~ ', 0)', 'cache_write_pico_usd') }}
    + {{ bucket_pico_usd(one_hour, 'cache_write_1h_pico_usd') }}
{%- endmacro %}


{#-
  Of what an attempt was reported to have cost, the part that can be believed: a 0 beside a positive list price is how gateways say that
  they know no price, but for providers that the variable free_providers names.
-#}
{% macro believed_cost_usd() -%}
    case when not {{ is_reported_zero() }} then reported_cost_usd end
{%- endmacro %}


{% macro is_reported_zero() -%}
    coalesce(
        reported_cost_usd = 0 and priced_cost_usd > 0
        {%- if var('free_providers') %} and coalesce(provider not in ({{ quoted_words(var('free_providers')) }}), true) {%- endif %}, false
    )
{%- endmacro %}


{#-
  The two figures with the fees that the provider bills beside tokens. A reported cost is taken to hold them, unless the variable
  reported_cost_includes_fees says no.
-#}
{% macro cost_figures() -%}
    {%- set fees = 'coalesce(tool_fee_usd, 0)' -%}
    {%- set reported = believed_cost_usd() -%}
    {{- return({
        'reported': reported if var('reported_cost_includes_fees') else 'try_cast(' ~ reported ~ ' + ' ~ fees ~ ' as ' ~ type_usd() ~ ')',
        'priced': 'try_cast(priced_cost_usd + ' ~ fees ~ ' as ' ~ type_usd() ~ ')'
    }) -}}
{%- endmacro %}


{#-
  Whether a gateway's own answer costs nothing: it was not reported to have cost something. One that was is a contradiction, and what was
  billed counts.
-#}
{% macro is_free_cache_hit() -%} (is_cache_hit and not coalesce(reported_cost_usd > 0, false)) {%- endmacro %}


{#- What an attempt costs: nothing where it was a gateway's own answer, else the figure that the variable cost_basis prefers. -#}
{% macro cost_usd() -%}
    {%- set figures = cost_figures() -%}
    case
        when {{ is_free_cache_hit() }} then cast(0 as {{ type_usd() }})
        {%- for source in preferred_figures() %}
        when {{ figures[source] }} is not null then {{ figures[source] }}
        {%- endfor %}
    end
{%- endmacro %}


{% macro cost_source() -%}
    {%- set figures = cost_figures() -%}
    case
        when {{ is_free_cache_hit() }} then 'cache_hit'
        {%- for source in preferred_figures() %}
        when {{ figures[source] }} is not null then '{{ source }}'
        {%- endfor %}
        else 'unpriced'
    end
{%- endmacro %}


{% macro preferred_figures() -%}
    {{- return(['priced', 'reported'] if var('cost_basis') == 'priced_first' else ['reported', 'priced']) -}}
{%- endmacro %}


{#- What became of the cost that an event reported. What is neither usable nor missing left the cost to the price book. -#}
{% macro reported_cost_status() -%}
    case
        when {{ is_free_cache_hit() }} then 'cache_hit'
        when is_cache_hit then 'billed_cache_hit'
        when {{ is_reported_zero() }} then 'reported_zero'
        when reported_cost_usd = 0 and priced_cost_usd is null then 'zero_without_list_price'
        when reported_cost_usd is not null then 'usable'
        when reported_cost is not null and reported_cost_currency is null then 'no_currency'
        when reported_cost is not null then 'no_exchange_rate'
        when unreadable_value like 'reported_cost%' then 'unreadable'
        else 'missing'
    end
{%- endmacro %}


{#- List price of all input of an attempt in pico-dollars. Expects its tokens and the prices of its price row. -#}
{% macro input_pico_usd() -%}
    {%- set cached = 'coalesce(cached_input_tokens, 0)' -%}
    {%- set cache_write = 'coalesce(cache_write_tokens, 0)' -%}
    case when priced_cost_usd is not null then
        {{ bucket_pico_usd('greatest(coalesce(input_tokens, 0) - ' ~ cached ~ ' - ' ~ cache_write ~ ', 0)', 'input_pico_usd') }}
        + {{ bucket_pico_usd(cached, 'cached_input_pico_usd') }}
        + {{ written_pico_usd() }}
    end
{%- endmacro %}


{#-
  What an attempt would not have cost without some of its input tokens, in pico-dollars: the cheapest ones first, cached,
  then plain, then written, those that are kept an hour last. Old history stands where the cache reaches, so this is the least
  that is saved.
-#}
{% macro removed_input_pico_usd(tokens) -%}
    {%- set cached = 'least(' ~ tokens ~ ', coalesce(cached_input_tokens, 0))' -%}
    {%- set plain = 'least(' ~ tokens ~ ' - ' ~ cached
        ~ ', greatest(input_tokens - coalesce(cached_input_tokens, 0) - coalesce(cache_write_tokens, 0), 0))' -%}
    {%- set written = tokens ~ ' - ' ~ cached ~ ' - ' ~ plain -%}
    {%- set five_minutes = 'least(' ~ written
        ~ ', greatest(coalesce(cache_write_tokens, 0) - coalesce(cache_write_1h_tokens, 0), 0))' -%}
    case when priced_cost_usd is not null then
        {{ bucket_pico_usd(cached, 'cached_input_pico_usd') }}
        + {{ bucket_pico_usd(plain, 'input_pico_usd') }}
        + {{ bucket_pico_usd(five_minutes, 'cache_write_pico_usd') }}
        + {{ bucket_pico_usd('(' ~ written ~ ' - ' ~ five_minutes ~ ')', 'cache_write_1h_pico_usd') }}
    end
{%- endmacro %}


{#-
  Whether a name of a model is one of those that an alias stands for as a prefix: what follows is a version or a date, and so the same
  model. Anything else may be another model (claude-opus-4-8-fast, gpt-5-nano-search), whose price nobody knows. An alias may end within a
  number or behind its hyphen (claude-opus-5-202), which then belongs to what follows; it may not end within the name: 4-1 is no prefix of 4-10.
  Whose fine-tune a model is changes nothing.
-#}
{% macro is_named_by_prefix(name, alias) -%}
    (
        substr({{ name }}, 1, length({{ alias }})) = {{ alias }}
        and (
            {{ alias }} like '%.ft-'
            {%- for stem in stems_of_alias(alias) %}
            {%- set rest = 'substr(' ~ name ~ ', length(' ~ stem ~ ') + 1)' %}
            or {{ matches_pattern(rest, '^' ~ version_pattern() ~ '$') }}
            or ({{ alias }} like 'ft:%' and {{ matches_pattern(rest, '^' ~ version_pattern() ~ ':') }})
            {%- endfor %}
        )
    )
{%- endmacro %}

{#- An alias as it is, without the hyphen at its end, and without the number that it ends within. -#}
{% macro stems_of_alias(alias) -%}
    {{- return([alias, replace_pattern(alias, '-$', ''), replace_pattern(alias, '[-@][0-9]+-?$', '')]) -}}
{%- endmacro %}

{#-
  What may follow the name of a model and change no price: a date (2026-08-01, 20260801, 0801, 08-01, 08-2026), latest, default, preview,
  exp, a version of three digits (001) or of Bedrock (v1:0), in any order.
-#}
{% macro version_pattern() -%}
    {{- return(
        '([-@](20[0-9][0-9]-?[0-9][0-9]-?[0-9][0-9]|[0-9][0-9]-(20)?[0-9][0-9]|[0-9]{4}|0[0-9][0-9]|latest|default|preview|exp|v[0-9]+)'
        ~ '|:[0-9]+)*'
    ) -}}
{%- endmacro %}


{#- Words for the tier of those who ask for none. -#}
{% macro standard_tiers() -%} {{- quoted_words(['standard', 'default', 'on_demand']) -}} {%- endmacro %}


{#- The provider in a word that stands before a slash: arn:aws:bedrock:us-east-1::foundation-model says bedrock. -#}
{% macro gateway_word(word) -%} case when {{ word }} like 'arn:%' then split_part({{ word }}, ':', 3) else {{ word }} end {%- endmacro %}


{% macro region_prefix() -%} {{- return('^(us|us-gov|eu|ap|apac|jp|au|ca|sa|global)[.]') -}} {%- endmacro %}


{#-
  Whether a fall of a cost may be nothing but calls that no price is known of: with them, at the dearest that they may have been, the
  cost would not lie under the bound that makes it a fall. Such a fall is never called better.
-#}
{% macro is_fall_unpriced(unpriced, cost_at_most, bound) -%}
    coalesce({{ unpriced }} > 0 and {{ cost_at_most }} >= {{ bound }}, false)
{%- endmacro %}
