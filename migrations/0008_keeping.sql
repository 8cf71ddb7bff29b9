-- Keeping the data: what tells a restored database from the one that it replaces.

-- The epoch: a random text that names one line of events. `rollcall restore` changes it, since a restored
-- database numbers events anew that clients have seen already. A client that comes back with the `seq`
-- of another epoch gets a gap, and reads the session again. Always one row; a server reads it when it starts.
create table internal_database_epoch (
    only_row integer primary key check (only_row = 1),
    epoch text not null check (length(epoch) = 16 and epoch not glob '*[^0-9a-f]*')
) strict;
insert into internal_database_epoch values (1, lower(hex(randomblob(8))));
