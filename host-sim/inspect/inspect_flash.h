/* SPDX-License-Identifier: MIT
 * inspect_flash.h -- parts of `flash`, for its files alone. */
#ifndef HOST_SIM_INSPECT_INSPECT_FLASH_H
#define HOST_SIM_INSPECT_INSPECT_FLASH_H

#include "firmware/core/provision.h"
#include "firmware/store/store.h"
#include "host-sim/device/flash_geometry.h"
#include "host-sim/inspect/inspect.h"

/* --- flash_geometry_option.c: what kind of flash ---------------------------------------------- */

#define FLASH_GEOMETRY_OPTIONS                                                                    \
    { "geometry", "NAME", "a kind of flash (default: sf2-som); an unknown name lists them", 0,    \
      NULL },                                                                                     \
        { "region", "BYTES", "both slots together", 0, NULL },                                    \
        { "sector", "BYTES", "smallest erasable piece", 0, NULL },                                \
        { "unit", "BYTES", "smallest programmable piece", 0, NULL },                              \
        { "erased", "VALUE", "of an erased byte: 0xFF or 0x00", 0, NULL },                        \
        { "once", NULL, "a unit is programmed once before its erase (flash with ECC)", 0, NULL }, \
    {                                                                                             \
        "offset", "BYTES", "where in the file the region begins (default: 0)", 0, NULL            \
    }

/* The geometry that the options ask for, and where it begins in the file. CLI_OK, or CLI_USAGE after
 * saying why. */
int flash_geometry_of(struct inspect *inspect, struct flash_geometry *geometry, uint32_t *offset);

/* --- flash_log.c: what lies where ------------------------------------------------------------- */

/* Say what both slots hold, record by record, as it lies there. Which records count is what `opened`
 * says, the store on a copy of the same flash; NULL where it does not open. */
void flash_say_log(struct say *say, const struct hal_flash *flash, const struct store *opened);

/* --- flash_content.c: what it means ----------------------------------------------------------- */

/* What LOAD would find. */
struct flash_content {
    struct store store;
    struct provision provision;
    bool is_proved;             /* The identity's key is not the staged one. */
    bool candidate_is_identity; /* It was promoted. */
    bool candidate_is_staged;
};

/* Say what the records that count mean, and note in `content` what LOAD goes by. Never a secret: of
 * sealed parts the length alone, of the token and the unlock hash only that they are there. 0; the
 * error that LOAD would stop with. */
imp_err_t flash_say_content(struct say *say, struct flash_content *content);

#endif
