/* SPDX-License-Identifier: MIT
 * store_layout.c -- where the pieces lie on a flash with these program units. */
#include "firmware/store/store_layout.h"

uint32_t layout_units(const struct hal_flash *flash, uint32_t bytes)
{
    return (bytes + flash->program_unit_bytes - 1) & ~(flash->program_unit_bytes - 1);
}

uint32_t layout_marker_bytes(const struct hal_flash *flash)
{
    return layout_units(flash, MARKER_BYTES_MIN);
}

uint32_t layout_marker_copies(const struct hal_flash *flash)
{
    return flash->program_again ? 1 : MARKER_COPIES_PROGRAM_ONCE;
}

uint32_t layout_marker_area(const struct hal_flash *flash)
{
    return layout_marker_bytes(flash) * layout_marker_copies(flash);
}

uint32_t layout_slot_marker(const struct hal_flash *flash, uint32_t which)
{
    return layout_units(flash, SLOT_HEADER_BYTES) + which * layout_marker_area(flash);
}

uint32_t layout_slot_records(const struct hal_flash *flash)
{
    return layout_slot_marker(flash, SLOT_MARKER_COUNT);
}

uint32_t layout_record_committed(const struct hal_flash *flash)
{
    return layout_units(flash, RECORD_HEADER_BYTES);
}

uint32_t layout_record_forgotten(const struct hal_flash *flash)
{
    return layout_record_committed(flash) + layout_marker_area(flash);
}

uint32_t layout_record_payload(const struct hal_flash *flash)
{
    return layout_record_forgotten(flash) + (flash->program_again ? layout_marker_area(flash) : 0);
}

uint32_t layout_record_bytes(const struct hal_flash *flash, uint32_t clear_bytes,
                             uint32_t secret_bytes)
{
    return layout_record_payload(flash) +
           layout_units(flash, clear_bytes + secret_bytes + RECORD_PAYLOAD_CRC_BYTES);
}
