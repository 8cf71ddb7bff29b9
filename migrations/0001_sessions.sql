-- Sessions: one row for each shared workspace that may be joined.
--
-- `session` is the key inside the file; it is never given out twice, since events and tombstones
-- outlive the row. `session_id` is the key on the wire.
--
-- Times are RFC 3339 in UTC with microseconds: text that a person reads, that sorts by time and
-- that SQLite's date functions take.
create table sessions (
    session integer primary key autoincrement,
    session_id text not null unique check (length(session_id) = 36),
    project_id text,
    name text,
    created_at text not null
        check (created_at glob '????-??-??T??:??:??.??????+00:00'),
    last_activity text not null
        check (last_activity glob '????-??-??T??:??:??.??????+00:00'),
    -- How many rows of `clients` the session has; kept by triggers (0002_clients.sql).
    active_clients integer not null default 0 check (active_clients >= 0),
    -- The number of the session's last event; kept by a trigger (0003_events.sql).
    seq integer not null default 0 check (seq >= 0),
    -- How many times the content has changed.
    revision integer not null default 0 check (revision >= 0),
    node_count integer not null default 0 check (node_count >= 0),
    pinned integer not null default 0 check (pinned in (0, 1)),
    idle_timeout_hours real check (idle_timeout_hours between 0 and 876000),
    attributes text not null default '{}' check (json_type(attributes) = 'object'),
    -- When the session's own timeout lets the cleanup take it; null for those without one, which
    -- follow the service's limit. Whole seconds and microseconds are added apart, because
    -- SQLite's date functions keep only milliseconds.
    expires_at text generated always as (
        strftime('%Y-%m-%dT%H:%M:%S',
                 (unixepoch(substr(last_activity, 1, 19)) * 1000000
                  + cast(substr(last_activity, 21, 6) as integer)
                  + cast(round(idle_timeout_hours * 3600000000.0) as integer)) / 1000000,
                 'unixepoch')
        || printf('.%06d+00:00',
                  (cast(substr(last_activity, 21, 6) as integer)
                   + cast(round(idle_timeout_hours * 3600000000.0) as integer)) % 1000000)
    ) virtual
) strict;

-- Each order of `GET /sessions` is an index; last_activity serves the cleanup as well.
create index sessions_by_creation on sessions (created_at);
create index sessions_by_activity on sessions (last_activity);
create index sessions_by_clients on sessions (active_clients);
create index sessions_by_project on sessions (project_id) where project_id is not null;
create index sessions_by_expiry on sessions (expires_at) where idle_timeout_hours is not null;

-- How many sessions there are, so that a page of a million does not count them: always one row.
create table session_total (
    only_row integer primary key check (only_row = 1),
    sessions integer not null check (sessions >= 0)
) strict;
insert into session_total values (1, 0);

create trigger session_added after insert on sessions begin
    update session_total set sessions = sessions + 1;
end;

create trigger session_taken_away after delete on sessions begin
    update session_total set sessions = sessions - 1;
end;

-- Tombstones: sessions that were removed, so that their address can say when and why.
create table removed_sessions (
    session integer primary key,
    session_id text not null unique,
    removed_at text not null,
    reason text not null
) strict;
create index removed_sessions_by_time on removed_sessions (removed_at);

-- What the service writes to learn whether the disk takes writes again after it has refused some:
-- always one row. It is as large as a busy moment's changes, so that a last free page is no yes.
create table write_probe (
    only_row integer primary key check (only_row = 1),
    filler blob not null
) strict;
insert into write_probe values (1, zeroblob(0));
