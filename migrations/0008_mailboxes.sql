ALTER TABLE mailbox ADD COLUMN protocol VARCHAR(4) NOT NULL DEFAULT 'imap';
ALTER TABLE mailbox ADD COLUMN sign_in VARCHAR(8) NOT NULL DEFAULT 'password';
ALTER TABLE mailbox ADD COLUMN provider VARCHAR(10) NOT NULL DEFAULT '';
ALTER TABLE mailbox ADD COLUMN tenant VARCHAR(100) NOT NULL DEFAULT '';
ALTER TABLE mailbox ADD COLUMN client_id VARCHAR(320) NOT NULL DEFAULT '';
ALTER TABLE mailbox ADD COLUMN client_secret TEXT NOT NULL DEFAULT '';
ALTER TABLE mailbox ADD COLUMN authorize_url VARCHAR(500) NOT NULL DEFAULT '';
ALTER TABLE mailbox ADD COLUMN token_url VARCHAR(500) NOT NULL DEFAULT '';
ALTER TABLE mailbox ADD COLUMN scope VARCHAR(500) NOT NULL DEFAULT '';
ALTER TABLE mailbox ADD COLUMN permission TEXT NOT NULL DEFAULT '';
ALTER TABLE mailbox ADD COLUMN connected_at TIMESTAMPTZ;
ALTER TABLE mailbox ADD COLUMN backfill VARCHAR(6) NOT NULL DEFAULT 'unread';
ALTER TABLE mailbox ADD COLUMN backfill_days INTEGER NOT NULL DEFAULT 30;
ALTER TABLE mailbox ADD COLUMN backfill_to BIGINT NOT NULL DEFAULT 0;
ALTER TABLE mailbox ADD COLUMN backfill_since TIMESTAMPTZ;
ALTER TABLE mailbox ADD COLUMN after_fetch VARCHAR(6) NOT NULL DEFAULT 'leave';
ALTER TABLE mailbox ADD COLUMN move_to VARCHAR(200) NOT NULL DEFAULT '';
ALTER TABLE mailbox ADD COLUMN failing_since TIMESTAMPTZ;
ALTER TABLE mailbox ADD COLUMN last_letter_at TIMESTAMPTZ;
ALTER TABLE mailbox ADD COLUMN fetching_until TIMESTAMPTZ;
ALTER TABLE mailbox ADD COLUMN listening_until TIMESTAMPTZ;
ALTER TABLE mailbox ADD COLUMN listener VARCHAR(64) NOT NULL DEFAULT '';

CREATE TABLE mailbox_letter (
    id KEY!,
    mailbox BIGINT REFERENCES mailbox (id) NOT NULL,
    uid_validity BIGINT NOT NULL,
    uid VARCHAR(200) NOT NULL,
    state VARCHAR(8) NOT NULL,
    tries INTEGER NOT NULL,
    reason TEXT NOT NULL,
    size BIGINT NOT NULL,
    sender VARCHAR(320) NOT NULL,
    subject TEXT NOT NULL,
    seen_at TIMESTAMPTZ NOT NULL,
    try_at TIMESTAMPTZ
);

CREATE TABLE mailbox_fetch (
    id KEY!,
    mailbox BIGINT REFERENCES mailbox (id) NOT NULL,
    began_at TIMESTAMPTZ NOT NULL,
    ended_at TIMESTAMPTZ,
    times INTEGER NOT NULL,
    seen INTEGER NOT NULL,
    stored INTEGER NOT NULL,
    duplicates INTEGER NOT NULL,
    held INTEGER NOT NULL,
    error TEXT NOT NULL,
    CHECK (seen = stored + duplicates + held)
);

CREATE UNIQUE INDEX mailbox_letter_uid ON mailbox_letter (mailbox, uid_validity, uid);
CREATE INDEX mailbox_fetch_mailbox ON mailbox_fetch (mailbox, id);

DELETE FROM schedule WHERE name = 'helpdesk.mail.imap:fetch_all';
DELETE FROM job WHERE name IN ('helpdesk.mail.imap:fetch_all', 'helpdesk.mail.imap:fetch');
