/* SPDX-License-Identifier: MIT
 * main.c -- one enrollment, measured turn by turn: the bench's own main loop over the library.
 *
 * A turn is one port_net_poll and one imprint_step. It counts, for the state it began in, when in
 * it a frame was received or sent, flash was written, a P-256 operation ended or the trace grew, or
 * when it took more than IDLE_INSTRUCTIONS_MAX instructions (a TLS record that had come with an
 * earlier frame, say). All other turns only asked whether there was something to do; they are
 * summed up apart. */
#include <string.h>

#include "boards/board.h"
#include "firmware/imp_assert.h"
#include "firmware/imprint.h"
#include "firmware/text.h"
#include "hal/hal_clock.h"
#include "hal/hal_console.h"
#include "hal/hal_system.h"
#include "hal/hal_unit.h"
#include "port/port.h"
#include "tests/bench/meter.h"
#include "tests/bench/unit_costs.h"

enum {
    IDLE_INSTRUCTIONS_MAX = 10000,
    IDLE_MS_MAX = 1
};

struct phase {
    uint32_t turns;
    uint32_t instructions;
    uint32_t longest_turn;
    uint32_t idle_turns;
    uint32_t idle_instructions;
    uint32_t longest_idle_turn;
    struct meter_count count;
};

static struct {
    struct imprint_memory memory;
    struct imprint *imprint;
    struct phase phases[IMPRINT_STATE_COUNT];
    enum imprint_state state;
    uint32_t traced;
    imp_err_t error;
    bool net_is_started;
} bench;

static void print_text(const char *head, const char *value)
{
    hal_console_write(head, strlen(head));
    hal_console_write(value, strlen(value));
    hal_console_write("\r\n", 2);
}

static void print_number(const char *head, uint32_t number)
{
    char digits[16];
    struct text text = text_in(digits, sizeof digits);

    text_add_u64(&text, number);
    print_text(head, digits);
}

_Noreturn void imp_assert_failed(const char *file, int line)
{
    print_text("assertion in: ", file);
    print_number("line: ", (uint32_t)line);
    hal_reset();
}

/* --- One turn --------------------------------------------------------------------------------- */

/* `sum` plus what has been counted from `before` to `after`. */
static void add_count(struct meter_count *sum, const struct meter_count *before,
                      const struct meter_count *after)
{
    sum->frames_received += after->frames_received - before->frames_received;
    sum->frames_sent += after->frames_sent - before->frames_sent;
    sum->payload_received_bytes += after->payload_received_bytes - before->payload_received_bytes;
    sum->payload_sent_bytes += after->payload_sent_bytes - before->payload_sent_bytes;
    sum->connections += after->connections - before->connections;
    sum->erases += after->erases - before->erases;
    sum->programs += after->programs - before->programs;
    sum->p256.keygen += after->p256.keygen - before->p256.keygen;
    sum->p256.sign += after->p256.sign - before->p256.sign;
    sum->p256.verify += after->p256.verify - before->p256.verify;
    sum->p256.ecdh += after->p256.ecdh - before->p256.ecdh;
}

/* Follow the machine by its trace; true when it said something. */
static bool follow_trace(void)
{
    struct imprint_trace_entry entry;
    const uint32_t next = imprint_trace_next(bench.imprint);
    const bool grew = next != bench.traced;

    for (; bench.traced != next; bench.traced++) {
        if (!imprint_trace(bench.imprint, bench.traced, &entry)) {
            continue;
        }
        if (entry.kind == IMPRINT_TRACE_STATE) {
            bench.state = (enum imprint_state)entry.value;
        } else if (entry.kind == IMPRINT_TRACE_ERROR) {
            bench.error = entry.value;
        }
    }
    return grew;
}

static void add_turn(struct phase *phase, uint32_t instructions, bool was_idle)
{
    uint32_t *longest = was_idle ? &phase->longest_idle_turn : &phase->longest_turn;

    *(was_idle ? &phase->idle_turns : &phase->turns) += 1;
    *(was_idle ? &phase->idle_instructions : &phase->instructions) += instructions;
    if (instructions > *longest) {
        *longest = instructions;
    }
}

static uint32_t turn(void)
{
    struct phase *phase = &bench.phases[bench.state];
    const struct meter_count before = meter_read();
    const uint64_t now_ms = hal_clock_ms();
    const uint32_t began = meter_now();

    if (bench.net_is_started) {
        port_net_poll(now_ms);
    }
    const uint32_t idle_ms = imprint_step(bench.imprint, now_ms);
    const uint32_t instructions = meter_instructions_since(began);
    const struct meter_count after = meter_read();
    const bool spoke = follow_trace();

    add_turn(phase, instructions,
             !spoke && instructions <= IDLE_INSTRUCTIONS_MAX &&
                 memcmp(&before, &after, sizeof before) == 0);
    add_count(&phase->count, &before, &after);
    return idle_ms;
}

/* --- The run ---------------------------------------------------------------------------------- */

static void start(void)
{
    char serial[HAL_UNIT_SERIAL_CHARS_MAX + 1];
    const hal_err_t no_serial = hal_unit_serial(serial);
    const uint32_t began = meter_now();
    const imp_err_t err = port_init();

    IMP_ASSERT(err == 0);
    bench.imprint = imprint_start(&bench.memory, &(struct imprint_params){
                                                     .flash = meter_flash(board_flash()),
                                                     .unit_serial = no_serial ? NULL : serial,
                                                 });
    add_turn(&bench.phases[IMPRINT_LOAD], meter_instructions_since(began), false);
}

/* As the reference application does: behind LOAD. Its cost is LOAD's. */
static void start_net(void)
{
    static const uint8_t mac[HAL_NETIF_MAC_BYTES] = { 2, 0, 0, 0, 0, 1 };
    const uint32_t began = meter_now();
    const imp_err_t err = port_net_start(meter_netif(board_netif()), mac, "imprint");

    add_turn(&bench.phases[IMPRINT_LOAD], meter_instructions_since(began), false);
    IMP_ASSERT(err == 0);
    bench.net_is_started = true;
}

static bool has_ended(void)
{
    return bench.state == IMPRINT_BLANK || bench.state >= IMPRINT_ENROLLED;
}

static void print_phase(enum imprint_state state)
{
    const struct phase *phase = &bench.phases[state];

    print_text("phase: ", imprint_state_name(state));
    print_number("turns: ", phase->turns);
    print_number("instructions: ", phase->instructions);
    print_number("longest_turn: ", phase->longest_turn);
    print_number("idle_turns: ", phase->idle_turns);
    print_number("idle_instructions: ", phase->idle_instructions);
    print_number("longest_idle_turn: ", phase->longest_idle_turn);
    print_number("frames_received: ", phase->count.frames_received);
    print_number("frames_sent: ", phase->count.frames_sent);
    print_number("payload_received_bytes: ", phase->count.payload_received_bytes);
    print_number("payload_sent_bytes: ", phase->count.payload_sent_bytes);
    print_number("connections: ", phase->count.connections);
    print_number("erases: ", phase->count.erases);
    print_number("programs: ", phase->count.programs);
    print_number("p256_keygen: ", phase->count.p256.keygen);
    print_number("p256_sign: ", phase->count.p256.sign);
    print_number("p256_verify: ", phase->count.p256.verify);
    print_number("p256_ecdh: ", phase->count.p256.ecdh);
}

static void print_unit_costs(void)
{
    struct unit_costs costs;

    if (!unit_costs_measure(&costs)) {
        print_text("error: ", "a P-256 operation failed");
        return;
    }
    print_text("phase: ", "unit_costs");
    print_number("keygen: ", costs.keygen);
    print_number("sign: ", costs.sign);
    print_number("verify: ", costs.verify);
    print_number("ecdh: ", costs.ecdh);
}

int main(void)
{
    board_init();
    meter_calibrate();
    start();
    while (!has_ended()) {
        const uint32_t idle_ms = turn();
        if (!bench.net_is_started && bench.state != IMPRINT_LOAD) {
            start_net();
        }
        if (idle_ms > 0) {
            hal_clock_idle(idle_ms < IDLE_MS_MAX ? idle_ms : IDLE_MS_MAX);
        }
    }
    for (int state = 0; state < IMPRINT_ENROLLED; state++) {
        print_phase((enum imprint_state)state);
    }
    print_unit_costs();
    print_text("ended: ", imprint_state_name(bench.state));
    print_text("reason: ", bench.error ? imprint_err_name(bench.error) : "none");
    for (;;) {
        hal_clock_idle(IDLE_MS_MAX);
    }
}
