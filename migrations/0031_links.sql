CREATE TABLE private_link (
    id KEY!,
    ticket BIGINT REFERENCES ticket (id) NOT NULL,
    key_hash VARCHAR(64) NOT NULL,
    made_by BIGINT REFERENCES person (id),
    made_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX private_link_ticket ON private_link (ticket);
CREATE INDEX private_link_made_by ON private_link (made_by);
CREATE INDEX private_link_expires ON private_link (expires_at);
CREATE UNIQUE INDEX private_link_key ON private_link (key_hash);
