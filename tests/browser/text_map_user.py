"""Someone who uses the map of a page: what they type, what they read, and where pictures of it are kept."""

import json
from pathlib import Path

from chromium import Tab

PICTURES = Path(__file__).parents[2] / "out" / "browser"
HOSTILE = "</script><b id=planted>x</b><script>window.planted=1</script>"


def chosen(tab: Tab) -> str:
    """What the map says about the text that is held."""
    return str(tab.run("document.querySelector('.chosen').textContent"))


def search(tab: Tab, wanted: str) -> None:
    """Type into the search field and wait until the map has answered."""
    tab.run(
        f"(() => {{ const s = document.querySelector('#map-search'); s.value = {json.dumps(wanted)};"
        " s.dispatchEvent(new Event('input')); return new Promise((done) => setTimeout(done, 300)); })()"
    )


def unnamed(tab: Tab) -> tuple[int, list[str]]:
    """How many drawings, controls and regions a screen reader meets, and the roles of those without a name."""
    wanted = {"image", "img", "button", "application", "searchbox", "radio", "table", "region", "navigation"}
    nodes = tab.call("Accessibility.getFullAXTree")["nodes"]
    met = [node for node in nodes if not node["ignored"] and node["role"]["value"] in wanted]
    return len(met), [node["role"]["value"] for node in met if not node.get("name", {}).get("value", "").strip()]
