{#-
  The logarithmic mean of two positive numbers. Where they are nearly equal the quotient of two tiny differences would be
  noise; the mean is then right to 13 digits.
-#}
{% macro logarithmic_mean(left, right) -%}
    case
        when abs({{ left }} - {{ right }}) <= 1e-6 * ({{ left }} + {{ right }}) then ({{ left }} + {{ right }}) / 2e0
        else ({{ left }} - {{ right }}) / ln({{ left }} / {{ right }})
    end
{%- endmacro %}
