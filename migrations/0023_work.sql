CREATE TABLE ticket_task (
    id KEY!,
    ticket BIGINT REFERENCES ticket (id) NOT NULL,
    title VARCHAR(200) NOT NULL,
    "position" INTEGER NOT NULL,
    done_by BIGINT REFERENCES person (id),
    done_at TIMESTAMPTZ
);
CREATE INDEX ticket_task_ticket ON ticket_task (ticket);
CREATE INDEX ticket_task_done_by ON ticket_task (done_by);

CREATE TABLE ticket_time (
    id KEY!,
    ticket BIGINT REFERENCES ticket (id) NOT NULL,
    person BIGINT REFERENCES person (id) NOT NULL,
    minutes INTEGER NOT NULL,
    what VARCHAR(200) NOT NULL,
    noted_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX ticket_time_ticket ON ticket_time (ticket);
CREATE INDEX ticket_time_person ON ticket_time (person);
