#!/bin/sh
# SPDX-License-Identifier: MIT
# Finds a Python and hands over to tools/setup.py: `sh tools/setup.sh runtime|dev`.
# PYTHON=/path/to/python decides which one; else 3.11-3.13 are preferred (the tests need one of them).
set -u
cd "$(dirname "$0")/.." || exit 1
stamp=.venv/.stamps/python
wanted='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, int(sys.argv[1])))'

usable() { command -v "$1" >/dev/null 2>&1 && "$1" -I -c "$wanted" "$2" >/dev/null 2>&1; }

if [ -n "${PYTHON:-}" ]; then
    usable "$PYTHON" 99 && exec "$PYTHON" -I tools/setup.py "$@"
    echo "setup: PYTHON=$PYTHON is not a working Python 3.11 or newer" >&2
    exit 1
fi
# The interpreter that made .venv stays the one, whatever else is installed later.
if [ -f "$stamp" ] && usable "$(cat "$stamp")" 99; then
    exec "$(cat "$stamp")" -I tools/setup.py "$@"
fi
for newest in 13 99; do
    for candidate in python3 python3.13 python3.12 python3.11 python3.14; do
        usable "$candidate" "$newest" && exec "$candidate" -I tools/setup.py "$@"
    done
done
echo "setup: no Python 3.11 or newer found; on Debian or Ubuntu: apt-get install python3 python3-venv" >&2
exit 1
