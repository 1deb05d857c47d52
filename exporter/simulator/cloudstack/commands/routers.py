"""Virtual routers."""

from typing import Any

from exporter.simulator.cloudstack.call import Call
from exporter.simulator.cloudstack.commands.health_results import result_fields, results_readable
from exporter.simulator.cloudstack.commands.places import pod_fields, zone_fields, zones_by_uuid
from exporter.simulator.cloudstack.listing import list_answer
from exporter.simulator.cloudstack.ownership import owner_fields
from exporter.simulator.cloudstack.responses import given
from exporter.simulator.cloudstack.timestamps import timestamp
from exporter.simulator.scenario.cloud import CloudHost, Installation
from exporter.simulator.scenario.ids import stable_uuid
from exporter.simulator.scenario.router import CloudRouter

_OLDEST_GOOD_VERSION = (4, 19)
"""Older routers require an upgrade."""


def list_routers(call: Call) -> dict[str, Any]:
    """Answer listRouters, by database id.

    Raises:
        ApiError: 530, the results of one of the routers on the page cannot be read.

    """
    routers = call.machine.kept_list(call.selection, lambda: _matching(call))
    with_results = (
        call.boolean("fetchhealthcheckresults") and call.machine.setting("router.health.checks.enabled") == "true"
    )
    return list_answer(call, "router", routers, lambda router: _router(call, router, with_results=with_results))


def _matching(call: Call) -> list[CloudRouter]:
    installation = call.installation
    scope = call.scope()
    wanted = call.record("id", installation.routers)
    zone = call.record("zoneid", zones_by_uuid(installation))
    host = call.record("hostid", installation.hosts) if call.user.root_admin else None
    state, name = call.text("state"), call.text("name")
    keyword = (call.text("keyword") or "").lower()
    failed = call.text("healthchecksfailed")

    def matches(router: CloudRouter) -> bool:
        machine = router.machine
        return (
            router.role == "VIRTUAL_ROUTER"
            and wanted in (None, router)
            and (zone is None or zone.name == router.zone)
            and (host is None or host.uuid == machine.host_uuid)
            and state in (None, machine.state)
            and name in (None, machine.name)
            and keyword in machine.name.lower()
            and (call.text("forvpc") is None or call.boolean("forvpc") == (router.vpc is not None))
            and (failed is None or call.boolean("healthchecksfailed") == _said_to_fail(call, router))
            and scope.holds(call.owner(machine.account, router.project))
        )

    return sorted(filter(matches, installation.routers.values()), key=lambda router: router.machine.id)


def _said_to_fail(call: Call, router: CloudRouter) -> bool:
    """Say what `healthchecksfailed` says: from 4.22 on, nothing at all."""
    if call.machine.personality.tells_status:
        return False
    return any(check.status != "SUCCESS" for check in router.results)


def _router(call: Call, router: CloudRouter, *, with_results: bool) -> dict[str, Any]:
    installation = call.installation
    machine = router.machine
    owner = call.owner(machine.account, router.project)
    fields: dict[str, Any] = {
        "id": router.uuid,
        "name": machine.name,
        "state": machine.state,
        "role": router.role,
        **zone_fields(installation, router.zone),
        "dns1": "10.10.0.53",
        "templateid": stable_uuid("system VM template"),
        "templatename": f"systemvm-kvm-{call.machine.personality.version}",
        "serviceofferingid": stable_uuid("router offering"),
        "serviceofferingname": "System Offering For Software Router",
        "created": timestamp(installation, router.created),
        **owner_fields(installation.name, owner, _project_uuid(installation, router.project)),
        "isredundantrouter": router.redundant_state is not None,
        "redundantstate": router.redundant_state or "UNKNOWN",
        **_version(router),
        **_network(router),
        "hasannotations": False,
        "healthchecksfailed": _said_to_fail(call, router),
    }
    if call.user.root_admin:
        fields |= _placement(installation, router) | {"nic": _nics(router)}
    if with_results:
        results_readable(call, router)
        fields["healthcheckresults"] = [result_fields(call, check) for check in router.results] or None
    return given(fields)


def _project_uuid(installation: Installation, project: str | None) -> str | None:
    return installation.projects[project].uuid if project else None


def _version(router: CloudRouter) -> dict[str, Any]:
    if router.version is None:
        return {"version": "UNKNOWN", "requiresupgrade": True}
    release = tuple(int(part) for part in router.version.split(".")[:2])
    return {
        "version": router.version,
        "scriptsversion": stable_uuid(f"scripts {router.version}").replace("-", ""),
        "requiresupgrade": release < _OLDEST_GOOD_VERSION,
    }


def _network(router: CloudRouter) -> dict[str, Any]:
    """Return what is not told with the NICs."""
    if router.vpc is not None:
        return {"vpcid": stable_uuid(f"vpc {router.vpc}"), "vpcname": router.vpc}
    return {"networkdomain": "cs.example.net"}


def _placement(installation: Installation, router: CloudRouter) -> dict[str, Any]:
    host = installation.hosts.get(router.machine.host_uuid or "")
    number = router.machine.id
    fields: dict[str, Any] = {
        **pod_fields(router.zone),
        "linklocalip": f"169.254.{number // 250}.{number % 250 + 2}",
        "publicip": f"203.0.113.{number % 250 + 2}",
        "gateway": "203.0.113.1",
    }
    if router.network is not None:
        fields["guestnetworkid"] = stable_uuid(f"network {router.network}")
        fields["guestnetworkname"] = router.network
        fields["guestipaddress"] = "10.1.1.1"
    if host is not None:
        fields |= {"hostid": host.uuid, "hostname": host.name, "hypervisor": "KVM", "hostcontrolstate": _control(host)}
    return fields


def _control(host: CloudHost) -> str:
    """Return a host's control state, which is made of its state and its resource state."""
    if host.cut_off:
        return "Offline"
    if host.resource_state == "Enabled":
        return "Enabled"
    return "Maintenance" if "Maintenance" in host.resource_state else "Disabled"


def _nics(router: CloudRouter) -> list[dict[str, Any]]:
    number = router.machine.id
    nics: list[tuple[str, str, str | None]] = [
        ("Control", f"169.254.{number // 250}.{number % 250 + 2}", None),
        ("Public", f"203.0.113.{number % 250 + 2}", None),
    ]
    if router.network is not None:
        nics.append(("Guest", "10.1.1.1", router.network))
    return [
        given(
            {
                "id": stable_uuid(f"nic {router.uuid} {traffic}"),
                "networkid": stable_uuid(f"network {name or traffic}"),
                "networkname": name,
                "ipaddress": address,
                "traffictype": traffic,
                "isdefault": traffic == "Public",
            }
        )
        for traffic, address, name in nics
    ]
