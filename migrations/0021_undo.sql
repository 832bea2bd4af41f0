ALTER TABLE ticket ADD COLUMN binned_at TIMESTAMPTZ;
ALTER TABLE ticket ADD COLUMN binned_as VARCHAR(8) NOT NULL DEFAULT '';
CREATE INDEX ticket_binned ON ticket (binned_at, id) WHERE binned_at IS NOT NULL;

CREATE TABLE bulk_act (
    id KEY!,
    actor BIGINT REFERENCES person (id) NOT NULL,
    act VARCHAR(12) NOT NULL,
    "value" TEXT NOT NULL,
    tickets TEXT NOT NULL,
    total INTEGER NOT NULL,
    done INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    refusals TEXT NOT NULL,
    began_at TIMESTAMPTZ NOT NULL,
    ended_at TIMESTAMPTZ
);
CREATE INDEX bulk_act_actor ON bulk_act (actor);

CREATE TABLE ticket_undo (
    id KEY!,
    ticket BIGINT REFERENCES ticket (id) NOT NULL,
    actor BIGINT REFERENCES person (id) NOT NULL,
    event INTEGER NOT NULL,
    bulk BIGINT REFERENCES bulk_act (id),
    "before" TEXT NOT NULL,
    "after" TEXT NOT NULL,
    happened_at TIMESTAMPTZ NOT NULL,
    undone_at TIMESTAMPTZ
);
CREATE INDEX ticket_undo_ticket ON ticket_undo (ticket);
CREATE INDEX ticket_undo_actor ON ticket_undo (actor);
CREATE INDEX ticket_undo_bulk ON ticket_undo (bulk);
CREATE INDEX ticket_undo_happened ON ticket_undo (happened_at);
