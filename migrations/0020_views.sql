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

CREATE INDEX ticket_by_deadline ON ticket (queue_at, id);
CREATE INDEX ticket_by_change ON ticket (updated_at, id);
CREATE INDEX ticket_by_opening ON ticket (opened_at, id);
