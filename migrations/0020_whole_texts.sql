-- SQLite's functions end a text at U+0000, while the service reads it whole: a name that has one would be
-- another in SQL than over REST. The service refuses such texts; this refuses them from everybody else.
create trigger session_texts_are_whole before insert on sessions
when instr(cast(new.name as blob), x'00') or instr(cast(new.project_id as blob), x'00') begin
    select raise(abort, 'name and project_id have no null character (U+0000)');
end;

create trigger session_texts_stay_whole before update of name, project_id on sessions
when instr(cast(new.name as blob), x'00') or instr(cast(new.project_id as blob), x'00') begin
    select raise(abort, 'name and project_id have no null character (U+0000)');
end;
