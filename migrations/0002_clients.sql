-- Clients: one row for each live connection in each session that it has joined.
--
-- A row stands for a connection of the running server. Rows that a server left behind when it crashed
-- are removed when the next one starts.
create table clients (
    session integer not null references sessions (session) on delete cascade,
    client_id text not null check (length(client_id) between 1 and 128),
    transport text not null check (transport in ('websocket', 'socket.io')),
    connected_at text not null,
    -- What the client said about its user when it joined, as JSON.
    user text check (user is null or json_valid(user)),
    primary key (session, client_id)
) strict, without rowid;

-- A disconnect leaves all sessions of the client at once.
create index clients_by_id on clients (client_id);

-- `sessions.active_clients` is the number of client rows, also when a person writes them with a SQL shell.
-- The first three triggers keep it, and the others refuse whatever would make it wrong. The first also refuses
-- clients of no session, as the foreign key does only where it is switched on.
create trigger clients_count_on_insert after insert on clients begin
    update sessions set active_clients = active_clients + 1, client_changes = client_changes + 1
    where session = new.session;
    select raise(abort, 'FOREIGN KEY constraint failed: there is no such session') where changes() = 0;
end;

create trigger clients_count_on_delete after delete on clients begin
    update sessions set active_clients = active_clients - 1, client_changes = client_changes + 1
    where session = old.session;
end;

-- The foreign key does the same, but only where it is switched on, and a SQL shell has it off.
create trigger sessions_delete_clients_on_delete after delete on sessions begin
    delete from clients where session = old.session;
end;

create trigger sessions_check_active_clients_on_insert before insert on sessions
when new.active_clients <> 0 begin
    select raise(abort, 'active_clients counts the rows in clients: start with 0');
end;

-- A change by one, together with a change of `client_changes` by one, comes from the triggers above and
-- is accepted. Any other change is compared with the rows. To count the rows with every change would
-- make each join and leave as slow as the session is full: a start after a crash took a second longer
-- with 10,000 stale clients in one session.
create trigger sessions_check_active_clients_on_update after update of active_clients on sessions
when not (new.client_changes = old.client_changes + 1
          and abs(new.active_clients - old.active_clients) = 1)
    and new.active_clients <> (select count(*) from clients where session = new.session) begin
    select raise(abort, 'active_clients counts the rows in clients: insert or delete there');
end;

-- REPLACE deletes the conflicting row without firing the delete trigger, so the count would be wrong.
create trigger clients_reject_replace before insert on clients
when exists (select 1 from clients
             where session = new.session and client_id = new.client_id) begin
    select raise(abort, 'UNIQUE constraint failed: the client is in the session already');
end;

-- No trigger counts a row that is given to another session.
create trigger clients_keep_session_on_update before update of session on clients
when new.session <> old.session begin
    select raise(abort, 'a client stays in its session: delete the row and insert another');
end;

create trigger clients_keep_id_on_update before update of client_id on clients
when new.client_id <> old.client_id begin
    select raise(abort, 'a client keeps its id: delete the row and insert another');
end;
