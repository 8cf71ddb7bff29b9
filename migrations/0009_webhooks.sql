-- Webhooks: the endpoints that are sent messages, and the messages that wait for them or were sent.
--
-- The event log is the outbox: an event is in it from the commit of its change on. The service makes
-- messages of its entries in the background, so that no change waits for them. What is not in the log is
-- written down by two triggers below, and only while there is an endpoint.
create table webhook_endpoints (
    endpoint integer primary key autoincrement,
    endpoint_id text not null unique check (length(endpoint_id) = 36),
    url text not null,
    -- The types of messages that are sent, as a JSON list; null for all.
    types text check (types is null or json_type(types) = 'array'),
    -- Only the sessions of this project; null for all.
    project_id text,
    -- The key of the signatures, as whsec_ and Base64.
    secret text not null check (secret glob 'whsec_?*'),
    -- The key before a rotation, which signs as well until this time.
    previous_secret text,
    previous_until text check ((previous_until is null) = (previous_secret is null)),
    created_at text not null
        check (created_at glob '????-??-??T??:??:??.??????+00:00'),
    -- Since when the endpoint is off, and why. Its messages wait meanwhile.
    disabled_at text check ((disabled_at is null) = (disabled_reason is null)),
    disabled_reason text check (disabled_reason in ('request', 'gone', 'failing')),
    -- When the first of those attempts failed after which none has succeeded.
    failing_since text,
    -- The last entry of `internal_event_log` of which messages were made.
    entry integer not null
) strict;

create table webhook_deliveries (
    -- The order of the messages: that of the commits.
    delivery integer primary key autoincrement,
    -- What the receiver knows the message by, the same with each attempt. It begins with the time in
    -- milliseconds, so that new ones stand together in the index: a random place would be a page for each.
    message_id text not null unique
        default ('msg_' || printf('%012x', (julianday('now') - 2440587.5) * 86400000)
                 || lower(hex(randomblob(10)))),
    -- There is no foreign key: the rows of an endpoint that was deleted are removed in chunks.
    endpoint integer not null,
    -- The key of the session, also of one that was removed; 0 for a message that is of none.
    session integer not null,
    type text not null,
    -- When it happened, and when the message was made.
    at text not null,
    created_at text not null,
    -- The JSON that is sent.
    body text not null check (json_valid(body)),
    state text not null default 'pending' check (state in ('pending', 'delivered', 'failed')),
    -- When the first attempt may be, at the earliest.
    not_before text not null,
    -- When the next attempt is. It is null once there is none, and while the message waits for an earlier
    -- one of its session.
    next_at text check (next_at is null or state = 'pending'),
    attempts integer not null default 0,
    last_attempt_at text,
    -- The HTTP status of the last response; null if there was none, and then the error says why.
    last_status integer,
    last_error text,
    last_duration_ms integer
) strict;

-- The messages that are due, of each endpoint; only the first of each session has a time.
create index webhook_deliveries_by_time on webhook_deliveries (endpoint, next_at)
where next_at is not null;
-- Whether a session has such a message.
create index webhook_deliveries_scheduled on webhook_deliveries (endpoint, session)
where next_at is not null;
-- The next one of a session.
create index webhook_deliveries_pending on webhook_deliveries (endpoint, session, delivery)
where state = 'pending';
-- The last summary of changes of a session.
create index webhook_deliveries_of_content on webhook_deliveries (endpoint, session, delivery)
where type = 'content.changed';
-- Lists, and retention.
create index webhook_deliveries_by_endpoint on webhook_deliveries (endpoint, delivery);
create index webhook_deliveries_by_creation on webhook_deliveries (created_at);

-- Sessions that were created, of which no message was made yet: a new session has no event.
create table internal_webhook_created_sessions (
    session integer primary key,
    session_id text not null,
    project_id text,
    created_at text not null
) strict;

-- A session that is restored has events already.
create trigger sessions_note_created_on_insert after insert on sessions
when new.seq = 0 and exists (select 1 from webhook_endpoints) begin
    insert or replace into internal_webhook_created_sessions
    values (new.session, new.session_id, new.project_id, new.created_at);
end;

-- The projects of sessions that were removed, for the messages that are still to be made. A row is kept as
-- long as the tombstone.
create table internal_webhook_removed_sessions (
    session integer primary key,
    project_id text not null
) strict;

create trigger sessions_note_project_on_delete after delete on sessions
when old.project_id is not null and exists (select 1 from webhook_endpoints) begin
    insert or replace into internal_webhook_removed_sessions values (old.session, old.project_id);
end;

create trigger tombstones_drop_project_on_delete after delete on tombstones begin
    delete from internal_webhook_removed_sessions where session = old.session;
end;
