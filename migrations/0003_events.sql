-- Events: what happened in each session, in order, in the words that went out to its clients.
--
-- `event_id` is the order of commits over all sessions; `seq` counts 1, 2, 3 … within one.
-- Events outlive their session, until retention removes them, hence no foreign key.
create table events (
    event_id integer primary key autoincrement,
    session integer not null,
    seq integer not null check (seq > 0),
    at text not null,
    event text not null,
    payload text not null
) strict;
create unique index events_by_session on events (session, seq);

-- No hole and no repeat in a session's numbers, whoever writes.
create trigger event_is_next before insert on events
when new.seq <> (select seq + 1 from sessions where session = new.session) begin
    select raise(abort, 'seq must be the number after the session''s last one');
end;

-- What is worth an event is activity; last_activity never moves backwards.
create trigger event_is_activity after insert on events begin
    update sessions set seq = new.seq where session = new.session;
    -- Apart, since many events of one moment then move the index by activity only once.
    update sessions set last_activity = new.at
    where session = new.session and last_activity < new.at;
end;

-- The number of a session is that of its last event, whoever writes it; what has happened stays.
create trigger seq_is_the_last_event before update of seq on sessions
when new.seq <> old.seq
    and new.seq is not (select max(seq) from events where session = new.session) begin
    select raise(abort, 'seq counts the rows in events: insert there');
end;

create trigger session_starts_without_events before insert on sessions when new.seq <> 0 begin
    select raise(abort, 'seq counts the rows in events: start with 0');
end;

create trigger event_keeps_its_place before update of event_id, session, seq on events
when new.event_id <> old.event_id or new.session <> old.session or new.seq <> old.seq begin
    select raise(abort, 'an event keeps its place');
end;
