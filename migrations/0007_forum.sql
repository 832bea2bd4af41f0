CREATE TABLE board (
    id KEY!,
    name_vi VARCHAR(100) NOT NULL,
    name_en VARCHAR(100) NOT NULL,
    about_vi VARCHAR(300) NOT NULL,
    about_en VARCHAR(300) NOT NULL,
    icon VARCHAR(40) NOT NULL,
    staff_only BOOLEAN NOT NULL,
    "position" INTEGER NOT NULL
);

CREATE TABLE topic (
    id KEY!,
    board BIGINT REFERENCES board (id) NOT NULL,
    title VARCHAR(200) NOT NULL,
    title_key TEXT NOT NULL,
    slug VARCHAR(80) NOT NULL,
    author BIGINT REFERENCES person (id) NOT NULL,
    lang VARCHAR(2) NOT NULL,
    answer INTEGER,
    article INTEGER,
    is_locked BOOLEAN NOT NULL,
    is_pinned BOOLEAN NOT NULL,
    is_hidden BOOLEAN NOT NULL,
    post_count INTEGER NOT NULL,
    votes INTEGER NOT NULL,
    views INTEGER NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    active_at TIMESTAMPTZ NOT NULL,
    last_author BIGINT REFERENCES person (id)
);
CREATE INDEX topic_author ON topic (author);
CREATE INDEX topic_last_author ON topic (last_author);

CREATE TABLE post (
    id KEY!,
    topic BIGINT REFERENCES topic (id) NOT NULL,
    author BIGINT REFERENCES person (id) NOT NULL,
    body TEXT NOT NULL,
    html TEXT NOT NULL,
    text TEXT NOT NULL,
    is_question BOOLEAN NOT NULL,
    votes INTEGER NOT NULL,
    is_hidden BOOLEAN NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    edited_at TIMESTAMPTZ
);
CREATE INDEX post_topic ON post (topic, id);
CREATE INDEX post_author ON post (author);

CREATE TABLE post_vote (
    id KEY!,
    post BIGINT REFERENCES post (id) NOT NULL,
    person BIGINT REFERENCES person (id) NOT NULL,
    voted_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX post_vote_person ON post_vote (person);

CREATE INDEX topic_active ON topic (is_hidden, active_at, id);
CREATE INDEX topic_voted ON topic (is_hidden, votes, id);
CREATE INDEX topic_board_active ON topic (board, is_hidden, active_at, id);
CREATE UNIQUE INDEX post_vote_once ON post_vote (post, person);
