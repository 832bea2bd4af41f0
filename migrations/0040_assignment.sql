ALTER TABLE department ADD COLUMN hands_to TEXT NOT NULL DEFAULT '[]';
ALTER TABLE department ADD COLUMN hand_note VARCHAR(8) NOT NULL DEFAULT 'wanted';

CREATE TABLE assignment_plan (
    id KEY!,
    department BIGINT REFERENCES department (id) ON DELETE CASCADE UNIQUE,
    topic BIGINT REFERENCES request_topic (id) ON DELETE CASCADE UNIQUE,
    way VARCHAR(12) NOT NULL,
    skills VARCHAR(10) NOT NULL,
    keeps_hours BOOLEAN NOT NULL,
    sticky_days INTEGER NOT NULL,
    away VARCHAR(8) NOT NULL,
    last BIGINT REFERENCES person (id)
);
CREATE INDEX assignment_plan_last ON assignment_plan (last);

CREATE TABLE agent_work (
    id KEY!,
    person BIGINT REFERENCES person (id) NOT NULL UNIQUE,
    capacity INTEGER NOT NULL,
    calendar BIGINT REFERENCES calendar (id),
    cover BIGINT REFERENCES person (id),
    leaves_at_closing BOOLEAN NOT NULL,
    away_since TIMESTAMPTZ,
    away_until TIMESTAMPTZ,
    back_at TIMESTAMPTZ,
    away_reason VARCHAR(200) NOT NULL
);
CREATE INDEX agent_work_calendar ON agent_work (calendar);
CREATE INDEX agent_work_cover ON agent_work (cover);
CREATE INDEX agent_work_away ON agent_work (away_since);

CREATE TABLE skill (
    id KEY!,
    name_vi VARCHAR(80) NOT NULL,
    name_en VARCHAR(80) NOT NULL
);

CREATE TABLE agent_skill (
    id KEY!,
    person BIGINT REFERENCES person (id) NOT NULL,
    skill BIGINT REFERENCES skill (id) NOT NULL
);
CREATE UNIQUE INDEX agent_skill_once ON agent_skill (person, skill);
CREATE INDEX agent_skill_skill ON agent_skill (skill);

CREATE INDEX ticket_waiting ON ticket (department, status, queue_at, id) WHERE assignee IS NULL;
