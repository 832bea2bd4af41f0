DROP INDEX outbound_about;
CREATE INDEX outbound_about ON outbound (about, created_at);
