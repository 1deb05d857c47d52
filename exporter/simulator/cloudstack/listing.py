"""Lists, and the pages they are cut into."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from exporter.simulator.cloudstack.call import Call
from exporter.simulator.cloudstack.errors import INVALID_PARAMETER, ApiError

_Record = TypeVar("_Record")
_UNLIMITED = -1


def list_answer(
    call: Call,
    name: str,
    records: Sequence[_Record],
    render: Callable[[_Record], dict[str, Any]],
    *,
    count_of_page: bool = False,
) -> dict[str, Any]:
    """Return one page of a list: empty where nothing matches, the count alone past the end.

    Raises:
        ApiError: 431, the paging parameters break the rules.

    """
    page = records[window(call)]
    count = len(page) if count_of_page else len(records)
    if not count:
        return {}
    return {"count": count, name: [render(record) for record in page]} if page else {"count": count}


def window(call: Call) -> slice:
    """Return which records of a list are asked for; without paging, the first default.page.size.

    Raises:
        ApiError: 431.

    """
    largest = int(call.machine.setting("default.page.size"))
    page, size = call.integer("page"), call.integer("pagesize")
    if size is None and page is None:
        return slice(0, largest)
    if size is None:
        raise ApiError(431, '"pagesize" parameter is required when "page" is specified')
    if size == _UNLIMITED:
        if page is not None:
            text = "Can't specify page parameter when pagesize is -1 (Unlimited)"
            raise ApiError(431, text, INVALID_PARAMETER)
        return slice(0, None)
    if page is None:
        raise ApiError(431, '"page" parameter is required when "pagesize" is specified')
    if size > largest:
        raise ApiError(431, f"Page size can't exceed max allowed page size value: {largest}", INVALID_PARAMETER)
    start = max(0, page - 1) * max(0, size)
    return slice(start, start + max(0, size))
