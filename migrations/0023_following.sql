CREATE TABLE ticket_follower (
    id KEY!,
    ticket BIGINT REFERENCES ticket (id) NOT NULL,
    person BIGINT REFERENCES person (id) NOT NULL
);
CREATE UNIQUE INDEX ticket_follower_once ON ticket_follower (ticket, person);
CREATE INDEX ticket_follower_person ON ticket_follower (person);
