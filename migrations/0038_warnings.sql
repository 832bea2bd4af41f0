ALTER TABLE calendar ADD COLUMN country VARCHAR(2) NOT NULL DEFAULT '';
ALTER TABLE calendar ADD COLUMN subdivision VARCHAR(20) NOT NULL DEFAULT '';
ALTER TABLE calendar ADD COLUMN told_year INTEGER NOT NULL DEFAULT 0;
UPDATE calendar SET country = 'VN' WHERE tz IN ('Asia/Ho_Chi_Minh', 'Asia/Saigon');

ALTER TABLE holiday ADD COLUMN worked_on DATE;

ALTER TABLE department ADD COLUMN lead BIGINT REFERENCES person (id);
CREATE INDEX department_lead ON department (lead);

ALTER TABLE policy ADD COLUMN near_minutes INTEGER NOT NULL DEFAULT 30;
ALTER TABLE policy ADD COLUMN near_percent INTEGER NOT NULL DEFAULT 0;
ALTER TABLE policy ADD COLUMN in_hours BOOLEAN NOT NULL DEFAULT false;

CREATE TABLE escalation (
    id KEY!,
    policy BIGINT REFERENCES policy (id) NOT NULL,
    kind VARCHAR(16) NOT NULL,
    minutes INTEGER NOT NULL,
    act VARCHAR(16) NOT NULL,
    value VARCHAR(20) NOT NULL,
    added_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX escalation_policy ON escalation (policy);

ALTER TABLE deadline ADD COLUMN look_at TIMESTAMPTZ;
ALTER TABLE deadline ADD COLUMN escalated TEXT NOT NULL DEFAULT '[]';
UPDATE deadline SET look_at = started_at WHERE due_at IS NOT NULL AND met_at IS NULL AND missed_at IS NULL;
CREATE INDEX deadline_look ON deadline (look_at, id) WHERE look_at IS NOT NULL;
