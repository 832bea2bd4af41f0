-- What a ticket says in a field, all of it folded; what is there already is folded as far as it was kept.
ALTER TABLE ticket_field ADD COLUMN words TEXT NOT NULL DEFAULT '';
UPDATE ticket_field SET words = sought;
