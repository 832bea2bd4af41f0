"""The office: settings, the log, the work behind the pages, and how the house is doing."""
