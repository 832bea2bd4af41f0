"""
The words of the command `helpdesk`, and one clear line when something goes wrong.

`--help`, mistakes in typing and a configuration that cannot be used are answered here, before anything heavy is
imported.
"""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from helpdesk.core.config import BadConfig, config
from helpdesk.core.errors import Refused
from helpdesk.logs import set_up_logs, without_secrets

if TYPE_CHECKING:
    _Words = argparse._SubParsersAction["_Parser"]

log = logging.getLogger("helpdesk")

WRONG_USE = 2
"""Exit status for a command or a setting that cannot be understood; any other trouble is 1."""


def main(arguments: Sequence[str]) -> int:
    """Run one command; its exit status."""
    options = _words().parse_args(arguments)
    try:
        return _run(options)
    except BadConfig as error:
        return _say(error, WRONG_USE)
    except KeyboardInterrupt:
        return 130
    except (Refused, OSError) as error:
        log.debug("%s failed", options.command, exc_info=True)
        return _say(error, 1)
    except Exception as error:  # a fault of ours: no traceback for the person at the terminal, but a way to one
        log.debug("%s failed", options.command, exc_info=True)
        return _say(RuntimeError(f"{type(error).__name__}: {error} (HELPDESK_LOG_LEVEL=debug tells more)"), 1)


def _run(options: argparse.Namespace) -> int:
    set_up_logs(config())
    _make_folder(config().data_dir)
    from helpdesk import cli  # imports the whole house, which reads the configuration

    status: int = getattr(cli, options.command)(options)
    return status


def _make_folder(data_dir: Path) -> None:
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadConfig(f"The folder {data_dir} (HELPDESK_DATA_DIR) cannot be made: {error.strerror}.") from error


def _say(error: Exception, status: int) -> int:
    """The error as one line, without the secrets that it may quote."""
    named = getattr(error, "errors", {})
    text = "; ".join(f"{name}: {reason}" if name else str(reason) for name, reason in named.items()) or str(error)
    sys.stderr.write(f"helpdesk: {without_secrets(' '.join(text.split())) or type(error).__name__}\n")
    return status


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, and where to read more."""

    def error(self, message: str) -> NoReturn:
        self.exit(WRONG_USE, f"{self.prog}: {message} (see {self.prog} --help)\n")


def _words() -> argparse.ArgumentParser:
    """Every command; `command` is the name of its function in cli.py."""
    parser = _Parser(prog="helpdesk", description="A help desk, knowledge base and forum in one.")
    words = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    word = words.add_parser("serve", help="answer requests, take in letters and do the work behind")
    _server_options(word)
    word.set_defaults(command="serve")

    word = words.add_parser("demo", help="serve, after filling an empty database with a small company")
    _server_options(word)
    word.set_defaults(command="demo")

    word = words.add_parser("migrate", help="bring the database to the shape that this version needs")
    word.set_defaults(command="migrate")

    word = words.add_parser("work", help="take in letters and do the work that is owed, without serving pages")
    word.add_argument("--until-idle", action="store_true", help="do the jobs that are due, to the last, and end")
    _smtp_option(word)
    word.set_defaults(command="work")

    mail = _group(words, "mail", "letters")
    mail.add_parser("in", add_help=False, help="keep the letter on standard input: exit 0 = kept, 75 = try again")

    user = _group(words, "user", "people")
    word = user.add_parser("add", help="add a person, or give one we know another role, name or password")
    word.add_argument("email", metavar="EMAIL")
    word.add_argument("--role", help="admin, agent, customer, or a role of your own (customer when new)")
    word.add_argument("--name", default="", help="what to call them")
    word.add_argument("--password-stdin", action="store_true", help="read their password from standard input")
    word.set_defaults(command="add_user")

    token = _group(words, "token", "keys for machines that use the API")
    word = token.add_parser("add", help="make a token for a person and print it, once")
    word.add_argument("email", metavar="EMAIL", help="whom the machine acts for")
    word.add_argument("--name", required=True, help="what the token is for")
    word.set_defaults(command="add_token")

    search = _group(words, "search", "the search index")
    word = search.add_parser("reindex", help="build the index anew; the site keeps answering meanwhile")
    word.set_defaults(command="reindex")
    word = search.add_parser("query", help="what a visitor would find")
    word.add_argument("text", metavar="TEXT")
    word.add_argument("--lang", choices=["vi", "en"], help="only what is in this language")
    word.add_argument("--json", action="store_true", help='{"hits": [{"kind", "id", "title", "url", "score"}]}')
    word.set_defaults(command="query")

    word = words.add_parser("doctor", help="check configuration, database, index, mail and disk")
    word.set_defaults(command="examine")
    return parser


def _group(words: "_Words", name: str, what: str) -> "_Words":
    """Commands of two words."""
    group = words.add_parser(name, help=what, description=f"helpdesk {name}: {what}.")
    return group.add_subparsers(title="commands", required=True, metavar="COMMAND")


def _server_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", help="address to listen on (HELPDESK_HOST)")
    parser.add_argument("--port", type=_port, help="port to listen on, 0 for any free one (HELPDESK_PORT)")
    _smtp_option(parser)
    parser.add_argument("--workers", type=_count, default=1, help="processes that answer requests, one for each core")
    parser.add_argument("--no-worker", action="store_true", help="leave letters and jobs to `helpdesk work`")


def _smtp_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--smtp-port", type=_port, help="port to take letters in by SMTP and LMTP, 0 for none (HELPDESK_SMTP_PORT)"
    )


def _port(text: str) -> int:
    return _number(text, 0, 65535)


def _count(text: str) -> int:
    return _number(text, 1, 64)


def _number(text: str, least: int, most: int) -> int:
    if not text.isdecimal() or not least <= int(text) <= most:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from {least} to {most}")
    return int(text)
