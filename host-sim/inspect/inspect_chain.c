/* SPDX-License-Identifier: MIT
 * inspect_chain.c -- `chain`: the verdict that falls inside the device's handshake. */
#include "host-sim/inspect/inspect.h"

static const struct cli_option options[] = {
    { "anchor", "FILE", "certificates that are trusted, PEM or DER", CLI_REPEAT, NULL },
    { "issuer", "FILE", "issuing CAs that the device holds besides, without trust", CLI_REPEAT,
      NULL },
    { "host", "NAME", "the server's name or IPv4 address, as the device was told it", 0, NULL },
    { "usage", "WHAT", "server (default), client: the device's own chain, or ca", 0, NULL },
    INSPECT_OPTION_TIME,
    INSPECT_OPTION_FLOOR,
    INSPECT_OPTION_JSON,
    { NULL, NULL, NULL, 0, NULL },
};

static int read_purpose(struct inspect *inspect, enum chain_purpose *purpose)
{
    const char *usage = cli_text(inspect->args, "usage");

    *purpose = CHAIN_SERVER;
    if (usage == NULL || strcmp(usage, "server") == 0) {
        return cli_text(inspect->args, "host") != NULL
                   ? CLI_OK
                   : say_unreadable(&inspect->say, "a server's chain needs host");
    }
    *purpose = strcmp(usage, "client") == 0 ? CHAIN_CLIENT : CHAIN_CA;
    if (*purpose == CHAIN_CA && strcmp(usage, "ca") != 0) {
        return say_unreadable(&inspect->say, "usage is one of server, client, ca");
    }
    return CLI_OK;
}

static void say_answer(struct say *say, const struct chain_answer *answer)
{
    say_object(say, "path");
    say_number(say, "certificates", answer->path_count);
    say_time(say, "not_after", answer->path_not_after);
    say_bool(say, "not_before_unchecked", answer->not_before_unchecked);
    say_object_end(say);
}

static int judge(struct inspect *inspect)
{
    struct inspect_certs presented = { .count = 0 };
    struct inspect_certs anchors = { .count = 0 };
    struct inspect_certs issuers = { .count = 0 };
    struct chain_question question = { .host = cli_text(inspect->args, "host") };
    struct chain_answer answer;
    int code = read_purpose(inspect, &question.purpose);

    code = code ? code : inspect_time(inspect, &question.time);
    code = code ? code : inspect_read_all_certs(inspect, "anchor", &anchors);
    code = code ? code : inspect_read_all_certs(inspect, "issuer", &issuers);
    code = code ? code : inspect_read_certs(inspect, cli_operand(inspect->args, 0), &presented);
    if (code) {
        return code;
    }
    question.presented = presented.at;
    question.presented_count = presented.count;
    question.issuers = issuers.at;
    question.issuer_count = issuers.count;
    question.anchors = anchors.at;
    question.anchor_count = anchors.count;
    const imp_err_t err = chain_verify(&question, &answer);

    inspect_say_certs(&inspect->say, "certificate", &presented);
    inspect_say_certs(&inspect->say, "anchor", &anchors);
    inspect_say_certs(&inspect->say, "issuer", &issuers);
    say_text(&inspect->say, "host", question.host);
    inspect_say_time(&inspect->say, &question.time);
    if (!err) {
        say_answer(&inspect->say, &answer);
    }
    return say_verdict(&inspect->say, err);
}

const struct inspect_kind inspect_chain = {
    .command = {
        .words = "chain",
        .operands = "FILE",
        .purpose = "a certificate chain, leaf first",
        .examples = "  imprint-inspect chain --anchor root.pem --host ca.example presented.pem\n"
                    "\nWithout --time the device has no clock: what has expired by the floor is\n"
                    "refused, what is not valid yet is accepted and reported.\n",
        .options = options,
        .run = inspect_run,
    },
    .judge = judge,
};
