CREATE TABLE ticket (
    id KEY!,
    subject VARCHAR(500) NOT NULL,
    status VARCHAR(12) NOT NULL,
    priority VARCHAR(8) NOT NULL,
    department BIGINT REFERENCES department (id) NOT NULL,
    requester BIGINT REFERENCES person (id) NOT NULL,
    assignee BIGINT REFERENCES person (id),
    channel VARCHAR(8) NOT NULL,
    lang VARCHAR(2) NOT NULL,
    mailbox VARCHAR(320) NOT NULL,
    came_from VARCHAR(60) NOT NULL,
    snippet VARCHAR(200) NOT NULL,
    message_count INTEGER NOT NULL,
    opened_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    solved_at TIMESTAMPTZ,
    closed_at TIMESTAMPTZ,
    due_kind VARCHAR(16) NOT NULL,
    due_at TIMESTAMPTZ,
    queue_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX ticket_department ON ticket (department);
CREATE INDEX ticket_requester ON ticket (requester);
CREATE INDEX ticket_assignee ON ticket (assignee);

CREATE TABLE message (
    id KEY!,
    ticket BIGINT REFERENCES ticket (id) NOT NULL,
    author BIGINT REFERENCES person (id),
    kind VARCHAR(8) NOT NULL,
    direction VARCHAR(3) NOT NULL,
    channel VARCHAR(8) NOT NULL,
    subject VARCHAR(500) NOT NULL,
    from_name VARCHAR(200) NOT NULL,
    from_email VARCHAR(320) NOT NULL,
    to_addresses TEXT NOT NULL,
    cc_addresses TEXT NOT NULL,
    body TEXT NOT NULL,
    "text" TEXT NOT NULL,
    fresh TEXT NOT NULL,
    html TEXT NOT NULL,
    quoted_html TEXT NOT NULL,
    raw_html TEXT NOT NULL,
    message_id VARCHAR(998) NOT NULL,
    inbound BIGINT REFERENCES inbound (id),
    is_automatic BOOLEAN NOT NULL,
    sent_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX message_ticket ON message (ticket);
CREATE INDEX message_author ON message (author);
CREATE INDEX message_inbound ON message (inbound);

CREATE TABLE attachment (
    id KEY!,
    message BIGINT REFERENCES message (id) NOT NULL,
    filename VARCHAR(255) NOT NULL,
    content_type VARCHAR(127) NOT NULL,
    content_id VARCHAR(255) NOT NULL,
    size BIGINT NOT NULL,
    sha256 VARCHAR(64) NOT NULL
);
CREATE INDEX attachment_message ON attachment (message);

CREATE TABLE ticket_participant (
    id KEY!,
    ticket BIGINT REFERENCES ticket (id) NOT NULL,
    person BIGINT REFERENCES person (id) NOT NULL
);
CREATE INDEX ticket_participant_ticket ON ticket_participant (ticket);
CREATE INDEX ticket_participant_person ON ticket_participant (person);

CREATE TABLE ticket_tag (
    id KEY!,
    ticket BIGINT REFERENCES ticket (id) NOT NULL,
    "name" VARCHAR(40) NOT NULL
);
CREATE INDEX ticket_tag_ticket ON ticket_tag (ticket);

CREATE TABLE deadline (
    id KEY!,
    ticket BIGINT REFERENCES ticket (id) NOT NULL,
    kind VARCHAR(16) NOT NULL,
    minutes INTEGER NOT NULL,
    started_at TIMESTAMPTZ NOT NULL,
    spent INTEGER NOT NULL,
    running_since TIMESTAMPTZ,
    due_at TIMESTAMPTZ,
    met_at TIMESTAMPTZ,
    warned_at TIMESTAMPTZ,
    missed_at TIMESTAMPTZ
);
CREATE INDEX deadline_ticket ON deadline (ticket);

CREATE TABLE rating (
    id KEY!,
    ticket BIGINT REFERENCES ticket (id) NOT NULL UNIQUE,
    score VARCHAR(4) NOT NULL,
    comment TEXT NOT NULL,
    rated_at TIMESTAMPTZ NOT NULL
);

CREATE INDEX ticket_queue ON ticket (status, queue_at, id);
CREATE INDEX ticket_department_queue ON ticket (department, status, queue_at, id);
CREATE INDEX ticket_assignee_queue ON ticket (assignee, status, queue_at, id);
CREATE INDEX ticket_requester_updated ON ticket (requester, updated_at, id);
CREATE INDEX message_ticket_sent ON message (ticket, sent_at, id);
CREATE INDEX message_message_id ON message (message_id);
CREATE INDEX attachment_sha256 ON attachment (sha256);
CREATE UNIQUE INDEX ticket_participant_once ON ticket_participant (ticket, person);
CREATE UNIQUE INDEX ticket_tag_once ON ticket_tag (ticket, "name");
CREATE INDEX ticket_tag_name ON ticket_tag ("name");
CREATE INDEX deadline_due ON deadline (due_at) WHERE due_at IS NOT NULL;

-- only: sqlite
CREATE VIRTUAL TABLE ticket_words USING fts5 (words, ticket UNINDEXED, tokenize = 'unicode61 remove_diacritics 0');
-- only: postgresql
CREATE TABLE ticket_words (
    message BIGINT PRIMARY KEY REFERENCES message (id) ON DELETE CASCADE,
    ticket BIGINT NOT NULL,
    words TSVECTOR NOT NULL
);
CREATE INDEX ticket_words_words ON ticket_words USING gin (words);
-- both
