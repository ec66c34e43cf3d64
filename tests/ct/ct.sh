#!/bin/sh
# SPDX-License-Identifier: MIT
# tests/ct/ct.sh -- one of the builds of `make ct`: gcc -O2, 32-bit words
exec "$(dirname "$0")/run.py" sample
