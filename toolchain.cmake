# SPDX-License-Identifier: MIT
# toolchain.cmake -- which compiler builds a BOARD
#
# Read by CMake before anything else, once for the project and once for each of its compiler
# checks. A new board adds its name to a list here and a folder under boards/.

# CMake's compiler checks run in a project of their own, which has to be told the board.
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES BOARD)

set(arm_boards sf2-som)

if(BOARD IN_LIST arm_boards)
    set(CMAKE_SYSTEM_NAME Generic)
    set(CMAKE_SYSTEM_PROCESSOR arm)
    set(CMAKE_C_COMPILER arm-none-eabi-gcc)
    set(CMAKE_ASM_COMPILER arm-none-eabi-gcc)
    # The gcc- ones know the link-time optimizer's object format.
    set(CMAKE_AR arm-none-eabi-gcc-ar)
    set(CMAKE_RANLIB arm-none-eabi-gcc-ranlib)
    # There is nothing to run a finished program on, so the check builds a library.
    set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
elseif(NOT BOARD STREQUAL "host")
    message(FATAL_ERROR "unknown BOARD '${BOARD}'; known: host ${arm_boards}")
endif()
