# SPDX-License-Identifier: MIT
# what is left at the end

two_servers_on_one_database_keep_count_together()
{
    local first=$URL
    new_token --max-uses 9
    for i in $(seq 20); do
        new_unit "two$i"
    done
    start_server second
    local second=$URL
    {
        URL=$first _parallel_enroll two 20 &
        URL=$second _parallel_enroll two 20 &
        wait %% %-
    } 2>/dev/null
    expect uses "$(token_fact "$TOKEN_ID" uses)" 9
    expect certificates \
        "$(authority "device list" --json | tr '{' '\n' | grep -c "\"token\":$TOKEN_ID,")" 9
    kill "$SERVER"
    wait "$SERVER"
    expect "exit code" $? 0
    URL=$first
}

# _held_by HEX: the files outside the key's own that hold these bytes in any form.
_held_by()
{
    python3 "$HERE/../sim/find_secret.py" "$1" "$WORK/scan" | grep -v ' hold it$'
}

# Everything that the authority leaves behind: database, log, audit (in the database), a backup, and
# what the kernel tells others about the process.
_collect()
{
    rm -rf "$WORK/scan"
    mkdir "$WORK/scan"
    cp "$CA"/authority.db* "$WORK"/*.log "$WORK"/*.out "$WORK/scan"
    if command -v sqlite3 >/dev/null; then
        sqlite3 "$CA/authority.db" ".backup '$WORK/scan/backup.db'"
        sqlite3 "$CA/authority.db" .dump >"$WORK/scan/dump.sql"
    fi
    cat "/proc/$MAIN_SERVER/cmdline" >"$WORK/scan/cmdline"
    cat "/proc/$MAIN_SERVER/environ" >"$WORK/scan/environ" 2>/dev/null
    authority "device list" --json >"$WORK/scan/devices"
    authority "token list" --json >"$WORK/scan/tokens"
}

no_token_and_no_key_is_in_anything_that_is_kept()
{
    local key random
    enrolled_unit scanned
    new_unit scanned2 scanned
    post_csr scanned2 "$WORK/scanned2.csr" $EST/simplereenroll --cert "$WORK/scanned.pem" \
        --key "$WORK/scanned.key"
    enroll refused "$TOKEN"
    post_csr basic2 "$WORK/scanned.csr" $EST/simpleenroll -u "anybody:$TOKEN"
    _collect
    expect "token text" "$(_held_by "$(printf %s "$TOKEN" | od -An -tx1 | tr -d ' \n')")" ""
    random=$(printf %s "${TOKEN#imp_}" | tr _- /+ | base64 -d | od -An -tx1 | tr -d ' \n')
    expect "token bits" "$(_held_by "$random")" ""
    expect "any token" "$(grep -la 'imp_[A-Za-z0-9_-]\{32\}' "$WORK"/scan/*)" ""
    for name in root-ca device-ca server-ca server; do
        key=$(openssl ec -in "$CA/$name.key" -noout -text 2>/dev/null |
            sed -n '/^priv:/,/^pub:/{/^ /p}' | tr -d ': \n')
        expect "length of the key" $((${#key} >= 64)) 1
        expect "$name" "$(_held_by "${key: -64}")" ""
    done
    # The search itself finds what is there.
    printf 'x%s' "$TOKEN" >"$WORK/scan/planted"
    expect "planted" "$(_held_by "$(printf %s "$TOKEN" | od -An -tx1 | tr -d ' \n')")" \
        "$WORK/scan/planted"
}

key_files_of_every_generation_are_for_the_owner_alone()
{
    expect "keys open to others" "$(find "$CA" -name '*.key' -perm /077 | wc -l)" 0
    expect "databases open to others" "$(find "$CA" -name 'authority.db*' -perm /077 | wc -l)" 0
}

the_server_leaves_no_core_file()
{
    expect "core file size" \
        "$(awk '/^Max core file size/ { print $5, $6 }' "/proc/$MAIN_SERVER/limits")" "0 0"
}

sigterm_ends_the_server_with_0()
{
    kill "$MAIN_SERVER"
    wait "$MAIN_SERVER"
    expect "exit code" $? 0
}
