# SPDX-License-Identifier: MIT
"""One frozen Settings: linkpool.toml, over it the environment (LINKPOOL_…), over it the options.

Read once, in linkpool.cli, and passed down. Groups of settings are [group] tables in the file and
LINKPOOL_GROUP_KEY in the environment. An unknown name is refused. Secrets are best kept out of it:
settings that end in `_file` name the files that hold them.
"""

from linkpool.settings.model import FILE, LOCAL_RPC, NAMES, ApiSettings, Settings
from linkpool.settings.secrets import secret, secrets, without_secret

__all__ = [
    "FILE",
    "LOCAL_RPC",
    "NAMES",
    "ApiSettings",
    "Settings",
    "secret",
    "secrets",
    "without_secret",
]
