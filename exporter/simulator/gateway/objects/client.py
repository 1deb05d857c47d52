"""Sdc objects."""

from typing import Any

from exporter.simulator.gateway.links import links_of
from exporter.simulator.gateway.personality import Personality
from exporter.simulator.scenario.array import Sdc
from exporter.simulator.scenario.census import Census


def sdc_object(census: Census, sdc: Sdc, personality: Personality) -> dict[str, Any]:
    """Return an Sdc; versions are null while it is disconnected. An NVMe host stands in the same list, mostly null."""
    system = census.system
    host = sdc.nqn is not None
    version = system.release.rsplit(".", 1)[0] + ".0" if sdc.connected and not host else None
    result: dict[str, Any] = {
        "systemId": system.id,
        "name": sdc.name,
        "mdmConnectionState": None if host else "Connected" if sdc.connected else "Disconnected",
        "sdcApproved": None if host else sdc.approved,
        "sdcGuid": None if host else sdc.guid,
        "sdcIp": None if host else sdc.ip,
        "sdcIps": [] if host else [sdc.ip],
        "sdcApprovedIps": None,
        "osType": None if host else "Linux",
        "perfProfile": None if host else "HighPerformance",
        "peerMdmId": None,
        "softwareVersionInfo": version,
        "versionInfo": version,
        "installedSoftwareVersionInfo": version,
        "kernelVersion": None if host else "5.14.0",
        "kernelBuildNumber": None,
        "memoryAllocationFailure": None,
        "socketAllocationFailure": None,
        "id": sdc.id,
        "links": links_of("Sdc", sdc.id, systemId=system.id),
    }
    if sdc.lists_ips_only:
        del result["sdcIp"]
    if personality.nvme:
        result |= {
            "hostType": "NVMeHost" if host else "SdcHost",
            "sdcType": None if host else "AppSdc",
            "nqn": sdc.nqn,
            "sdtId": None,
            "sdrId": None,
            "maxNumPaths": 4 if host else None,
            "maxNumSysPorts": 10 if host else None,
            "hostOsFullType": "Generic" if host else None,
        }
    return result
