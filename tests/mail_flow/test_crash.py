"""The trial of bench/crash_mail.py, small: everything is killed while letters come in, and none is lost or doubled."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.usefixtures("database")
def test_no_letter_is_lost_or_doubled_when_programs_are_killed(request: pytest.FixtureRequest) -> None:
    kind = request.config.getoption("--database")
    command = [sys.executable, "bench/crash_mail.py", "--letters", "40", "--life", "0.4", "--database", kind]

    trial = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)

    assert trial.returncode == 0, trial.stdout + trial.stderr
    assert "     0 lost after 250 or exit 0\n" in trial.stdout
    assert "     0 kept twice\n" in trial.stdout
