-- grain: one row a request, by its hash, and UTC date with an attempt of it
{{ config(materialized='incremental', unique_key='request_date') }}

-- What a run hears of again may have had its attempts on any date: this is small enough to be looked through whole.
select distinct
    request_date,
    {{ narrowing_hash(sent_request_id()) }} as request_hash
from {{ ref('int_attempts_attributed') }}
where {{ in_run('request_date', 'dates') }}
-- Hashes of a day, sorted, differ by little, and such numbers are stored in few bytes.
order by
    request_date,
    request_hash
