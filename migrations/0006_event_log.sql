-- The event log: one row (an entry) for what one commit did in one session, with all its events.
--
-- Most commits make several events in a session, at least two for a command. One row for each event
-- would cost more: each row has its place in the file, its index and its triggers. The view `events`
-- has one row for each event, to read and to write.
create table internal_event_log (
    -- The order of commits over all sessions.
    entry integer primary key autoincrement,
    -- There is no foreign key: events outlive their session, until retention removes them.
    session integer not null,
    -- The numbers of the first and the last event of the entry. All between them are in it.
    first_seq integer not null check (first_seq > 0),
    seq integer not null check (seq >= first_seq),
    at text not null,
    -- [["name", {payload}], …], exactly as the clients received them.
    events text check (json_array_length(events) = seq - first_seq + 1),
    -- For a long entry, `events` is null. These are the generation and the part under which
    -- `internal_overflow_texts` has them.
    overflow_generation integer
        check ((overflow_generation is null) = (events is not null)),
    overflow_part integer
        check ((overflow_part is null) = (overflow_generation is null))
) strict;

-- A session's numbers have no gap and no repeat, also when a person writes them with a SQL shell.
create trigger internal_event_log_check_seq_on_insert before insert on internal_event_log
when new.first_seq - 1 <> (select seq from sessions where session = new.session) begin
    select raise(abort, 'first_seq must be the number after the session''s last one');
end;

-- Each event is activity of its session. `last_activity` never moves backwards.
create trigger internal_event_log_touch_session_on_insert after insert on internal_event_log begin
    update sessions set seq = new.seq, last_activity = max(last_activity, new.at)
    where session = new.session;
end;

create trigger internal_event_log_keep_events_on_update before update of entry, session, first_seq, seq, events
on internal_event_log begin
    select raise(abort, 'an event keeps its place');
end;

create trigger internal_event_log_delete_overflow_on_delete after delete on internal_event_log
when old.overflow_generation is not null begin
    delete from internal_overflow_texts
    where session = old.session and generation = old.overflow_generation and kind = 'events'
      and part = old.overflow_part;
end;

create trigger sessions_check_seq_on_insert before insert on sessions when new.seq <> 0 begin
    select raise(abort, 'seq counts the rows in events: start with 0');
end;

-- `sessions.seq` is the number of the session's last event, and no statement can set it to another. A
-- writer of events has just inserted the entry, so the query finds it at once, at the end of the log.
create trigger sessions_check_seq_on_update before update of seq on sessions
when new.seq <> old.seq
    and new.seq is not (select seq from internal_event_log where session = new.session
                        order by entry desc limit 1) begin
    select raise(abort, 'seq counts the rows in events: insert there');
end;

-- The index of the log: where the events of a session are. It has a row for each entry up to
-- `internal_event_index_end`, and none yet for the newest entries.
--
-- It is written for many entries at once. The next entry of a busy session has its place in the index
-- behind the session's last one, so each commit would write one page of the index for each of its
-- sessions: that was two thirds of all that joins and leaves wrote.
create table internal_event_index (
    session integer not null,
    -- The number of the entry's last event.
    seq integer not null,
    entry integer not null,
    primary key (session, seq, entry)
) strict, without rowid;

-- The last entry up to which the index is complete: always one row.
create table internal_event_index_end (
    only_row integer primary key check (only_row = 1),
    entry integer not null
) strict;
insert into internal_event_index_end values (1, 0);

-- With more than 512 entries at a time, a reader of one session's events would look at more entries of
-- others. With fewer, more pages would be written.
create trigger internal_event_log_index_on_insert after insert on internal_event_log when new.entry % 512 = 0 begin
    insert or ignore into internal_event_index
    select session, seq, entry from internal_event_log
    where entry > (select entry from internal_event_index_end) and entry <= new.entry
    order by session, seq;
    update internal_event_index_end set entry = max(entry, new.entry);
end;

-- Only a person at a SQL prompt inserts an entry before the end of the index.
create trigger internal_event_log_index_late_on_insert after insert on internal_event_log
when new.entry <= (select entry from internal_event_index_end) begin
    insert or ignore into internal_event_index values (new.session, new.seq, new.entry);
end;

create trigger internal_event_log_unindex_on_delete after delete on internal_event_log begin
    delete from internal_event_index
    where session = old.session and seq = old.seq and entry = old.entry;
end;

create trigger internal_event_index_check_log_on_delete before delete on internal_event_index
when exists (select 1 from internal_event_log
             where entry = old.entry and session = old.session and seq = old.seq) begin
    select raise(abort, 'internal_event_index follows internal_event_log: delete there');
end;

create trigger internal_event_index_reject_update before update on internal_event_index begin
    select raise(abort, 'internal_event_index follows internal_event_log: it is not changed');
end;

create trigger internal_event_index_end_reject_decrease_on_update before update on internal_event_index_end
when new.entry < old.entry begin
    select raise(abort, 'internal_event_index_end follows internal_event_log: it is not changed');
end;

-- The log with all events in full, however long they are. Entries are found by the index as far as it
-- goes, and the newest ones in the log itself.
create view internal_event_log_full as
select
    i.entry, i.session, l.first_seq, i.seq, l.at,
    iif(overflow_generation is null, events,
        (select content from internal_overflow_texts as t
         where t.session = l.session and t.generation = l.overflow_generation and t.kind = 'events'
           and t.part = l.overflow_part)) as events
from (
    select session, seq, entry from internal_event_index
    where entry <= (select entry from internal_event_index_end)
    union all
    select session, seq, entry from internal_event_log
    where entry > (select entry from internal_event_index_end)
) as i
join internal_event_log as l on l.entry = i.entry and l.session = i.session and l.seq = i.seq;

-- Events: what happened in each session, in order, one row for each event.
create view events as
select
    l.session,
    l.first_seq + e.key as seq,
    l.at,
    e.value ->> 0 as event,
    e.value -> 1 as payload
from internal_event_log_full as l
join json_each(l.events) as e;

-- An event that a person inserts is the next one of its session, and activity, like any other.
create trigger events_append_on_insert instead of insert on events begin
    select raise(abort, 'payload is a JSON object') where json_type(new.payload) is not 'object';
    insert into internal_event_log (session, first_seq, seq, at, events)
    values (new.session, new.seq, new.seq, new.at,
            json_array(json_array(new.event, json(new.payload))));
end;

create trigger events_reject_update instead of update on events begin
    select raise(abort, 'an event keeps its place');
end;
