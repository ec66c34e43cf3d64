/* SPDX-License-Identifier: MIT
 * flash_file.h -- NOR flash in a file: the image that an emulated board or a programmer would
 * use.
 *
 * Programs and erases go to the file at once, in order, so that killing the process is a power
 * cut between two of them. They are not forced to the disk: the host itself losing power is not
 * what is simulated. */
#ifndef HOST_SIM_DEVICE_FLASH_FILE_H
#define HOST_SIM_DEVICE_FLASH_FILE_H

#include "hal/hal_flash.h"
#include "host-sim/device/flash_geometry.h"

/* A whole flash chip, and the region of it that is the identity flash. */
struct flash_file_layout {
    uint64_t file_bytes;
    uint64_t region_offset;
    struct flash_geometry geometry;
};

/* The board sf2-som: 16 MiB, of which the first two 64 KB sectors. */
extern const struct flash_file_layout flash_file_sf2_som;

struct flash_file {
    struct hal_flash flash;
    uint64_t region_offset;
    int fd;
    bool is_open;
};

/* Open the image `path`. Where there is none and `create` is true one is made, erased. `layout`
 * NULL means flash_file_sf2_som; borrowed during the call. The file stays locked against other
 * processes until it is closed. Returns 0 or an errno value: EWOULDBLOCK another process has it
 * open; EFBIG or ENODATA it is larger or smaller than the layout says; ENOENT and others as
 * open(2). After an error the struct is closed. Must not be moved while open. */
int flash_file_open(struct flash_file *file, const char *path,
                    const struct flash_file_layout *layout, bool create);

/* Close; nothing for one that is closed or all zero. */
void flash_file_close(struct flash_file *file);

/* Its flash, valid while it is open. Errors of the file are HAL_ERR_IO; so is programming a unit
 * that is not erased, where the layout does not allow that. */
const struct hal_flash *flash_file_flash(const struct flash_file *file);

#endif
