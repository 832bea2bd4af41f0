CREATE TABLE calendar (
    id KEY!,
    "name" VARCHAR(100) NOT NULL,
    tz VARCHAR(60) NOT NULL,
    hours TEXT NOT NULL,
    extra_days TEXT NOT NULL
);

CREATE TABLE holiday (
    id KEY!,
    calendar BIGINT REFERENCES calendar (id) NOT NULL,
    closed_on DATE NOT NULL,
    "name" VARCHAR(100) NOT NULL
);
CREATE INDEX holiday_calendar ON holiday (calendar);

CREATE TABLE policy (
    id KEY!,
    "name" VARCHAR(100) NOT NULL,
    targets TEXT NOT NULL
);

CREATE TABLE department (
    id KEY!,
    name_vi VARCHAR(100) NOT NULL,
    name_en VARCHAR(100) NOT NULL,
    about_vi TEXT NOT NULL,
    about_en TEXT NOT NULL,
    phone VARCHAR(40) NOT NULL,
    calendar BIGINT REFERENCES calendar (id) NOT NULL,
    policy BIGINT REFERENCES policy (id) NOT NULL,
    is_public BOOLEAN NOT NULL,
    "position" INTEGER NOT NULL
);
CREATE INDEX department_calendar ON department (calendar);
CREATE INDEX department_policy ON department (policy);

CREATE TABLE department_address (
    id KEY!,
    department BIGINT REFERENCES department (id) NOT NULL,
    address VARCHAR(320) NOT NULL,
    address_key VARCHAR(320) NOT NULL UNIQUE,
    "position" INTEGER NOT NULL
);
CREATE INDEX department_address_department ON department_address (department);

CREATE TABLE department_member (
    id KEY!,
    department BIGINT REFERENCES department (id) NOT NULL,
    person BIGINT REFERENCES person (id) NOT NULL
);
CREATE INDEX department_member_department ON department_member (department);
CREATE INDEX department_member_person ON department_member (person);

CREATE UNIQUE INDEX holiday_day ON holiday (calendar, closed_on);
CREATE UNIQUE INDEX department_member_once ON department_member (department, person);

INSERT INTO calendar ("name", tz, hours, extra_days) VALUES ('Giờ hành chính', 'Asia/Ho_Chi_Minh',
    '{"mon":[["08:00","12:00"],["13:00","17:30"]],"tue":[["08:00","12:00"],["13:00","17:30"]],"wed":[["08:00","12:00"],["13:00","17:30"]],"thu":[["08:00","12:00"],["13:00","17:30"]],"fri":[["08:00","12:00"],["13:00","17:30"]]}',
    '{}');
INSERT INTO policy ("name", targets) VALUES ('Tiêu chuẩn',
    '{"first_response":{"low":480,"normal":240,"high":120,"urgent":60},"next_response":{"low":480,"normal":240,"high":120,"urgent":60},"resolution":{"low":4800,"normal":2400,"high":1440,"urgent":480}}');
INSERT INTO department (name_vi, name_en, about_vi, about_en, phone, calendar, policy, is_public, "position")
    SELECT 'Chăm sóc khách hàng', 'Customer care', '', '', '', calendar.id, policy.id, true, 0 FROM calendar, policy;
