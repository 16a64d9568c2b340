"""Changes single settings in a YAML text and leaves every other character, comments too, as it was."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import yaml

from wangdun import yaml_lines
from wangdun.exceptions import WangdunError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wangdun.yaml_lines import Place

Edit = tuple[int, int, str]  # from, to, what stands there instead
NULL = "null"


class NotEditable(WangdunError):  # noqa: N818 -- it is a state of the file
    """Raised by `with_settings` when the text is written in a way that cannot be changed safely."""

    def __init__(self) -> None:
        """Say what a person can do."""
        super().__init__("配置文件中这一段的写法不便自动修改，请直接编辑 config.yaml")


def with_settings(text: str, place: Place, wanted: Mapping[str, str | None], *, after: str) -> str:
    """`text` with keys of the mapping at `place` set to YAML snippets, or taken out (None).

    New keys come after the key `after`. The result is read again: it says what is wanted, and nothing else changed.

    Raises:
        NotEditable: it could not be done so.
    """
    before = yaml_lines.read(text).data
    node = _find(yaml.compose(text, yaml.SafeLoader), place)
    if not isinstance(node, yaml.MappingNode) or not node.value:
        raise NotEditable
    made = text
    for start, end, instead in sorted(_edits(text, node, wanted, after), reverse=True):
        made = made[:start] + instead + made[end:]
    again = yaml_lines.read(made)
    if again.mistakes or _without_nulls(again.data, place, wanted) != _expected(before, place, wanted):
        raise NotEditable
    return made


def _find(node: yaml.Node | None, place: Place) -> yaml.Node | None:
    for step in place:
        if isinstance(node, yaml.MappingNode):
            node = next((value for key, value in node.value if key.value == step), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
        else:
            return None
    return node


def _edits(text: str, node: yaml.MappingNode, wanted: Mapping[str, str | None], after: str) -> Iterator[Edit]:
    known = {key.value: (key, value) for key, value in node.value}
    added = []
    for name, snippet in wanted.items():
        if name in known:
            yield _changed(text, node, *known[name], snippet)
        elif snippet is not None:
            added.append(f"{name}: {snippet}")
    if added:
        yield _added(text, node, added, known.get(after, node.value[-1])[1])


def _changed(text: str, node: yaml.MappingNode, key: yaml.Node, value: yaml.Node, snippet: str | None) -> Edit:
    start, end = key.start_mark.index, _end(value)
    line = text.rfind("\n", 0, start) + 1
    rest = text.find("\n", end)
    stop = len(text) if rest < 0 else rest + 1
    alone = not text[line:start].strip() and not text[end:stop].partition("#")[0].strip()
    if snippet is None and alone and not node.flow_style:
        return line, stop, ""
    return start, end, f"{key.value}: {NULL if snippet is None else snippet}"


def _added(text: str, node: yaml.MappingNode, added: list[str], value: yaml.Node) -> Edit:
    if node.flow_style:
        end = _end(node.value[-1][1])
        return end, end, "".join(f", {one}" for one in added)
    end = text.find("\n", _end(value))
    end = len(text) if end < 0 else end
    if text[end - 1 : end] == "\r":
        end -= 1
    line = ("\r\n" if "\r\n" in text else "\n") + " " * node.value[0][0].start_mark.column
    return end, end, "".join(line + one for one in added)


def _end(node: yaml.Node) -> int:
    """Where the node's last character is: a block's own end mark lies behind the comments that follow it."""
    while isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last: Any = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    return int(node.end_mark.index)


def _expected(data: Any, place: Place, wanted: Mapping[str, str | None]) -> Any:
    made = deepcopy(data)
    below = made
    for step in place:
        below = below[step]
    for name, snippet in wanted.items():
        below.pop(name, None)
        if snippet is not None:
            read = yaml_lines.read(snippet)
            if read.mistakes:
                raise NotEditable
            below[name] = read.data
    return made


def _without_nulls(data: Any, place: Place, wanted: Mapping[str, str | None]) -> Any:
    below = data
    for step in place:
        below = below[step]
    for name, snippet in wanted.items():
        if snippet is None and below.get(name, "") is None:
            del below[name]
    return data
