"""Sds and Device objects."""

from typing import Any

from exporter.simulator.gateway.links import links_of
from exporter.simulator.gateway.personality import Personality
from exporter.simulator.scenario.array import Device, Sds
from exporter.simulator.scenario.census import Census

_NO_FAILURES = {"shortWindow": None, "mediumWindow": None, "longWindow": None}


def sds_object(census: Census, node: Sds, personality: Personality) -> dict[str, Any]:
    """Return an Sds."""
    del personality  # the same in every release that is simulated
    release = census.system.release.rsplit(".", 1)[0] + ".0"
    return {
        "protectionDomainId": node.protection_domain_id,
        "faultSetId": None,
        "sdsState": node.state,
        "membershipState": node.membership_state,
        "mdmConnectionState": node.connection_state,
        "maintenanceState": node.maintenance_state,
        "maintenanceType": "NoMaintenance" if node.maintenance_state == "NoMaintenance" else "Protected",
        "ipList": [{"ip": node.ip, "role": "all"}],
        "port": 7072,
        "onVmWare": False,
        "drlMode": "Volatile",
        "perfProfile": "HighPerformance",
        "numOfIoBuffers": None,
        "numRestarts": 3,
        "lastUpgradeTime": census.system.upgraded,
        "softwareVersionInfo": release if node.connection_state == "Connected" else None,
        "authenticationError": "None",
        "certificateInfo": None,
        "rmcacheEnabled": False,
        "rmcacheSizeInKb": 131072,
        "rmcacheFrozen": False,
        "rmcacheMemoryAllocationState": "RmcacheDisabled",
        "rfcacheEnabled": True,
        "rfcacheErrorLowResources": False,
        "rfcacheErrorApiVersionMismatch": False,
        "rfcacheErrorDeviceDoesNotExist": False,
        "rfcacheErrorInconsistentCacheConfiguration": False,
        "rfcacheErrorInconsistentSourceConfiguration": False,
        "rfcacheErrorInvalidDriverPath": False,
        "sdsDecoupled": None,
        "sdsConfigurationFailure": None,
        "sdsReceiveBufferAllocationFailures": None,
        "name": node.name,
        "id": node.id,
        "links": links_of("Sds", node.id, protectionDomainId=node.protection_domain_id),
    }


def device_object(census: Census, device: Device, personality: Personality) -> dict[str, Any]:
    """Return a Device; on one that accelerates others, the states and the storage pool are null."""
    del census, personality  # a device says nothing of its system, and the same in every release
    caching = device.storage_pool_id is None
    return {
        "deviceCurrentPathName": device.path,
        "deviceOriginalPathName": device.path,
        "sdsId": device.sds_id,
        "storagePoolId": device.storage_pool_id,
        "accelerationPoolId": f"{device.sds_id[:8]}ffffffff" if caching else None,
        "errorState": device.error_state,
        "deviceState": device.device_state,
        "aggregatedState": "NeverFailed" if device.error_state in (None, "None") else "FailedNow",
        "temperatureState": "NeverFailed",
        "ssdEndOfLifeState": "NeverFailed",
        "maxCapacityInKb": device.capacity_kib,
        "capacityLimitInKb": device.capacity_kib,
        "capacity": device.capacity_kib * 1024,
        "mediaType": device.media_type,
        "autoDetectMediaType": None if caching else device.media_type,
        "mediaFailing": device.error_state == "Error",
        "deviceType": "Unknown" if caching else "Scsi",
        "vendorName": "DELL",
        "modelName": None if caching else "PERC H730P Mini",
        "serialNumber": None if caching else device.id.upper(),
        "firmwareVersion": None,
        "raidControllerSerialNumber": None,
        "slotNumber": "N/A",
        "ledSetting": "Off",
        "logicalSectorSizeInBytes": 512,
        "physicalSectorSizeInBytes": 512,
        "cacheLookAheadActive": True,
        "writeCacheActive": True,
        "ataSecurityActive": False,
        "externalAccelerationType": None if caching else "None",
        "fglNvdimmMetadataAmortizationX100": None if caching else 150,
        "fglNvdimmWriteCacheSize": None if caching else 16,
        "longSuccessfulIos": _NO_FAILURES,
        "storageProps": None,
        "accelerationProps": None,
        "rfcacheProps": None,
        "rfcacheErrorDeviceDoesNotExist": False,
        "spSdsId": None if caching else f"{device.sds_id[:8]}{device.id[8:]}",
        "name": None,
        "id": device.id,
        "links": links_of("Device", device.id, sdsId=device.sds_id, storagePoolId=device.storage_pool_id),
    }
