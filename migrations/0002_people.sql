CREATE TABLE role (
    id KEY!,
    "key" VARCHAR(30) NOT NULL UNIQUE,
    "name" VARCHAR(60) NOT NULL,
    is_staff BOOLEAN NOT NULL,
    permissions TEXT NOT NULL
);

CREATE TABLE organisation (
    id KEY!,
    "name" VARCHAR(200) NOT NULL,
    name_key VARCHAR(200) NOT NULL UNIQUE,
    created_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE person (
    id KEY!,
    "name" VARCHAR(200) NOT NULL,
    email VARCHAR(320),
    email_key VARCHAR(320) UNIQUE,
    phone VARCHAR(40) NOT NULL,
    words VARCHAR(600) NOT NULL,
    role VARCHAR(30) NOT NULL,
    organisation BIGINT REFERENCES organisation (id),
    lang VARCHAR(2) NOT NULL,
    theme VARCHAR(6) NOT NULL,
    notes TEXT NOT NULL,
    password VARCHAR(200) NOT NULL,
    is_active BOOLEAN NOT NULL,
    email_confirmed_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL,
    seen_at TIMESTAMPTZ,
    link_version INTEGER NOT NULL
);
CREATE INDEX person_organisation ON person (organisation);

CREATE TABLE session (
    id KEY!,
    person BIGINT REFERENCES person (id) NOT NULL,
    token_hash VARCHAR(64) NOT NULL UNIQUE,
    browser VARCHAR(200) NOT NULL,
    address VARCHAR(45) NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX session_person ON session (person);

CREATE TABLE api_token (
    id KEY!,
    person BIGINT REFERENCES person (id) NOT NULL,
    "name" VARCHAR(100) NOT NULL,
    token_hash VARCHAR(64) NOT NULL UNIQUE,
    created_at TIMESTAMPTZ NOT NULL,
    used_at TIMESTAMPTZ
);
CREATE INDEX api_token_person ON api_token (person);

CREATE INDEX person_role ON person (role);
CREATE INDEX person_words ON person (words, id);
CREATE INDEX session_expires_at ON session (expires_at);

INSERT INTO role ("key", "name", is_staff, permissions) VALUES
    ('admin', 'Administrator', true, '["tickets.answer","tickets.see_all","articles.write","articles.publish","forum.moderate","people.manage","desk.manage"]'),
    ('agent', 'Agent', true, '["tickets.answer","articles.write","articles.publish","forum.moderate"]'),
    ('customer', 'Customer', false, '[]');
