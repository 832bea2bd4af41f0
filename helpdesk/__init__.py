"""A help desk, knowledge base and forum in one."""

import os

os.environ.setdefault("PICCOLO_CONF", "helpdesk.piccolo_conf")
