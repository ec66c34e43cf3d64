/* SPDX-License-Identifier: MIT
 * renewal.c -- see renewal.h. */
#include "firmware/core/renewal.h"

#include "firmware/core/dice.h"

enum {
    FIRST_LOOK_PART = 60 /* Of CONFIG_CHECKIN_S: whoever is on for less long is left alone. */
};

static bool estimate(const struct imprint *imprint, int64_t *seconds)
{
    return wall_is_sane(&imprint->wall, imprint->now_ms, seconds);
}

/* Uniform in [0, bound). */
static uint32_t below(uint32_t bound, uint32_t dice)
{
    return (uint32_t)((uint64_t)bound * dice >> 32);
}

void renewal_begin(struct imprint *imprint)
{
    const uint32_t first_s = CONFIG_CHECKIN_S / FIRST_LOOK_PART;
    const uint32_t look_s = first_s + below(CONFIG_CHECKIN_S - first_s, dice_roll());

    imprint->renew_jitter = (uint16_t)dice_roll();
    imprint->next_try_ms = imprint->now_ms + (uint64_t)look_s * 1000u;
}

void renewal_rest(struct imprint *imprint)
{
    int64_t now;
    const uint32_t rest_s =
        estimate(imprint, &now) ? CONFIG_CHECKIN_S : CONFIG_CHECKIN_AGAIN_S - CONFIG_CHECKIN_S;
    const uint32_t look_s = rest_s + below(CONFIG_CHECKIN_S, dice_roll());

    imprint->renew_is_asked = false;
    imprint->next_try_ms = imprint->now_ms + (uint64_t)look_s * 1000u;
}

/* Percents first, so that no lifetime overflows: notAfter is at most the year 9999. */
int64_t renewal_point(const struct imprint *imprint)
{
    const int64_t begins = imprint->identity.not_before;
    const int64_t lifetime = imprint->identity.not_after - begins;
    const int64_t jitter = lifetime / 100 * CONFIG_RENEW_JITTER_PERCENT;

    return begins + lifetime * CONFIG_RENEW_PERCENT / 100 +
           jitter * imprint->renew_jitter / (UINT16_MAX + 1);
}

bool renewal_is_due(const struct imprint *imprint)
{
    int64_t now;

    return imprint->renew_is_asked || (estimate(imprint, &now) && now >= renewal_point(imprint));
}

bool renewal_wants_look(const struct imprint *imprint)
{
    int64_t now;

    return imprint->renew_is_asked || (imprint->now_ms >= imprint->next_try_ms &&
                                       (!estimate(imprint, &now) || now >= renewal_point(imprint)));
}

bool renewal_is_expired(const struct imprint *imprint)
{
    int64_t now;

    return imprint->identity.not_after < imprint->wall.floor ||
           (estimate(imprint, &now) && imprint->identity.not_after < now);
}

void renewal_note(struct imprint *imprint, enum imprint_identity_event event)
{
    imprint->events_new |= (uint8_t)(1u << event);
    imprint->events_told = 0; /* Another certificate: its end is news again. */
}

static void note_once(struct imprint *imprint, enum imprint_identity_event event)
{
    const uint8_t bit = (uint8_t)(1u << event);

    if ((imprint->events_told & bit) == 0) {
        imprint->events_told |= bit;
        imprint->events_new |= bit;
    }
}

void renewal_tell(struct imprint *imprint)
{
    int64_t now;

    if (imprint->identity.is_present && estimate(imprint, &now)) {
        if (now > imprint->identity.not_after) {
            note_once(imprint, IMPRINT_IDENTITY_EXPIRED);
        } else if (now >= renewal_point(imprint)) {
            note_once(imprint, IMPRINT_IDENTITY_EXPIRES_SOON);
        }
    }
    for (unsigned event = 0; imprint->events_new != 0; event++) {
        const uint8_t bit = (uint8_t)(1u << event);
        if ((imprint->events_new & bit) != 0) {
            imprint->events_new &= (uint8_t)~bit;
            if (imprint->identity_changed != NULL) {
                imprint->identity_changed(imprint->identity_context,
                                          (enum imprint_identity_event)event);
            }
        }
    }
}
