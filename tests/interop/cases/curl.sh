# SPDX-License-Identifier: MIT
# curl and openssl -- the recipe of the README, and the other ways to carry a token

# The commands of the README's section "Anything with curl and openssl", for this server.
_readme_recipe()
{
    awk '/^## / { on = /curl and openssl/ } on && /^    / { print substr($0, 5) }' \
        "$ROOT/README.md" | sed "s|https://localhost:8443|$URL|"
}

the_recipe_of_the_readme_enrolls_and_proves_it()
{
    local folder=$WORK/recipe
    new_token
    mkdir "$folder"
    ln -s "$CA" "$folder/ca"
    printf '%s\n' "$TOKEN" >"$folder/token"
    _readme_recipe >"$folder/recipe.sh"
    (cd "$folder" && bash -e -o pipefail recipe.sh) >"$folder/out" 2>"$folder/err"
    expect "exit status" $? 0
    expect_match "whoami" "$(cat "$folder/out")" '*"name":"unit1"*'
    expect "whose key" "$(openssl x509 -in "$folder/unit1.crt" -noout -pubkey)" \
        "$(openssl pkey -in "$folder/unit1.key" -pubout)"
    expect uses "$(token_fact "$TOKEN_ID" uses)" 1
}

curl_finds_out_by_itself_that_the_token_may_be_a_password()
{
    new_token
    new_unit asked
    printf 'machine localhost login asked password %s\n' "$TOKEN" >"$WORK/netrc"
    post_csr asked "$WORK/asked.csr" $EST/simpleenroll --anyauth --netrc-file "$WORK/netrc"
    expect status "$STATUS" 200
    expect uses "$(token_fact "$TOKEN_ID" uses)" 1
    whoami_of asked
    expect whoami "$STATUS" 200
}

curl_enrolls_over_tls_1_2_and_1_3()
{
    for version in 1.2 1.3; do
        new_token
        new_unit "tls$version"
        post_csr "tls$version" "$WORK/tls$version.csr" $EST/simpleenroll --tlsv$version \
            --tls-max $version -H "Authorization: Bearer $TOKEN"
        expect "TLS $version" "$STATUS" 200
    done
}
