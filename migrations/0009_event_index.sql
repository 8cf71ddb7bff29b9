-- The log's index is written for many entries at once. A busy session's next entry has its place in
-- an index behind the session's last one, so each commit wrote a page of the index for each session
-- in it: two thirds of all that joins and leaves wrote.

drop trigger seq_is_the_last_event;
drop index event_log_by_session;

-- Where the events of a session are: a row for each entry, but not yet for the newest ones.
create table event_index (
    session integer not null,
    -- Of the entry's last event.
    seq integer not null,
    entry integer not null,
    primary key (session, seq, entry)
) strict, without rowid;
insert into event_index select session, seq, entry from event_log order by session, seq;

-- Up to which entry the index has all: always one row.
create table event_index_end (
    only_row integer primary key check (only_row = 1),
    entry integer not null
) strict;
insert into event_index_end select 1, coalesce(max(entry), 0) from event_log;

-- With more at a time, who reads a session's events looks at more that are not its own; with fewer,
-- more pages are written.
create trigger entries_are_indexed after insert on event_log when new.entry % 512 = 0 begin
    insert or ignore into event_index
    select session, seq, entry from event_log
    where entry > (select entry from event_index_end) and entry <= new.entry
    order by session, seq;
    update event_index_end set entry = max(entry, new.entry);
end;

-- Only by hand.
create trigger late_entry_is_indexed after insert on event_log
when new.entry <= (select entry from event_index_end) begin
    insert or ignore into event_index values (new.session, new.seq, new.entry);
end;

create trigger entry_leaves_the_index after delete on event_log begin
    delete from event_index
    where session = old.session and seq = old.seq and entry = old.entry;
end;

create trigger index_keeps_what_is_in_the_log before delete on event_index
when exists (select 1 from event_log
             where entry = old.entry and session = old.session and seq = old.seq) begin
    select raise(abort, 'event_index follows event_log: delete there');
end;

create trigger index_is_not_changed before update on event_index begin
    select raise(abort, 'event_index follows event_log: it is not changed');
end;

create trigger index_end_does_not_move_back before update on event_index_end
when new.entry < old.entry begin
    select raise(abort, 'event_index_end follows event_log: it is not changed');
end;

-- The number of a session is that of its last event, whoever writes it; what has happened stays. Whoever
-- writes an event finds it at once, at the end of the log.
create trigger seq_is_the_last_event before update of seq on sessions
when new.seq <> old.seq
    and new.seq is not (select seq from event_log where session = new.session
                        order by entry desc limit 1) begin
    select raise(abort, 'seq counts the rows in events: insert there');
end;

-- The log with its events in full, however long they are, by the index where it has them.
drop view whole_log;
create view whole_log as
select
    i.entry, i.session, l.first_seq, i.seq, l.at,
    iif(large_events is null, events,
        (select content from large_texts as t
         where t.session = l.session and t.generation = l.large_events and t.kind = 'events'
           and t.part = l.large_part)) as events
from (
    select session, seq, entry from event_index
    where entry <= (select entry from event_index_end)
    union all
    select session, seq, entry from event_log
    where entry > (select entry from event_index_end)
) as i
join event_log as l on l.entry = i.entry and l.session = i.session and l.seq = i.seq;
