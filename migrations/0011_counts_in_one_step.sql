-- To join a session costs the same however many are in it. A change of active_clients was compared with
-- the number of client rows, so each join and leave counted all who were there: a start after a crash
-- took a second longer with 10,000 stale clients in one session.

-- How many client rows came and went. A change of active_clients by one that comes with it follows a
-- row; any other is still compared with the rows, so that no slip of the hand passes.
alter table sessions add column client_changes integer not null default 0 check (client_changes >= 0);

drop trigger client_came;
create trigger client_came after insert on clients begin
    update sessions set active_clients = active_clients + 1, client_changes = client_changes + 1
    where session = new.session;
end;

-- REPLACE would take the row in its way along without a word to client_went.
create trigger client_is_no_replacement before insert on clients
when exists (select 1 from clients
             where session = new.session and client_id = new.client_id) begin
    select raise(abort, 'UNIQUE constraint failed: the client is in the session already');
end;

drop trigger client_went;
create trigger client_went after delete on clients begin
    update sessions set active_clients = active_clients - 1, client_changes = client_changes + 1
    where session = old.session;
end;

drop trigger active_clients_is_a_count;
create trigger active_clients_is_a_count after update of active_clients on sessions
when not (new.client_changes = old.client_changes + 1
          and abs(new.active_clients - old.active_clients) = 1)
    and new.active_clients <> (select count(*) from clients where session = new.session) begin
    select raise(abort, 'active_clients counts the rows in clients: insert or delete there');
end;
