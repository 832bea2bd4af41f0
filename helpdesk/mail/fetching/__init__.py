"""Mailboxes elsewhere, read by IMAP or POP3."""
