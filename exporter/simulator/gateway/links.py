"""The `links` of an object: its own address, its relationships and its parents."""

_RELATIONSHIPS = {
    "System": ("Statistics", "ProtectionDomain", "Sdc", "User"),
    "ProtectionDomain": ("Statistics", "StoragePool", "Sds", "FaultSet"),
    "StoragePool": ("Statistics", "Volume", "Device", "VTree"),
    "Volume": ("Statistics",),
    "VTree": ("Statistics", "Volume"),
    "Sdc": ("Statistics", "Volume"),
    "Sds": ("Statistics", "Device"),
    "Device": ("Statistics",),
}
_PARENT_TYPES = {
    "systemId": "System",
    "protectionDomainId": "ProtectionDomain",
    "storagePoolId": "StoragePool",
    "vtreeId": "VTree",
    "ancestorVolumeId": "Volume",
    "baseVolumeId": "Volume",
    "sdsId": "Sds",
}


def links_of(kind: str, key: str, **parents: str | None) -> list[dict[str, str]]:
    """Return the links of one object; parents that are None have none."""
    own = f"/api/instances/{kind}::{key}"
    links = [{"rel": "self", "href": own}]
    links += [
        {"rel": f"/api/{kind}/relationship/{name}", "href": f"{own}/relationships/{name}"}
        for name in _RELATIONSHIPS[kind]
    ]
    links += [
        {"rel": f"/api/parent/relationship/{field}", "href": f"/api/instances/{_PARENT_TYPES[field]}::{parent}"}
        for field, parent in parents.items()
        if parent is not None
    ]
    return links
