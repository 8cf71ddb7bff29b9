-- Clients: one row for each live connection in each session that it has joined.
--
-- A row stands for a connection of the running server. Those that a dead server left behind are
-- taken out when the next one starts.
create table clients (
    session integer not null references sessions (session) on delete cascade,
    client_id text not null check (length(client_id) between 1 and 128),
    transport text not null,
    connected_at text not null,
    -- What the client said of its user when it joined, as JSON.
    user text check (user is null or json_valid(user)),
    primary key (session, client_id)
) strict, without rowid;

-- A disconnect leaves all the client's sessions at once.
create index clients_by_id on clients (client_id);

-- sessions.active_clients is the number of client rows, whoever writes them. The first three
-- triggers keep it, the last two refuse whatever would make it something else.
create trigger client_came after insert on clients begin
    update sessions set active_clients = active_clients + 1 where session = new.session;
end;

create trigger client_went after delete on clients begin
    update sessions set active_clients = active_clients - 1 where session = old.session;
end;

-- The foreign key does the same where it is switched on, which a SQL shell does not by default.
create trigger session_takes_its_clients after delete on sessions begin
    delete from clients where session = old.session;
end;

create trigger client_moved before update of session on clients
when new.session <> old.session begin
    select raise(abort, 'a client stays in its session: delete the row and insert another');
end;

create trigger session_starts_empty before insert on sessions
when new.active_clients <> 0 begin
    select raise(abort, 'active_clients counts the rows in clients: start with 0');
end;

-- REPLACE deletes the row in its way without a word to triggers, and a key that changes leaves the
-- rows of the other table behind; so neither is let through.
create trigger session_is_no_replacement before insert on sessions
when exists (select 1 from sessions
             where session = new.session or session_id = new.session_id) begin
    select raise(abort, 'UNIQUE constraint failed: there is such a session already');
end;

create trigger session_keeps_its_keys before update of session, session_id on sessions
when new.session <> old.session or new.session_id <> old.session_id begin
    select raise(abort, 'a session keeps its keys: insert another');
end;

create trigger client_keeps_its_id before update of client_id on clients
when new.client_id <> old.client_id begin
    select raise(abort, 'a client keeps its id: delete the row and insert another');
end;

create trigger active_clients_is_a_count after update of active_clients on sessions
when new.active_clients <> (select count(*) from clients where session = new.session) begin
    select raise(abort, 'active_clients counts the rows in clients: insert or delete there');
end;
