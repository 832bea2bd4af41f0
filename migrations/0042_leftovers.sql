-- How often somebody had a letter sent again: what is told of its failures is told once each time.
ALTER TABLE outbound ADD COLUMN retries INTEGER NOT NULL DEFAULT 0;
