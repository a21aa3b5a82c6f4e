-- grain: one row a UTC date of this century
select cast(date '2000-01-01' + cast(spine.id as int) as date) as date_day
from range(36525) as spine (id)
