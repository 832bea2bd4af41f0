CREATE TABLE field (
    id KEY!,
    name_vi VARCHAR(80) NOT NULL,
    name_en VARCHAR(80) NOT NULL,
    help_vi VARCHAR(300) NOT NULL,
    help_en VARCHAR(300) NOT NULL,
    kind VARCHAR(8) NOT NULL,
    department BIGINT REFERENCES department (id),
    choices TEXT NOT NULL,
    link VARCHAR(500) NOT NULL,
    is_public BOOLEAN NOT NULL,
    is_asked BOOLEAN NOT NULL,
    is_needed BOOLEAN NOT NULL,
    "position" INTEGER NOT NULL,
    archived_at TIMESTAMPTZ
);
CREATE INDEX field_department ON field (department);

CREATE TABLE ticket_field (
    id KEY!,
    ticket BIGINT REFERENCES ticket (id) NOT NULL,
    field BIGINT REFERENCES field (id) NOT NULL,
    text TEXT NOT NULL,
    sought VARCHAR(80) NOT NULL,
    number BIGINT
);
CREATE UNIQUE INDEX ticket_field_once ON ticket_field (ticket, field, sought);
CREATE INDEX ticket_field_sought ON ticket_field (field, sought, ticket);
CREATE INDEX ticket_field_number ON ticket_field (field, number, ticket);

-- What came into the target with a ticket that was merged; nothing with those that were merged before there were fields.
ALTER TABLE ticket_merge ADD COLUMN fields TEXT NOT NULL DEFAULT '{}';

-- A row of words belongs to a message, or, with a minus, to the fields of the ticket of that number.
-- only: postgresql
ALTER TABLE ticket_words DROP CONSTRAINT ticket_words_message_fkey;
-- both

CREATE TABLE carrier (
    id KEY!,
    code VARCHAR(20) NOT NULL UNIQUE,
    "name" VARCHAR(60) NOT NULL,
    called VARCHAR(200) NOT NULL,
    link VARCHAR(500) NOT NULL,
    sure VARCHAR(300) NOT NULL,
    near VARCHAR(300) NOT NULL,
    is_active BOOLEAN NOT NULL,
    "position" INTEGER NOT NULL
);

INSERT INTO carrier (code, "name", called, link, sure, near, is_active, "position") VALUES
    ('ghn', 'Giao Hàng Nhanh (GHN)', 'ghn, giao hàng nhanh', 'https://donhang.ghn.vn/?order_code={number}', '', '?{6-12}', true, 1),
    ('ghtk', 'Giao Hàng Tiết Kiệm (GHTK)', 'ghtk, giao hàng tiết kiệm', 'https://i.ghtk.vn/{number}', 'S#{1-10}.?{1-8}.#{6-12}, S#{1-10}.?{1-6}.?{1-8}.#{6-12}', '#{9-12}', true, 2),
    ('viettelpost', 'Viettel Post', 'viettel post, viettelpost, vtp', 'https://viettelpost.com.vn/tra-cuu-hanh-trinh-don/', '', '#{11-16}, VTP?{6-14}', true, 3),
    ('vnpost', 'Vietnam Post / EMS', 'vnpost, vietnam post, việt nam post, bưu điện, ems', 'https://www.vnpost.vn/vi-vn/dinh-vi/buu-pham?key={number}', '@@#########VN', '@@#########@@', true, 4),
    ('jt', 'J&T Express', 'j&t, j&t express, jt express', 'https://jtexpress.vn/vi/tracking?type=track&billcode={number}', '', '#{12}', true, 5),
    ('ninjavan', 'Ninja Van', 'ninja van, ninjavan, njv', 'https://www.ninjavan.co/vi-vn/tracking?id={number}', '', '?{9-18}', true, 6),
    ('spx', 'SPX Express (Shopee)', 'spx, spx express, shopee express, shopee xpress', 'https://spx.vn/track?{number}', 'SPXVN?{9-16}', 'VN?{10-16}', true, 7),
    ('dhl', 'DHL', 'dhl, dhl express', 'https://www.dhl.com/vn-en/home/tracking.html?tracking-id={number}', 'JJD#{16-20}', '#{10}, JD#{16-20}', true, 8),
    ('ups', 'UPS', 'ups', 'https://www.ups.com/track?tracknum={number}', '1Z?{16}', '', true, 9),
    ('fedex', 'FedEx', 'fedex', 'https://www.fedex.com/fedextrack/?trknbr={number}', '', '#{12}, #{15}, #{20}', true, 10);
