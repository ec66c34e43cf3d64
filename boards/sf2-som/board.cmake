# SPDX-License-Identifier: MIT
# board.cmake -- what the image of sf2-som is made of, and for which core
set(BOARD_CPU_FLAGS -mcpu=cortex-m3 -mthumb)
set(BOARD_LINKER_SCRIPT boards/sf2-som/board.ld)
set(BOARD_DEFINITIONS)
set(BOARD_SOURCES
    boards/sf2-som/board.c
    hal/arch/cortex-m/core.c
    hal/arch/cortex-m/fault.c
    hal/arch/cortex-m/semihosting.c
    hal/arch/cortex-m/startup.c
    hal/arch/cortex-m/systick.c
    hal/drivers/mss_emac.c
    hal/drivers/mss_spi.c
    hal/drivers/mss_uart.c
    hal/drivers/s25fl.c
    hal/drivers/unit_emulator.c)

# The deepest the stack has been is 4.7 KB in an enrollment; RSA and the larger curves need more.
if(METHODS STREQUAL "est" AND NOT TLS12)
    add_link_options(-Wl,--defsym=__stack_size=6144)
endif()
