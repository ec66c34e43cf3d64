/* SPDX-License-Identifier: MIT
 * tls.c -- tls.h by wolfSSL over net.h.
 *
 * wolfSSL is told to verify nothing (VERIFY_NONE) and to ask us always: our callback then gets the
 * presented chain once, before CertificateVerify, and its refusal ends the handshake, while
 * wolfSSL's own judgement, which it may not add to its store, changes nothing. Each stream has its
 * own context, so that nothing can be left behind. */
#include "firmware/tls/tls.h"

#include <wolfssl/wolfcrypt/settings.h>
#include <wolfssl/error-ssl.h>
#include <wolfssl/ssl.h>
#include <wolfssl/wolfcrypt/error-crypt.h>

#include "firmware/config.h"
#include "firmware/imp_assert.h"
#include "firmware/net/net.h"
#include "firmware/proto/url.h"
#include "port/arena.h"
#include "port/port_config.h"
#include "port/wolfssl/options_check.h"
#include "port/wolfssl/p256_count.h"
#include "port/wolfssl/rng.h"
#include "port/wolfssl/tls_internal.h"

enum {
    RECORD_HEADER_BYTES = 5,   /* RFC 8446 5.1 */
    RECORD_GROWTH_BYTES = 256, /* RFC 8446 5.2: what protection may add. */
    SPKI_PREFIX_BYTES = 26
};

_Static_assert(MAX_CHAIN_DEPTH == CONFIG_CHAIN_CERTS_MAX,
               "the library and the verdict take as many");

struct tls_stream {
    struct net_stream *net;
    WOLFSSL_CTX *ctx;
    WOLFSSL *ssl;
    tls_verdict_fn verdict;
    void *verdict_context;
    enum key_slot slot;
    imp_err_t err; /* What ended the stream, for good; 0 while it lives. */
    int32_t foreign;
    bool net_is_connected;
    bool is_judged;    /* The verdict accepted. */
    bool is_connected; /* The handshake is complete. */
    bool has_signed;   /* The peer asked for our certificate, and got our signature. */

    /* Where the incoming bytes stand, record by record. */
    uint8_t header[RECORD_HEADER_BYTES];
    uint8_t header_bytes;
    uint16_t body_left_bytes;
    uint16_t idle_records; /* Begun since one brought bytes for the application. */
    bool may_begin_record; /* One record may begin in each call of ours. */
};

/* --- Bytes in and out: called by wolfSSL ------------------------------------------------------ */

static int io_error(struct tls_stream *stream, imp_err_t err)
{
    if (err == IMP_ERR_NET_CLOSED) {
        stream->err = stream->err ? stream->err : err;
        return WOLFSSL_CBIO_ERR_CONN_CLOSE;
    }
    stream->err = stream->err ? stream->err : err;
    return WOLFSSL_CBIO_ERR_GENERAL;
}

/* Note what was read of a record's header. IMP_ERR_TLS_RECORD: it announces more than we take.
 * IMP_ERR_TLS_FLOOD: too many of them have brought nothing. */
static imp_err_t follow_header(struct tls_stream *stream, const uint8_t *in, size_t bytes)
{
    memcpy(stream->header + stream->header_bytes, in, bytes);
    stream->header_bytes = (uint8_t)(stream->header_bytes + bytes);
    if (stream->header_bytes == RECORD_HEADER_BYTES) {
        stream->header_bytes = 0;
        stream->body_left_bytes = (uint16_t)(stream->header[3] << 8 | stream->header[4]);
        if (stream->body_left_bytes > PORT_TLS_RECORD_BYTES_MAX + RECORD_GROWTH_BYTES) {
            return IMP_ERR_TLS_RECORD;
        }
        if (++stream->idle_records > PORT_TLS_IDLE_RECORDS_MAX) {
            return IMP_ERR_TLS_FLOOD;
        }
    }
    return 0;
}

static int receive(WOLFSSL *ssl, char *out, int cap, void *context)
{
    struct tls_stream *stream = context;
    const bool in_header = stream->body_left_bytes == 0;
    size_t want = (size_t)cap;

    (void)ssl;
    if (in_header && stream->header_bytes == 0 && !stream->may_begin_record) {
        return WOLFSSL_CBIO_ERR_WANT_READ;
    }
    const size_t left =
        in_header ? (size_t)(RECORD_HEADER_BYTES - stream->header_bytes) : stream->body_left_bytes;

    want = want < left ? want : left;
    const int32_t got = net_read(stream->net, (uint8_t *)out, want);

    if (got <= 0) {
        return got == 0 ? WOLFSSL_CBIO_ERR_WANT_READ : io_error(stream, got);
    }
    stream->may_begin_record = false;
    if (in_header) {
        const imp_err_t err = follow_header(stream, (const uint8_t *)out, (size_t)got);

        return err ? io_error(stream, err) : got;
    }
    stream->body_left_bytes = (uint16_t)(stream->body_left_bytes - got);
    return got;
}

static int transmit(WOLFSSL *ssl, char *in, int len, void *context)
{
    struct tls_stream *stream = context;
    const int32_t taken = net_write(stream->net, (const uint8_t *)in, (size_t)len);

    (void)ssl;
    if (taken <= 0) {
        return taken == 0 ? WOLFSSL_CBIO_ERR_WANT_WRITE : io_error(stream, taken);
    }
    return taken;
}

/* --- The verdict and the signature: called by wolfSSL ----------------------------------------- */

/* Returns 1 to go on, 0 to end the handshake. `preverified` is wolfSSL's own opinion, which is not
 * asked for. */
static int judge(int preverified, WOLFSSL_X509_STORE_CTX *store)
{
    struct tls_stream *stream = store->userCtx;
    struct bytes certs[MAX_CHAIN_DEPTH];
    const size_t count = (size_t)store->totalCerts;
    imp_err_t err = IMP_ERR_CHAIN_TOO_LONG;

    (void)preverified;
    if (tls_internal_lacks_ems(stream->ssl)) {
        err = IMP_ERR_TLS_NO_EMS;
    } else if (count <= MAX_CHAIN_DEPTH) {
        for (size_t i = 0; i < count; i++) {
            certs[i] = bytes_of(store->certs[i].buffer, store->certs[i].length);
        }
        err = stream->verdict(stream->verdict_context, certs, count);
    }
    stream->err = err;
    stream->is_judged = err == 0;
    return err == 0;
}

/* A hash longer than the curve's order counts with its left-most bits (FIPS 186-5 6.4.1), here 32
 * bytes. */
static int sign(WOLFSSL *ssl, const unsigned char *digest, unsigned int digest_bytes,
                unsigned char *out, word32 *out_bytes, const unsigned char *key,
                unsigned int key_bytes, void *context)
{
    struct tls_stream *stream = context;
    uint8_t signature[KEY_SIGNATURE_BYTES_MAX];
    size_t bytes = 0;

    (void)ssl, (void)key, (void)key_bytes;
    if (digest_bytes < KEY_DIGEST_BYTES) {
        return BAD_FUNC_ARG;
    }
    const imp_err_t err = key_sign(stream->slot, digest, signature, &bytes);

    if (err || bytes > *out_bytes) {
        stream->err = err ? err : IMP_ERR_BUG_SPACE;
        return WC_HW_E;
    }
    memcpy(out, signature, bytes);
    *out_bytes = (word32)bytes;
    stream->has_signed = true;
    return 0;
}

/* --- How a stream ends ------------------------------------------------------------------------ */

/* What the peer is told when the verdict refuses (RFC 8446 6.2). */
static int alert_for(imp_err_t err)
{
    switch (err) {
    case IMP_ERR_CHAIN_EXPIRED:
        return certificate_expired;
    case IMP_ERR_CHAIN_NO_ANCHOR:
    case IMP_ERR_TRUST_PIN_NOT_FOUND:
        return unknown_ca;
    case IMP_ERR_TLS_NO_EMS:
        return handshake_failure;
    default:
        return bad_certificate;
    }
}

static imp_err_t error_of_alert(const struct tls_stream *stream, int description)
{
    if (description == protocol_version || description == insufficient_security) {
        return IMP_ERR_TLS_VERSION;
    }
    /* Before there was a certificate, handshake_failure says that no suite or group is common. */
    if (description == handshake_failure && !stream->is_judged) {
        return IMP_ERR_TLS_VERSION;
    }
    return IMP_ERR_TLS_ALERT;
}

static imp_err_t error_of_wolf(const struct tls_stream *stream, int wolf)
{
    /* wolfSSL reads every presented certificate before it asks for the verdict. */
    if (wolf <= ASN_PARSE_E && wolf >= ASN_TIME_E && !stream->is_judged) {
        return IMP_ERR_X509_MALFORMED;
    }
    switch (wolf) {
    case MEMORY_E:
    case MEMORY_ERROR:
        return IMP_ERR_TLS_MEMORY;
    case VERSION_ERROR:
    case UNSUPPORTED_SUITE:
    case MATCH_SUITE_ERROR:
    case UNSUPPORTED_PROTO_VERSION:
        return IMP_ERR_TLS_VERSION;
    case SIG_VERIFY_E:
    case VERIFY_SIGN_ERROR:
    case VERIFY_CERT_ERROR:
    case ASN_SIG_CONFIRM_E:
    case RSA_PAD_E:
    case BAD_PADDING_E:
    case RSA_BUFFER_E:
        return stream->is_judged && !stream->is_connected ? IMP_ERR_TLS_SIGNATURE
                                                          : IMP_ERR_TLS_PROTOCOL;
    case WOLFSSL_ERROR_ZERO_RETURN:
    case ZERO_RETURN:
    case SOCKET_PEER_CLOSED_E:
        return IMP_ERR_NET_CLOSED;
    case MAX_CHAIN_ERROR:
        return IMP_ERR_CHAIN_TOO_LONG;
    case HANDSHAKE_SIZE_ERROR:
        return IMP_ERR_TLS_RECORD;
    default:
        return IMP_ERR_TLS_PROTOCOL;
    }
}

/* Name what made wolfSSL fail, keep it, and remember the library's own word. What we said ourselves
 * goes first: the verdict's error, or the network's. */
static imp_err_t fail(struct tls_stream *stream, int wolf)
{
    WOLFSSL_ALERT_HISTORY history;

    stream->foreign = wolf;
    if (wolf == FATAL_ERROR &&
        wolfSSL_get_alert_history(stream->ssl, &history) == WOLFSSL_SUCCESS) {
        stream->foreign = history.last_rx.code;
        stream->err = error_of_alert(stream, history.last_rx.code);
    } else if (stream->err == 0) {
        stream->err = error_of_wolf(stream, wolf);
    } else if (!stream->is_judged) {
        tls_internal_alert(stream->ssl, alert_for(stream->err));
    }
    return stream->err;
}

/* 0 when wolfSSL only wants to be called again. */
static imp_err_t outcome(struct tls_stream *stream, int returned)
{
    const int wolf = wolfSSL_get_error(stream->ssl, returned);

    if (stream->err == 0 && (wolf == WOLFSSL_ERROR_WANT_READ || wolf == WOLFSSL_ERROR_WANT_WRITE)) {
        return 0;
    }
    return fail(stream, wolf);
}

/* --- Setting up ------------------------------------------------------------------------------- */

/* wolfSSL wants a key beside the chain; the public one will do, since the signature is our
 * callback's. */
static imp_err_t use_identity(struct tls_stream *stream, const struct tls_params *params)
{
    static const uint8_t prefix[SPKI_PREFIX_BYTES] = {
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a,
        0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, /* id-ecPublicKey */
        0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d,
        0x03, 0x01, 0x07, 0x03, 0x42, 0x00 /* secp256r1 */
    };
    uint8_t spki[SPKI_PREFIX_BYTES + KEY_POINT_BYTES];
    const imp_err_t err = key_public(params->slot, spki + SPKI_PREFIX_BYTES);

    if (err) {
        return err;
    }
    memcpy(spki, prefix, sizeof prefix);
    stream->slot = params->slot;
    wolfSSL_CTX_SetEccSignCb(stream->ctx, sign);
    if (wolfSSL_CTX_use_certificate_chain_buffer_format(stream->ctx, params->chain.data,
                                                        (long)params->chain.len,
                                                        WOLFSSL_FILETYPE_ASN1) != WOLFSSL_SUCCESS ||
        wolfSSL_CTX_use_PrivateKey_buffer(stream->ctx, spki, sizeof spki, WOLFSSL_FILETYPE_ASN1) !=
            WOLFSSL_SUCCESS) {
        return IMP_ERR_TLS_MEMORY;
    }
    return 0;
}

static imp_err_t make_context(struct tls_stream *stream, const struct tls_params *params)
{
    WC_RNG *rng;
    imp_err_t err = rng_get(&rng);

    if (err) {
        return err;
    }
    stream->ctx =
        wolfSSL_CTX_new(CONFIG_TLS12 ? wolfSSLv23_client_method() : wolfTLSv1_3_client_method());
    if (stream->ctx == NULL) {
        return IMP_ERR_TLS_MEMORY;
    }
    tls_internal_share_rng(stream->ctx, rng);
    wolfSSL_CTX_SetIORecv(stream->ctx, receive);
    wolfSSL_CTX_SetIOSend(stream->ctx, transmit);
    return params->identify ? use_identity(stream, params) : 0;
}

/* Groups in the order of preference; a key share is sent for the first. */
static bool offer_groups(WOLFSSL *ssl)
{
    bool offered = wolfSSL_UseSupportedCurve(ssl, WOLFSSL_ECC_SECP256R1) == WOLFSSL_SUCCESS;

#if PORT_P384_P521
    offered = offered && wolfSSL_UseSupportedCurve(ssl, WOLFSSL_ECC_SECP384R1) == WOLFSSL_SUCCESS &&
              wolfSSL_UseSupportedCurve(ssl, WOLFSSL_ECC_SECP521R1) == WOLFSSL_SUCCESS;
#endif
    return offered && wolfSSL_UseKeyShare(ssl, WOLFSSL_ECC_SECP256R1) == WOLFSSL_SUCCESS;
}

static imp_err_t make_session(struct tls_stream *stream, const struct tls_params *params)
{
    WOLFSSL *ssl = wolfSSL_new(stream->ctx);

    stream->ssl = ssl;
    if (ssl == NULL) {
        return IMP_ERR_TLS_MEMORY;
    }
    wolfSSL_SetIOReadCtx(ssl, stream);
    wolfSSL_SetIOWriteCtx(ssl, stream);
    wolfSSL_SetEccSignCtx(ssl, stream);
    wolfSSL_SetCertCbCtx(ssl, stream);
    wolfSSL_set_verify(ssl, WOLFSSL_VERIFY_NONE, judge);
    if (!offer_groups(ssl) || wolfSSL_UseMaxFragment(ssl, WOLFSSL_MFL_2_12) != WOLFSSL_SUCCESS) {
        return IMP_ERR_TLS_MEMORY;
    }
    uint8_t address[4];

    /* RFC 6066 3: literal addresses are not sent. */
    if (url_parse_ipv4(bytes_of_text(params->host), address) != 0 &&
        wolfSSL_UseSNI(ssl, WOLFSSL_SNI_HOST_NAME, params->host,
                       (unsigned short)strlen(params->host)) != WOLFSSL_SUCCESS) {
        return IMP_ERR_TLS_MEMORY;
    }
    return 0;
}

/* --- tls.h ------------------------------------------------------------------------------------ */

imp_err_t tls_open(struct tls_stream **opened, const struct tls_params *params)
{
    IMP_ASSERT(params->verdict != NULL);
    *opened = NULL;
    /* Asked for first: a session costs a key pair, and this is called again and again until there is
     * an address. */
    imp_err_t err = net_ready();
    if (err) {
        return err;
    }
    struct tls_stream *stream = port_arena_calloc(1, sizeof *stream);
    if (stream == NULL) {
        return IMP_ERR_TLS_MEMORY;
    }
    stream->verdict = params->verdict;
    stream->verdict_context = params->verdict_context;
    err = make_context(stream, params);

    if (!err) {
        err = make_session(stream, params);
    }
    if (!err) {
        err = net_open(&stream->net, params->host, params->port);
    }
    if (err) {
        tls_close(stream);
        return err;
    }
    *opened = stream;
    return 0;
}

static int32_t wait_for_network(struct tls_stream *stream)
{
    const int32_t connected = net_connected(stream->net);

    stream->net_is_connected = connected == 1;
    if (connected < 0) {
        stream->err = connected;
    }
    return connected;
}

/* An own share, the peer's, and the proof that the peer has its key. */
static void count_handshake(const struct tls_stream *stream)
{
    p256_count.keygen++;
    p256_count.ecdh++;
    p256_count.verify += tls_internal_peer_is_p256(stream->ssl);
}

int32_t tls_connect(struct tls_stream *stream)
{
    if (stream->err) {
        return stream->err;
    }
    if (!stream->net_is_connected) {
        const int32_t connected = wait_for_network(stream);

        if (connected != 1) {
            return connected;
        }
    }
    stream->may_begin_record = true;
    const int returned = wolfSSL_connect(stream->ssl);

    if (returned != WOLFSSL_SUCCESS) {
        return outcome(stream, returned);
    }
    if (!stream->is_judged) {
        /* A handshake without a certificate: none is built in, none is accepted. */
        stream->err = IMP_ERR_TLS_PROTOCOL;
        return stream->err;
    }
    if (!stream->is_connected) {
        stream->is_connected = true;
        stream->idle_records = 0;
        count_handshake(stream);
    }
    return 1;
}

int32_t tls_read(struct tls_stream *stream, uint8_t *out, size_t cap)
{
    IMP_ASSERT(stream->is_connected);
    if (stream->err) {
        return stream->err;
    }
    stream->may_begin_record = true;
    const int returned = wolfSSL_read(stream->ssl, out, cap > INT16_MAX ? INT16_MAX : (int)cap);

    if (returned > 0) {
        stream->idle_records = 0;
        return returned;
    }
    return outcome(stream, returned);
}

int32_t tls_write(struct tls_stream *stream, const uint8_t *in, size_t len)
{
    IMP_ASSERT(stream->is_connected);
    if (stream->err) {
        return stream->err;
    }
    stream->may_begin_record = true;
    const int returned = wolfSSL_write(
        stream->ssl, in, len > PORT_TLS_WRITE_BYTES_MAX ? PORT_TLS_WRITE_BYTES_MAX : (int)len);

    return returned > 0 ? returned : outcome(stream, returned);
}

bool tls_identified(const struct tls_stream *stream)
{
    IMP_ASSERT(stream->is_connected);
    return stream->has_signed;
}

int32_t tls_foreign_code(const struct tls_stream *stream)
{
    return stream->foreign;
}

void tls_close(struct tls_stream *stream)
{
    if (stream == NULL) {
        return;
    }
    if (stream->is_connected && stream->err == 0) {
        (void)wolfSSL_shutdown(stream->ssl);
    }
    wolfSSL_free(stream->ssl);
    if (stream->ctx != NULL) {
        tls_internal_share_rng(stream->ctx, NULL);
        wolfSSL_CTX_free(stream->ctx);
    }
    net_close(stream->net);
    port_arena_free(stream);
}
