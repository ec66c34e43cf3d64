# SPDX-License-Identifier: MIT
# The reader of JSON, which batch reads its lines with, beside another one
# shellcheck shell=sh disable=SC2154

python3 "$root/tests/inspect/json_second_opinion.py" "$inspect" "${TEXTS:-4000}" >"$work/out" 2>"$work/err"
verdict "json: $(tail -n 1 "$work/out")" $?
