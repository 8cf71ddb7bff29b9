-- Service tokens: one row for each token that a program or an operator calls the service with.
--
-- A token itself is not stored, only its SHA-256. A row stays after the token was revoked: everybody who reads
-- the table sees what there was, and a service whose last token was revoked is not open to everybody.
create table tokens (
    -- A part of the token, so that the row is found without a search over all hashes.
    id text primary key not null check (length(id) = 8),
    name text not null,
    hash blob not null check (length(hash) = 32),
    scope text not null check (scope in ('read', 'write', 'admin')),
    -- The only project whose sessions the token is for; null for all sessions.
    project_id text,
    created_at text not null
        check (created_at glob '????-??-??T??:??:??.??????+00:00'),
    -- Null for a token that does not expire.
    expires_at text
        check (expires_at glob '????-??-??T??:??:??.??????+00:00'),
    -- Written at most once a minute.
    last_used_at text
        check (last_used_at glob '????-??-??T??:??:??.??????+00:00'),
    revoked_at text
        check (revoked_at glob '????-??-??T??:??:??.??????+00:00')
) strict;

-- The key by which the service signs join tokens where its settings have none: at most one row. It is made
-- with the first token, and kept, so that tokens stay valid over a restart.
create table internal_join_key (
    only_row integer primary key check (only_row = 1),
    key blob not null check (length(key) = 32)
) strict;
