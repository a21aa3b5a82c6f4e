-- grain: one row a use case and risk, with its control and where it shows
select
    use_case,
    risk,
    control,
    mart,
    metric
from {{ ref('stg_reference__use_case_risks') }}
