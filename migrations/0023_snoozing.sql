ALTER TABLE ticket ADD COLUMN snoozed_until TIMESTAMPTZ;
CREATE INDEX ticket_snoozed ON ticket (snoozed_until) WHERE snoozed_until IS NOT NULL;
