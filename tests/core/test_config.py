"""A wrong setting stops the start with one sentence that names it."""

from pathlib import Path

import pytest

from helpdesk.core import config as module
from helpdesk.core.config import BadConfig, Config, load

pytestmark = pytest.mark.once


def test_the_environment_wins_over_the_file_and_the_file_over_the_default(tmp_path: Path) -> None:
    (tmp_path / "helpdesk.toml").write_text('port = 9000\nhost = "0.0.0.0"\n')
    config = load({"HELPDESK_PORT": "9001", "PATH": "/bin"}, tmp_path)
    assert (config.port, config.host, config.smtp_port) == (9001, "0.0.0.0", Config().smtp_port)


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"HELPDESK_PORT": "many"}, "HELPDESK_PORT"),
        ({"HELPDESK_PORT": "70000"}, "HELPDESK_PORT"),
        ({"HELPDESK_DATABASE_URL": "mysql://x"}, "HELPDESK_DATABASE_URL"),
        ({"HELPDESK_BASE_URL": "help.example.com"}, "HELPDESK_BASE_URL"),
        ({"HELPDESK_SECRET_KEY": "short"}, "HELPDESK_SECRET_KEY"),
        ({"HELPDESK_SMTP_URL": "http://mail"}, "HELPDESK_SMTP_URL"),
        ({"HELPDESK_LOG_LEVEL": "loud"}, "HELPDESK_LOG_LEVEL"),
        ({"HELPDESK_PROT": "80"}, "HELPDESK_PROT"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, environment: dict[str, str], named: str) -> None:
    with pytest.raises(BadConfig, match=named):
        load(environment, tmp_path)


def test_a_wrong_line_of_the_file_is_named_with_the_file(tmp_path: Path) -> None:
    (tmp_path / "helpdesk.toml").write_text("prot = 80\n")
    with pytest.raises(BadConfig, match=r"prot in .*helpdesk\.toml"):
        load({}, tmp_path)


def test_the_table_of_settings_lists_exactly_the_settings() -> None:
    import re

    documented = re.findall(r"^\| `HELPDESK_(\w+)`", (Path(__file__).parents[2] / "docs/settings.md").read_text(), re.M)
    assert sorted(documented) == sorted(name.upper() for name in Config.__struct_fields__)


def test_the_key_is_made_once_for_us_alone_and_never_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "config", lambda: Config(data_dir=tmp_path))
    secret_key = module.secret_key.__wrapped__

    first = secret_key()

    assert len(first) > 40
    assert secret_key() == first
    assert [(one.name, one.stat().st_mode & 0o777) for one in tmp_path.iterdir()] == [("secret_key", 0o600)]
    (tmp_path / "secret_key").write_text("")
    with pytest.raises(BadConfig, match="secret_key"):
        secret_key()
