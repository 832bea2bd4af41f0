-- The mail's modules have rooms; what is owed under their old names stays owed.
UPDATE job SET name = 'helpdesk.mail.fetching.fetch:fetch' WHERE name = 'helpdesk.mail.fetch:fetch';
UPDATE job SET name = 'helpdesk.mail.fetching.fetch:fetch_all' WHERE name = 'helpdesk.mail.fetch:fetch_all';
UPDATE job SET name = 'helpdesk.mail.fetching.fetch:sweep' WHERE name = 'helpdesk.mail.fetch:sweep';
UPDATE job SET name = 'helpdesk.mail.outgoing.sending:send_due' WHERE name = 'helpdesk.mail.sending:send_due';
DELETE FROM schedule WHERE name IN
    ('helpdesk.mail.fetch:fetch_all', 'helpdesk.mail.fetch:sweep', 'helpdesk.mail.sending:send_due');
