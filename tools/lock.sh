#!/bin/sh
# SPDX-License-Identifier: MIT
# Rewrites requirements/*.txt from requirements/*.in: exact versions and hashes for every platform, no host names.
# Versions already locked stay; `sh tools/lock.sh --upgrade` takes the newest allowed ones.
set -eu
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet uv==0.13.9
cd requirements
for name in build node runtime dev symbolic; do
    "$work/venv/bin/uv" pip compile "$name.in" --output-file "$name.txt" --quiet \
        --universal --python-version 3.11 --generate-hashes --only-binary :all: \
        --no-emit-index-url --no-emit-find-links --no-header --no-annotate "$@"
    echo "requirements/$name.txt: $(grep -c '==' "$name.txt") packages"
done
