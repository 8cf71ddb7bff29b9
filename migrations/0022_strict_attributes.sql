-- SQLite's functions take JSON5, which the service does not read: `{a: 1}` would be an object here and
-- nothing over REST. What is there already is written anew as JSON.
update sessions set attributes = json(attributes)
where not json_valid(attributes) and json_valid(attributes, 2);

create trigger session_attributes_are_json before insert on sessions
when not json_valid(new.attributes) begin
    select raise(abort, 'attributes is a JSON object (RFC 8259)');
end;

create trigger session_attributes_stay_json before update of attributes on sessions
when not json_valid(new.attributes) begin
    select raise(abort, 'attributes is a JSON object (RFC 8259)');
end;
