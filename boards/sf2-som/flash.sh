#!/bin/sh
# SPDX-License-Identifier: MIT
# boards/sf2-som/flash.sh -- says why there is nothing to put on hardware yet
echo "sf2-som: its image takes entropy and device key from the emulator and would stop on" >&2
echo "silicon before it makes a key. boards/sf2-som/README.md says what a product has to bring." >&2
exit 1
