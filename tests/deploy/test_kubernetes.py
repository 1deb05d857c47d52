"""The Kubernetes objects: valid, of one mind with the exporter and the image, and with all rules and dashboards."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from deploy.__main__ import FOLDER, files
from exporter.cli import _DEFAULT_PORT, _parser
from exporter.config import load_config
from exporter.metrics.catalogue import ALL
from exporter.simulator import Simulator, default_scenario
from exporter.web.app import HEALTHY_PATH, READY_PATH

from .conftest import PROJECT, ROOT, run

Manifest = dict[str, Any]

MOST_THAT_KUBECTL_NOTES = 262_144
"""Bytes in its annotation last-applied-configuration."""
OF_THE_OPERATOR = {"container", "endpoint", "instance", "job", "namespace", "pod", "service"}
"""Labels that the Prometheus operator gives what a ServiceMonitor finds."""


def documents(name: str) -> list[Manifest]:
    return parsed((FOLDER / name).read_text())


def parsed(text: str) -> list[Manifest]:
    return list(yaml.load_all(text, Loader=yaml.CSafeLoader))


(DEPLOYMENT,) = documents("deployment.yaml")
(SERVICE,) = documents("service.yaml")
(MONITOR,) = documents("servicemonitor.yaml")
RULES = documents("prometheus-rules.yaml")
DASHBOARDS = documents("dashboards.yaml")
POD: Manifest = DEPLOYMENT["spec"]["template"]
(CONTAINER,) = POD["spec"]["containers"]


def test_make_manifests_would_change_nothing() -> None:
    changed = [name for name, text in files().items() if (FOLDER / name).read_text() != text]

    assert changed == [], "run make manifests"


@pytest.mark.parametrize("version", ["1.25", kubernetes_validate.latest_version()])
def test_the_schemas_of_kubernetes_know_all_of_it(version: str) -> None:
    for manifest in [DEPLOYMENT, SERVICE, *DASHBOARDS]:
        kubernetes_validate.validate(manifest, version, strict=True)


def test_the_schemas_find_mistakes_at_all() -> None:
    wrong = copy.deepcopy(DEPLOYMENT)
    wrong["spec"]["template"]["spec"]["containers"][0]["readynessProbe"] = CONTAINER["readinessProbe"]

    with pytest.raises(kubernetes_validate.ValidationError, match="readynessProbe"):
        kubernetes_validate.validate(wrong, "1.25", strict=True)


def test_every_rule_is_there_and_prometheus_takes_it(tmp_path: Path) -> None:
    for rules, path in zip(RULES, sorted((ROOT / "alerts/rules").iterdir()), strict=True):
        (tmp_path / path.name).write_text(yaml.safe_dump(rules["spec"]))
        checked = run("promtool", "check", "rules", tmp_path / path.name)

        assert f"SUCCESS: {path.read_text().count('    expr: ')} rules found" in checked
        assert rules["spec"] == yaml.safe_load(path.read_text())
        assert (rules["kind"], rules["metadata"]["name"]) == ("PrometheusRule", f"powerflex-{path.stem}")


def test_every_dashboard_is_there_to_the_byte_and_grafana_finds_it() -> None:
    for config_map, path in zip(DASHBOARDS, sorted((ROOT / "dashboards/generated").iterdir()), strict=True):
        assert config_map["data"] == {path.name: path.read_text()}
        assert config_map["metadata"]["labels"] == {"grafana_dashboard": "1"}


def test_kubectl_can_apply_every_object() -> None:
    for text in ((FOLDER / name).read_text() for name in files()):
        assert max(len(one) for one in text.split("---\n")) < MOST_THAT_KUBECTL_NOTES


def test_the_container_has_no_privileges_and_the_images_user() -> None:
    pod, user = POD["spec"]["securityContext"], "65532"

    assert f"\nUSER {user}:{user}\n" in (ROOT / "Dockerfile").read_text()
    assert {str(pod[key]) for key in ("runAsUser", "runAsGroup", "fsGroup")} == {user}
    assert pod["runAsNonRoot"] is True
    assert pod["seccompProfile"] == {"type": "RuntimeDefault"}
    assert POD["spec"]["automountServiceAccountToken"] is False
    assert CONTAINER["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def test_the_container_serves_where_it_is_asked() -> None:
    (port,) = CONTAINER["ports"]
    probes = [CONTAINER[kind]["httpGet"] for kind in ("livenessProbe", "readinessProbe")]

    assert port["containerPort"] == _DEFAULT_PORT
    assert probes == [{"path": HEALTHY_PATH, "port": port["name"]}, {"path": READY_PATH, "port": port["name"]}]
    assert _parser().parse_args(CONTAINER["args"]).config_file == "config.yaml"


def test_one_exporter_runs_and_never_two() -> None:
    assert DEPLOYMENT["spec"]["replicas"] == 1
    assert DEPLOYMENT["spec"]["strategy"] == {"type": "Recreate"}


def test_labels_and_ports_lead_from_prometheus_to_the_pod() -> None:
    (port,) = SERVICE["spec"]["ports"]
    (endpoint,) = MONITOR["spec"]["endpoints"]

    assert DEPLOYMENT["spec"]["selector"]["matchLabels"] == POD["metadata"]["labels"]
    assert SERVICE["spec"]["selector"] == POD["metadata"]["labels"]
    assert MONITOR["spec"]["selector"]["matchLabels"] == SERVICE["metadata"]["labels"]
    assert endpoint["port"] == port["name"]
    assert port["targetPort"] == CONTAINER["ports"][0]["name"]


def test_the_alerts_know_the_job_and_no_label_is_written_over() -> None:
    """The operator calls the job as the service is called."""
    assert re.fullmatch(".*powerflex.*", SERVICE["metadata"]["name"])
    assert {label for family in ALL for label in family.labels} & OF_THE_OPERATOR == set()


def test_the_configuration_is_valid_beside_its_secrets(tmp_path: Path) -> None:
    text = (FOLDER / "config.yaml").read_text()
    (tmp_path / "config.yaml").write_text(text)
    for name in re.findall(r"_file: (\S+)", text):
        (tmp_path / name).write_text("secret\n")
    with Simulator(default_scenario(live=False)) as simulator:
        (tmp_path / "gateway-ca.pem").write_bytes(simulator.ca_file.read_bytes())

    config = load_config(str(tmp_path / "config.yaml"))

    assert [one.name for one in config.powerflex] == ["pf-ams1"]
    assert [one.name for one in config.cloudstack] == ["ams"]


def test_the_configuration_is_mounted_where_the_image_looks_for_it() -> None:
    (mount,) = CONTAINER["volumeMounts"]
    (volume,) = POD["spec"]["volumes"]

    assert f"\nWORKDIR {mount['mountPath']}\n" in (ROOT / "Dockerfile").read_text()
    assert (mount["name"], mount["readOnly"]) == (volume["name"], True)
    assert volume["projected"]["defaultMode"] == 0o440


def test_kustomize_puts_it_all_together() -> None:
    objects = parsed(run("kubectl", "kustomize", FOLDER))
    by_kind: dict[str, list[Manifest]] = {}
    for one in objects:
        by_kind.setdefault(one["kind"], []).append(one)
    (deployment,) = by_kind["Deployment"]
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    (source, _) = deployment["spec"]["template"]["spec"]["volumes"][0]["projected"]["sources"]
    configs = {one["metadata"]["name"]: one["data"] for one in by_kind["ConfigMap"]}

    assert {kind: len(several) for kind, several in by_kind.items()} == {
        "ConfigMap": 1 + len(DASHBOARDS),
        "Deployment": 1,
        "PrometheusRule": len(RULES),
        "Service": 1,
        "ServiceMonitor": 1,
    }
    assert {one["metadata"]["namespace"] for one in objects} == {"monitoring"}
    assert container["image"].endswith(f"/{PROJECT['name']}:{PROJECT['version']}")
    assert configs[source["configMap"]["name"]] == {"config.yaml": (FOLDER / "config.yaml").read_text()}
