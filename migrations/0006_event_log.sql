-- The event log keeps together what belongs together: a row for what one commit did in one session,
-- in place of a row for each event. Most commits make several events in a session (a command makes
-- two or more), and each row costs its place in the file, its index and its triggers.
--
-- `events` stays what people read and write: a view with a row for each event.

drop view event_overview;
drop trigger seq_is_the_last_event;

create table event_log (
    -- The order of commits over all sessions.
    entry integer primary key autoincrement,
    -- No foreign key: events outlive their session, until retention removes them.
    session integer not null,
    -- The numbers of the first and the last of these events. They are numbered one after the other.
    first_seq integer not null check (first_seq > 0),
    seq integer not null check (seq >= first_seq),
    at text not null,
    -- [["name", {payload}], …], in the words that went out to the clients.
    events text check (json_array_length(events) = seq - first_seq + 1)
) strict;

insert into event_log (entry, session, first_seq, seq, at, events)
select event_id, session, seq, seq, at, json_array(json_array(event, json(payload)))
from events order by event_id;

drop table events;
create unique index event_log_by_session on event_log (session, seq);

-- No hole and no repeat in a session's numbers, whoever writes.
create trigger events_are_next before insert on event_log
when new.first_seq - 1 <> (select seq from sessions where session = new.session) begin
    select raise(abort, 'first_seq must be the number after the session''s last one');
end;

-- What is worth an event is activity; last_activity never moves backwards.
create trigger events_are_activity after insert on event_log begin
    update sessions set seq = new.seq, last_activity = max(last_activity, new.at)
    where session = new.session;
end;

-- The number of a session is that of its last event, whoever writes it; what has happened stays.
create trigger seq_is_the_last_event before update of seq on sessions
when new.seq <> old.seq
    and new.seq is not (select max(seq) from event_log where session = new.session) begin
    select raise(abort, 'seq counts the rows in events: insert there');
end;

create trigger events_keep_their_place before update of entry, session, first_seq, seq, events on event_log
begin
    select raise(abort, 'an event keeps its place');
end;

-- Events: what happened in each session, in order.
create view events as
select
    l.session,
    l.first_seq + e.key as seq,
    l.at,
    e.value ->> 0 as event,
    e.value -> 1 as payload
from event_log as l
join json_each(l.events) as e;

-- An event by hand is the next of its session, and activity, as any other.
create trigger event_by_hand instead of insert on events begin
    insert into event_log (session, first_seq, seq, at, events)
    values (new.session, new.seq, new.seq, new.at, json_array(json_array(new.event, json(new.payload))));
end;

create trigger event_keeps_its_place instead of update on events begin
    select raise(abort, 'an event keeps its place');
end;

-- For people at a SQL prompt: the event log with the sessions' public ids, removed ones included.
create view event_overview as
select
    coalesce(s.session_id, r.session_id) as session_id,
    e.seq,
    e.at,
    e.event,
    e.payload
from events as e
left join sessions as s on s.session = e.session
left join removed_sessions as r on r.session = e.session;
