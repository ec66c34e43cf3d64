/* SPDX-License-Identifier: MIT
 * test_chain.c -- each rule of the verdict accepts what is just inside and refuses what is just
 * outside, by its name. */
/* needs: tests/support/chain_table.c tests/support/chain_case.c tests/support/certs.c tests/support/crypto_openssl.c crypto */
#include "tests/support/chain_table.h"

int main(void)
{
    return chain_cases_run("chain", chain_rules, chain_rule_count);
}
