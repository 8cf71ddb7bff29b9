-- Sessions: one row for each shared workspace that clients may join.
--
-- `session` is the key inside the file. It is never given out twice, because events and tombstones
-- outlive the row. `session_id` is the key on the wire.
--
-- Times are RFC 3339 in UTC with microseconds: such a text can be read by a person, sorts by time, and
-- is accepted by SQLite's date functions. For a time that does not exist, `date` with a modifier is null or another
-- day; the service could not read it. The microseconds stay out of it: SQLite rounds them, and the last ones of a day
-- would be of the next. The times that each commit writes have a check of their form only, which takes a quarter of the
-- time.
create table sessions (
    session integer primary key autoincrement,
    -- A UUID in lower case. With another text among them, the cleanup could not report what it has removed.
    session_id text not null unique
        check (session_id glob '[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f]-[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]'),
    project_id text,
    name text,
    created_at text not null
        check (created_at glob '????-??-??T??:??:??.[0-9][0-9][0-9][0-9][0-9][0-9]+00:00'
               and date(substr(created_at, 1, 19), '+0 days') is substr(created_at, 1, 10)),
    last_activity text not null
        check (last_activity glob '????-??-??T??:??:??.??????+00:00'),
    -- When the content was last changed. Joins move `last_activity`, but not this.
    last_command_at text,
    -- The session has no further event before this time. It is null unless the clock of the machine
    -- was ahead for a while: then it is the latest time that the wrong clock has given the session.
    -- `last_activity` was corrected, so that the session becomes idle when it should, and the events
    -- still stay in order of time.
    time_floor text
        check (time_floor glob '????-??-??T??:??:??.[0-9][0-9][0-9][0-9][0-9][0-9]+00:00'
               and date(substr(time_floor, 1, 19), '+0 days') is substr(time_floor, 1, 10)),
    pinned integer not null default 0 check (pinned in (0, 1)),
    idle_timeout_hours real check (idle_timeout_hours between 0 and 876000),
    -- The number of rows in `clients` that the session has. Triggers keep it (0002_clients.sql).
    active_clients integer not null default 0 check (active_clients >= 0),
    -- How many rows of `clients` were inserted or deleted so far. Triggers keep it, too.
    client_changes integer not null default 0 check (client_changes >= 0),
    -- The number of the session's last event. A trigger keeps it (0006_event_log.sql).
    seq integer not null default 0 check (seq >= 0),
    -- How many times the content has changed.
    revision integer not null default 0 check (revision >= 0),
    -- The rows of `nodes` with this generation are the session's content. Rows with another one are
    -- not yet or no longer part of it (0003_staging.sql).
    generation integer not null default 0,
    -- The number of nodes, and of those without a parent. Triggers keep both (0004_nodes.sql).
    node_count integer not null default 0 check (node_count >= 0),
    root_count integer not null default 0 check (root_count >= 0),
    -- How many commands the session has had, which is the number of the last step in `history`.
    steps integer not null default 0 check (steps >= 0),
    -- The bytes of the changes of all steps that the session has ever had.
    history_bytes integer not null default 0 check (history_bytes >= 0),
    -- The longest column stands last, so that SQLite finds the others without reading past it.
    attributes text not null default '{}' check (json_type(attributes) = 'object')
) strict;

-- Each order of `GET /sessions` has an index. The cleanup uses the one by activity as well.
create index sessions_by_creation on sessions (created_at);
create index sessions_by_activity on sessions (last_activity);
create index sessions_by_clients on sessions (active_clients);

-- The moment when a session's own timeout is over, for the cleanup. It is an index on an expression
-- and not a generated column: SQLite computes such a column with every change of any session, but
-- the index only for sessions that have a timeout. Whole seconds and microseconds are added
-- separately, because SQLite's date functions keep only milliseconds.
create index sessions_by_expiry on sessions (
    strftime('%Y-%m-%dT%H:%M:%S',
             (unixepoch(substr(last_activity, 1, 19)) * 1000000
              + cast(substr(last_activity, 21, 6) as integer)
              + cast(round(idle_timeout_hours * 3600000000.0) as integer)) / 1000000,
             'unixepoch')
    || printf('.%06d+00:00',
              (cast(substr(last_activity, 21, 6) as integer)
               + cast(round(idle_timeout_hours * 3600000000.0) as integer)) % 1000000)
) where idle_timeout_hours is not null;

-- The sessions that have a timeout of their own, and the moment when it is over. SQLite takes the
-- index above only if the expression is the same, letter by letter.
create view internal_session_expiry as
select
    session,
    session_id,
    active_clients,
    pinned,
    strftime('%Y-%m-%dT%H:%M:%S',
             (unixepoch(substr(last_activity, 1, 19)) * 1000000
              + cast(substr(last_activity, 21, 6) as integer)
              + cast(round(idle_timeout_hours * 3600000000.0) as integer)) / 1000000,
             'unixepoch')
    || printf('.%06d+00:00',
              (cast(substr(last_activity, 21, 6) as integer)
               + cast(round(idle_timeout_hours * 3600000000.0) as integer)) % 1000000)
        as expires_at
from sessions
where idle_timeout_hours is not null;

-- The time after which the service removes sessions without a timeout of their own, as its settings say. The service
-- writes it down for `session_overview`, and does not read it. Always one row.
create table internal_cleanup_rule (
    only_row integer primary key check (only_row = 1),
    max_inactive_hours real not null
) strict;
insert into internal_cleanup_rule values (1, 24);

-- A page of a project's sessions is read in the order of their creation. Without the second column,
-- each page of a project with 100,000 sessions would sort them all.
create index sessions_by_project on sessions (project_id, created_at) where project_id is not null;

-- Finds the sessions whose `time_floor` has passed. The time then is no longer in the future, and
-- counts as activity: perhaps the clock was right, and a clock that was behind took it for wrong.
create index sessions_by_time_floor on sessions (time_floor) where time_floor is not null;

-- REPLACE deletes the conflicting row without firing the delete triggers, so the counts would be wrong.
create trigger sessions_reject_replace before insert on sessions
when exists (select 1 from sessions
             where session = new.session or session_id = new.session_id) begin
    select raise(abort, 'UNIQUE constraint failed: there is such a session already');
end;

-- A key that changes would leave the rows of the other tables behind.
create trigger sessions_keep_keys_on_update before update of session, session_id on sessions
when new.session <> old.session or new.session_id <> old.session_id begin
    select raise(abort, 'a session keeps its keys: insert another');
end;

-- SQLite's functions end a text at U+0000, while the service reads it whole. A name with that character
-- would be different in SQL and over REST. The service refuses such texts, and these triggers refuse
-- them from everybody else.
create trigger sessions_reject_nul_on_insert before insert on sessions
when instr(cast(new.name as blob), x'00') or instr(cast(new.project_id as blob), x'00') begin
    select raise(abort, 'name and project_id have no null character (U+0000)');
end;

create trigger sessions_reject_nul_on_update before update of name, project_id on sessions
when instr(cast(new.name as blob), x'00') or instr(cast(new.project_id as blob), x'00') begin
    select raise(abort, 'name and project_id have no null character (U+0000)');
end;

-- SQLite's functions read JSON5, and the service does not: `{a: 1}` would be an object in SQL, and
-- unreadable over REST.
create trigger sessions_check_attributes_on_insert before insert on sessions
when not json_valid(new.attributes) begin
    select raise(abort, 'attributes is a JSON object (RFC 8259)');
end;

create trigger sessions_check_attributes_on_update before update of attributes on sessions
when not json_valid(new.attributes) begin
    select raise(abort, 'attributes is a JSON object (RFC 8259)');
end;

-- How many sessions there are, always in one row, so that a page of a million does not count them.
create table internal_session_total (
    only_row integer primary key check (only_row = 1),
    sessions integer not null check (sessions >= 0)
) strict;
insert into internal_session_total values (1, 0);

create trigger sessions_count_on_insert after insert on sessions begin
    update internal_session_total set sessions = sessions + 1;
end;

create trigger sessions_count_on_delete after delete on sessions begin
    update internal_session_total set sessions = sessions - 1;
end;

-- Tombstones: the sessions that were removed, so that the service can answer when and why.
create table tombstones (
    session integer primary key,
    session_id text not null unique,
    removed_at text not null
        check (removed_at glob '????-??-??T??:??:??.[0-9][0-9][0-9][0-9][0-9][0-9]+00:00'
               and date(substr(removed_at, 1, 19), '+0 days') is substr(removed_at, 1, 10)),
    reason text not null check (reason in ('deleted', 'idle'))
) strict;
create index tombstones_by_time on tombstones (removed_at);

-- A session that exists could not be removed if it had a tombstone, nor others together with it.
create trigger tombstones_reject_existing_on_insert before insert on tombstones
when exists (select 1 from sessions where session = new.session or session_id = new.session_id) begin
    select raise(abort, 'the session exists: delete its row instead');
end;

-- When the service found that the clock of the machine had been ahead. Entries of `internal_event_log` up to
-- `last_entry` that are dated later than `at` happened before `at`. Without this, retention would keep
-- them until their date has come.
create table internal_clock_corrections (
    last_entry integer primary key,
    at text not null check (at glob '????-??-??T??:??:??.??????+00:00')
) strict;

-- After the disk has refused a write, the service writes this row to learn whether it takes writes
-- again. The filler is as large as the changes of a busy moment, so that one last free page is not
-- enough. Always one row.
create table internal_write_probe (
    only_row integer primary key check (only_row = 1),
    filler blob not null
) strict;
insert into internal_write_probe values (1, zeroblob(0));
