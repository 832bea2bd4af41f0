"""The command `helpdesk`. `helpdesk mail in` starts for every letter, so what it does not need is not imported here."""

import os
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    os.umask(os.umask(0o077) | 0o007)  # letters, keys and passwords are nobody else's on this machine
    if [*arguments[:2]] == ["mail", "in"]:
        from helpdesk.mail.doors import pipe

        return pipe.main(arguments[2:])
    from helpdesk import commands

    return commands.main(arguments)


if __name__ == "__main__":
    sys.exit(main())
