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

no_token_is_in_the_log_or_the_database()
{
    expect "files with a token" \
        "$(grep -la 'imp_[A-Za-z0-9_-]\{32\}' "$CA"/* "$WORK"/*.log | wc -l)" 0
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
