/* SPDX-License-Identifier: MIT
 * flash_file.c -- NOR flash in a file. */
#define _DEFAULT_SOURCE
#include "host-sim/device/flash_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PIECE_BYTES = 4096
};

const struct flash_file_layout flash_file_sf2_som = {
    .file_bytes = 16 * 1024 * 1024,
    .region_offset = 0,
    .geometry = { "sf2-som", 128 * 1024, 64 * 1024, 1, 0xFF, true },
};

/* --- Whole reads and writes ----------------------------------------------------------------- */

static int read_at(int fd, uint64_t offset, uint8_t *out, size_t bytes)
{
    while (bytes > 0) {
        const ssize_t got = pread(fd, out, bytes, (off_t)offset);
        if (got <= 0) {
            if (got < 0 && errno == EINTR) {
                continue;
            }
            return got < 0 ? errno : ENODATA;
        }
        out += got;
        offset += (uint64_t)got;
        bytes -= (size_t)got;
    }
    return 0;
}

static int write_at(int fd, uint64_t offset, const uint8_t *in, size_t bytes)
{
    while (bytes > 0) {
        const ssize_t put = pwrite(fd, in, bytes, (off_t)offset);
        if (put < 0) {
            if (errno == EINTR) {
                continue;
            }
            return errno;
        }
        in += put;
        offset += (uint64_t)put;
        bytes -= (size_t)put;
    }
    return 0;
}

static int fill(int fd, uint64_t offset, uint64_t bytes, uint8_t value)
{
    uint8_t piece[PIECE_BYTES];
    int err = 0;

    memset(piece, value, sizeof piece);
    while (bytes > 0 && err == 0) {
        const size_t now = bytes < sizeof piece ? (size_t)bytes : sizeof piece;
        err = write_at(fd, offset, piece, now);
        offset += now;
        bytes -= now;
    }
    return err;
}

/* --- The flash ------------------------------------------------------------------------------ */

static bool is_outside(const struct hal_flash *flash, uint32_t offset, size_t bytes)
{
    return offset > flash->region_bytes || bytes > flash->region_bytes - offset;
}

static hal_err_t file_read(const struct hal_flash *flash, uint32_t offset, void *out, size_t bytes)
{
    const struct flash_file *file = flash->context;

    if (is_outside(flash, offset, bytes)) {
        return HAL_ERR_RANGE;
    }
    return read_at(file->fd, file->region_offset + offset, out, bytes) ? HAL_ERR_IO : 0;
}

/* Program what fits in one piece: bits move away from the erased value only. */
static hal_err_t program_piece(const struct flash_file *file, uint64_t at, const uint8_t *in,
                               size_t bytes)
{
    const uint8_t erased = file->flash.erased_value;
    uint8_t cells[PIECE_BYTES];

    if (read_at(file->fd, at, cells, bytes) != 0) {
        return HAL_ERR_IO;
    }
    for (size_t i = 0; i < bytes; i++) {
        if (!file->flash.program_again && cells[i] != erased) {
            return HAL_ERR_IO;
        }
        cells[i] = erased == 0xFF ? cells[i] & in[i] : cells[i] | in[i];
    }
    return write_at(file->fd, at, cells, bytes) ? HAL_ERR_IO : 0;
}

static hal_err_t file_program(const struct hal_flash *flash, uint32_t offset, const void *in,
                              size_t bytes)
{
    const struct flash_file *file = flash->context;
    const uint32_t unit = flash->program_unit_bytes;
    const uint8_t *from = in;
    hal_err_t err = 0;

    if (is_outside(flash, offset, bytes) || offset % unit != 0 || bytes % unit != 0 || bytes == 0) {
        return HAL_ERR_RANGE;
    }
    for (size_t at = 0; at < bytes && err == 0; at += PIECE_BYTES) {
        const size_t now = bytes - at < PIECE_BYTES ? bytes - at : PIECE_BYTES;
        err = program_piece(file, file->region_offset + offset + at, from + at, now);
    }
    return err;
}

static hal_err_t file_erase(const struct hal_flash *flash, uint32_t offset)
{
    const struct flash_file *file = flash->context;

    if (offset >= flash->region_bytes || offset % flash->sector_bytes != 0) {
        return HAL_ERR_RANGE;
    }
    return fill(file->fd, file->region_offset + offset, flash->sector_bytes, flash->erased_value)
               ? HAL_ERR_IO
               : 0;
}

/* --- The file ------------------------------------------------------------------------------- */

/* Another process may be making the file: it is only whole once we hold the lock. An empty one
 * was never made. */
static int prepare(int fd, const struct flash_file_layout *layout, bool create)
{
    struct stat status;

    if (flock(fd, LOCK_EX | LOCK_NB) != 0 || fstat(fd, &status) != 0) {
        return errno;
    }
    if (status.st_size == 0 && create) {
        return fill(fd, 0, layout->file_bytes, layout->geometry.erased_value);
    }
    if ((uint64_t)status.st_size > layout->file_bytes) {
        return EFBIG;
    }
    return (uint64_t)status.st_size < layout->file_bytes ? ENODATA : 0;
}

int flash_file_open(struct flash_file *file, const char *path,
                    const struct flash_file_layout *layout, bool create)
{
    const struct flash_file_layout *chosen = layout != NULL ? layout : &flash_file_sf2_som;
    const struct flash_geometry *geometry = &chosen->geometry;

    memset(file, 0, sizeof *file);
    file->fd = open(path, O_RDWR | O_CLOEXEC | (create ? O_CREAT : 0), 0600);
    if (file->fd < 0) {
        return errno;
    }
    file->is_open = true;
    file->region_offset = chosen->region_offset;
    file->flash = (struct hal_flash){
        .region_bytes = geometry->region_bytes,
        .sector_bytes = geometry->sector_bytes,
        .program_unit_bytes = geometry->program_unit_bytes,
        .erased_value = geometry->erased_value,
        .program_again = geometry->program_again,
        .read = file_read,
        .program = file_program,
        .erase = file_erase,
        .context = file,
    };

    const int err = prepare(file->fd, chosen, create);

    if (err) {
        flash_file_close(file);
    }
    return err;
}

void flash_file_close(struct flash_file *file)
{
    if (file->is_open) {
        (void)close(file->fd);
    }
    memset(file, 0, sizeof *file);
}

const struct hal_flash *flash_file_flash(const struct flash_file *file)
{
    return &file->flash;
}
