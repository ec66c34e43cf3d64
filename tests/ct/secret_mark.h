/* SPDX-License-Identifier: MIT
 * secret_mark.h -- what valgrind is told: a secret is memory that nobody has set. It follows such
 * bits through every copy and sum, and complains where a jump or an address depends on one.
 *
 * After the idea of Adam Langley's ctgrind (2010). */
#ifndef TESTS_CT_SECRET_MARK_H
#define TESTS_CT_SECRET_MARK_H

#include <valgrind/memcheck.h>

/* From here on the bytes are secret. */
#define SECRET(at, bytes) ((void)VALGRIND_MAKE_MEM_UNDEFINED((at), (bytes)))

/* From here on they are not: the caller says why. */
#define PUBLIC(at, bytes) ((void)VALGRIND_MAKE_MEM_DEFINED((at), (bytes)))

#endif
