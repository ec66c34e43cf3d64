/* SPDX-License-Identifier: MIT
 * sim_main.c -- imprint-sim: the firmware as a Linux process. The commands, in words. */
#include "host-sim/device/sim.h"

static const char enroll_help[] =
    "  imprint-sim enroll --server https://authority.example:8443 --token-file token \\\n"
    "      --ca-fingerprint \"$FINGERPRINT\" --cert-dir /var/lib/device\n"
    "\n"
    "What was given once is kept in DIR. A name that this machine resolves to itself (localhost)\n"
    "is reached on this machine. Files in DIR: device.crt (certificate and issuers), ca.crt\n"
    "(trusted), identity.json; the device itself is identity.flash, unit.key and unit.serial:\n"
    "keep these three together, and secret.\n"
    "\n"
    "Exit codes of this command:\n"
    "  0  enrolled; where it was before, nothing is spent and nobody is contacted\n"
    "  1  rejected: a person must act (a new token, another name); the error is named\n"
    "  2  wrong usage\n"
    "  3  not reached in time, or DIR is in use: the same command goes on where this one stopped\n"
    "  4  DIR, its flash or its key can't be used\n";

static const char whoami_help[] =
    "  imprint-sim whoami --cert-dir /var/lib/device\n"
    "\n"
    "Exit codes: 0 the server knows the device, 1 it refuses it, 3 not reached in time\n";

static const char renew_help[] =
    "  imprint-sim renew --cert-dir /var/lib/device\n"
    "\n"
    "A new key and certificate, by the ones there are; these stay in use until the server has seen\n"
    "the new ones. With --token by a token instead: for a certificate that has expired.\n"
    "\n"
    "An enrollment that the server had not yet seen the end of is finished instead (\"enrolled\").\n"
    "\n"
    "Exit codes: 0 renewed or enrolled, 1 not enrolled, 3 not done in time: the same command goes\n"
    "on\n";

static const struct cli_command commands[] = {
    {
        .words = "enroll",
        .purpose = "give the device in a folder its identity",
        .examples = enroll_help,
        .options = sim_enroll_options,
        .run = sim_enroll,
    },
    {
        .words = "whoami",
        .purpose = "prove the identity to the server once more",
        .examples = whoami_help,
        .options = sim_whoami_options,
        .run = sim_whoami,
    },
    {
        .words = "renew",
        .purpose = "get a new key and certificate for an enrolled device",
        .examples = renew_help,
        .options = sim_renew_options,
        .run = sim_renew,
    },
    {
        .words = "status",
        .purpose = "what the device in a folder says of itself; no network",
        .examples = "  imprint-sim status --cert-dir /var/lib/device --json\n",
        .options = sim_status_options,
        .run = sim_status,
    },
    {
        .words = "run",
        .purpose = "the reference application with its console, as a board would run it",
        .examples = "  imprint-sim run --flash device.img --unit ./unit1\n",
        .options = sim_run_options,
        .run = sim_run,
    },
    {
        .words = "provision",
        .purpose = "write server, fingerprint and token into a flash image",
        .examples =
            "  imprint-sim provision --flash device.img --unit ./unit1 --token-file token \\\n"
            "      --server https://authority.example --ca-fingerprint \"$FINGERPRINT\"\n"
            "\nWithout --unit the token lies open in the image until the device's first boot.\n",
        .options = sim_provision_options,
        .run = sim_provision,
    },
    {
        .words = "unit create",
        .operands = "PREFIX",
        .purpose = "make PREFIX.key and PREFIX.serial for an emulated board",
        .examples = "  imprint-sim unit create ./unit1 --serial SF2-0001\n",
        .options = sim_unit_options,
        .run = sim_unit_create,
    },
};

static const struct cli_program program = {
    .name = "imprint-sim",
    .purpose = "the device's firmware as a Linux process",
    .commands = commands,
    .command_count = sizeof commands / sizeof commands[0],
};

char **sim_arguments;

int main(int argc, char **argv)
{
    sim_arguments = argv;
    return cli_main(&program, argc, argv);
}
