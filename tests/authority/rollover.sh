#!/bin/bash
# SPDX-License-Identifier: MIT
# rollover.sh -- real devices live through a change of the root: imprint-sim against `ca rollover`
#
#   tests/authority/rollover.sh path/to/imprint-authority
#
#   awake      renews after every step
#   asleep     is not there from before begin until after switch: it knows the old root only
#   forgotten  sleeps until after finish: a person must help it
#
# The steps are done while the server runs.
BINARY=$(realpath "${1:?which imprint-authority?}")
SIM=$(dirname "$BINARY")/../device/imprint-sim
HERE=$(dirname "$0")
# shellcheck source=tests/authority/lib.sh
. "$HERE/lib.sh"

_pin()
{
    authority show --json | json root_fingerprint
}

# _device NAME PIN: a new unit enrolls, with the fingerprint that it was given.
_device()
{
    new_token
    "$SIM" enroll --cert-dir "$WORK/$1" --server "$URL" --ca-fingerprint "$2" --token "$TOKEN" \
        --name "$1" --timeout 60 >"$WORK/$1.out" 2>&1
    expect "$1: exit code of enroll: $(tail -n 2 "$WORK/$1.out")" $? 0
}

# _does NAME COMMAND CODE [OPTIONS...]: imprint-sim COMMAND of a unit ends with CODE; says so in SAID.
_does()
{
    SAID=$("$SIM" "$2" --cert-dir "$WORK/$1" "${@:4}" 2>&1 </dev/null)
    local code=$?
    expect "$1: exit code of $2: $(tail -n 2 <<<"$SAID")" "$code" "$3"
}

_issuer_of_device()
{
    authority "device show $1" --json | sed 's/},/},\n/g' | grep '"state":"Enrolled"' | json ca
}

_renews()
{
    _does "$1" renew 0 --timeout 60
    _does "$1" whoami 0
    expect "$1: under root" "$(_issuer_of_device "$1")" "$2"
}

under_the_old_root_devices_enroll_and_renew()
{
    OLD_PIN=$(_pin)
    _device awake "$OLD_PIN"
    _device asleep "$OLD_PIN"
    _device forgotten "$OLD_PIN"
    _does awake whoami 0
    _renews awake 1
}

begun_everything_goes_on_under_the_old_root()
{
    authority "ca rollover begin" >/dev/null
    expect "fingerprint for new devices" "$(_pin)" "$OLD_PIN"
    _device begun "$OLD_PIN"
    _does awake whoami 0
    _renews awake 1
}

switched_a_device_that_knows_the_old_root_only_still_passes()
{
    authority "ca rollover switch" >/dev/null
    NEW_PIN=$(_pin)
    expect "fingerprints differ" "$([ "$NEW_PIN" != "$OLD_PIN" ] && echo yes)" yes
    _does asleep whoami 0
    _does forgotten whoami 0
    _device switched-old "$OLD_PIN"
    expect "who comes with the old fingerprint: root" "$(_issuer_of_device switched-old)" 2
    _device switched-new "$NEW_PIN"
    expect "who comes with the new one: root" "$(_issuer_of_device switched-new)" 2
    _does switched-old whoami 0
    _does switched-new whoami 0
}

switched_renewing_brings_everybody_under_the_new_root()
{
    _renews awake 2
    _renews asleep 2
    _renews begun 2
    _renews switched-old 2
}

finish_waits_for_the_last_device()
{
    authority "ca rollover finish" >/dev/null 2>"$WORK/finish.err"
    expect "exit code" $? 1
    expect_match "who is left" "$(cat "$WORK/finish.err")" "*1 device is still under the old root*"
}

finished_who_has_renewed_goes_on()
{
    authority "ca rollover finish" --force >/dev/null
    expect "exit code" $? 0
    for device in awake asleep begun switched-old switched-new; do
        _does "$device" whoami 0
    done
    _renews awake 2
    _renews asleep 2
    _device finished "$NEW_PIN"
}

finished_who_slept_needs_a_person_and_says_why()
{
    _does forgotten whoami 3
    expect_match "the reason" "$SAID" "*CHAIN_NO_ANCHOR*"
    _does forgotten renew 3 --timeout 5
    expect_match "the reason" "$SAID" "*CHAIN_NO_ANCHOR*"
    _does forgotten status 0 --json
    expect_match "its identity is still there" "$SAID" '*"enrolled":true*'
    # The person: a new folder is a wiped device; the fingerprint and a token are given anew.
    mv "$WORK/forgotten" "$WORK/forgotten.before"
    _device forgotten "$NEW_PIN"
    _does forgotten whoami 0
}

if [ ! -x "$SIM" ]; then
    echo "imprint-sim is not built"
    exit 1
fi
"$BINARY" init --dir "$CA" --name Lab --host localhost >/dev/null || exit 1
start_server rollover
run_test under_the_old_root_devices_enroll_and_renew
run_test begun_everything_goes_on_under_the_old_root
run_test switched_a_device_that_knows_the_old_root_only_still_passes
run_test switched_renewing_brings_everybody_under_the_new_root
run_test finish_waits_for_the_last_device
run_test finished_who_has_renewed_goes_on
run_test finished_who_slept_needs_a_person_and_says_why
finish
