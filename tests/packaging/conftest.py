from __future__ import annotations

import contextlib
import subprocess
import sys
import venv
from collections.abc import Iterator
from email.message import Message
from email.parser import Parser
from importlib.metadata import distribution
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]


class Installation:
    """The built wheel, in a virtual environment with what it declares to need and nothing else."""

    def __init__(self, wheel: Path, folder: Path) -> None:
        self.wheel = wheel
        self.folder = folder
        self.program = str(folder / "bin" / "cloudstack-powerflex-exporter")

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run the console script, far from the project's tree."""
        command = [self.program, *words]
        return subprocess.run(command, cwd=self.folder, check=False, capture_output=True, text=True, timeout=60)

    @contextlib.contextmanager
    def started(self, log: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
        """Have the console script run, and write to a file."""
        with log.open("w") as output:
            process = subprocess.Popen([self.program, *words], cwd=self.folder, stdout=output, stderr=output, text=True)
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def metadata(self) -> Message:
        """Give the wheel's METADATA."""
        with ZipFile(self.wheel) as archive:
            (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
            return Parser().parsestr(archive.read(name).decode())

    def files(self) -> set[str]:
        """Give the paths in the wheel."""
        with ZipFile(self.wheel) as archive:
            return set(archive.namelist())


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Build the wheel and install it, without asking any index."""
    folder = tmp_path_factory.mktemp("installation")
    pip = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
    offline = ("--no-deps", "--no-index")
    subprocess.run([*pip, "wheel", *offline, "--no-build-isolation", "--wheel-dir", folder, ROOT], check=True)
    (wheel,) = folder.glob("*.whl")
    installation = Installation(wheel, folder)
    venv.create(folder, with_pip=False)
    subprocess.run([*pip, "--python", folder / "bin" / "python", "install", *offline, wheel], check=True)
    (site,) = folder.glob("lib/python*/site-packages")
    for name in needed(installation.metadata().get_all("Requires-Dist", [])):
        for path in top_level(name):
            target = site / path.name
            if not target.exists():
                target.symlink_to(path)
    return installation


def needed(requirements: list[str]) -> Iterator[str]:
    """Give the distributions that these requirements lead to, in this environment."""
    ahead = [Requirement(text) for text in requirements]
    seen: set[tuple[str, str]] = set()
    while ahead:
        requirement = ahead.pop()
        for extra in requirement.extras or {""}:
            if (requirement.name, extra) in seen or not applies(requirement):
                continue
            seen.add((requirement.name, extra))
            yield requirement.name
            for text in distribution(requirement.name).requires or []:
                next_one = Requirement(text)
                if applies(next_one, extra):
                    next_one.marker = None
                    ahead.append(next_one)


def applies(requirement: Requirement, extra: str = "") -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": extra})


def top_level(name: str) -> Iterator[Path]:
    """Give what a distribution has put directly into site-packages."""
    installed = distribution(name)
    tops = {file.parts[0] for file in installed.files or []} - {"..", "__pycache__"}
    for top in tops:
        yield Path(str(installed.locate_file(top)))
