CREATE TABLE job (
    id KEY!,
    "name" VARCHAR(200) NOT NULL,
    payload TEXT NOT NULL,
    "key" VARCHAR(200),
    state VARCHAR(8) NOT NULL,
    run_at TIMESTAMPTZ NOT NULL,
    attempts INTEGER NOT NULL,
    lease_until TIMESTAMPTZ,
    last_error TEXT,
    created_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE schedule (
    id KEY!,
    "name" VARCHAR(200) NOT NULL UNIQUE,
    next_at TIMESTAMPTZ NOT NULL,
    runs BIGINT NOT NULL
);

CREATE TABLE event (
    id KEY!,
    "name" VARCHAR(60) NOT NULL,
    about VARCHAR(60) NOT NULL,
    actor INTEGER,
    data TEXT NOT NULL,
    is_internal BOOLEAN NOT NULL,
    happened_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE setting (
    id KEY!,
    "name" VARCHAR(60) NOT NULL UNIQUE,
    "value" TEXT NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL
);

CREATE UNIQUE INDEX job_waiting_key ON job ("key") WHERE state = 'ready';
CREATE INDEX job_due ON job (run_at, id) WHERE state = 'ready';
CREATE INDEX job_state ON job (state);
CREATE INDEX event_about ON event (about, id);
