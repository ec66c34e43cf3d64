# SPDX-License-Identifier: MIT
# wolfssl.cmake -- which of wolfSSL's source files are compiled
#
# Sets WOLFSSL_SOURCES and WOLFSSL_DEFINITIONS. Options are in user_settings.h; a file whose
# subject is switched off there compiles to nothing, so that one list serves every build.

set(WOLFSSL_SOURCES
    src/internal.c src/keys.c src/ssl.c src/tls.c src/tls13.c src/wolfio.c
    wolfcrypt/src/aes.c wolfcrypt/src/asn.c wolfcrypt/src/ecc.c wolfcrypt/src/error.c
    wolfcrypt/src/hash.c wolfcrypt/src/hmac.c wolfcrypt/src/kdf.c wolfcrypt/src/logging.c
    wolfcrypt/src/memory.c wolfcrypt/src/random.c wolfcrypt/src/rsa.c wolfcrypt/src/sha256.c
    wolfcrypt/src/sha512.c wolfcrypt/src/signature.c wolfcrypt/src/sp_c32.c
    wolfcrypt/src/sp_c64.c wolfcrypt/src/sp_cortexm.c wolfcrypt/src/sp_int.c
    wolfcrypt/src/wc_encrypt.c wolfcrypt/src/wc_port.c wolfcrypt/src/wolfmath.c)
list(TRANSFORM WOLFSSL_SOURCES PREPEND ${WOLFSSL_DIR}/)
set(WOLFSSL_DEFINITIONS)

# Hashes, ciphers and the DRBG work on the stack, where they need little (sha512.c most, 1 KB): in
# the arena a full arena would fail them, and a DRBG that fails once fails until the reset.
foreach(name aes hmac kdf random sha256 sha512)
    set_source_files_properties(${WOLFSSL_DIR}/wolfcrypt/src/${name}.c
        PROPERTIES COMPILE_DEFINITIONS PORT_NO_SMALL_STACK)
endforeach()
