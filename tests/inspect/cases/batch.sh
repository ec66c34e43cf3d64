# SPDX-License-Identifier: MIT
# batch: a case a line, a verdict a line
# shellcheck shell=sh disable=SC2154

cat >"$work/cases" <<END
{"kind":"chain","id":"good","anchor":["$vectors/chain-root.pem"],"host":"ca.example","floor":0,"file":"$work/leaf.pem"}

{"kind":"chain","id":2,"anchor":"$vectors/chain-root.pem","host":"b.example","file":"$work/leaf.pem"}
{"kind":"chain","id":"late","anchor":"$vectors/chain-root.pem","host":"ca.example","time":4102444800,"file":"$work/leaf.pem"}
{"kind":"chain","host":"x","file":"-"}
{"kind":"chain","host":"x","file":"$work/nothing"}
{"kind":"chain","host":"x"}
{"kind":"chain","host":["x"],"file":"$work/leaf.pem"}
{"kind":"chain","host":"x","colour":"red","file":"$work/leaf.pem"}
{"kind":"chain","host":"x\u0000y","file":"$work/leaf.pem"}
{"kind":"horse","file":"$work/leaf.pem"}
{"kind":"chain","host":"x","host":"y","file":"$work/leaf.pem"}
[]
nonsense
{"kind":"chain","usage":"client","json":true,"anchor":["$vectors/chain-root.pem"],"file":"$work/leaf-client.pem"}
END

run batch "$work/cases"
[ "$code" = 2 ] && grep -q '^imprint-inspect: 10 cases could not be judged$' "$work/err"
verdict "batch: what can't be judged is counted" $?
python3 - "$work/out" >"$work/err" 2>&1 <<'END'
import json, sys
said = [json.loads(line) for line in open(sys.argv[1])]
wanted = [
    (1, "good", "accepted", "OK"), (3, 2, "refused", "CHAIN_NAME"),
    (4, "late", "refused", "CHAIN_EXPIRED"), (5, None, "unreadable", "file"),
    (6, None, "unreadable", "No such file"), (7, None, "unreadable", "file is missing"),
    (8, None, "unreadable", "host"), (9, None, "unreadable", "colour"),
    (10, None, "unreadable", "U+0000"), (11, None, "unreadable", "kind"),
    (12, None, "unreadable", "JSON_DUPLICATE"), (13, None, "unreadable", "kind"),
    (14, None, "unreadable", "JSON_MALFORMED"), (15, None, "accepted", "OK"),
]
assert len(said) == len(wanted), "a verdict a line"
for one, (line, name, verdict, reason) in zip(said, wanted):
    assert (one["line"], one.get("id"), one["verdict"]) == (line, name, verdict), one
    assert reason in one.get("problem", one.get("error", "")), one
END
verdict "batch: each line has its verdict and stops no other" $?

# An id is its caller's: whatever JSON it is, it comes back as it was.
: >"$work/ids"
: >"$work/wanted"
for id in '"\u0000"' '"a\u0000b"' '"é"' '"\u00e9\"\\\/"' '""' 1.50e3 -0 \
    123456789012345678901234567890 true null '["x", {"y":[]}]' '{"id":"inner"}'; do
    printf '{"kind":"chain","id": %s ,"anchor":"%s","host":"ca.example","file":"%s"}\n' \
        "$id" "$vectors/chain-root.pem" "$work/leaf.pem" >>"$work/ids"
    printf '%s\n' "\"id\":$id,\"verdict\":\"accepted\"" >>"$work/wanted"
done
run batch "$work/ids"
sed 's/^{"line":[0-9]*,\(.*"verdict":"accepted"\).*}$/\1/' "$work/out" >"$work/said"
[ "$code" = 0 ] && diff "$work/wanted" "$work/said" >"$work/err"
verdict "batch: an id comes back as it was" $?

head -n 4 "$work/cases" | "$inspect" batch - >"$work/out" 2>"$work/err"
[ $? = 0 ] && [ "$(wc -l <"$work/out")" = 3 ]
verdict "batch: 0 when all were judged, refused ones too" $?
head -n 1 "$work/cases" | "$inspect" batch --details - >"$work/out" 2>"$work/err"
grep -q '"certificate":\[{"bytes":701,' "$work/out"
verdict "batch: --details says what the command says" $?

# The verdict comes before the next case is asked for.
mkfifo "$work/in" "$work/reply"
"$inspect" batch "$work/in" >"$work/reply" 2>"$work/err" &
batch=$!
exec 4<"$work/reply" 3>"$work/in"
head -n 1 "$work/cases" >&3
reply=
read -r reply <&4
exec 3>&- 4<&-
wait "$batch"
case $reply in
*'"verdict":"accepted"'*) true ;;
*) false ;;
esac
verdict "batch: answers as it is asked" $?
says "batch: a file that is not there" 2 "can't read" batch "$work/nothing"
