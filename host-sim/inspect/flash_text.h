/* SPDX-License-Identifier: MIT
 * flash_text.h -- record types in words, for `flash`. */
#ifndef HOST_SIM_INSPECT_FLASH_TEXT_H
#define HOST_SIM_INSPECT_FLASH_TEXT_H

#include <stdint.h>

enum {
    FLASH_TYPE_CHARS = 32
};

/* "staged key" and so on; "type 12" for one without a name here. May return `text`. */
const char *flash_type_text(uint8_t type, char text[FLASH_TYPE_CHARS]);

#endif
