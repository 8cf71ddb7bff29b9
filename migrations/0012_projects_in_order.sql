-- A page of a project's sessions is read in its order, as one of all sessions is: with 100,000 sessions
-- in a project, each page sorted them all.
drop index sessions_by_project;
create index sessions_by_project on sessions (project_id, created_at) where project_id is not null;
