-- What queues are ordered by that put the most urgent first: minus the position of the ticket's priority.
ALTER TABLE ticket ADD COLUMN rank INTEGER NOT NULL DEFAULT -2;
UPDATE ticket SET rank = -(SELECT "position" FROM ticket_priority WHERE "key" = ticket.priority)
WHERE priority <> 'normal' AND priority IN (SELECT "key" FROM ticket_priority);
-- All that decides who may see a ticket and whether it is open stands in it, since those that are done stand between.
CREATE INDEX ticket_by_urgency ON ticket
    (rank, queue_at, id, status, department, assignee, requester, binned_at, snoozed_until, message_count);
