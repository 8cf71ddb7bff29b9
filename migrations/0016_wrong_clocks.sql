-- The clock of the machine may have been wrong for a while, and have dated things ahead.

-- The time before which the session has no further event: the latest that a wrong clock has given it.
-- Its `last_activity` was put right, so that it is idle when it should be; its events stay in order.
alter table sessions add column time_floor text
    check (time_floor glob '????-??-??T??:??:??.??????+00:00');

-- When it was seen that the clock had been ahead. Of the entries of the log up to `last_entry`, those
-- that are dated later than `at` happened before it: so they are not kept until their date has come.
create table clock_corrections (
    last_entry integer primary key,
    at text not null check (at glob '????-??-??T??:??:??.??????+00:00')
) strict;
