ALTER TABLE field ADD COLUMN is_of_topics BOOLEAN NOT NULL DEFAULT false;

CREATE TABLE topic_field (
    id KEY!,
    topic BIGINT REFERENCES request_topic (id) ON DELETE CASCADE NOT NULL,
    field BIGINT REFERENCES field (id) ON DELETE CASCADE NOT NULL,
    "position" INTEGER NOT NULL,
    is_asked BOOLEAN NOT NULL,
    only_field BIGINT REFERENCES field (id) ON DELETE SET NULL,
    only_value VARCHAR(20) NOT NULL
);
CREATE UNIQUE INDEX topic_field_once ON topic_field (topic, field);
CREATE INDEX topic_field_field ON topic_field (field);
CREATE INDEX topic_field_only_field ON topic_field (only_field);

ALTER TABLE department ADD COLUMN address_vi VARCHAR(300) NOT NULL DEFAULT '';
ALTER TABLE department ADD COLUMN address_en VARCHAR(300) NOT NULL DEFAULT '';
ALTER TABLE department ADD COLUMN map_url VARCHAR(500) NOT NULL DEFAULT '';

CREATE TABLE answer_time (
    id KEY!,
    department BIGINT REFERENCES department (id) ON DELETE CASCADE NOT NULL UNIQUE,
    answered INTEGER NOT NULL,
    minutes INTEGER NOT NULL,
    reckoned_at TIMESTAMPTZ NOT NULL
);
