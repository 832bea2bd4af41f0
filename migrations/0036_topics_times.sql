CREATE INDEX deadline_met ON deadline (kind, met_at) WHERE met_at IS NOT NULL;
