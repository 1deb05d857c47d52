"""The array of a benchmark: the bytes of a gateway's answers, and what must come of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

KIB = 1024
POOLS = 64
SDCS = 2048
TREES_AT_MOST = 131_072
"""What one array holds of volumes; objects beyond it are snapshots of them."""

_KINDS = ("vol", "tmpl", "snap")
_LINK = '{"rel":"%s","href":"/api/instances/%s"}'


@dataclass(frozen=True, slots=True)
class Volume:
    """One object of the array, as a gateway names its fields; sizes are KiB."""

    id: str
    name: str
    pool_id: str
    vtree_id: str
    size_kib: int
    kind: str
    ancestor: str | None
    sdc: int

    def json(self) -> str:
        """Return the object as a gateway lists it, links and all that nobody needs included."""
        ancestor = f'"{self.ancestor}"' if self.ancestor else "null"
        links = ",".join(
            _LINK % words
            for words in (
                ("self", f"Volume::{self.id}"),
                ("/api/Volume/relationship/Statistics", f"Volume::{self.id}/relationships/Statistics"),
                ("/api/parent/relationship/vtreeId", f"VTree::{self.vtree_id}"),
                ("/api/parent/relationship/storagePoolId", f"StoragePool::{self.pool_id}"),
            )
        )
        return (
            '{"managedBy":"ScaleIO","originalExpiryTime":0,"retentionLevels":[],"snplIdOfSourceVolume":null,'
            '"volumeReplicationState":"UnmarkedForReplication","mappedSdcInfo":[{"limitIops":0,"limitBwInMbps":0,'
            f'"isDirectBufferMapping":false,"sdcId":"{sdc_id(self.sdc)}","sdcIp":"{sdc_ip(self.sdc)}",'
            f'"sdcName":"kvm{self.sdc}","accessMode":"ReadWrite"}}],"replicationJournalVolume":false,'
            f'"replicationTimeStamp":0,"name":"{self.name}","creationTime":{1_700_000_000 + self.sdc},'
            f'"storagePoolId":"{self.pool_id}","dataLayout":"MediumGranularity","compressionMethod":"Invalid",'
            f'"vtreeId":"{self.vtree_id}","sizeInKb":{self.size_kib},"accessModeLimit":"ReadWrite","pairIds":null,'
            f'"volumeType":"{self.kind}","consistencyGroupId":null,"ancestorVolumeId":{ancestor},'
            '"notGenuineSnapshot":false,"secureSnapshotExpTime":0,"useRmcache":false,"snplIdOfAutoSnapshot":null,'
            '"lockedAutoSnapshot":false,"lockedAutoSnapshotMarkedForRemoval":false,"autoSnapshotGroupId":null,'
            f'"timeStampIsAccurate":false,"id":"{self.id}","links":[{links}]}}'
        )


@dataclass(frozen=True, slots=True)
class Array:
    """An array of so many volumes and snapshots, spread over 64 pools."""

    objects: int

    def volumes(self) -> Iterator[Volume]:
        """Give every object; those beyond what an array holds of volumes are snapshots."""
        for number in range(self.objects):
            tree = number % TREES_AT_MOST
            is_snapshot = number >= TREES_AT_MOST
            # Spread like the ids of a real array: not in the order of the list.
            volume_id = f"{number * 2_654_435_761 % 2**32:08x}{number:08x}"
            kind = "snap" if is_snapshot else _KINDS[number % 50 == 0]
            yield Volume(
                id=volume_id,
                name=f"{kind}-{number + 1}-{tree % POOLS:04x}-ams" if number % 10 else f"backup of {number}",
                pool_id=pool_id(tree % POOLS),
                vtree_id=tree_id(tree),
                size_kib=8_388_608 * (1 + number % 16),
                kind="Snapshot" if is_snapshot else "ThinProvisioned",
                ancestor=f"{tree * 2_654_435_761 % 2**32:08x}{tree:08x}" if is_snapshot else None,
                sdc=number % SDCS,
            )

    @property
    def trees(self) -> int:
        """How many V-Trees there are."""
        return min(self.objects, TREES_AT_MOST)

    def answers(self) -> dict[str, bytes]:
        """Return the body of each answer, by path, or by the type of a query for statistics."""
        return {
            "/api/types/Volume/instances": _list(one.json() for one in self.volumes()),
            "/api/types/VTree/instances": _list(map(_tree, range(self.trees))),
            "/api/types/Sdc/instances": _list(map(_sdc, range(SDCS))),
            "/api/types/StoragePool/instances": _list(map(_pool, range(POOLS))),
            "/api/types/ProtectionDomain/instances": _list(
                ['{"id":"d000","name":"pd1","protectionDomainState":"Active"}']
            ),
            "/api/types/Sds/instances": b"[]",
            "/api/types/Device/instances": b"[]",
            "/api/types/Alert/instances": b"[]",
            "/api/types/System/instances": _list([_SYSTEM]),
            "VTree": _statistics("VTree", ((tree_id(tree), _USED % used_kib(tree)) for tree in range(self.trees))),
            "Sdc": _statistics("Sdc", ((sdc_id(sdc), '{"numOfMappedVolumes":64}') for sdc in range(SDCS))),
            "StoragePool": _statistics("StoragePool", ((pool_id(pool), _POOL_FIGURES) for pool in range(POOLS))),
        }

    def sums(self) -> dict[str, int]:
        """Return what the sums on the page must come to, in bytes and in numbers, worked out without the exporter."""
        return {
            "powerflex_volumes": self.objects,
            "powerflex_volumes_virtual_size_bytes": sum(one.size_kib for one in self.volumes()) * KIB,
            "powerflex_volumes_used_size_bytes": sum(map(used_kib, range(self.trees))) * KIB,
            "powerflex_volumes_used_size_unknown": 0,
        }


def pool_id(number: int) -> str:
    """Return the id of a pool."""
    return f"{0xA0000000 + number:08x}00000000"


def tree_id(number: int) -> str:
    """Return the id of a V-Tree."""
    return f"{number * 40_503 % 2**32:08x}{number:08x}"


def sdc_id(number: int) -> str:
    """Return the id of an SDC."""
    return f"{0xB0000000 + number:08x}00000000"


def sdc_ip(number: int) -> str:
    """Return the address of an SDC."""
    return f"10.20.{number // 256}.{number % 256}"


def used_kib(tree: int) -> int:
    """Return the used size of a V-Tree."""
    return 1_048_576 * (1 + tree % 7)


_USED = '{"netProvisionedAddressesInKb":%d}'
_SYSTEM = json.dumps(
    {
        "id": "4a5b6c7d8e9f0001",
        "systemVersionName": "DellEMC PowerFlex Version: R3_6.0.0",
        "mdmCluster": {"clusterState": "ClusteredNormal", "clusterMode": "FiveNodes", "goodNodesNum": 5},
        "capacityTimeLeftInDays": "Unlimited",
    }
)
_BWC = {"numSeconds": 5, "totalWeightInKb": 81_920, "numOccured": 400}
_POOL_FIGURES = json.dumps(
    {
        "maxCapacityInKb": 2**40,
        "spareCapacityInKb": 2**36,
        "capacityInUseInKb": 2**38,
        "netUnusedCapacityInKb": 2**38,
        "netCapacityInUseInKb": 2**37,
        "netProvisionedAddressesInKb": 2**37,
        "volumeAddressSpaceInKb": 2**39,
        "snapCapacityInUseInKb": 0,
        "capacityAvailableForVolumeAllocationInKb": 2**37,
        "failedCapacityInKb": 0,
        "degradedFailedCapacityInKb": 0,
        "degradedHealthyCapacityInKb": 0,
        "fwdRebuildCapacityInKb": 0,
        "bckRebuildCapacityInKb": 0,
        "normRebuildCapacityInKb": 0,
        "rebalanceCapacityInKb": 0,
        "userDataReadBwc": _BWC,
        "userDataWriteBwc": _BWC,
        "userDataSdcReadLatency": _BWC,
        "userDataSdcWriteLatency": _BWC,
    },
    separators=(",", ":"),
)


def _pool(number: int) -> str:
    return (
        f'{{"id":"{pool_id(number)}","name":"pool-{number}","protectionDomainId":"d000","mediaType":"SSD",'
        '"dataLayout":"MediumGranularity","zeroPaddingEnabled":true,"capacityAlertHighThreshold":80,'
        '"capacityAlertCriticalThreshold":90}'
    )


def _tree(number: int) -> str:
    tree = tree_id(number)
    links = ",".join(
        _LINK % words
        for words in (
            ("self", f"VTree::{tree}"),
            ("/api/VTree/relationship/Statistics", f"VTree::{tree}/relationships/Statistics"),
            ("/api/VTree/relationship/Volume", f"VTree::{tree}/relationships/Volume"),
        )
    )
    return (
        f'{{"storagePoolId":"{pool_id(number % POOLS)}","dataLayout":"MediumGranularity","inDeletion":false,'
        '"vtreeMigrationInfo":{"sourceStoragePoolId":null,"destinationStoragePoolId":null,"migrationStatus":'
        '"NotInMigration","migrationQueuePosition":0,"migrationPauseReason":null,"thicknessConversionType":'
        f'"NoConversion"}},"name":null,"id":"{tree}","links":[{links}]}}'
    )


def _sdc(number: int) -> str:
    return (
        f'{{"id":"{sdc_id(number)}","name":"kvm{number}","sdcIp":"{sdc_ip(number)}","sdcGuid":"G-{number}",'
        '"versionInfo":"R3_6.0.0","osType":"Linux","mdmConnectionState":"Connected","sdcApproved":true}'
    )


def _list(objects: Iterator[str] | list[str] | map[str]) -> bytes:
    return f"[{','.join(objects)}]".encode()


def _statistics(kind: str, objects: Iterator[tuple[str, str]]) -> bytes:
    inner = ",".join(f'"{key}":{value}' for key, value in objects)
    return f'{{"{kind}":{{{inner}}}}}'.encode()
