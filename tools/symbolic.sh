#!/bin/sh
# SPDX-License-Identifier: MIT
# Sets up .venv/symbolic (halmos pins packages that the others are beyond), then proves.
set -eu
cd "$(dirname "$0")/.."
home=.venv/symbolic
stamp=$home/.requirements
if ! cmp -s requirements/symbolic.txt "$stamp"; then
    rm -rf "$home"
    .venv/bin/python -m venv "$home"
    "$home/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes \
        --only-binary :all: -r requirements/symbolic.txt
    cp requirements/symbolic.txt "$stamp"
fi
.venv/bin/python -m tests.symbolic.plant
exec "$home/bin/python" -m tests.symbolic.prove "$@"
