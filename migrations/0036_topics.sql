CREATE TABLE request_topic (
    id KEY!,
    name_vi VARCHAR(80) NOT NULL,
    name_en VARCHAR(80) NOT NULL,
    about_vi VARCHAR(300) NOT NULL,
    about_en VARCHAR(300) NOT NULL,
    department BIGINT REFERENCES department (id) NOT NULL,
    priority VARCHAR(8) NOT NULL,
    tags TEXT NOT NULL,
    skills TEXT NOT NULL,
    plus VARCHAR(40) NOT NULL,
    "position" INTEGER NOT NULL,
    is_public BOOLEAN NOT NULL,
    is_active BOOLEAN NOT NULL
);
CREATE INDEX request_topic_department ON request_topic (department);

ALTER TABLE ticket ADD COLUMN topic BIGINT REFERENCES request_topic (id);
CREATE INDEX ticket_topic ON ticket (topic);
