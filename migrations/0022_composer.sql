CREATE TABLE canned_reply (
    id KEY!,
    "name" VARCHAR(100) NOT NULL,
    folder VARCHAR(100) NOT NULL,
    department BIGINT REFERENCES department (id),
    body_vi TEXT NOT NULL,
    body_en TEXT NOT NULL,
    status VARCHAR(12) NOT NULL,
    priority VARCHAR(8) NOT NULL,
    assign VARCHAR(12) NOT NULL,
    tags TEXT NOT NULL,
    used INTEGER NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX canned_reply_department ON canned_reply (department);

CREATE TABLE canned_use (
    id KEY!,
    message BIGINT REFERENCES message (id) NOT NULL,
    canned BIGINT REFERENCES canned_reply (id) NOT NULL
);
CREATE INDEX canned_use_message ON canned_use (message);
CREATE INDEX canned_use_canned ON canned_use (canned);

CREATE TABLE draft (
    id KEY!,
    person BIGINT REFERENCES person (id) NOT NULL,
    ticket BIGINT REFERENCES ticket (id) NOT NULL,
    mode VARCHAR(8) NOT NULL,
    body TEXT NOT NULL,
    status VARCHAR(12) NOT NULL,
    message BIGINT REFERENCES message (id),
    saved_at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX draft_once ON draft (person, ticket);
CREATE INDEX draft_ticket ON draft (ticket);
CREATE INDEX draft_message ON draft (message);
INSERT INTO draft (person, ticket, mode, body, status, message, saved_at)
    SELECT author, ticket, 'reply', body, '', id, sent_at FROM message
    WHERE id IN (SELECT MAX(id) FROM message WHERE kind = 'draft' AND author IS NOT NULL GROUP BY author, ticket);

CREATE TABLE presence (
    id KEY!,
    person BIGINT REFERENCES person (id) NOT NULL,
    ticket BIGINT REFERENCES ticket (id) NOT NULL,
    is_typing BOOLEAN NOT NULL,
    seen_at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX presence_once ON presence (person, ticket);
CREATE INDEX presence_ticket ON presence (ticket);
