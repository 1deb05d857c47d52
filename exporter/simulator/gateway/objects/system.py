"""The System object, the configuration and the system's limits."""

from typing import Any

from exporter.simulator.gateway.links import links_of
from exporter.simulator.gateway.personality import Personality
from exporter.simulator.scenario.array import MdmCluster, System
from exporter.simulator.scenario.census import Census
from exporter.simulator.scenario.ids import long_id

_ALL_CONNECTED: dict[str, Any] = {
    "clientServerConnectivityStatus": "AllConnected",
    "disconnectedClientId": None,
    "disconnectedClientName": None,
    "disconnectedServerId": None,
    "disconnectedServerName": None,
    "disconnectedServerIp": None,
}
_TIE_BREAKERS = {"FiveNodes": 2, "ThreeNodes": 1, "SingleNode": 0}


def _window(short: int, medium: int, long: int) -> dict[str, dict[str, int]]:
    return {
        "shortWindow": {"threshold": short, "windowSizeInSec": 60},
        "mediumWindow": {"threshold": medium, "windowSizeInSec": 3600},
        "longWindow": {"threshold": long, "windowSizeInSec": 86400},
    }


def system_object(census: Census, system: System, personality: Personality) -> dict[str, Any]:
    """Return the System, with its MDM cluster. A system may have no name."""
    del census, personality  # the same in every release that is simulated
    return {
        "restrictedSdcModeEnabled": False,
        "restrictedSdcMode": "None",
        "enterpriseFeaturesEnabled": True,
        "isInitialLicense": False,
        "swid": "",
        "daysInstalled": system.days_installed,
        "maxCapacityInGb": system.licence_gb,
        "capacityTimeLeftInDays": system.licence_days,
        "installId": long_id(f"install {system.key}"),
        "systemVersionName": f"DellEMC PowerFlex Version: {system.release}",
        "perfProfile": "HighPerformance",
        "authenticationMethod": "Native",
        "capacityAlertHighThresholdPercent": 80,
        "capacityAlertCriticalThresholdPercent": 90,
        "upgradeState": "NoUpgrade",
        "lastUpgradeTime": system.upgraded,
        "remoteReadOnlyLimitState": False,
        "mdmManagementPort": 6611,
        "mdmExternalPort": 7611,
        "sdcMdmNetworkDisconnectionsCounterParameters": _window(300, 500, 700),
        "sdcSdsNetworkDisconnectionsCounterParameters": _window(800, 4000, 20000),
        "sdcMemoryAllocationFailuresCounterParameters": _window(300, 500, 700),
        "sdcSocketAllocationFailuresCounterParameters": _window(300, 500, 700),
        "sdcLongOperationsCounterParameters": _window(10000, 100000, 1000000),
        "cliPasswordAllowed": True,
        "managementClientSecureCommunicationEnabled": True,
        "tlsVersion": "TLSv1.2",
        "showGuid": True,
        "defragmentationEnabled": True,
        "mdmSecurityPolicy": "None",
        "mdmCluster": mdm_cluster(system),
        "sdcSdsConnectivityInfo": _ALL_CONNECTED,
        "sdcSdrConnectivityInfo": _ALL_CONNECTED,
        "sdrSdsConnectivityInfo": _ALL_CONNECTED,
        "addressSpaceUsage": "Normal",
        "name": system.name,
        "id": system.id,
        "links": links_of("System", system.id),
    }


def mdm_cluster(system: System) -> dict[str, Any]:
    """Return the MDM cluster, as the System object holds it and queryMdmCluster answers it."""
    cluster = system.mdm
    managers = len(cluster.nodes) - _TIE_BREAKERS[cluster.mode]
    nodes = [_member(system, cluster, number, is_manager=number < managers) for number in range(len(cluster.nodes))]
    return {
        "clusterState": cluster.state,
        "clusterMode": cluster.mode,
        "goodNodesNum": cluster.good_nodes,
        "goodReplicasNum": cluster.good_replicas,
        "master": nodes[0],
        "slaves": nodes[1:managers],
        "tieBreakers": nodes[managers:],
        "standbyMDMs": [],
        "name": system.key,
        "id": str(int(long_id(f"cluster {system.key}")[:15], 16)),
    }


def _member(system: System, cluster: MdmCluster, number: int, *, is_manager: bool) -> dict[str, Any]:
    good = number < cluster.good_nodes
    ip = f"10.10.2.{200 + number}"
    member = {
        "managementIPs": [ip],
        "ips": [ip],
        "versionInfo": system.release.rsplit(".", 1)[0] + ".0" if good else None,
        "opensslVersion": "OpenSSL 1.1.1k  25 Mar 2021" if is_manager else "N/A",
        "role": "Manager" if is_manager else "TieBreaker",
        "status": "Normal" if good else "Disconnected",
        "name": cluster.nodes[number],
        "id": long_id(f"{system.key} {cluster.nodes[number]}"),
        "port": 9011,
    }
    if is_manager:
        member["virtualInterfaces"] = []
    return member


def configuration(system: System) -> dict[str, Any]:
    """GET /api/Configuration: every value is a string or a list of strings."""
    return {
        "systemId": system.id,
        "mdmPort": "6611",
        "snmpResendFrequency": "0",
        "snmpSamplingFrequency": "30",
        "featuresEnableSnmp": "false",
        "cipherSuites": None,
        "featuresEnableIM": "false",
        "snmpPort": "162",
        "bypassCertificateCheck": "false",
        "mdmUsername": "",
        "mdmAddresses": [f"10.10.2.{200 + number}" for number in range(len(system.mdm.nodes))],
        "snmpTrapsReceiverIps": None,
        "allowNonSecureCommunication": "false",
    }


_LIMITS = (
    ("protectionDomains", 256, "Number of protections domains"),
    ("storagePools", 1024, "Number of storage pools"),
    ("sdss", 512, "Number of SDSs"),
    ("sdcs", 2048, "Number of SDCs"),
    ("vtrees", 131072, "Number of volume trees"),
    ("volumes", 131072, "Number of volumes"),
    ("snapshots", 133120, "Number of snapshots"),
    ("users", 256, "Number of system users"),
    ("sessions", 128, "Number of sessions"),
    ("storagePoolsPerProtectionDomain", 64, "Number of storage pools per protection domain"),
    ("sdssPerProtectionDomain", 128, "Number of SDSs per protection domain"),
    ("devicesPerSds", 64, "Number of devices per SDS"),
    ("devicePerStoragePool", 300, "Number of devices per storage pool"),
    ("volumePerVtree", 127, "Number of volumes per medium-granularity volume tree"),
    ("snapshotsPerVtree", 254, "Number of snapshots per medium-granularity volume tree"),
    ("volumesPerSdc", 8192, "Number of volumes mapped to a single SDC"),
    ("volumesPerProtectionDomain", 32768, "Number of volumes per protection domain"),
    ("volumeSizeGb", 1048576, "Single volume size in GB"),
    ("allVolumesInSpSizeGb", 4194303, "Total size of all volumes in Storage Pool in GB"),
    ("allVolumesSizeGb", 16777216, "Total size of all volumes in System (GB)"),
)


def system_limits() -> dict[str, Any]:
    """POST /api/instances/System/action/querySystemLimits: values are strings."""
    return {
        "systemLimitEntryList": [
            {"maxVal": str(value), "description": text, "type": name} for name, value, text in _LIMITS
        ]
    }
