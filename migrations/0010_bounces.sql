CREATE TABLE delivery_report (
    id KEY!,
    outbound BIGINT REFERENCES outbound (id) NOT NULL,
    recipient VARCHAR(320) NOT NULL,
    kind VARCHAR(10) NOT NULL,
    reason VARCHAR(20) NOT NULL,
    status VARCHAR(11) NOT NULL,
    words TEXT NOT NULL,
    inbound BIGINT REFERENCES inbound (id),
    told_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX delivery_report_outbound ON delivery_report (outbound);
CREATE INDEX delivery_report_inbound ON delivery_report (inbound);

CREATE TABLE address_trouble (
    id KEY!,
    email VARCHAR(320) NOT NULL,
    email_key VARCHAR(320) NOT NULL UNIQUE,
    is_dead BOOLEAN NOT NULL,
    is_silent BOOLEAN NOT NULL,
    reason VARCHAR(20) NOT NULL,
    status VARCHAR(11) NOT NULL,
    words TEXT NOT NULL,
    failures INTEGER NOT NULL,
    since TIMESTAMPTZ NOT NULL,
    last_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE automatic_letter (
    id KEY!,
    email_key VARCHAR(320) NOT NULL,
    about VARCHAR(60) NOT NULL,
    sent_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX automatic_letter_email ON automatic_letter (email_key, sent_at);

ALTER TABLE inbound ADD COLUMN answer_to VARCHAR(320) NOT NULL DEFAULT '';
