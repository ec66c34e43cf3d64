/* SPDX-License-Identifier: MIT
 * little_endian.h -- numbers in flash, byte by byte: the layout never depends on a compiler. */
#ifndef FIRMWARE_LITTLE_ENDIAN_H
#define FIRMWARE_LITTLE_ENDIAN_H

#include <stdint.h>

static inline void le16_put(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
}

static inline uint16_t le16_get(const uint8_t *at)
{
    return (uint16_t)(at[0] | at[1] << 8);
}

static inline void le32_put(uint8_t *at, uint32_t value)
{
    le16_put(at, (uint16_t)value);
    le16_put(at + 2, (uint16_t)(value >> 16));
}

static inline uint32_t le32_get(const uint8_t *at)
{
    return le16_get(at) | (uint32_t)le16_get(at + 2) << 16;
}

static inline void le64_put(uint8_t *at, uint64_t value)
{
    le32_put(at, (uint32_t)value);
    le32_put(at + 4, (uint32_t)(value >> 32));
}

static inline uint64_t le64_get(const uint8_t *at)
{
    return le32_get(at) | (uint64_t)le32_get(at + 4) << 32;
}

#endif
