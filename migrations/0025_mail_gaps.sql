CREATE TABLE letter_ticket (
    id KEY!,
    email_key VARCHAR(320) NOT NULL,
    domain VARCHAR(255) NOT NULL,
    opened_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX letter_ticket_email ON letter_ticket (email_key, opened_at);
CREATE INDEX letter_ticket_domain ON letter_ticket (domain, opened_at);

ALTER TABLE inbound ADD COLUMN flood VARCHAR(321) NOT NULL DEFAULT '';
ALTER TABLE relay ADD COLUMN refuses_null VARCHAR(260) NOT NULL DEFAULT '';
