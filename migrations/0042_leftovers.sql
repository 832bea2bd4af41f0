-- How often somebody had a letter sent again: what is told of its failures is told once each time.
ALTER TABLE outbound ADD COLUMN retries INTEGER NOT NULL DEFAULT 0;

-- What stands in side conversations is found from now on; what stands there already is made so by a job.
INSERT INTO job (name, payload, state, run_at, wanted_at, attempts, created_at)
SELECT 'helpdesk.tickets.side.finding:keep_all', '{}', 'ready', MIN(sent_at), MIN(sent_at), 0, MIN(sent_at)
FROM side_message HAVING COUNT(*) > 0;
