ALTER TABLE event ADD COLUMN cause VARCHAR(120) NOT NULL DEFAULT '';
ALTER TABLE event ADD COLUMN depth INTEGER NOT NULL DEFAULT 0;
CREATE INDEX event_name_happened ON event (name, happened_at, id);

CREATE TABLE rule (
    id KEY!,
    title VARCHAR(80) NOT NULL,
    is_active BOOLEAN NOT NULL,
    "position" INTEGER NOT NULL,
    whens TEXT NOT NULL,
    waits_for VARCHAR(8) NOT NULL,
    hours INTEGER NOT NULL,
    conditions TEXT NOT NULL,
    acts TEXT NOT NULL,
    is_last BOOLEAN NOT NULL,
    looked_at TIMESTAMPTZ NOT NULL,
    looked_id INTEGER NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE rule_run (
    id KEY!,
    rule BIGINT REFERENCES rule (id) NOT NULL,
    event INTEGER NOT NULL,
    ticket INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    is_failed BOOLEAN NOT NULL,
    ran_at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX rule_run_rule ON rule_run (rule, event);
CREATE INDEX rule_run_ticket ON rule_run (ticket, ran_at);
CREATE INDEX rule_run_ran ON rule_run (ran_at);

CREATE TABLE rule_trial (
    id KEY!,
    rule BIGINT REFERENCES rule (id) NOT NULL,
    tickets TEXT NOT NULL,
    total INTEGER NOT NULL,
    done INTEGER NOT NULL,
    found TEXT NOT NULL,
    began_at TIMESTAMPTZ NOT NULL,
    ended_at TIMESTAMPTZ
);
CREATE INDEX rule_trial_rule ON rule_trial (rule);

CREATE TABLE rule_answer (
    id KEY!,
    rule BIGINT REFERENCES rule (id) NOT NULL,
    email_key VARCHAR(320) NOT NULL,
    sent_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX rule_answer_address ON rule_answer (rule, email_key, sent_at);

CREATE TABLE webhook_delivery (
    id KEY!,
    about VARCHAR(60) NOT NULL,
    ticket INTEGER NOT NULL,
    url VARCHAR(500) NOT NULL,
    body TEXT NOT NULL,
    state VARCHAR(8) NOT NULL,
    attempts INTEGER NOT NULL,
    status INTEGER NOT NULL,
    error TEXT NOT NULL,
    owed_at TIMESTAMPTZ NOT NULL,
    ended_at TIMESTAMPTZ
);

CREATE INDEX webhook_delivery_about ON webhook_delivery (about, id);
