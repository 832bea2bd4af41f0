ALTER TABLE job ADD COLUMN wanted_at TIMESTAMPTZ NOT NULL DEFAULT '1970-01-01 00:00:00+00:00';
UPDATE job SET wanted_at = run_at;

DROP INDEX job_due;
DROP INDEX job_state;
CREATE INDEX job_wanted ON job (state, wanted_at, id);
