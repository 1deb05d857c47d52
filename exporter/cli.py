"""The command line: flags and sub-commands."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import errno
import os
import re
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from exporter import __version__, event_loop, log
from exporter.config import Config, load_config, parse_config
from exporter.doctor import Severity, as_json, as_text, examine
from exporter.errors import ConfigError
from exporter.metrics.docs import reference
from exporter.service import Service, WebOptions
from exporter.simulator import Simulator, config_yaml, describe, run_until_stopped
from exporter.web.app import CONFIG_PATH, STYLE_PATH
from exporter.web.server import ListenAddress
from exporter.web.web_config import load_web_config

T = TypeVar("T")

_OK = 0
_FAILED = 1
_BAD_CONFIG = 2
_INTERRUPTED = 130
_TERMINATED = 143
_NO_OUTPUT = {errno.EPIPE, errno.ENOSPC, errno.EDQUOT}
_HIGHEST_PORT = 65535
_DEFAULT_PORT = 10445
_METRICS_PATH = re.compile("(?:/[A-Za-z0-9._~-]+)+/?")
_CLEAR_LINE = "\r\033[K"

_DEMO_SETTINGS = """\
schedule:
  powerflex: {system: 10s, pools: 10s, volumes: 10s, used_sizes: 10s, vtrees: 10s, sdcs: 10s, nodes: 10s, alerts: 10s}
  cloudstack: {inventory: 10s, volumes: 10s, settings: 60s, routers: 10s}
reconciliation: {grace: 30s}
"""

_EXAMPLES = """\
examples:
  %(prog)s demo
      serves simulated PowerFlex systems and CloudStack installations on http://localhost:10445/
  %(prog)s check-config --config.file config.yaml
  %(prog)s doctor --config.file config.yaml
      asks each source for all that is needed, and says of each fault what to do
  %(prog)s once --config.file config.yaml | promtool check metrics
  %(prog)s serve --config.file config.yaml --web.listen-address 127.0.0.1:10445

Without a command it serves. Each command has a --help of its own.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that the arguments name, and return the exit code."""
    parser = _parser()
    options = parser.parse_args(_with_command(list(sys.argv[1:] if arguments is None else arguments)))
    log.configure(options.log_level, options.log_format)
    try:
        code = int(options.run(options))
        sys.stdout.flush()
    except ConfigError as error:
        sys.stderr.write("".join(f"{problem}\n" for problem in error.problems))
        return _BAD_CONFIG
    except KeyboardInterrupt:
        return _INTERRUPTED
    except asyncio.CancelledError:
        return _TERMINATED
    except OSError as error:
        if error.errno not in _NO_OUTPUT:
            raise
        # Whoever read our output has gone, or the disk is full.
        if not isinstance(error, BrokenPipeError):
            sys.stderr.write(f"cannot write the output: {error.strerror}\n")
        # Python would complain of it once more when it flushes at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _FAILED
    return code


def _with_command(arguments: list[str]) -> list[str]:
    """Put `serve` before flags that stand alone."""
    if arguments and (arguments[0] in {"-h", "--help", "--version"} or not arguments[0].startswith("-")):
        return arguments
    return ["serve", *arguments]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="cloudstack-powerflex-exporter",
        description="Prometheus exporter for Apache CloudStack on Dell PowerFlex.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    config, web = _config_flags(), _web_flags()
    # What these two tell goes to standard output and standard error as it is; the log would say it once more.
    logging, quiet = _log_flags("info"), _log_flags("error")

    def add(
        name: str, run: Callable[[argparse.Namespace], int], words: str, *flags: argparse.ArgumentParser
    ) -> argparse.ArgumentParser:
        description = f"{words[0].upper()}{words[1:]}."
        command = commands.add_parser(
            name,
            help=words,
            description=description,
            parents=[*flags, quiet if name in {"once", "doctor"} else logging],
            allow_abbrev=False,
        )
        command.set_defaults(run=run)
        return command

    add("serve", _serve, "poll the configured systems and serve their metrics", config, web)
    add("once", _once, "poll every collector once and print the metrics; exit 1 if one failed", config)
    check = add("check-config", _check_config, "say whether the configuration is valid; exit 2 if it is not", config)
    check.add_argument(
        "--web.config.file",
        dest="web_config_file",
        default="",
        metavar="FILE",
        help="a web configuration to check as well, with the certificates that it names (default: none)",
    )
    doctor = add("doctor", _doctor, "examine the configured sources; exit 1 if there is an error", config)
    doctor.add_argument("--json", action="store_true", help="print the findings as JSON, for programs")
    doctor.add_argument("--strict", action="store_true", help="exit 1 on a warning as well")
    demo = add(
        "demo",
        _demo,
        "serve the metrics of simulated PowerFlex systems and CloudStack installations",
        web,
    )
    simulate = add("simulate", _simulate, "run the simulated gateways and management servers alone, for other clients")
    for command in (demo, simulate):
        command.add_argument(
            "--simulator.port",
            dest="simulator_port",
            default=0,
            type=_port,
            metavar="PORT",
            help="port of the first simulated server, the others follow (default: any free ports)",
        )
    add("metrics-docs", _metrics_docs, "print the reference of all metrics as Markdown")
    return parser


def _log_flags(level: str) -> argparse.ArgumentParser:
    flags = argparse.ArgumentParser(add_help=False)
    flags.add_argument(
        "--log.level",
        dest="log_level",
        default=level,
        choices=("debug", "info", "warning", "error"),
        help="log this and what is graver (default: %(default)s)",
    )
    flags.add_argument(
        "--log.format",
        dest="log_format",
        default="logfmt",
        choices=("logfmt", "json"),
        help="form of the log lines (default: %(default)s)",
    )
    return flags


def _config_flags() -> argparse.ArgumentParser:
    flags = argparse.ArgumentParser(add_help=False)
    flags.add_argument(
        "--config.file",
        dest="config_file",
        default="config.yaml",
        metavar="FILE",
        help="the configuration, see config.example.yaml (default: %(default)s)",
    )
    return flags


def _web_flags() -> argparse.ArgumentParser:
    flags = argparse.ArgumentParser(add_help=False)
    flags.add_argument(
        "--web.listen-address",
        dest="listen",
        action="append",
        type=_address,
        metavar="HOST:PORT",
        help="address to listen on, such as 127.0.0.1:10445 or [::1]:10445; repeatable (default: :10445)",
    )
    flags.add_argument(
        "--web.telemetry-path",
        dest="metrics_path",
        default="/metrics",
        type=_path,
        metavar="PATH",
        help="where the metrics are (default: %(default)s)",
    )
    flags.add_argument(
        "--web.config.file",
        dest="web_config_file",
        default="",
        metavar="FILE",
        help="TLS, headers and users of the web server, see docs/web-config.md (default: plain HTTP, for all)",
    )
    flags.add_argument(
        "--web.max-requests",
        dest="max_requests",
        default=40,
        type=_count,
        metavar="N",
        help="requests answered at once, 0 for any number (default: %(default)s)",
    )
    return flags


def _address(text: str) -> ListenAddress:
    try:
        return ListenAddress.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _path(text: str) -> str:
    if not _METRICS_PATH.fullmatch(text) or text.startswith("/-/") or text in {STYLE_PATH, CONFIG_PATH}:
        raise argparse.ArgumentTypeError(f"{text!r} is no path for the metrics; write one such as /metrics")
    return text


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of requests")
    return int(text)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) > _HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is no port; write a number from 0 to {_HIGHEST_PORT}")
    return int(text)


def _web_options(options: argparse.Namespace) -> WebOptions:
    listen = options.listen or [ListenAddress("", _DEFAULT_PORT)]
    file = Path(options.web_config_file) if options.web_config_file else None
    return WebOptions(tuple(listen), options.metrics_path, options.max_requests, file)


def _serve(options: argparse.Namespace) -> int:
    return _run_service(lambda: load_config(options.config_file), options)


def _run_service(load: Callable[[], Config], options: argparse.Namespace) -> int:
    config = load()

    async def serve() -> None:
        await Service(config, _web_options(options), load).serve()

    event_loop.run(serve())
    return _OK


def _demo(options: argparse.Namespace) -> int:
    with contextlib.ExitStack() as stack:
        with _explaining_the_port(options):
            simulator = stack.enter_context(Simulator(base_port=options.simulator_port))
        config = parse_config(config_yaml(simulator) + _DEMO_SETTINGS, base_dir=Path(), name="demo")
        sys.stderr.write(f"{describe(simulator)}\nThe exporter polls them{_where(options)}. End it with Ctrl-C.\n\n")
        return _run_service(lambda: config, options)


def _where(options: argparse.Namespace) -> str:
    """Say what to open; where any free port was asked for, only the log can tell."""
    listen = _web_options(options).listen[0]
    if listen.port == 0:
        return ""
    url = f"http://{ListenAddress(listen.host or 'localhost', listen.port)}"
    return f" and serves {url}{options.metrics_path} and, for people, {url}/"


def _simulate(options: argparse.Namespace) -> int:
    with _explaining_the_port(options):
        run_until_stopped(Simulator(base_port=options.simulator_port))
    return _OK


@contextlib.contextmanager
def _explaining_the_port(options: argparse.Namespace) -> Iterator[None]:
    try:
        yield
    except (OSError, OverflowError) as error:
        problem = f"cannot run the simulator at --simulator.port {options.simulator_port}: {error}"
        raise ConfigError([problem]) from None


def _once(options: argparse.Namespace) -> int:
    config = load_config(options.config_file)

    async def once() -> tuple[bytes, list[str]]:
        return await Service(config).once(_progress)

    exposition, failures = _run(once())
    _end_progress()
    sys.stdout.buffer.write(exposition)
    sys.stdout.flush()
    sys.stderr.write("".join(f"failed: {log.printable(failure)}\n" for failure in failures))
    return _FAILED if failures else _OK


def _check_config(options: argparse.Namespace) -> int:
    words: list[str] = []
    problems: list[str] = []
    # What is wrong with one file hides nothing of the other.
    for check in (_words_of_config, _words_of_web_config):
        try:
            words.append(check(options))
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(problems)
    sys.stdout.write("".join(words))
    return _OK


def _words_of_config(options: argparse.Namespace) -> str:
    config = load_config(options.config_file)
    return (
        f"{options.config_file} is valid: {len(config.powerflex)} PowerFlex systems, "
        f"{len(config.cloudstack)} CloudStack installations\n"
    )


def _words_of_web_config(options: argparse.Namespace) -> str:
    if not options.web_config_file:
        return ""
    config = load_web_config(Path(options.web_config_file))
    return (
        f"{options.web_config_file} is a valid web configuration: {'TLS' if config.tls else 'no TLS'}, "
        f"{len(config.users)} users\n"
    )


def _doctor(options: argparse.Namespace) -> int:
    config = load_config(options.config_file)
    findings = _run(examine(config, lambda part: _progress(f"asked {part}")))
    _end_progress()
    color = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    sys.stdout.write(as_json(findings) if options.json else as_text(findings, color=color))
    grave = {Severity.ERROR, Severity.WARNING} if options.strict else {Severity.ERROR}
    return _FAILED if any(finding.severity in grave for finding in findings) else _OK


def _run(program: Coroutine[Any, Any, T]) -> T:
    """Run a program to its end; SIGTERM cancels it, as Ctrl-C does, so that it logs out."""

    async def run() -> T:
        running = asyncio.ensure_future(program)
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, running.cancel)
        return await running

    return event_loop.run(run())


def _progress(words: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"{_CLEAR_LINE}{words}")
        sys.stderr.flush()


def _end_progress() -> None:
    if sys.stderr.isatty():
        sys.stderr.write(_CLEAR_LINE)


def _metrics_docs(_options: argparse.Namespace) -> int:
    sys.stdout.write(reference())
    return _OK
