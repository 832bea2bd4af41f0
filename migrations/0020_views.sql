CREATE TABLE ticket_view (
    id KEY!,
    title VARCHAR(80) NOT NULL,
    owner BIGINT REFERENCES person (id) NOT NULL,
    audience VARCHAR(24) NOT NULL,
    conditions TEXT NOT NULL,
    shown TEXT NOT NULL,
    ordering VARCHAR(10) NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX ticket_view_owner ON ticket_view (owner);
CREATE INDEX ticket_view_audience ON ticket_view (audience);

CREATE TABLE view_place (
    id KEY!,
    person BIGINT REFERENCES person (id) NOT NULL,
    view VARCHAR(12) NOT NULL,
    "position" INTEGER NOT NULL,
    is_hidden BOOLEAN NOT NULL
);
CREATE INDEX view_place_person ON view_place (person);
CREATE UNIQUE INDEX view_place_once ON view_place (person, view);

-- What SQLite may expect of the table once it is large, since it plans a query by this and not by what is there:
-- few statuses and departments for many tickets, so that a queue is read in its order from an index, never sorted.
-- only: sqlite
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('ticket', 'ticket_queue', '1000000 400000 2 1'),
    ('ticket', 'ticket_department', '1000000 300000'),
    ('ticket', 'ticket_department_queue', '1000000 300000 100000 2 1'),
    ('ticket', 'ticket_assignee', '1000000 20000'),
    ('ticket', 'ticket_assignee_queue', '1000000 20000 4000 2 1'),
    ('ticket', 'ticket_requester', '1000000 5'),
    ('ticket', 'ticket_requester_updated', '1000000 5 2 1'),
    ('ticket', 'ticket_by_deadline', '1000000 2 1'),
    ('ticket', 'ticket_by_change', '1000000 2 1'),
    ('ticket', 'ticket_by_opening', '1000000 2 1'),
    ('ticket', 'ticket_binned', '1000 1 1'),
    ('ticket', 'ticket_snoozed', '1000 1');
-- both
CREATE INDEX ticket_by_deadline ON ticket (queue_at, id);
CREATE INDEX ticket_by_change ON ticket (updated_at, id);
CREATE INDEX ticket_by_opening ON ticket (opened_at, id);
