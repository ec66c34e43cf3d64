#!/bin/bash
# SPDX-License-Identifier: MIT
# crash.sh -- kill the authority with SIGKILL while it issues or rolls over, again and again, and count
#
#   tests/authority/crash.sh path/to/imprint-authority
#
# KILLS=1000 is the campaign (`make crash-long`); 40 are a sample. SEED chooses where the random ones
# strike.
exec "$(dirname "$0")/crash_campaign.py" "${1:?which imprint-authority?}" "${KILLS:-40}" "${SEED:-1}"
