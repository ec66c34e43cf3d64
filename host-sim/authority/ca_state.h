/* SPDX-License-Identifier: MIT
 * ca_state.h -- which root issues and which roots are accepted: the steps of a roll-over, kept in the
 * database, so that each step is one transaction and a running server notices it.
 *
 *   STEADY --begin--> BEGUN --switch--> SWITCHED --finish--> STEADY (of the next generation)
 *
 *   BEGUN     the old root issues; /cacerts announces the new one.
 *   SWITCHED  the new root issues, the server shows a certificate under it, and the cross certificate
 *             for devices that know the old root only; device certificates of both are accepted.
 *
 * A generation is a root with its two issuing CAs and the server's certificate. The first one lies in
 * the authority's directory, the others in ca-2, ca-3... below it; nothing in there ever changes.
 */
#ifndef IMPRINT_AUTHORITY_CA_STATE_H
#define IMPRINT_AUTHORITY_CA_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "host-sim/authority/db.h"

enum ca_phase {
    CA_STEADY,
    CA_BEGUN,
    CA_SWITCHED
};

struct ca_state {
    int64_t generation; /* The oldest one that is accepted. */
    enum ca_phase phase;
};

/* The phase as people read it: "steady", "begun", "switched". */
const char *ca_phase_name(enum ca_phase phase);

/* The generation that issues. */
int64_t ca_state_issuing(const struct ca_state *state);

/* Read the state. REFUSAL_INTERNAL when the rows make no sense. */
enum refusal ca_state_find(struct db *db, struct ca_state *state);

/* Has another program committed anything since `*version` was set by the last call? True at the
 * first call (version 0) and when the database can't be read. */
bool ca_state_may_have_changed(struct db *db, int64_t *version);

/* The three steps. Call inside a transaction, in the phase before. */
enum refusal ca_state_begin(struct db *db, const struct ca_state *state, int64_t now);
enum refusal ca_state_switch(struct db *db, const struct ca_state *state, int64_t now);
enum refusal ca_state_finish(struct db *db, const struct ca_state *state, int64_t now);

/* How many devices stand under this generation: the newest live certificate that they have proved
 * is of it; where none was proved, the newest live one that they were issued. */
enum refusal ca_state_devices(struct db *db, int64_t generation, int64_t now, int64_t *count);

#endif
