CREATE TABLE letter_wording (
    id KEY!,
    kind VARCHAR(20) NOT NULL,
    lang VARCHAR(2) NOT NULL,
    department INTEGER NOT NULL,
    subject VARCHAR(500) NOT NULL,
    body TEXT NOT NULL,
    trouble TEXT NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX letter_wording_once ON letter_wording (kind, lang, department);

CREATE TABLE agent_mail (
    id KEY!,
    person BIGINT REFERENCES person (id) NOT NULL UNIQUE,
    signature_vi TEXT NOT NULL,
    signature_en TEXT NOT NULL,
    hears_new VARCHAR(3) NOT NULL,
    hears_assigned BOOLEAN NOT NULL,
    hears_replies BOOLEAN NOT NULL
);

ALTER TABLE department ADD COLUMN sender_address VARCHAR(320) NOT NULL DEFAULT '';
ALTER TABLE department ADD COLUMN signature_vi TEXT NOT NULL DEFAULT '';
ALTER TABLE department ADD COLUMN signature_en TEXT NOT NULL DEFAULT '';

CREATE TABLE dkim_key (
    id KEY!,
    domain VARCHAR(253) NOT NULL,
    selector VARCHAR(63) NOT NULL,
    algorithm VARCHAR(7) NOT NULL,
    private TEXT NOT NULL,
    public TEXT NOT NULL,
    is_active BOOLEAN NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX dkim_key_once ON dkim_key (domain, selector);

CREATE TABLE domain_check (
    id KEY!,
    domain VARCHAR(253) NOT NULL UNIQUE,
    facts TEXT NOT NULL,
    checked_at TIMESTAMPTZ NOT NULL
);
