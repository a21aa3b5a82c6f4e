{#- What help desks write in other words than ours. What is no such word is NULL, and counted as unreadable. -#}

{#- A rating from 1 to 5. Zendesk writes good and bad, Freshdesk 103 (best) to -103 (worst). -#}
{% macro to_rating(column) -%}
    case
        when {{ is_ambiguous_number(column) }} then null
        when {{ to_count(column) }} between 1 and 5 then {{ to_count(column) }}
        when {{ to_count(column) }} in (101, 102) then 4
        when {{ to_count(column) }} = 103 then 5
        when {{ to_count(column) }} = 100 then 3
        when {{ to_count(column) }} in (-101, -102) then 2
        when {{ to_count(column) }} = -103 then 1
        when {{ to_word(column) }} in ('good', 'good_with_comment') then 5
        when {{ to_word(column) }} in ('bad', 'bad_with_comment') then 1
    end
{%- endmacro %}

{#- Words of help desks for a rating that was asked for and not given: missing, not unreadable. -#}
{% macro words_for_no_rating() -%} {{- return(['offered', 'unoffered', 'sent', 'requested']) -}} {%- endmacro %}

{#- What a review of the conversation came to: positive or negative. -#}
{% macro to_verdict(column) -%}
    case
        when {{ to_word(column) }} in ('positive', 'good', 'pass', 'passed') then 'positive'
        when {{ to_word(column) }} in ('negative', 'bad', 'fail', 'failed') then 'negative'
    end
{%- endmacro %}

{% macro to_resolver(column) -%}
    case when {{ to_word(column) }} in ('bot', 'human', 'customer', 'automation') then {{ to_word(column) }} end
{%- endmacro %}

{#- Why a case does not count, as sent; NULL where the text says that there is no reason. -#}
{% macro to_reason(column) -%}
    case when {{ to_id(column) }} is not null and {{ to_word(column) }} not in ('false', 'no', 'f', 'n') then {{ to_word(column) }} end
{%- endmacro %}

{#- A status as the seed ticket_statuses spells it: in_progress, In-Progress and "in progress" are one word. -#}
{% macro ticket_status_word(column) -%} replace(replace({{ to_word(column) }}, '_', ' '), '-', ' ') {%- endmacro %}


{#- Status words that say that it was resolved before, spelt as in ticket_statuses. -#}
{% macro words_for_reopened() -%} {{- return(['re opened', 'reopened']) -}} {%- endmacro %}


{#- What separates the values of unreadable_values(): a character that no text has. -#}
{% macro unreadable_separator() -%} {{- return("'\x1e'") -}} {%- endmacro %}

{#- The times of a raw table as moments of any year, in a step before typed_columns(): it asks three times for each. -#}
{% macro moment_columns(raw_table) -%}
    {%- for time in times_of(raw_table) -%}
        {{- any_timestamp(time) }} as moment_of_{{ time }}{{ ", " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#-
  Every field of a raw table that is not just text, as it reads: columns named read_<field>, so that it is read once and looked at often.
  Expects moment_columns().
-#}
{% macro typed_columns(raw_table) -%}
    {%- for field, kind in typed_fields(raw_table).items() -%}
        {{- plausible_moment('moment_of_' ~ field) if kind == 'time' else to_kind(field, kind) }} as read_{{ field }}{{ ", " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- Whether a field of a raw row was given and cannot be read. Expects typed_columns(). -#}
{% macro is_unreadable(field, kind=none) -%}
    {{ field }} is not null
    and read_{{ field }} is null
    and trim(cast({{ field }} as {{ type_text() }})) <> ''
    {%- if kind == 'rating' %} and {{ to_word(field) }} is not null and not {{ is_one_of(to_word(field), words_for_no_rating()) }} {%- endif -%}
{%- endmacro %}

{#- `field: value` of each value of a raw row that was given and cannot be read; NULL where all can be. -#}
{% macro unreadable_values(raw_table) -%}
    nullif(concat_ws(
        {{ unreadable_separator() }}
        {%- for field, kind in typed_fields(raw_table).items() %},
        case
            when {{ is_unreadable(field, kind) }}
                then concat(
                    '{{ field }}: ', substr(replace(cast({{ field }} as {{ type_text() }}), {{ unreadable_separator() }}, ' '), 1, 80)
                )
        end
        {%- endfor %}
    ), '')
{%- endmacro %}

{#- The fields of unreadable_values(), without what was in them. -#}
{% macro unreadable_fields(values) -%}
    replace({{ replace_pattern(values, ': [^\x1e]*', '') }}, {{ unreadable_separator() }}, ', ')
{%- endmacro %}

{#- Whether one of these fields is among unreadable_fields(). -#}
{% macro has_unreadable(unreadable_fields, fields) -%}
    coalesce({{ matches_pattern(unreadable_fields, '(^|, )(' ~ fields | join('|') ~ ')(,|$)') }}, false)
{%- endmacro %}

{#- Unreadable values, by what identifies them, of rows that have some. The end of a CTE or a model. -#}
{% macro unreadable_values_by(rows, identified_by) -%}
select
    {{ identified_by | join(', ') }},
    split_part(unreadable_value, ': ', 1) as field,
    count(*) as unreadable_values,
    min({{ masked_value('unreadable_value') }}) as example
from (
    select
        {{ identified_by | join(', ') }},
        split_part(unreadable_values, {{ unreadable_separator() }}, cast(spine.id as int) + 1) as unreadable_value
    from {{ rows }}
    -- At most one value a field.
    cross join range(64) as spine (id)
    where unreadable_values is not null
) as found
where unreadable_value <> ''
group by {{ identified_by | join(', ') }}, split_part(unreadable_value, ': ', 1)
{%- endmacro %}
