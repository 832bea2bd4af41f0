ALTER TABLE outbound ADD COLUMN lane VARCHAR(60) NOT NULL DEFAULT '';
ALTER TABLE outbound ADD COLUMN drops INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outbound ADD COLUMN answer TEXT NOT NULL DEFAULT '';

CREATE TABLE outbound_recipient (
    id KEY!,
    outbound BIGINT REFERENCES outbound (id) NOT NULL,
    email VARCHAR(320) NOT NULL,
    email_key VARCHAR(320) NOT NULL,
    state VARCHAR(10) NOT NULL,
    code INTEGER NOT NULL,
    status VARCHAR(12) NOT NULL,
    reason TEXT NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL
);

-- only: sqlite
INSERT INTO outbound_recipient (outbound, email, email_key, state, code, status, reason, changed_at)
SELECT outbound.id, one.value, lower(one.value), CASE outbound.state WHEN 'kept' THEN 'waiting' ELSE outbound.state END,
       0, '', outbound.last_error, COALESCE(outbound.sent_at, outbound.created_at)
FROM outbound, json_each(outbound.recipients) AS one;
-- only: postgresql
INSERT INTO outbound_recipient (outbound, email, email_key, state, code, status, reason, changed_at)
SELECT outbound.id, one, lower(one), CASE outbound.state WHEN 'kept' THEN 'waiting' ELSE outbound.state END,
       0, '', outbound.last_error, COALESCE(outbound.sent_at, outbound.created_at)
FROM outbound, json_array_elements_text(CAST(outbound.recipients AS json)) AS one;
-- both

CREATE TABLE relay (
    id KEY!,
    "name" VARCHAR(20) NOT NULL UNIQUE,
    failing_since TIMESTAMPTZ,
    tries INTEGER NOT NULL,
    next_try_at TIMESTAMPTZ,
    last_error TEXT NOT NULL,
    sent_at TIMESTAMPTZ,
    sender VARCHAR(40) NOT NULL,
    sends_until TIMESTAMPTZ
);

CREATE TABLE trouble (
    id KEY!,
    thing VARCHAR(60) NOT NULL,
    "name" VARCHAR(100) NOT NULL,
    reason TEXT NOT NULL,
    began_at TIMESTAMPTZ NOT NULL,
    over_at TIMESTAMPTZ
);

DELETE FROM job WHERE name = 'helpdesk.mail.outbox:send';

CREATE INDEX outbound_lane ON outbound (lane, state, id);
CREATE INDEX outbound_recipient_outbound ON outbound_recipient (outbound);
CREATE INDEX outbound_recipient_email_key ON outbound_recipient (email_key);
