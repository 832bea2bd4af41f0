CREATE TABLE person_phone (
    id KEY!,
    person BIGINT REFERENCES person (id) NOT NULL,
    "number" VARCHAR(16) NOT NULL
);
CREATE UNIQUE INDEX person_phone_once ON person_phone (person, "number");
CREATE INDEX person_phone_number ON person_phone ("number");
INSERT INTO job ("name", payload, "state", run_at, attempts, created_at)
    SELECT 'helpdesk.people.phones:take_over', '{}', 'ready', '2026-01-01 00:00:00+00:00', 0, '2026-01-01 00:00:00+00:00'
    WHERE EXISTS (SELECT 1 FROM person WHERE phone <> '');

CREATE TABLE phone_call (
    id KEY!,
    message BIGINT REFERENCES message (id) NOT NULL UNIQUE,
    person BIGINT REFERENCES person (id) NOT NULL,
    agent BIGINT REFERENCES person (id) NOT NULL,
    "number" VARCHAR(16) NOT NULL,
    direction VARCHAR(3) NOT NULL,
    minutes INTEGER NOT NULL,
    "key" VARCHAR(200) UNIQUE,
    began_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX phone_call_person ON phone_call (person);
CREATE INDEX phone_call_agent ON phone_call (agent);
