-- A session's `time_floor` is of use until its moment has come. Then the time was no mistake, or is none
-- any more, and it counts as activity: a clock that was behind took the present for the future.
create index sessions_by_time_floor on sessions (time_floor) where time_floor is not null;
