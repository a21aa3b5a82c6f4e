{#-
  What the engines spell differently about types and casts. Every cast here returns NULL for a value that does not fit;
  none of them raises.
-#}

{#- A free label; the empty string is a missing value. An id is read by to_id(). -#}
{% macro to_text(column) -%} nullif(cast({{ column }} as {{ type_text() }}), '') {%- endmacro %}

{#- A word of a small vocabulary, compared without case or surrounding blanks. -#}
{% macro to_word(column) -%} {{ word_of(trimmed('cast(' ~ column ~ ' as ' ~ type_text() ~ ')')) }} {%- endmacro %}
{#- The same of a text that has no blanks around it (trimmed_columns). -#}
{% macro word_of(sent) -%} nullif(lower({{ sent }}), '') {%- endmacro %}

{#- Columns as text without blanks around it, each once: written out wherever one is read, they are most of what a query says. -#}
{% macro trimmed_columns(columns) -%}
    {%- for column in columns -%}
        {{- trimmed('cast(' ~ column ~ ' as ' ~ type_text() ~ ')') }} as trimmed_{{ column }}{{ ", " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#-
  UTC timestamp from a timestamp, ISO 8601 text or an epoch; an offset is applied, no offset means UTC. The session runs in UTC. What
  lies before 2000 or after 2099, such as a year of 9999 or infinity, is a placeholder or a mistake, and no time.
  DuckDB drops the offset of a text that is cast to TIMESTAMP, so text goes by way of TIMESTAMPTZ; columns that are
  timestamps already are spared that (the type is known when the query is planned, so the other branch costs nothing).
  Engines also read names of zones, of which BST alone is three: what is no zone of zone_pattern() is no time.
-#}
{% macro to_timestamp(column) -%} {{ plausible_moment(any_timestamp(column)) }} {%- endmacro %}
{% macro plausible_moment(moment) -%}
    case when {{ moment }} >= timestamp '2000-01-01' and {{ moment }} < timestamp '2100-01-01' then {{ moment }} end
{%- endmacro %}
{#- The same without bounds. -#}
{% macro any_timestamp(column) -%} {{ return(adapter.dispatch('any_timestamp', 'llm_costs')(column)) }} {%- endmacro %}
{% macro default__any_timestamp(column) -%}
    {#- One branch a type, so that a column of times costs nothing: what stands in coalesce() is computed for every row. -#}
    {%- set text = "cast(" ~ column ~ " as varchar)" -%}
    case
        when typeof({{ column }}) like 'TIMESTAMP%' or typeof({{ column }}) = 'DATE' then try_cast({{ column }} as timestamp)
        when typeof({{ column }}) <> 'VARCHAR' then coalesce(try_cast({{ column }} as timestamp), {{ unusual_timestamp("trim(" ~ text ~ ")") }})
        else coalesce(
            case when {{ has_known_zone(text) }} then cast(try_cast({{ column }} as timestamptz) as timestamp) end,
            {{ unusual_timestamp("trim(" ~ text ~ ")") }}
        )
    end
{%- endmacro %}
{% macro spark__any_timestamp(column) -%}
    coalesce(
        case
            when typeof({{ column }}) <> 'string' or {{ has_known_zone("cast(" ~ column ~ " as string)") }}
                then try_cast({{ column }} as timestamp)
        end,
        {{ unusual_timestamp("trim(cast(" ~ column ~ " as string))") }}
    )
{%- endmacro %}

{#- true or false from a boolean or the words true, false, 1, 0, yes, no and their first letters. -#}
{% macro to_boolean(column) -%} {{ return(adapter.dispatch('to_boolean', 'llm_costs')(column)) }} {%- endmacro %}
{% macro default__to_boolean(column) -%}
    case
        when typeof({{ column }}) = 'BOOLEAN' then try_cast({{ column }} as boolean)
        else {{ boolean_word(column) }}
    end
{%- endmacro %}
{% macro spark__to_boolean(column) -%} {{ boolean_word(column) }} {%- endmacro %}
{% macro boolean_word(column) -%}
    case lower(trim(cast({{ column }} as {{ type_text() }})))
        when 'true' then true when '1' then true when 'yes' then true when 't' then true when 'y' then true
        when 'false' then false when '0' then false when 'no' then false when 'f' then false when 'n' then false
    end
{%- endmacro %}

{#-
  A number, exact; true is none, though engines cast it to 1. DuckDB reads 1_000 as a thousand, as programs are written and nothing is exported; Spark does not.
-#}
{% macro to_decimal(column, type) -%} {{ return(adapter.dispatch('to_decimal', 'llm_costs')(column, type)) }} {%- endmacro %}
{% macro default__to_decimal(column, type) -%}
    case when typeof({{ column }}) <> 'BOOLEAN' and not {{ has_underscore(column) }} then try_cast({{ column }} as {{ type }}) end
{%- endmacro %}
{% macro spark__to_decimal(column, type) -%}
    case when typeof({{ column }}) <> 'boolean' then try_cast({{ column }} as {{ type }}) end
{%- endmacro %}

{#- What is no text is told apart when the query is planned, so that it costs nothing. -#}
{% macro has_underscore(column) -%}
    (typeof({{ column }}) = 'VARCHAR' and contains(cast({{ column }} as varchar), '_'))
{%- endmacro %}

{#- Dollars, exact to 12 decimal places. -#}
{% macro to_usd(column) -%} {{ to_decimal(column, 'decimal(18, 12)') }} {%- endmacro %}

{#-
  A whole number, else NULL. DuckDB rounds '12.5' to 13 when it casts text to BIGINT, Spark returns NULL: the comparison
  with the same value as DOUBLE keeps only what is whole. 1e3 is a thousand, as JSON writes it; true is no number.
-#}
{% macro to_count(column) -%} {{ return(adapter.dispatch('to_count', 'llm_costs')(column)) }} {%- endmacro %}
{% macro default__to_count(column) -%}
    case
        when typeof({{ column }}) in ('TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT') then try_cast({{ column }} as bigint)
        when typeof({{ column }}) = 'BOOLEAN' or {{ has_underscore(column) }} then null
        when try_cast({{ column }} as double) = try_cast({{ column }} as bigint) then try_cast({{ column }} as bigint)
    end
{%- endmacro %}
{% macro spark__to_count(column) -%}
    case
        when typeof({{ column }}) = 'boolean' then null
        when try_cast({{ column }} as double) = cast(try_cast({{ column }} as decimal(20, 2)) as bigint)
            then cast(try_cast({{ column }} as decimal(20, 2)) as bigint)
    end
{%- endmacro %}

{#-
  Whether text has one point before its last three digits: some senders mean a thousand by 1.000, others a unit, so it is no count, no
  rating and no duration. What is no text is told apart when the query is planned.
-#}
{% macro is_ambiguous_number(column) -%}
    (
        typeof({{ column }}) in ('VARCHAR', 'string')
        and cast({{ column }} as {{ type_text() }}) like '%.___%'
        and {{ matches_pattern(trimmed('cast(' ~ column ~ ' as ' ~ type_text() ~ ')'), '^[-+]?[0-9]+[.][0-9]{3}$') }}
    )
{%- endmacro %}

{#- A count that can be meant, else NULL: a whole number from 0 to a billion, beyond which no call goes and sums would overflow. -#}
{% macro to_usable_count(column) -%}
    case
        when not {{ to_count(column) }} between 0 and 1000000000 then null
        when {{ is_ambiguous_number(column) }} then null
        else {{ to_count(column) }}
    end
{%- endmacro %}

{#-
  A token count whose spellings may say different things, as several_counts() keeps them: the larger, so that a 0 hides no count and a
  smaller count no larger one; NULL where one of them is no count.
-#}
{% macro to_largest_count(column) -%}
    coalesce(
        {{ to_usable_count(column) }},
        case when {{ says_several_counts(column) }} then {{ largest_count('cast(' ~ column ~ ' as ' ~ type_text() ~ ')') }} end
    )
{%- endmacro %}

{#- Dollars from 0, else NULL: a call never costs less than nothing, and a negative figure is a credit or a mistake. -#}
{% macro to_cost_usd(column) -%} case when {{ to_usd(column) }} >= 0 then {{ to_usd(column) }} end {%- endmacro %}

{#- A whole number from 0. -#}
{% macro to_natural(column) -%}
    case when {{ to_count(column) }} >= 0 and not {{ is_ambiguous_number(column) }} then {{ to_count(column) }} end
{%- endmacro %}

{#- An amount or a duration that is not below 0. -#}
{% macro to_amount(column, type='decimal(18, 6)') -%}
    case when {{ to_decimal(column, type) }} >= 0 and not {{ is_ambiguous_number(column) }} then {{ to_decimal(column, type) }} end
{%- endmacro %}

{#- A field by the kind that typed_fields() gives it. -#}
{% macro to_kind(column, kind) -%}
    {%- if kind == 'time' -%} {{ to_timestamp(column) }}
    {%- elif kind == 'natural' -%} {{ to_natural(column) }}
    {%- elif kind == 'count' -%} {{ to_usable_count(column) }}
    {%- elif kind == 'tokens' -%} {{ to_largest_count(column) }}
    {%- elif kind == 'value' -%} {{ to_decimal(column, 'decimal(18, 6)') }}
    {%- elif kind == 'billed' -%} {{ to_decimal(column, type_usd_sum()) }}
    {%- elif kind == 'amount' -%} {{ to_amount(column) }}
    {%- elif kind == 'usd' -%} {{ to_cost_usd(column) }}
    {%- elif kind == 'boolean' -%} {{ to_boolean(column) }}
    {%- elif kind == 'month' -%} {{ to_month(column) }}
    {%- elif kind == 'rating' -%} {{ to_rating(column) }}
    {%- elif kind == 'verdict' -%} {{ to_verdict(column) }}
    {%- elif kind == 'resolver' -%} {{ to_resolver(column) }}
    {%- else -%} {{ exceptions.raise_compiler_error("There is no kind of field named " ~ kind) }}
    {%- endif -%}
{%- endmacro %}

{#- The first day of a month, from the month as 2026-07 or any day of it. -#}
{% macro to_month(column) -%}
    cast(date_trunc('month', coalesce(
        {{ to_timestamp(column) }},
        {{ to_timestamp("concat(cast(" ~ column ~ " as " ~ type_text() ~ "), '-01')") }}
    )) as date)
{%- endmacro %}
