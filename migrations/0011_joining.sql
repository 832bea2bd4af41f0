CREATE TABLE ticket_link (
    id KEY!,
    ticket BIGINT REFERENCES ticket (id) NOT NULL,
    other BIGINT REFERENCES ticket (id) NOT NULL,
    kind VARCHAR(10) NOT NULL
);
CREATE INDEX ticket_link_ticket ON ticket_link (ticket);
CREATE INDEX ticket_link_other ON ticket_link (other);

ALTER TABLE message ADD COLUMN is_new_matter BOOLEAN NOT NULL DEFAULT false;
