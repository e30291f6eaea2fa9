"""What the page on editors shows is well-formed."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

PAGE = (Path(__file__).parent.parent / "docs" / "editors.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert found
    return found[1]


def test_the_extension_starts_the_server(tmp_path: Path) -> None:
    assert json.loads(block("json"))["main"] == "./extension.js"
    (tmp_path / "extension.js").write_text(block("javascript"))
    stubs = """
    const Module = require("module");
    const load = Module._load;
    Module._load = (name, ...rest) => {
      const settings = { get: () => "derivcheck" };
      if (name === "vscode") return { workspace: { getConfiguration: () => settings } };
      class LanguageClient {
        constructor(...given) { this.given = given; }
        start() { return this.given; }
      }
      if (name === "vscode-languageclient/node") return { LanguageClient };
      return load(name, ...rest);
    };
    console.log(JSON.stringify(require("./extension.js").activate()));
    """
    (tmp_path / "run.js").write_text(stubs)
    done = subprocess.run(
        ["node", "run.js"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    name, server, client = json.loads(done.stdout)
    assert (name, server) == ("derivcheck", {"command": "derivcheck", "args": ["lsp"]})
    assert {"language": "markdown"} in client["documentSelector"]
