"""A simulated world in which there is nothing to mend."""

from __future__ import annotations

from exporter.simulator import World, default_scenario


def sound_world() -> World:
    """The usual one, in which two pools are too full for CloudStack, with more room in them."""
    world = default_scenario(live=False)
    ams = world.installations["ams"]
    ams.settings["pool.storage.capacity.disablethreshold"] = "0.9"
    for pool in ams.pools.values():
        ams.scoped_settings[(pool.uuid, "storage.overprovisioning.factor")] = "4.0"
    return world
