CREATE TABLE ticket_status (
    id KEY!,
    "key" VARCHAR(12) NOT NULL UNIQUE,
    category VARCHAR(8) NOT NULL,
    name_vi VARCHAR(40) NOT NULL,
    name_en VARCHAR(40) NOT NULL,
    public_vi VARCHAR(40) NOT NULL,
    public_en VARCHAR(40) NOT NULL,
    colour VARCHAR(8) NOT NULL,
    "position" INTEGER NOT NULL,
    is_active BOOLEAN NOT NULL,
    is_default BOOLEAN NOT NULL,
    goes_to VARCHAR(12) NOT NULL,
    gone_at TIMESTAMPTZ
);

INSERT INTO ticket_status ("key", category, name_vi, name_en, public_vi, public_en, colour, "position", is_active, is_default, goes_to) VALUES
    ('new', 'new', 'Mới', 'New', '', '', '', 1, true, true, ''),
    ('open', 'open', 'Đang mở', 'Open', '', '', '', 2, true, true, ''),
    ('pending', 'pending', 'Chờ khách', 'Pending', '', '', '', 3, true, true, ''),
    ('hold', 'hold', 'Tạm giữ', 'On hold', '', '', '', 4, true, true, ''),
    ('solved', 'solved', 'Đã giải quyết', 'Solved', '', '', '', 5, true, true, ''),
    ('closed', 'closed', 'Đã đóng', 'Closed', '', '', '', 6, true, true, '');

CREATE TABLE ticket_priority (
    id KEY!,
    "key" VARCHAR(8) NOT NULL UNIQUE,
    name_vi VARCHAR(40) NOT NULL,
    name_en VARCHAR(40) NOT NULL,
    colour VARCHAR(8) NOT NULL,
    "position" INTEGER NOT NULL,
    is_active BOOLEAN NOT NULL,
    goes_to VARCHAR(8) NOT NULL,
    gone_at TIMESTAMPTZ
);

INSERT INTO ticket_priority ("key", name_vi, name_en, colour, "position", is_active, goes_to) VALUES
    ('low', 'Thấp', 'Low', '', 1, true, ''),
    ('normal', 'Thường', 'Normal', '', 2, true, ''),
    ('high', 'Cao', 'High', '', 3, true, ''),
    ('urgent', 'Khẩn', 'Urgent', '', 4, true, '');

-- NULL: what its status is called by itself.
ALTER TABLE ticket ADD COLUMN named_status VARCHAR(12);
CREATE INDEX ticket_named_status ON ticket (named_status, id) WHERE named_status IS NOT NULL;
