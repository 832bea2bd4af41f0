"""
What the desk can do on this machine, measured from outside: real server, real databases, real letters.

`tools/bench.py` is the command. Whatever touches the house's database runs in a process of its own,
because a process belongs to one database.
"""
