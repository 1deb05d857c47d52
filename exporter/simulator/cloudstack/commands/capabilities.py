"""What the installation can do, and which version it is."""

from typing import Any

from exporter.simulator.cloudstack.call import Call


def list_capabilities(call: Call) -> dict[str, Any]:
    """Answer listCapabilities: one object, and no list."""
    fields: dict[str, Any] = {
        "securitygroupsenabled": False,
        "dynamicrolesenabled": True,
        "cloudstackversion": call.machine.personality.version,
        "userpublictemplateenabled": True,
        "supportELB": "false",
        "projectinviterequired": False,
        "allowusercreateprojects": True,
        "customdiskofferingminsize": 1,
        "customdiskofferingmaxsize": 1024,
        "regionsecondaryenabled": False,
        "kvmsnapshotenabled": True,
        "allowuserviewdestroyedvm": False,
    }
    if call.machine.setting("api.throttling.enabled") == "true":
        fields["apilimitinterval"] = int(call.machine.setting("api.throttling.interval"))
        fields["apilimitmax"] = int(call.machine.setting("api.throttling.max"))
    return {"capability": fields}
