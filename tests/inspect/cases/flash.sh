# SPDX-License-Identifier: MIT
# flash: images that imprint-sim made, blank to enrolled, whole and damaged
# shellcheck shell=sh disable=SC2154

sim=$build/host-sim/device/imprint-sim
authority=$build/host-sim/authority/imprint-authority
pin=00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff
secret=imp-0123456789abcdef0123456789abcdef
printf '%s\n' "$secret" >"$work/secret"
printf 'an unlock secret\n' >"$work/unlock"

provision()
{
    "$sim" provision --server https://authority.example --ca-fingerprint $pin \
        --token-file "$work/secret" "$@" >"$work/made" 2>&1
}

# field NAME: the value of a member of the last --json
field()
{
    python3 -c '
import json, sys
said = json.load(open(sys.argv[1]))
for name in sys.argv[2].split("."):
    said = said[int(name) if name.isdigit() else name]
print(said)' "$work/out" "$1"
}

head -c 131072 /dev/zero | tr '\0' '\377' >"$work/blank.img"
says "flash: an erased flash is blank" 0 'BLANK: server, pin or token' flash "$work/blank.img"

provision --flash "$work/clear.img"
says "flash: a token that is not sealed yet" 0 'not sealed yet' flash "$work/clear.img"
golden "flash: what is said of a provisioned image" golden/flash.txt
! grep -q "$secret" "$work/out" "$work/err"
verdict "flash: the token is not printed" $?
grep -qa "$secret" "$work/clear.img"
verdict "flash: though it lies there" $?
json "flash: --json" 0 flash "$work/clear.img"
! grep -q "$secret" "$work/out" "$work/err" && [ "$(field slots.0.records.1.type)" = "token, not sealed yet" ]
verdict "flash: nor in JSON" $?

# --- A device that enrolled. ---
device=$work/device
enroll()
{
    mkdir -p "$work/ca.logs"
    "$authority" init --dir "$work/ca" --name Lab --host localhost --json >"$work/init.json" || return 1
    "$authority" serve --dir "$work/ca" --listen 127.0.0.1:0 --port-file "$work/port" \
        --log "$work/ca.logs/log" >"$work/ca.logs/out" 2>&1 &
    served=$!
    tries=0
    while [ ! -s "$work/port" ] && [ $tries -lt 100 ]; do
        sleep 0.1
        tries=$((tries + 1))
    done
    ca_pin=$(sed -n 's/.*"root_fingerprint":"\([^"]*\)".*/\1/p' "$work/init.json")
    "$authority" token create --dir "$work/ca" --label test --json |
        sed -n 's/.*"token":"\([^"]*\)".*/\1/p' >"$work/token"
    timeout 60 "$sim" enroll --server "https://localhost:$(cat "$work/port")" --ca-fingerprint "$ca_pin" \
        --token-file "$work/token" --name dev-1 --cert-dir "$device" --timeout 30
    enrolled=$?
    kill "$served"
    wait "$served"
    return $enrolled
}
enroll >"$work/out" 2>"$work/err"
verdict "flash: a device enrolls, to be looked at" $?
image=$device/identity.flash
sum=$(sha256sum <"$image")
json "flash: an enrolled image" 0 flash "$image"
[ "$(field load_goes_to)" = ENROLLED ] && [ "$(field is_proved)" = True ] &&
    [ "$(field provision.name)" = dev-1 ] &&
    [ "$(field identity.certificate.0.sha256)" = \
        "$(openssl x509 -in "$device/device.crt" -outform DER | sha256sum | cut -d' ' -f1)" ] &&
    [ "$(field anchor.0.sha256)" = "$(sed -n '/BEGIN/,/END/p' "$device/ca.crt" | openssl x509 -outform DER |
        sha256sum | cut -d' ' -f1)" ]
verdict "flash: its name, certificate and anchor are the device's" $?
says "flash: its subject in words" 0 'subject *CN=dev-1' flash "$image"
[ "$sum" = "$(sha256sum <"$image")" ]
verdict "flash: the image has not changed" $?
chmod 400 "$image"
says "flash: an image that can't be written to" 0 accepted flash "$image"
chmod 600 "$image"
says "flash: at an offset in a larger file" 0 'load goes to *ENROLLED' flash --region 131072 \
    --sector 65536 --unit 1 --erased 0xFF --offset 0 "$image"

# --- Damage: found, named and placed. ---
json "flash: where its records lie" 0 flash "$image"
identity=$(python3 -c '
import json, sys
said = json.load(open(sys.argv[1]))
for slot in said["slots"]:
    for record in slot.get("records", []):
        if record.get("type") == "identity" and record.get("counts"):
            print(record["offset"])' "$work/out" | tail -n 1)
cp "$image" "$work/rotten.img"
printf '\0\0\0\0' | dd of="$work/rotten.img" bs=1 seek=$((identity + 200)) conv=notrunc 2>"$work/made"
says "flash: a rotten identity is damage" 1 'refused: STORE_DAMAGED' flash "$work/rotten.img"
grep -A 9 "offset *$identity\$" "$work/out" | grep -q 'does not pass its CRC'
verdict "flash: and it says where" $?
grep -q 'load goes to *FAULT' "$work/out"
verdict "flash: LOAD stops there" $?
json "flash: --json, refused" 1 flash "$work/rotten.img"

# A few bits flipped anywhere in the used part: the same identity, or a named error. Half of them hit
# the record of the identity.
python3 - "$image" "$work/rot" "$identity" "${ROTTEN:-200}" >"$work/cases" <<'END'
import json, os, random, sys
path, folder, identity, count = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
image = open(path, "rb").read()[:131072]
os.mkdir(folder)
source = random.Random(24)
for number in range(count):
    rotten = bytearray(image)
    for _ in range(source.randint(1, 4)):
        at = source.randrange(4096) if source.random() < 0.5 else identity + source.randrange(1500)
        rotten[at] ^= 1 << source.randrange(8)
    open(f"{folder}/{number}", "wb").write(rotten)
    print(json.dumps({"kind": "flash", "id": number, "file": f"{folder}/{number}"}))
END
json "flash: the identity before the rot" 0 flash "$image"
fingerprint=$(field identity.certificate.0.sha256)
"$inspect" batch --details "$work/cases" >"$work/out" 2>"$work/err"
[ $? = 0 ] && python3 - "$work/out" "$fingerprint" "${ROTTEN:-200}" >"$work/err" 2>&1 <<'END'
import json, sys
said = [json.loads(line) for line in open(sys.argv[1])]
assert len(said) == int(sys.argv[3])
refused = [one for one in said if one["verdict"] == "refused"]
for one in said:
    if one["verdict"] == "accepted":
        assert one["identity"]["certificate"][0]["sha256"] == sys.argv[2], one["id"]
    else:
        assert one["error"].startswith("STORE_"), one["id"]
assert 0 < len(refused) < len(said)
END
verdict "flash: rot gives the same identity or a named error, ${ROTTEN:-200} times" $?
rm -rf "$work/rot"

says "flash: another geometry is said" 1 STORE_GEOMETRY flash --geometry nor-4k "$image"
says "flash: an unknown geometry lists those known" 2 'ecc-2k' flash --geometry x "$image"
says "flash: figures that no flash has" 1 STORE_GEOMETRY flash --sector 0 "$image"
says "flash: an image that is too short" 2 'does not fit' flash "$work/secret"
says "flash: a number that is none" 2 'sector wants a number' flash --sector x "$image"
says "flash: a file that is not there" 2 'No such file' flash "$work/nothing"
