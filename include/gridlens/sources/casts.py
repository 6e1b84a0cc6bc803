"""Text to typed values, by contract: what is not exactly of its kind stays NULL beside its text.

DuckDB's own casts round 1.5 to 2, read 0x10 and 1_000, and drop the zone of a time; each cast here
therefore checks the text as well. The quick way in front of each is a round trip: a text that
the value writes back is exactly that value.
"""

from functools import reduce

_FORMS = {
    "@DATE@": "[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "@CLOCK@": "[T ]([01][0-9]|2[0-3]):[0-9]{2}(:[0-9]{2}([.,][0-9]{1,9})?)?",
    "@ZONE@": " ?(Z|z|UTC|GMT|[+-][0-9]{2}(:?[0-9]{2})?)",
    "@US_DATE@": "[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}",
    "@US_CLOCK@": " [0-9]{1,2}:[0-9]{2}(:[0-9]{2})?( ?[AaPp][Mm])?",
}

# From 2^53 on a DOUBLE no longer holds every whole number.
_MACROS = r"""
create macro whole_of(d) as case
    when d = trunc(d) and abs(d) < 9007199254740992 then cast(d as bigint) end;

create macro whole(t) as case
    when try_cast(t as bigint)::varchar = t then try_cast(t as bigint)
    when regexp_full_match(t, '[+-]?[0-9]+')
        then try_cast(t as bigint)
    when regexp_full_match(t, '[+-]?[0-9]{1,15}\.0*')
        then try_cast(regexp_extract(t, '[+-]?[0-9]+') as bigint)
    when regexp_full_match(t, '[+-]?[0-9]+(\.0*|(\.[0-9]*)?[eE][+-]?[0-9]+)')
        then whole_of(try_cast(t as double)) end;

create macro real_number(t) as case
    when regexp_full_match(t, '[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?')
        and isfinite(try_cast(t as double)) then try_cast(t as double) end;

create macro epoch_time(d) as case
    when abs(d) < 1e11 then make_timestamp(cast(round(d * 1e6) as bigint))
    when abs(d) < 1e14 then make_timestamp(cast(round(d * 1e3) as bigint))
    when abs(d) < 1e17 then make_timestamp(cast(round(d) as bigint))
    when abs(d) < 9e18 then make_timestamp(cast(trunc(d / 1e3) as bigint)) end;

create macro instant_of_whole(n) as case
    when n >= 100000000000000000 then make_timestamp(n::bigint // 1000)
    else epoch_time(n::double) end;

create macro zone_minutes(t) as case regexp_extract(t, '([+-])[0-9:]+$', 1)
    when '+' then 1 when '-' then -1 else 0 end
    * (60 * coalesce(try_cast(regexp_extract(t, '[+-]([0-9]{2}):?([0-9]{2})?$', 1) as bigint), 0)
        + coalesce(try_cast(regexp_extract(t, '[+-]([0-9]{2}):?([0-9]{2})?$', 2) as bigint), 0));

create macro iso_time(t) as
    try_cast(replace(regexp_extract(t, '@DATE@(@CLOCK@)?'), ',', '.') as timestamp)
    - to_minutes(zone_minutes(substr(t, 11)));

create macro us_time(t) as try_strptime(t, [
    '%m/%d/%Y %H:%M:%S', '%m/%d/%Y %H:%M', '%m/%d/%Y',
    '%m/%d/%Y %I:%M:%S %p', '%m/%d/%Y %I:%M %p', '%m/%d/%Y %I:%M:%S%p', '%m/%d/%Y %I:%M%p']);

create macro basic_time(t) as
    try_strptime(left(t, 15), '%Y%m%dT%H%M%S') - to_minutes(zone_minutes(substr(t, 16)));

create macro instant(t) as case
    when strlen(t) = 19 and try_cast(t as timestamp)::varchar = replace(t, 'T', ' ')
        then try_cast(t as timestamp)
    when regexp_full_match(t, '[0-9]{18,19}')
        then make_timestamp(try_cast(t as bigint) // 1000)
    when regexp_full_match(t, '[+-]?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?')
        then epoch_time(try_cast(t as double))
    when regexp_full_match(t, '[0-9]{8}T[0-9]{6}(@ZONE@)?') then basic_time(t)
    when regexp_full_match(t, '@DATE@(@CLOCK@(@ZONE@)?)?') then iso_time(t)
    when regexp_full_match(t, '@US_DATE@(@US_CLOCK@)?') then us_time(t) end;

create macro truth(t) as case
    when lower(t) in ('true', 't', 'yes', 'y', '1', '1.0') then true
    when lower(t) in ('false', 'f', 'no', 'n', '0', '0.0') then false end;
"""

MACROS = reduce(lambda text, form: text.replace(*form), _FORMS.items(), _MACROS)

EARLIEST = "timestamp '1990-01-01'"
LATEST = "timestamp '2100-01-01'"
EPOCH = "timestamp '1970-01-01'"
