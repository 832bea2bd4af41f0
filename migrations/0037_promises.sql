ALTER TABLE organisation ADD COLUMN tier VARCHAR(40) NOT NULL DEFAULT '';
ALTER TABLE person ADD COLUMN tier VARCHAR(40) NOT NULL DEFAULT '';

CREATE TABLE promise_rule (
    id KEY!,
    policy BIGINT REFERENCES policy (id) NOT NULL,
    conditions TEXT NOT NULL,
    "position" INTEGER NOT NULL
);
CREATE INDEX promise_rule_policy ON promise_rule (policy);

CREATE TABLE promise (
    id KEY!,
    policy INTEGER NOT NULL,
    name VARCHAR(100) NOT NULL,
    targets TEXT NOT NULL,
    rule INTEGER NULL,
    why TEXT NOT NULL,
    key VARCHAR(64) UNIQUE NOT NULL
);
CREATE INDEX promise_policy ON promise (policy);

CREATE TABLE promise_run (
    id KEY!,
    kind VARCHAR(8) NOT NULL,
    scope TEXT NOT NULL,
    began_by BIGINT REFERENCES person (id) NULL,
    total INTEGER NOT NULL,
    done INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    last BIGINT NOT NULL,
    result TEXT NOT NULL,
    began_at TIMESTAMPTZ NOT NULL,
    ended_at TIMESTAMPTZ NULL
);
CREATE INDEX promise_run_began_by ON promise_run (began_by);

ALTER TABLE ticket ADD COLUMN promise BIGINT REFERENCES promise (id);
CREATE INDEX ticket_promise ON ticket (promise);

INSERT INTO promise (policy, name, targets, rule, why, key)
SELECT id, name, targets, NULL, '{}', 'before-rules:' || id FROM policy;

UPDATE ticket SET promise = (
    SELECT promise.id FROM department JOIN promise ON promise.policy = department.policy WHERE department.id = ticket.department
) WHERE status <> 'closed';
