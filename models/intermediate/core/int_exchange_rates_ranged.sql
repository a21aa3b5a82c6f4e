-- grain: one row a currency and range of dates, with its rate
select
    currency,
    valid_from,
    coalesce(lead(valid_from) over (partition by currency order by valid_from), date '9999-12-31') as valid_until,
    usd_per_unit
from {{ ref('stg_reference__exchange_rates') }}
