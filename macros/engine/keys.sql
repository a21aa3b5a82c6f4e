{#-
  Keys that both engines compute alike. 128 bits: a collision among a billion rows has a chance of one in 10^21, so a key
  never merges two rows. DuckDB stores them as UUID, half the size of text.
-#}
{% macro hash_key(text) -%} {{ return(adapter.dispatch('hash_key', 'llm_costs')(text)) }} {%- endmacro %}
{#- The number, not the text: half the time. It counts the bytes of the hash from the last, and so does Spark's text. -#}
{% macro default__hash_key(text) -%} cast(md5_number({{ text }}) as uuid) {%- endmacro %}
{% macro spark__hash_key(text) -%}
    regexp_replace(
        md5({{ text }}),
        '{{ "(..)" * 16 }}',
        '$16$15$14$13-$12$11-$10$9-$8$7-$6$5$4$3$2$1'
    )
{%- endmacro %}

{#- The type of hash_key(), for casts and contracts. -#}
{% macro type_key() -%} {{ return(adapter.dispatch('type_key', 'llm_costs')()) }} {%- endmacro %}
{% macro default__type_key() -%} uuid {%- endmacro %}
{% macro spark__type_key() -%} string {%- endmacro %}

{#-
  A fast hash that only narrows down candidates; it differs between engines and never decides anything. 60 bits: those of a
  day, sorted, differ by less than their size, and are stored so. Fewer would be smaller still, but with 48 a million new
  requests met a false one among a hundred million every third time, and a run rebuilt the date of it, and read from there.
-#}
{% macro narrowing_hash(text) -%} {{ return(adapter.dispatch('narrowing_hash', 'llm_costs')(text)) }} {%- endmacro %}
{% macro default__narrowing_hash(text) -%} hash({{ text }}) >> 4 {%- endmacro %}
{% macro spark__narrowing_hash(text) -%} shiftrightunsigned(xxhash64({{ text }}), 4) {%- endmacro %}

{#-
  The parts as one text, for hashing and looking up. Each has its length before it, so that no text can be read as two parts, or
  end in another: equal texts are of equal parts, whatever is in them. A missing part has no length, the empty text has 0. Parts
  are told apart by their place too, so a column must have the same type wherever texts are compared. Bytes are counted, which
  DuckDB knows without looking: the key of an attempt without id and number takes a third more than without lengths, another a
  quarter.
-#}
{% macro joined_text(columns) -%} {{ return(adapter.dispatch('joined_text', 'llm_costs')(columns)) }} {%- endmacro %}
{#- A NULL is nothing in DuckDB's concat(), and all in Spark's. -#}
{% macro default__joined_text(columns) -%}
    concat(
        {%- for column in columns %}
        strlen(cast({{ column }} as {{ type_text() }})), ':', cast({{ column }} as {{ type_text() }}){{ "," if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}
{% macro spark__joined_text(columns) -%}
    concat(
        {%- for column in columns %}
        {%- set text = 'cast(' ~ column ~ ' as ' ~ type_text() ~ ')' %}
        coalesce(cast(octet_length({{ text }}) as {{ type_text() }}), ''), ':', coalesce({{ text }}, ''){{ "," if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}
