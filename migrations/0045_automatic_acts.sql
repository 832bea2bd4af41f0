-- What the house itself did of a ticket, such as a step of a policy or an act of a rule, can be taken back as well.
-- only: postgresql
ALTER TABLE ticket_undo ALTER COLUMN actor DROP NOT NULL;
-- only: sqlite
CREATE TABLE ticket_undo_anew (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    ticket BIGINT REFERENCES ticket (id) NOT NULL,
    actor BIGINT REFERENCES person (id),
    event INTEGER NOT NULL,
    bulk BIGINT REFERENCES bulk_act (id),
    "before" TEXT NOT NULL,
    "after" TEXT NOT NULL,
    happened_at TIMESTAMPTZ NOT NULL,
    undone_at TIMESTAMPTZ
);
INSERT INTO ticket_undo_anew SELECT id, ticket, actor, event, bulk, "before", "after", happened_at, undone_at FROM ticket_undo;
DROP TABLE ticket_undo;
ALTER TABLE ticket_undo_anew RENAME TO ticket_undo;
CREATE INDEX ticket_undo_ticket ON ticket_undo (ticket);
CREATE INDEX ticket_undo_actor ON ticket_undo (actor);
CREATE INDEX ticket_undo_bulk ON ticket_undo (bulk);
CREATE INDEX ticket_undo_happened ON ticket_undo (happened_at);
