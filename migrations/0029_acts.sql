ALTER TABLE canned_reply ADD COLUMN move_to BIGINT REFERENCES department (id);
CREATE INDEX canned_reply_move_to ON canned_reply (move_to);

ALTER TABLE ticket_merge ADD COLUMN followers TEXT NOT NULL DEFAULT '[]';

CREATE TABLE sending_choice (
    id KEY!,
    person BIGINT REFERENCES person (id) NOT NULL,
    status VARCHAR(12) NOT NULL
);
CREATE UNIQUE INDEX sending_choice_once ON sending_choice (person);

CREATE TABLE blocked_sender (
    id KEY!,
    pattern VARCHAR(320) NOT NULL,
    blocked_by BIGINT REFERENCES person (id),
    letters INTEGER NOT NULL,
    blocked_at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX blocked_sender_once ON blocked_sender (pattern);
CREATE INDEX blocked_sender_by ON blocked_sender (blocked_by);

CREATE TABLE work_timer (
    id KEY!,
    person BIGINT REFERENCES person (id) NOT NULL,
    ticket BIGINT REFERENCES ticket (id) NOT NULL,
    seconds INTEGER NOT NULL,
    running_since TIMESTAMPTZ
);
CREATE UNIQUE INDEX work_timer_once ON work_timer (person, ticket);
CREATE INDEX work_timer_ticket ON work_timer (ticket);
