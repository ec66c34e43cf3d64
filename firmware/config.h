/* SPDX-License-Identifier: MIT
 * config.h -- every limit of the firmware: purpose, unit, range, and what a larger value costs. */
#ifndef FIRMWARE_CONFIG_H
#define FIRMWARE_CONFIG_H

/* A product overrides a limit with -DCONFIG_X=... ; the checks below refuse what can't work. */

#ifndef CONFIG_METHODS_ALL
/* 0: only `est` is built in, for servers with P-256 certificates where CONFIG_TLS12 is 0 too. */
#define CONFIG_METHODS_ALL 1
#endif
#ifndef CONFIG_TLS12
/* Speak TLS 1.2, and take RSA certificates, where a server has nothing better. */
#define CONFIG_TLS12 1
#endif
#ifndef CONFIG_NAME_CHARS_MAX
#define CONFIG_NAME_CHARS_MAX 64 /* Device name: X.520 ub-common-name. 1 to 64. */
#endif
#ifndef CONFIG_HOST_CHARS_MAX
#define CONFIG_HOST_CHARS_MAX 253 /* Host name in a URL: RFC 1035 2.3.4. */
#endif
#ifndef CONFIG_PATH_CHARS_MAX
#define CONFIG_PATH_CHARS_MAX 127 /* Path prefix in a server URL. RAM: once in the context. */
#endif
#ifndef CONFIG_TOKEN_CHARS_MAX
#define CONFIG_TOKEN_CHARS_MAX 128 /* Enrollment token. RAM: once in the context while enrolling. */
#endif
#ifndef CONFIG_CERT_BYTES_MAX
#define CONFIG_CERT_BYTES_MAX 2048 /* One DER certificate, presented, anchor or our own. */
#endif
#ifndef CONFIG_CHAIN_CERTS_MAX
#define CONFIG_CHAIN_CERTS_MAX \
    6 /* Presented, issuers and anchors: each at most; also the longest path. */
#endif
/* Our chain as committed, and the work memory: anchors, one request and one answer at a time
 * (RAM, once in the context). Certificates of RSA keys are three times as large as those of
 * P-256 keys. */
#if CONFIG_METHODS_ALL || CONFIG_TLS12
#ifndef CONFIG_CHAIN_BYTES_MAX
#define CONFIG_CHAIN_BYTES_MAX 6144
#endif
#ifndef CONFIG_WORK_BYTES
#define CONFIG_WORK_BYTES 8192
#endif
#else
#ifndef CONFIG_CHAIN_BYTES_MAX
#define CONFIG_CHAIN_BYTES_MAX 4096
#endif
#ifndef CONFIG_WORK_BYTES
#define CONFIG_WORK_BYTES 6144
#endif
#endif
#ifndef CONFIG_ANCHORS_MAX
#define CONFIG_ANCHORS_MAX 2 /* Anchors kept at once: the old and the new CA of a roll-over. */
#endif
#ifndef CONFIG_ISSUERS_MAX
#define CONFIG_ISSUERS_MAX 4 /* Intermediate CAs of /cacerts kept beside the anchors. */
#endif
#ifndef CONFIG_CACERTS_MAX
/* Certificates in an answer of /cacerts: in a roll-over old and new roots, issuers and cross
 * certificates. Stack: 8 bytes each. */
#define CONFIG_CACERTS_MAX 10
#endif
#ifndef CONFIG_CSR_BYTES_MAX
#define CONFIG_CSR_BYTES_MAX 384 /* A P-256 request with a 64-character name is 310 bytes. */
#endif
#ifndef CONFIG_HTTP_HEADER_BYTES_MAX
/* All header lines of one answer. No RAM: only counted. */
#define CONFIG_HTTP_HEADER_BYTES_MAX 4096
#endif
#ifndef CONFIG_HTTP_LINE_BYTES_MAX
/* One header line that we look at; longer lines are counted and skipped. */
#define CONFIG_HTTP_LINE_BYTES_MAX 256
#endif
#ifndef CONFIG_HTTP_BODY_BYTES_MAX
/* A body on the wire (base64 of what is kept, with line ends). Only counted. */
#define CONFIG_HTTP_BODY_BYTES_MAX 16384
#endif
#ifndef CONFIG_JWT_CHARS_MAX
/* An enrollment JWT; with RS256 and a 4096-bit key about 1,100. RAM where one is read. */
#define CONFIG_JWT_CHARS_MAX 4096
#endif
#ifndef CONFIG_CONNECT_LIMIT_MS
#define CONFIG_CONNECT_LIMIT_MS 20000 /* Resolve, TCP and TLS handshake together. */
#endif
#ifndef CONFIG_ANSWER_LIMIT_MS
/* From the first byte of a request to the last of its answer. */
#define CONFIG_ANSWER_LIMIT_MS 30000
#endif
#ifndef CONFIG_NETWORK_LIMIT_MS
#define CONFIG_NETWORK_LIMIT_MS 30000 /* Link and address, before an attempt counts as failed. */
#endif
#ifndef CONFIG_BACKOFF_FIRST_MS
/* Bound of the first wait; doubles with each failure; the wait is uniform below it. With less than
 * 36 s a fleet that restarts together sends over 5 % of its devices in one second (docs/herd.md); a
 * lab with one device may set 2000. */
#define CONFIG_BACKOFF_FIRST_MS 40000
#endif
#ifndef CONFIG_BACKOFF_CAP_MS
/* Largest bound of a wait that the server did not ask for. */
#define CONFIG_BACKOFF_CAP_MS (3600u * 1000u)
#endif
#ifndef CONFIG_RETRY_AFTER_CAP_MS
#define CONFIG_RETRY_AFTER_CAP_MS (24u * 3600u * 1000u) /* No server makes a device wait longer. */
#endif
#ifndef CONFIG_RENEW_PERCENT
#define CONFIG_RENEW_PERCENT \
    66 /* Of a certificate's lifetime, after which it is renewed. 1 to 95. */
#endif
#ifndef CONFIG_RENEW_JITTER_PERCENT
/* Of the lifetime: each device begins so much later at most, so that a fleet spreads out. */
#define CONFIG_RENEW_JITTER_PERCENT 10
#endif
#ifndef CONFIG_CHECKIN_S
/* Within this time after a reset, and a sixtieth of it at the earliest, a device that has no
 * estimate asks the server for the date. Also the least time between two renewals. */
#define CONFIG_CHECKIN_S 3600
#endif
#ifndef CONFIG_CHECKIN_AGAIN_S
#define CONFIG_CHECKIN_AGAIN_S (24 * 3600) /* The next time, when the server told no date. */
#endif
#ifndef CONFIG_TRACE_ENTRIES
#define CONFIG_TRACE_ENTRIES 64 /* Ring of trace entries, 16 bytes of RAM each. A power of two. */
#endif
#ifndef CONFIG_CLOCK_BEHIND_S
/* A clock that was set may be so far behind and still not call a certificate not yet valid. */
#define CONFIG_CLOCK_BEHIND_S 300
#endif
#ifndef CONFIG_UNLOCK_TRIES_MAX
#define CONFIG_UNLOCK_TRIES_MAX 10 /* Wrong unlock secrets before only a reset allows the next. */
#endif
#ifndef CONFIG_BUILD_TIME
/* Seconds since 1970: the floor of a device that knows nothing better. The build sets it. */
#define CONFIG_BUILD_TIME 1735689600
#endif

#if CONFIG_NAME_CHARS_MAX < 1 || CONFIG_NAME_CHARS_MAX > 64
#error "CONFIG_NAME_CHARS_MAX: a common name has 1 to 64 characters (X.520)"
#endif
#if CONFIG_RENEW_PERCENT < 1 || CONFIG_RENEW_JITTER_PERCENT < 0 || \
    CONFIG_RENEW_PERCENT + CONFIG_RENEW_JITTER_PERCENT > 95
#error "CONFIG_RENEW_PERCENT with CONFIG_RENEW_JITTER_PERCENT must leave time to renew in"
#endif
#if CONFIG_CHECKIN_S < 60 || CONFIG_CHECKIN_S > CONFIG_CHECKIN_AGAIN_S
#error "CONFIG_CHECKIN_S must be a minute or more, and not over CONFIG_CHECKIN_AGAIN_S"
#endif
#if CONFIG_TRACE_ENTRIES < 8 || (CONFIG_TRACE_ENTRIES & (CONFIG_TRACE_ENTRIES - 1)) != 0
#error "CONFIG_TRACE_ENTRIES must be a power of two, 8 or more"
#endif
#if CONFIG_CLOCK_BEHIND_S < 0 || CONFIG_CLOCK_BEHIND_S > 86400
#error "CONFIG_CLOCK_BEHIND_S: 0 to a day; what is further behind is no clock"
#endif
#if CONFIG_WORK_BYTES < CONFIG_CHAIN_BYTES_MAX + CONFIG_CERT_BYTES_MAX
#error "CONFIG_WORK_BYTES must hold a chain of CONFIG_CHAIN_BYTES_MAX beside an anchor"
#endif
#if CONFIG_CHAIN_BYTES_MAX < CONFIG_CERT_BYTES_MAX
#error "CONFIG_CHAIN_BYTES_MAX must hold at least one certificate of CONFIG_CERT_BYTES_MAX"
#endif
#if CONFIG_BACKOFF_FIRST_MS < 100 || CONFIG_BACKOFF_FIRST_MS > CONFIG_BACKOFF_CAP_MS
#error "CONFIG_BACKOFF_FIRST_MS must be 100 or more and not over CONFIG_BACKOFF_CAP_MS"
#endif
#if CONFIG_BACKOFF_CAP_MS > CONFIG_RETRY_AFTER_CAP_MS || CONFIG_RETRY_AFTER_CAP_MS > 86400000
#error "CONFIG_RETRY_AFTER_CAP_MS must be at most a day and not below CONFIG_BACKOFF_CAP_MS"
#endif

#endif
