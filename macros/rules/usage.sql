{#- A sum of whole numbers; NULL where every value is unknown. -#}
{% macro whole_sum(expression) -%} cast(sum({{ expression }}) as bigint) {%- endmacro %}


{#- Input and output tokens together; one part alone counts as it is, NULL where neither is known. -#}
{% macro all_tokens(input_tokens='input_tokens', output_tokens='output_tokens') -%}
    case
        when coalesce({{ input_tokens }}, {{ output_tokens }}) is not null
            then coalesce({{ input_tokens }}, 0) + coalesce({{ output_tokens }}, 0)
    end
{%- endmacro %}


{#-
  The risk of a wrong answer that work has: of its registered intent, also where that says none, because it is nearer to the work, else of
  its endpoint. Expects the relations intents and endpoints, joined.
-#}
{% macro risk_of_work() -%} case when intents.intent is null then endpoints.risk_level else intents.risk_level end {%- endmacro %}
