"""The files around the package agree with it: constraints, change log, Makefile, CI."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from .conftest import ROOT, needed

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
CONSTRAINTS = (ROOT / "constraints.txt").read_text().splitlines()
LOCK = (ROOT / "requirements.lock").read_text()
CI = ROOT / ".ci" / "run"
SYSTEM_PACKAGES = ROOT / "tests" / "system-packages"


def declared() -> list[str]:
    return [*PYPROJECT["project"]["dependencies"], *PYPROJECT["dependency-groups"]["dev"]]


def pinned() -> dict[str, str]:
    pairs = (line.split("==") for line in CONSTRAINTS)
    return {canonicalize_name(name): version for name, version in pairs}


def test_every_constraint_is_one_version_of_one_package() -> None:
    assert [
        line for line in CONSTRAINTS if not re.fullmatch(r"[A-Za-z0-9._-]+==([0-9]+!)?[0-9][0-9A-Za-z.]*", line)
    ] == []


def test_every_declared_package_is_pinned_within_its_bounds() -> None:
    versions = pinned()
    for requirement in map(Requirement, declared()):
        assert requirement.specifier.contains(versions[canonicalize_name(requirement.name)]), requirement.name


def test_every_package_that_is_needed_is_pinned_and_no_other() -> None:
    assert {canonicalize_name(name) for name in needed(declared())} == set(pinned())


def test_the_lock_holds_what_is_needed_to_run_as_it_is_pinned_and_nothing_else() -> None:
    locked = dict(re.findall(r"^(\S+)==(\S+) \\$", LOCK, re.MULTILINE))
    wanted = {canonicalize_name(name) for name in needed(PYPROJECT["project"]["dependencies"])}

    assert locked == {name: version for name, version in pinned().items() if name in wanted}
    assert wanted - set(locked) == set()


def test_every_line_of_the_lock_is_a_version_or_one_of_its_hashes() -> None:
    versions = re.split(r"^(?=\w)", LOCK, flags=re.MULTILINE)[1:]
    hashes = r"( \\\n    --hash=sha256:[0-9a-f]{64})+\n"

    assert [version for version in versions if not re.fullmatch(r"[a-z0-9-]+==[0-9.]+" + hashes, version)] == []


def test_the_change_log_knows_the_version() -> None:
    assert f"\n## [{PYPROJECT['project']['version']}]" in (ROOT / "CHANGELOG.md").read_text()


def test_make_alone_lists_every_verb() -> None:
    listed = subprocess.run(["make", "--silent"], cwd=ROOT, env=without_make(), check=True, capture_output=True)
    verbs = [line.split()[0] for line in listed.stdout.decode().splitlines()]

    assert verbs == [
        *("help", "demo", "test", "fuzz", "lint", "bench", "bench-full", "load", "soak"),
        *("docs", "dashboards", "manifests", "lock", "audit"),
    ]


def test_the_tests_come_last_so_that_their_verdict_closes_the_output() -> None:
    planned = subprocess.run(
        ["make", "--dry-run", "test"], cwd=ROOT, env=without_make(), check=True, capture_output=True
    )
    lines = planned.stdout.decode().splitlines()

    assert lines[-1].endswith("-m pytest -n 4 --dist worksteal")
    assert "tests/system-packages" in lines


def test_ci_makes_the_tests_and_nothing_else() -> None:
    commands = [line for line in CI.read_text().splitlines() if line and not line.startswith("#")]

    assert commands == ["set -eu", 'cd "$(dirname "$0")/.."', "exec make test"]
    assert os.access(CI, os.X_OK)


def test_nothing_is_installed_where_everything_is_there() -> None:
    ran = subprocess.run([SYSTEM_PACKAGES], check=True, capture_output=True)

    assert (ran.stdout, ran.stderr) == (b"", b"")


def test_one_who_may_not_install_is_told_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "id").write_text("#!/bin/sh\necho 1000\n")
    (tmp_path / "id").chmod(0o755)

    ran = subprocess.run(
        ["/bin/bash", SYSTEM_PACKAGES], env={"PATH": str(tmp_path)}, check=False, capture_output=True, text=True
    )

    packages = "prometheus prometheus-alertmanager chromium systemd docker-compose kubernetes-client"
    assert ran.returncode == 1
    assert ran.stderr == (
        "missing: the command promtool\n"
        "missing: the command prometheus\n"
        "missing: the command prometheus-alertmanager\n"
        "missing: the command amtool\n"
        "missing: the command chromium\n"
        "missing: the command systemd-analyze\n"
        "missing: the command docker-compose\n"
        "missing: the command kubectl\n"
        f"The tests need Debian's packages {packages}. As root: "
        f"apt-get update && apt-get install --no-install-recommends {packages}\n"
    )


def without_make() -> dict[str, str]:
    """Give the environment without what an outer make leaves in it."""
    return {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
