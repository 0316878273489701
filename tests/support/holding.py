"""Documents held against schemas: ours, which are in the tree, and the published ones where they are at hand.

`DCPKIT_SCHEMAS` names a folder with what others publish: `sarif-schema-2.1.0.json` (OASIS), `junit-10.xsd`
(the xunit plugin of Jenkins). Their texts are not ours to keep here.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

ROOT = Path(__file__).parents[2]
OURS = Path(__file__).with_name("schemas")
DOCS = ROOT / "docs" / "schemas"


def published(name: str) -> Path:
    """A schema of others; the test is left out, with its name, where it is not at hand."""
    folder = os.environ.get("DCPKIT_SCHEMAS")
    if not folder or not (Path(folder) / name).is_file():
        pytest.skip(f"left out: DCPKIT_SCHEMAS names no folder with {name}")
    return Path(folder) / name


def hold_json(document: Any, schema: Path) -> None:
    """Against a JSON schema, and those beside it that it refers to."""
    pytest.importorskip("jsonschema", reason="left out: jsonschema is not installed")
    from jsonschema.validators import validator_for
    from referencing import Registry, Resource

    said = json.loads(schema.read_bytes())
    beside = [json.loads(path.read_bytes()) for path in schema.parent.glob("dcpkit.*.json")]
    registry = Registry().with_resources([(one["$id"], Resource.from_contents(one)) for one in beside])
    kind = validator_for(said)
    kind.check_schema(said)
    wrong = [f"{one.json_path}: {one.message}" for one in kind(said, registry=registry).iter_errors(document)]
    assert not wrong, "\n".join(wrong[:20])


def hold_xml(document: str, schema: Path) -> etree._Element:
    """Against an XML schema; gives the root."""
    root = etree.fromstring(document.encode())
    judge = etree.XMLSchema(etree.parse(str(schema)))
    assert judge.validate(root), "\n".join(str(each) for each in list(judge.error_log)[:20])
    return root
