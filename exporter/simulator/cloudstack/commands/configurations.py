"""Settings, global ones and those of a zone or storage pool."""

from typing import Any

from exporter.simulator.cloudstack.call import Call
from exporter.simulator.cloudstack.commands.places import zones_by_uuid
from exporter.simulator.cloudstack.errors import INVALID_PARAMETER, ApiError
from exporter.simulator.cloudstack.listing import list_answer
from exporter.simulator.scenario.settings import SETTINGS, Setting

_SCOPES = ("zoneid", "clusterid", "storageid", "accountid", "domainid", "imagestoreuuid")


def list_configurations(call: Call) -> dict[str, Any]:
    """Answer listConfigurations; with a zone's or pool's id, the effective values of what may be set there.

    Raises:
        ApiError: 431, two scopes at once.

    """
    installation = call.installation
    given = [name for name in _SCOPES if call.text(name) is not None]
    if len(given) > 1:
        raise ApiError(
            431, "cannot handle multiple IDs, provide only one ID corresponding to the scope", INVALID_PARAMETER
        )
    zone = call.record("zoneid", zones_by_uuid(installation))
    pool = call.record("storageid", installation.pools, installation.other_pools)
    if pool is not None:
        scope, shown = "StoragePool", "storagepool"
        places = [pool.uuid, installation.zones[pool.zone].uuid]
    elif zone is not None:
        scope, shown, places = "Zone", "zone", [zone.uuid]
    elif given:
        return {}
    else:
        scope, shown, places = None, None, []
    release = call.machine.personality.release
    settings = [
        setting
        for setting in SETTINGS.values()
        if (scope is None or scope in setting.scopes_in(release)) and _matches(call, setting)
    ]

    def render(setting: Setting) -> dict[str, Any]:
        return {
            "category": setting.category,
            "name": setting.name,
            "value": call.machine.setting(setting.name, *places),
            "defaultvalue": setting.default,
            "scope": shown or setting.scopes_in(release)[0],
            "isdynamic": setting.dynamic,
            "type": setting.kind,
        }

    return list_answer(call, "configuration", settings, render, count_of_page=scope is not None)


def _matches(call: Call, setting: Setting) -> bool:
    name, keyword = (call.text("name") or "").lower(), (call.text("keyword") or "").lower()
    category = call.text("category")
    return (
        name in setting.name.lower()
        and keyword in setting.name.lower()
        and category in (None, setting.category)
        and (setting.name != "enforce.post.requests.and.timestamps" or call.machine.personality.can_enforce_posts)
    )
