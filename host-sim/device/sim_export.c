/* SPDX-License-Identifier: MIT
 * sim_export.c -- the identity as files for other programs: PEM and JSON beside the flash image. */
#define _POSIX_C_SOURCE 200809L /* open_memstream */
#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-sim/device/sim.h"

enum {
    CERTS_BYTES_MAX = CONFIG_CHAIN_CERTS_MAX * CONFIG_CERT_BYTES_MAX,
    PUBLIC_MODE = 0644
};

int sim_publish(const struct sim_device *device, const char *name, mode_t mode,
                struct bytes content)
{
    char path[FILES_PATH_CHARS_MAX + 1];
    char *there = OPENSSL_malloc(content.len + 1);
    size_t there_bytes = 0;
    int err = there == NULL ? ENOMEM : 0;

    if (!err && !files_join(path, device->folder, name)) {
        err = ENAMETOOLONG;
    }
    if (!err && (files_read(path, there, content.len, &there_bytes) != 0 ||
                 !bytes_equal(bytes_of(there, there_bytes), content))) {
        err = files_write(path, mode, true, content);
    }
    OPENSSL_clear_free(there, content.len + 1);
    return err ? cli_fail(device->args, SIM_FAULT, "can't write %s in %s: %s", name, device->folder,
                          strerror(err))
               : 0;
}

/* Each DER certificate of `list` as a PEM block. */
static bool write_pem(BIO *pem, struct bytes list)
{
    const uint8_t *at = list.data;
    const uint8_t *const end = list.data + list.len;

    while (at < end) {
        X509 *cert = d2i_X509(NULL, &at, end - at);
        const bool wrote = cert != NULL && PEM_write_bio_X509(pem, cert) == 1;

        X509_free(cert);
        if (!wrote) {
            return false;
        }
    }
    return true;
}

static int publish_certs(const struct sim_device *device, const char *name, struct bytes list)
{
    BIO *pem = BIO_new(BIO_s_mem());
    char *text = NULL;
    int code = SIM_FAULT;

    if (pem != NULL && write_pem(pem, list)) {
        const long chars = BIO_get_mem_data(pem, &text);

        code = sim_publish(device, name, PUBLIC_MODE, bytes_of(text, (size_t)chars));
    } else {
        cli_fail(device->args, SIM_FAULT, "the certificates for %s can't be read", name);
    }
    BIO_free(pem);
    return code;
}

static int publish_json(const struct sim_device *device)
{
    struct imprint_status status;
    struct json_out json;
    char *text = NULL;
    size_t chars = 0;
    FILE *stream = open_memstream(&text, &chars);
    int code = SIM_FAULT;

    if (stream == NULL) {
        return cli_fail(device->args, SIM_FAULT, "out of memory");
    }
    sim_device_status(device, &status);
    json_out_init(&json, stream);
    json_object(&json, NULL);
    sim_json_identity(&json, &status);
    json_object_end(&json);
    fputc('\n', stream);
    if (fclose(stream) == 0) {
        code = sim_publish(device, "identity.json", PUBLIC_MODE, bytes_of(text, chars));
    }
    free(text);
    return code;
}

int sim_export(const struct sim_device *device)
{
    uint8_t certs[CERTS_BYTES_MAX];
    size_t bytes = 0;
    int code = 0;
    imp_err_t err = imprint_anchors(device->imprint, certs, sizeof certs, &bytes);

    if (!err) {
        code = publish_certs(device, "ca.crt", bytes_of(certs, bytes));
        err = imprint_chain(device->imprint, certs, sizeof certs, &bytes);
    }
    if (err) {
        return cli_fail(device->args, SIM_FAULT, "the identity can't be read: %s",
                        imprint_err_name(err));
    }
    if (!code) {
        code = publish_certs(device, "device.crt", bytes_of(certs, bytes));
    }
    return code ? code : publish_json(device);
}
