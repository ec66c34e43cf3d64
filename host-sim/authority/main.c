/* SPDX-License-Identifier: MIT
 * main.c -- the table of imprint-authority's commands.
 */
#include "host-sim/authority/commands.h"
#include "host-sim/authority/fault.h"

#define OPTION_DIR                                                                       \
    {                                                                                    \
        "dir", "DIR", "the authority's directory", CLI_REQUIRED, "IMPRINT_AUTHORITY_DIR" \
    }
#define OPTION_JSON                             \
    {                                           \
        "json", NULL, "answer in JSON", 0, NULL \
    }
#define OPTIONS_END               \
    {                             \
        NULL, NULL, NULL, 0, NULL \
    }

static const struct cli_option init_options[] = {
    OPTION_DIR,
    { "name", "NAME", "how the authority is called in its CA certificates", CLI_REQUIRED, NULL },
    { "host", "NAME_OR_IP", "what devices call this server", CLI_REQUIRED | CLI_REPEAT, NULL },
    OPTION_JSON,
    OPTIONS_END,
};

static const struct cli_option serve_options[] = {
    OPTION_DIR,
    { "listen", "ADDRESS:PORT", "where to listen; port 0 takes a free one (127.0.0.1:8443)", 0,
      NULL },
    { "port-file", "FILE", "write the real port to this file when it is open", 0, NULL },
    { "days", "N", "validity of device certificates (365)", 0, NULL },
    { "max-connections", "N", "at this many, the longest waiting one is closed (4096)", 0, NULL },
    { "max-failures", "N", "unknown tokens a minute from one address, then 429 (60)", 0, NULL },
    { "max-enrollments", "N", "units a minute with one token, then 429 (6000)", 0, NULL },
    { "log", "FILE", "append the request log to this file (standard error)", 0, NULL },
    { "log-json", NULL, "write the log as JSON lines", 0, NULL },
    { "fault", "NAME[,NAME...]", "misbehave on purpose; see the list below", CLI_REPEAT, NULL },
    OPTIONS_END,
};

static const struct cli_option token_create_options[] = {
    OPTION_DIR,
    { "label", "TEXT", "what people see instead of the token", CLI_REQUIRED, NULL },
    { "max-uses", "N", "how many units it enrolls (1)", 0, NULL },
    { "unlimited", NULL, "any number of units", 0, NULL },
    { "expires", "WHEN", "90s, 15m, 24h, 7d or 2030-12-31T23:59:59Z (never)", 0, NULL },
    { "approve", NULL, "each request waits for `request approve`", 0, NULL },
    OPTION_JSON,
    OPTIONS_END,
};

static const struct cli_option show_options[] = {
    OPTION_DIR,
    OPTION_JSON,
    { "pem", NULL, "print the certificate itself", 0, NULL },
    OPTIONS_END,
};

static const struct cli_option finish_options[] = {
    OPTION_DIR,
    { "force", NULL, "lock out the devices that are still under the old root", 0, NULL },
    OPTIONS_END,
};

static const struct cli_option plain_options[] = { OPTION_DIR, OPTION_JSON, OPTIONS_END };
static const struct cli_option dir_options[] = { OPTION_DIR, OPTIONS_END };

#define EXAMPLE "  imprint-authority "

/* What `serve --help` ends with: examples, and one line a fault. */
#define FAULT(name, text, stage, value, help) "  " text ": " help "\n"
static const char serve_examples[] =
    EXAMPLE "serve --dir ca --listen 0.0.0.0:8443\n" EXAMPLE
            "serve --dir ca --listen 127.0.0.1:0 --port-file port --log log\n" EXAMPLE
            "serve --dir ca --fault drop-answer:times=1,chunked:at=any\n" FAULT_HELP
#include "host-sim/authority/fault.def"
    ;
#undef FAULT

static const struct cli_command commands[] = {
    { "init", NULL, "make the keys, certificates and database of a new authority",
      EXAMPLE "init --dir ca --name Lab --host est.example --host 127.0.0.1\n", init_options,
      command_init },
    { "show", NULL, "print the root certificate's fingerprint, which devices pin",
      EXAMPLE "show --dir ca --json\n" EXAMPLE "show --dir ca --pem >root.pem\n", show_options,
      command_show },
    { "ca status", NULL, "which root issues, and how many devices stand under which",
      EXAMPLE "ca status --dir ca\n", plain_options, command_ca_status },
    { "ca rollover begin", NULL, "make a new root and announce it; the old one still issues",
      EXAMPLE "ca rollover begin --dir ca\n", dir_options, command_ca_begin },
    { "ca rollover switch", NULL, "issue under the new root; both are accepted",
      EXAMPLE "ca rollover switch --dir ca\n", dir_options, command_ca_switch },
    { "ca rollover finish", NULL, "retire the old root and delete its keys",
      EXAMPLE "ca rollover finish --dir ca\n", finish_options, command_ca_finish },
    { "serve", NULL, "run the server until SIGTERM", serve_examples, serve_options, command_serve },
    { "token create", NULL, "make an enrollment token; it is shown this once",
      EXAMPLE "token create --dir ca --label bench-7 --expires 24h\n" EXAMPLE
              "token create --dir ca --label line-2 --max-uses 500 --json\n",
      token_create_options, command_token_create },
    { "token list", NULL, "all tokens and their states", EXAMPLE "token list --dir ca\n",
      plain_options, command_token_list },
    { "token show", "ID", "one token", EXAMPLE "token show 3 --dir ca --json\n", plain_options,
      command_token_show },
    { "token revoke", "ID", "no more enrollments with it; enrolled devices keep working",
      EXAMPLE "token revoke 3 --dir ca\n", dir_options, command_token_revoke },
    { "device list", NULL, "all devices, with the newest certificate of each",
      EXAMPLE "device list --dir ca\n", plain_options, command_device_list },
    { "device show", "NAME", "all certificates of one device",
      EXAMPLE "device show pump-17 --dir ca --json\n", plain_options, command_device_show },
    { "device revoke", "NAME", "refuse this device from its next request on",
      EXAMPLE "device revoke pump-17 --dir ca\n", dir_options, command_device_revoke },
    { "device permit-replace", "NAME", "let another key take this name, once",
      EXAMPLE "device permit-replace pump-17 --dir ca\n", dir_options, command_device_permit },
    { "request list", NULL, "requests of tokens made with --approve",
      EXAMPLE "request list --dir ca\n", plain_options, command_request_list },
    { "request approve", "ID", "let it have its certificate",
      EXAMPLE "request approve 5 --dir ca\n", dir_options, command_request_approve },
    { "request refuse", "ID", "never let it have one", EXAMPLE "request refuse 5 --dir ca\n",
      dir_options, command_request_refuse },
};

static const struct cli_program program = {
    .name = "imprint-authority",
    .purpose =
        "the enrollment authority: an EST server with tokens, for labs, factory lines and CI",
    .commands = commands,
    .command_count = sizeof commands / sizeof commands[0],
};

int main(int argc, char **argv)
{
    return cli_main(&program, argc, argv);
}
