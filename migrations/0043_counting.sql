-- The numbers beside every page of the desk: all that decides who may count a ticket stands in the index, so that a
-- thousand of them are counted without looking at one (docs/decisions/0020-queues-from-an-index.md).
DROP INDEX ticket_queue;
CREATE INDEX ticket_queue ON ticket
    (status, queue_at, id, department, assignee, requester, binned_at, snoozed_until, message_count);
DROP INDEX ticket_assignee_queue;
CREATE INDEX ticket_assignee_queue ON ticket
    (assignee, status, queue_at, id, department, requester, binned_at, snoozed_until, message_count);
-- only: sqlite
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('ticket', 'ticket_queue', '1000000 400000 2 1 1 1 1 1 1 1'),
    ('ticket', 'ticket_assignee_queue', '1000000 20000 4000 2 1 1 1 1 1 1');
ANALYZE sqlite_schema;
