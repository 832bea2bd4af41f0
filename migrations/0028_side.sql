CREATE TABLE side_conversation (
    id KEY!,
    ticket BIGINT REFERENCES ticket (id) NOT NULL,
    subject VARCHAR(200) NOT NULL,
    to_addresses TEXT NOT NULL,
    cc_addresses TEXT NOT NULL,
    began_by BIGINT REFERENCES person (id),
    wakes BOOLEAN NOT NULL,
    opened_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    closed_at TIMESTAMPTZ
);
CREATE INDEX side_conversation_ticket ON side_conversation (ticket);
CREATE INDEX side_conversation_began_by ON side_conversation (began_by);

CREATE TABLE side_message (
    id KEY!,
    side BIGINT REFERENCES side_conversation (id) NOT NULL,
    author BIGINT REFERENCES person (id),
    direction VARCHAR(3) NOT NULL,
    from_name VARCHAR(200) NOT NULL,
    from_email VARCHAR(320) NOT NULL,
    subject VARCHAR(500) NOT NULL,
    body TEXT NOT NULL,
    "text" TEXT NOT NULL,
    fresh TEXT NOT NULL,
    html TEXT NOT NULL,
    quoted_html TEXT NOT NULL,
    message_id VARCHAR(998) NOT NULL,
    inbound BIGINT REFERENCES inbound (id),
    is_automatic BOOLEAN NOT NULL,
    sent_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX side_message_side ON side_message (side);
CREATE INDEX side_message_author ON side_message (author);
CREATE INDEX side_message_inbound ON side_message (inbound);

CREATE TABLE side_file (
    id KEY!,
    message BIGINT REFERENCES side_message (id) NOT NULL,
    filename VARCHAR(255) NOT NULL,
    content_type VARCHAR(127) NOT NULL,
    content_id VARCHAR(255) NOT NULL,
    "size" BIGINT NOT NULL,
    sha256 VARCHAR(64) NOT NULL
);
CREATE INDEX side_file_message ON side_file (message);
CREATE INDEX side_file_sha256 ON side_file (sha256);
