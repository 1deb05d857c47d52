"""StoragePool and ProtectionDomain objects."""

from typing import Any

from exporter.simulator.gateway.links import links_of
from exporter.simulator.gateway.personality import Personality
from exporter.simulator.scenario.array import ProtectionDomain, StoragePool
from exporter.simulator.scenario.capacity import capacity_of
from exporter.simulator.scenario.census import Census


def _priority(family: str, policy: str, concurrent: int | None, bandwidth: int | None) -> dict[str, Any]:
    return {
        f"{family}IoPriorityPolicy": policy,
        f"{family}IoPriorityNumOfConcurrentIosPerDevice": concurrent,
        f"{family}IoPriorityBwLimitPerDeviceInKbps": bandwidth,
        f"{family}IoPriorityAppIopsPerDeviceThreshold": None,
        f"{family}IoPriorityAppBwPerDeviceThresholdInKbps": None,
        f"{family}IoPriorityQuietPeriodInMsec": None,
    }


_SETTINGS: dict[str, Any] = {
    **_priority("rebuild", "limitNumOfConcurrentIos", 1, None),
    **_priority("rebalance", "favorAppIos", 1, 10240),
    **_priority("vtreeMigration", "favorAppIos", 1, 10240),
    **_priority("protectedMaintenanceMode", "limitNumOfConcurrentIos", 1, None),
    "rebuildEnabled": True,
    "rebalanceEnabled": True,
    "numOfParallelRebuildRebalanceJobsPerDevice": 2,
    "useRmcache": False,
    "useRfcache": False,
    "rmcacheWriteHandlingMode": "Cached",
    "checksumEnabled": False,
    "persistentChecksumEnabled": True,
    "persistentChecksumState": "Protected",
    "persistentChecksumBuilderLimitKb": 3072,
    "persistentChecksumValidateOnRead": False,
    "fragmentationEnabled": True,
    "backgroundScannerMode": "DataComparison",
    "backgroundScannerBWLimitKBps": 3072,
    "externalAccelerationType": "None",
    "addressSpaceUsage": "Normal",
    "addressSpaceUsageType": "TypeHardLimit",
    "replicationCapacityMaxRatio": None,
    "spClass": "default",
    "fglMetadataSizeXx100": None,
    "fglExtraCapacity": None,
    "fglOverProvisioningFactor": None,
    "fglMaxCompressionRatio": None,
    "fglPerfProfile": None,
    "fglAccpId": None,
    "fglWriteAtomicitySize": None,
    "fglNvdimmMetadataAmortizationX100": None,
    "fglNvdimmWriteCacheSizeInMb": None,
}
_FINE_GRANULARITY: dict[str, Any] = {
    "fglMetadataSizeXx100": 188,
    "fglExtraCapacity": 77,
    "fglOverProvisioningFactor": 350,
    "fglMaxCompressionRatio": 400,
    "fglPerfProfile": "Performance",
    "fglWriteAtomicitySize": 4,
}


def storage_pool_object(census: Census, pool: StoragePool, personality: Personality) -> dict[str, Any]:
    """Return a StoragePool; percentages are whole numbers."""
    del personality  # the same in every release that is simulated
    fine = pool.data_layout == "FineGranularity"
    return {
        **_SETTINGS,
        **(_FINE_GRANULARITY if fine else {}),
        "protectionDomainId": pool.protection_domain_id,
        "mediaType": pool.media_type,
        "dataLayout": pool.data_layout,
        "compressionMethod": "Normal" if fine else "Invalid",
        "zeroPaddingEnabled": pool.zero_padding,
        "sparePercentage": pool.spare_percentage,
        "capacityAlertHighThreshold": pool.alert_high_threshold,
        "capacityAlertCriticalThreshold": pool.alert_critical_threshold,
        "capacityUsageState": _usage(census, pool),
        "capacityUsageType": "NetCapacity",
        "name": pool.name,
        "id": pool.id,
        "links": links_of("StoragePool", pool.id, protectionDomainId=pool.protection_domain_id),
    }


def _usage(census: Census, pool: StoragePool) -> str:
    capacity = capacity_of(census, pool)
    percent = 100 * capacity.in_use // max(1, capacity.maximum - capacity.spare)
    if percent >= pool.alert_critical_threshold:
        return "Critical"
    return "High" if percent >= pool.alert_high_threshold else "Normal"


_DOMAIN_SETTINGS: dict[str, Any] = {
    "rebuildNetworkThrottlingInKbps": None,
    "rebalanceNetworkThrottlingInKbps": None,
    "vtreeMigrationNetworkThrottlingInKbps": None,
    "overallIoNetworkThrottlingInKbps": None,
    "protectedMaintenanceModeNetworkThrottlingInKbps": None,
    "rebuildNetworkThrottlingEnabled": False,
    "rebalanceNetworkThrottlingEnabled": False,
    "vtreeMigrationNetworkThrottlingEnabled": False,
    "overallIoNetworkThrottlingEnabled": False,
    "rfcacheEnabled": True,
    "rfcacheAccpId": None,
    "rfcacheOpertionalMode": "WriteMiss",
    "rfcachePageSizeKb": 64,
    "rfcacheMaxIoSizeKb": 128,
    "fglDefaultNumConcurrentWrites": 1000,
    "fglMetadataCacheEnabled": False,
    "fglDefaultMetadataCacheSize": 0,
    "sdrSdsConnectivityInfo": {
        "clientServerConnectivityStatus": "AllConnected",
        "disconnectedClientId": None,
        "disconnectedClientName": None,
        "disconnectedServerId": None,
        "disconnectedServerName": None,
        "disconnectedServerIp": None,
    },
}


def protection_domain_object(census: Census, domain: ProtectionDomain, personality: Personality) -> dict[str, Any]:
    """Return a ProtectionDomain."""
    del personality  # the same in every release that is simulated
    return {
        **_DOMAIN_SETTINGS,
        "systemId": census.system.id,
        "protectionDomainState": domain.state,
        "name": domain.name,
        "id": domain.id,
        "links": links_of("ProtectionDomain", domain.id, systemId=census.system.id),
    }
