"""
The command `helpdesk`.

`helpdesk mail in` runs once for each letter, so it is answered here, before anything heavy is imported.
"""

import sys


def main() -> int:
    if sys.argv[1:3] == ["mail", "in"]:
        from helpdesk.mail import pipe

        return pipe.main(sys.argv[3:])
    from helpdesk import cli

    return cli.main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
