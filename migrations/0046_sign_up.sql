-- A password that somebody chose who is new here: it becomes theirs once a link in a letter was followed.
CREATE TABLE sign_up (
    id KEY!,
    person BIGINT REFERENCES person (id) NOT NULL,
    name VARCHAR(200) NOT NULL,
    password VARCHAR(200) NOT NULL,
    asked_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX sign_up_person ON sign_up (person);
