from collections.abc import Callable
from typing import Any

import httpx
import pytest

from exporter.simulator import ManagementServer, Simulator
from exporter.simulator.scenario.cloud import CloudVolume

Ask = Callable[..., httpx.Response]
Listed = Callable[..., dict[str, dict[str, Any]]]
ALL = {"listall": True, "projectid": -1}


def volumes(ask: Ask, server: ManagementServer, **parameters: object) -> dict[str, Any]:
    answer: dict[str, Any] = ask(server, "listVolumes", **parameters).json()["listvolumesresponse"]
    return answer


def test_nothing_is_an_empty_object(ams: ManagementServer, ask: Ask) -> None:
    assert volumes(ask, ams, **ALL, name="no such volume") == {}
    assert volumes(ask, ams, **ALL, name="no such volume", page=1, pagesize=10) == {}


def test_past_the_end_there_is_a_count_alone(ams: ManagementServer, ask: Ask) -> None:
    whole = volumes(ask, ams, **ALL, page=1, pagesize=500)
    assert volumes(ask, ams, **ALL, page=9, pagesize=500) == {"count": whole["count"]}
    assert len(whole["volume"]) == whole["count"]


def test_the_count_is_of_all_pages(ams: ManagementServer, ask: Ask) -> None:
    first = volumes(ask, ams, **ALL, page=1, pagesize=7)
    second = volumes(ask, ams, **ALL, page=2, pagesize=7)
    assert first["count"] == second["count"] > 14
    assert len(first["volume"]) == len(second["volume"]) == 7
    assert not {row["id"] for row in first["volume"]} & {row["id"] for row in second["volume"]}


def test_without_paging_a_list_is_cut_in_silence(plain_simulator: Simulator, ams: ManagementServer, ask: Ask) -> None:
    plain_simulator.change("set_setting", cloudstack="ams", name="default.page.size", value="20")
    cut = volumes(ask, ams, **ALL)
    assert (len(cut["volume"]), cut["count"] > 20) == (20, True)
    assert len(volumes(ask, ams, **ALL, pagesize=-1)["volume"]) == cut["count"]
    refusal = ask(ams, "listVolumes", **ALL, page=1, pagesize=21)
    text = "Page size can't exceed max allowed page size value: 20"
    assert (refusal.status_code, refusal.json()["listvolumesresponse"]["errortext"]) == (431, text)


def test_newest_volumes_come_first(ams: ManagementServer, ask: Ask) -> None:
    created = [row["created"] for row in volumes(ask, ams, **ALL)["volume"]]
    assert created == sorted(created, reverse=True)


def test_a_change_shows_on_the_next_page(plain_simulator: Simulator, ams: ManagementServer, ask: Ask) -> None:
    before = volumes(ask, ams, **ALL, listsystemvms=True)["count"]
    row = next(iter(ams.machine.installation.volumes))
    plain_simulator.change("delete_cloudstack_volume", volume=row)
    assert volumes(ask, ams, **ALL, listsystemvms=True)["count"] == before - 1


def rows(server: ManagementServer) -> list[CloudVolume]:
    installation = server.machine.installation
    return [*installation.volumes.values(), *installation.elsewhere.values()]


def test_whose_volumes(ams: ManagementServer, listed: Listed) -> None:
    machines = ams.machine.installation.machines

    def users(row: CloudVolume) -> bool:
        return row.machine_uuid is None or machines[row.machine_uuid].kind == "User"

    own = {row.uuid for row in rows(ams) if row.account == "admin" and row.project is None and users(row)}
    without_projects = {row.uuid for row in rows(ams) if row.project is None and users(row)}
    of_projects = {row.uuid for row in rows(ams) if row.project is not None and users(row)}
    apollo = ams.machine.installation.projects["apollo"]
    assert set(listed(ams, "listVolumes")) == own
    assert set(listed(ams, "listVolumes", listall=True)) == without_projects
    assert set(listed(ams, "listVolumes", projectid=-1)) == of_projects
    assert set(listed(ams, "listVolumes", **ALL)) == without_projects | of_projects
    assert set(listed(ams, "listVolumes", **ALL, listsystemvms=True)) == {row.uuid for row in rows(ams)}
    assert set(listed(ams, "listVolumes", projectid=apollo.uuid)) == {
        row.uuid for row in rows(ams) if row.project == "apollo" and users(row)
    }
    assert of_projects
    found = listed(ams, "listVolumes", id=min(of_projects))
    assert list(found) == [min(of_projects)]


def test_a_projects_things_have_no_account(ams: ManagementServer, listed: Listed) -> None:
    for row in listed(ams, "listVolumes", **ALL).values():
        assert ("account" in row) != ("project" in row)
        assert row["domainpath"].rpartition("/")[2] == row["domain"]
        assert "-" in row["domainid"]


def test_a_domain_admin_sees_less(ams: ManagementServer, ask: Ask) -> None:
    powerflex = next(iter(ams.machine.installation.pools))
    asked = {"listsystemvms": True, "storageid": powerflex, **ALL}
    answer = ask(ams, "listVolumes", user="domain-admin", **asked).json()["listvolumesresponse"]["volume"]
    accounts = {row.get("account") for row in answer}
    assert accounts == {"acme", "initech", None}
    assert {row.get("project") for row in answer} == {"apollo", None}
    hidden = {"path", "storageid", "storage", "hypervisor", "physicalsize"}
    assert not any(hidden & row.keys() for row in answer)
    assert all(row.get("vmtype", "User") == "User" for row in answer)
    assert {row["zonename"] for row in answer} == {"ams", "ams-west"}  # storageid was ignored
    router = ask(ams, "listRouters", user="domain-admin", listall=True).json()["listroutersresponse"]["router"][0]
    assert not {"hostid", "hostname", "hostcontrolstate", "nic"} & router.keys()


def test_no_answer_holds_a_null(ams: ManagementServer, lab: ManagementServer, ask: Ask) -> None:
    for server in (ams, lab):
        for command in ("listZones", "listStoragePools", "listVolumes", "listHosts", "listRouters", "listSnapshots"):
            answer = ask(server, command, listall=True, projectid=-1, listsystemvms=True, fetchhealthcheckresults=True)
            assert "null" not in answer.text.replace("nullptr", "")


@pytest.mark.parametrize("command", ["listZones", "listHosts", "listDiskOfferings", "listSnapshots"])
def test_one_by_id(ams: ManagementServer, listed: Listed, command: str) -> None:
    everything = listed(ams, command, **ALL)
    wanted = list(everything)[-1] if command != "listHosts" else next(iter(everything))
    assert listed(ams, command, id=wanted) == {wanted: everything[wanted]}
