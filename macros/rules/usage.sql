{#- A sum of whole numbers; NULL where every value is unknown. -#}
{% macro whole_sum(expression) -%} cast(sum({{ expression }}) as bigint) {%- endmacro %}


{#- Input and output tokens together; one part alone counts as it is, NULL where neither is known. -#}
{% macro all_tokens(input_tokens='input_tokens', output_tokens='output_tokens') -%}
    case
        when coalesce({{ input_tokens }}, {{ output_tokens }}) is not null
            then coalesce({{ input_tokens }}, 0) + coalesce({{ output_tokens }}, 0)
    end
{%- endmacro %}
