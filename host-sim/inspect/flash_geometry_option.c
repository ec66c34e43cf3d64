/* SPDX-License-Identifier: MIT
 * flash_geometry_option.c -- what kind of flash an image is of: by name, or by its figures. */
#include <errno.h>
#include <stdlib.h>

#include "host-sim/device/flash_model.h"
#include "host-sim/inspect/inspect_flash.h"

static int find_geometry(struct inspect *inspect, struct flash_geometry *geometry)
{
    const char *name = cli_text(inspect->args, "geometry");
    char known[256] = "";
    size_t at = 0;

    for (unsigned i = 0; i < flash_geometry_count && at < sizeof known; i++) {
        if (strcmp(name != NULL ? name : "sf2-som", flash_geometries[i].name) == 0) {
            *geometry = flash_geometries[i];
            return CLI_OK;
        }
        at += (size_t)snprintf(known + at, sizeof known - at, " %s", flash_geometries[i].name);
    }
    return say_unreadable(&inspect->say, "geometry is one of%s", known);
}

/* A number in decimal or with 0x, into `*value`, which keeps its value without the option. */
static int read_number(struct inspect *inspect, const char *name, uint32_t max, uint32_t *value)
{
    const char *text = cli_text(inspect->args, name);
    char *end = NULL;

    if (text == NULL) {
        return CLI_OK;
    }
    errno = 0;
    const unsigned long number = strtoul(text, &end, 0);

    if (errno != 0 || end == text || *end != '\0' || text[0] == '-' || number > max) {
        return say_unreadable(&inspect->say, "%s wants a number up to %u", name, (unsigned)max);
    }
    *value = (uint32_t)number;
    return CLI_OK;
}

int flash_geometry_of(struct inspect *inspect, struct flash_geometry *geometry, uint32_t *offset)
{
    uint32_t erased;
    int code = find_geometry(inspect, geometry);

    if (code) {
        return code;
    }
    erased = geometry->erased_value;
    *offset = 0;
    code = read_number(inspect, "region", 1u << 24, &geometry->region_bytes);
    code = code ? code : read_number(inspect, "sector", 1u << 24, &geometry->sector_bytes);
    code = code ? code : read_number(inspect, "unit", 1u << 16, &geometry->program_unit_bytes);
    code = code ? code : read_number(inspect, "erased", 0xFF, &erased);
    code = code ? code : read_number(inspect, "offset", 1u << 24, offset);
    if (code) {
        return code;
    }
    if (erased != 0xFF && erased != 0) {
        return say_unreadable(&inspect->say, "erased is 0xFF or 0x00");
    }
    geometry->erased_value = (uint8_t)erased;
    geometry->program_again = geometry->program_again && !cli_flag(inspect->args, "once");
    return CLI_OK;
}
