CREATE TABLE category (
    id KEY!,
    name_vi VARCHAR(100) NOT NULL,
    name_en VARCHAR(100) NOT NULL,
    about_vi VARCHAR(300) NOT NULL,
    about_en VARCHAR(300) NOT NULL,
    icon VARCHAR(40) NOT NULL,
    "position" INTEGER NOT NULL
);

CREATE TABLE article (
    id KEY!,
    category BIGINT REFERENCES category (id),
    lang VARCHAR(2) NOT NULL,
    status VARCHAR(10) NOT NULL,
    title VARCHAR(200) NOT NULL,
    slug VARCHAR(80) NOT NULL,
    body TEXT NOT NULL,
    html TEXT NOT NULL,
    "text" TEXT NOT NULL,
    title_key TEXT NOT NULL,
    summary VARCHAR(300) NOT NULL,
    minutes INTEGER NOT NULL,
    translation_of INTEGER,
    author BIGINT REFERENCES person (id),
    version INTEGER NOT NULL,
    views INTEGER NOT NULL,
    helpful INTEGER NOT NULL,
    unhelpful INTEGER NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    published_at TIMESTAMPTZ
);
CREATE INDEX article_category ON article (category);
CREATE INDEX article_author ON article (author);

CREATE TABLE article_version (
    id KEY!,
    article BIGINT REFERENCES article (id) NOT NULL,
    "number" INTEGER NOT NULL,
    title VARCHAR(200) NOT NULL,
    body TEXT NOT NULL,
    author BIGINT REFERENCES person (id),
    made_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX article_version_article ON article_version (article);
CREATE INDEX article_version_author ON article_version (author);

CREATE TABLE article_feedback (
    id KEY!,
    article BIGINT REFERENCES article (id) NOT NULL,
    reader VARCHAR(64) NOT NULL,
    is_helpful BOOLEAN NOT NULL,
    reason VARCHAR(20) NOT NULL,
    comment TEXT NOT NULL,
    given_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX article_feedback_article ON article_feedback (article);

CREATE TABLE search_gap (
    id KEY!,
    query VARCHAR(200) NOT NULL,
    ticket INTEGER NOT NULL,
    happened_at TIMESTAMPTZ NOT NULL
);

CREATE INDEX article_list ON article (lang, status, category);
CREATE INDEX article_newest ON article (updated_at, id);
CREATE UNIQUE INDEX article_translation ON article (translation_of, lang);
CREATE UNIQUE INDEX article_version_number ON article_version (article, "number");
CREATE UNIQUE INDEX article_feedback_once ON article_feedback (article, reader);
