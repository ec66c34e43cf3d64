/* SPDX-License-Identifier: MIT
 * schema.h -- the tables of the authority's database.
 */
#ifndef IMPRINT_AUTHORITY_SCHEMA_H
#define IMPRINT_AUTHORITY_SCHEMA_H

#define SCHEMA_VERSION 2

/* SQL that makes an empty database of version SCHEMA_VERSION, in one transaction. */
extern const char schema_sql[];

#endif
