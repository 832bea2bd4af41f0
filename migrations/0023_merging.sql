CREATE TABLE ticket_merge (
    id KEY!,
    ticket BIGINT REFERENCES ticket (id) NOT NULL UNIQUE,
    target BIGINT REFERENCES ticket (id) NOT NULL,
    messages TEXT NOT NULL,
    joined TEXT NOT NULL,
    tags TEXT NOT NULL,
    was TEXT NOT NULL,
    target_was TEXT NOT NULL,
    target_event BIGINT NOT NULL
);
CREATE INDEX ticket_merge_target ON ticket_merge (target);
