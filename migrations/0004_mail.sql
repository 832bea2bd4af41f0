CREATE TABLE file (
    id KEY!,
    sha256 VARCHAR(64) NOT NULL UNIQUE,
    size BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE inbound (
    id KEY!,
    source VARCHAR(100) NOT NULL,
    envelope_from VARCHAR(320) NOT NULL,
    envelope_to TEXT NOT NULL,
    identity VARCHAR(64) NOT NULL UNIQUE,
    message_id VARCHAR(998) NOT NULL,
    sender VARCHAR(320) NOT NULL,
    subject TEXT NOT NULL,
    size BIGINT NOT NULL,
    state VARCHAR(10) NOT NULL,
    verdict VARCHAR(20) NOT NULL,
    may_answer BOOLEAN NOT NULL,
    reason TEXT NOT NULL,
    about VARCHAR(60) NOT NULL,
    received_at TIMESTAMPTZ NOT NULL,
    sorted_at TIMESTAMPTZ
);

CREATE TABLE inbound_raw (
    id KEY!,
    inbound BIGINT REFERENCES inbound (id) NOT NULL UNIQUE,
    content BYTEA NOT NULL
);

CREATE TABLE outbound (
    id KEY!,
    about VARCHAR(60) NOT NULL,
    "key" VARCHAR(200) UNIQUE,
    envelope_from VARCHAR(320) NOT NULL,
    recipients TEXT NOT NULL,
    subject TEXT NOT NULL,
    message_id VARCHAR(998) NOT NULL,
    content BYTEA NOT NULL,
    state VARCHAR(10) NOT NULL,
    attempts INTEGER NOT NULL,
    last_error TEXT NOT NULL,
    send_at TIMESTAMPTZ NOT NULL,
    sent_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE mailbox (
    id KEY!,
    "name" VARCHAR(100) NOT NULL,
    host VARCHAR(253) NOT NULL,
    port INTEGER NOT NULL,
    security VARCHAR(8) NOT NULL,
    username VARCHAR(320) NOT NULL,
    password TEXT NOT NULL,
    folder VARCHAR(200) NOT NULL,
    address VARCHAR(320) NOT NULL,
    is_active BOOLEAN NOT NULL,
    uid_validity BIGINT NOT NULL,
    last_uid BIGINT NOT NULL,
    fetched_at TIMESTAMPTZ,
    last_error TEXT NOT NULL
);

CREATE INDEX inbound_state ON inbound (state, id);
CREATE INDEX inbound_message_id ON inbound (message_id);
CREATE INDEX outbound_state ON outbound (state, send_at);
CREATE INDEX outbound_about ON outbound (about);
CREATE INDEX outbound_message_id ON outbound (message_id);
