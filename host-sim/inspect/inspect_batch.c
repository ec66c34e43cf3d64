/* SPDX-License-Identifier: MIT
 * inspect_batch.c -- `batch`: one case a line in, one verdict a line out.
 *
 * A case is a JSON object whose members are the options of its kind: a string or number for one
 * value, an array of them for an option that repeats, true for a flag. `kind` names the command,
 * `file` is its operand, `id` comes back unchanged. It is judged by the command's own function. */
#define _POSIX_C_SOURCE 200809L /* getline */
#include <stdlib.h>
#include <string.h>

#include "firmware/proto/json.h"
#include "host-sim/inspect/inspect.h"

static const struct cli_option options[] = {
    { "details", NULL, "all that the command itself says, not only the verdict", 0, NULL },
    { NULL, NULL, NULL, 0, NULL },
};

/* A case being turned into a command line. */
struct batch_case {
    struct inspect inspect;
    struct cli_args args;
    struct bytes text; /* The line. */
};

/* --- The case --------------------------------------------------------------------------------- */

/* The value as a text that ends with its case; NULL after saying why there is none. */
static char *value_text(struct batch_case *batch, const char *name, const struct json_token *token)
{
    struct inspect *inspect = &batch->inspect;
    size_t bytes = 0;

    if (token->type != JSON_STRING && token->type != JSON_NUMBER) {
        (void)say_unreadable(&inspect->say, "%s is neither a string nor a number", name);
        return NULL;
    }
    if (inspect->memory_count == INSPECT_FILES_MAX) {
        (void)say_unreadable(&inspect->say, "too many values");
        return NULL;
    }
    char *text = malloc(token->text.len + 1);
    if (text == NULL) {
        abort();
    }
    inspect->memory[inspect->memory_count++] = (uint8_t *)text;
    (void)json_copy(token->text, (uint8_t *)text, token->text.len, &bytes);
    text[bytes] = '\0';
    if (strlen(text) != bytes) {
        (void)say_unreadable(&inspect->say, "%s holds U+0000", name);
        return NULL;
    }
    return text;
}

static const struct cli_option *find_option(const struct batch_case *batch, const char *name)
{
    for (const struct cli_option *option = batch->args.command->options; option->name != NULL;
         option++) {
        if (strcmp(option->name, name) == 0) {
            return option;
        }
    }
    return NULL;
}

static int give(struct batch_case *batch, const struct cli_option *option,
                const struct json_token *token)
{
    const char *value = option->placeholder == NULL ? "" : value_text(batch, option->name, token);

    if (value == NULL) {
        return CLI_USAGE;
    }
    if (batch->args.given_count == CLI_GIVEN_MAX) {
        return say_unreadable(&batch->inspect.say, "too many values");
    }
    batch->args.option[batch->args.given_count] = option;
    batch->args.value[batch->args.given_count++] = value;
    return CLI_OK;
}

/* Each value of an array. */
static int give_each(struct batch_case *batch, const struct cli_option *option,
                     const struct json_token *array)
{
    struct json json;
    struct json_token token;
    int code = CLI_OK;

    json_begin(&json, array->text);
    (void)json_next(&json, &token);
    while (!code && json_next(&json, &token) == 0 && token.type != JSON_ARRAY_END) {
        code = give(batch, option, &token);
    }
    return code;
}

static int take_option(struct batch_case *batch, const char *name, const struct json_token *token)
{
    const struct cli_option *option = find_option(batch, name);

    if (option == NULL) {
        return say_unreadable(&batch->inspect.say, "%s is no member of a %s case", name,
                              batch->args.command->words);
    }
    if (token->type == JSON_ARRAY && (option->traits & CLI_REPEAT)) {
        return give_each(batch, option, token);
    }
    if (option->placeholder == NULL) {
        if (token->type != JSON_TRUE && token->type != JSON_FALSE) {
            return say_unreadable(&batch->inspect.say, "%s is neither true nor false", name);
        }
        return token->type == JSON_TRUE ? give(batch, option, token) : CLI_OK;
    }
    return give(batch, option, token);
}

static int take_member(struct batch_case *batch, struct bytes raw_name)
{
    const struct json_token name_token = { JSON_STRING, raw_name };
    struct json_token token;
    const char *name = value_text(batch, "a name", &name_token);

    if (name == NULL) {
        return CLI_USAGE;
    }
    if (!json_find(batch->text, name, &token)) {
        return say_unreadable(&batch->inspect.say, "a member's name is not taken");
    }
    if (strcmp(name, "kind") == 0 || strcmp(name, "id") == 0) {
        return CLI_OK;
    }
    if (strcmp(name, "file") == 0) {
        batch->args.operand[0] = value_text(batch, name, &token);
        batch->args.operand_count = 1;
        return batch->args.operand[0] != NULL ? CLI_OK : CLI_USAGE;
    }
    return take_option(batch, name, &token);
}

/* Every member of the object. */
static int take_members(struct batch_case *batch)
{
    struct json json;
    struct json_token token;
    unsigned depth = 0;
    int code = CLI_OK;

    json_begin(&json, batch->text);
    do {
        (void)json_next(&json, &token);
        depth += token.type == JSON_OBJECT || token.type == JSON_ARRAY;
        depth -= token.type == JSON_OBJECT_END || token.type == JSON_ARRAY_END;
        if (token.type == JSON_NAME && depth == 1) {
            code = take_member(batch, token.text);
        }
    } while (!code && token.type != JSON_END);
    if (!code && batch->args.operand_count == 0) {
        return say_unreadable(&batch->inspect.say, "file is missing");
    }
    return code;
}

static const struct inspect_kind *find_kind(struct batch_case *batch)
{
    struct json_token token;

    if (json_find(batch->text, "kind", &token) && token.type == JSON_STRING) {
        for (size_t i = 0; inspect_kinds[i] != NULL; i++) {
            if (json_equal(token.text, bytes_of_text(inspect_kinds[i]->command.words))) {
                return inspect_kinds[i];
            }
        }
    }
    (void)say_unreadable(&batch->inspect.say, "kind is missing or unknown");
    return NULL;
}

static int judge_case(struct batch_case *batch)
{
    const imp_err_t err = json_check(batch->text);

    if (err) {
        return say_unreadable(&batch->inspect.say, "%s: the line is no JSON object",
                              imprint_err_name(err));
    }
    const struct inspect_kind *kind = find_kind(batch);
    if (kind == NULL) {
        return CLI_USAGE;
    }
    batch->args.command = &kind->command;
    const int code = take_members(batch);
    return code ? code : kind->judge(&batch->inspect);
}

/* --- The lines -------------------------------------------------------------------------------- */

/* `id` comes back character by character: read and written anew it could lose what C's texts and
 * numbers can't hold. A string's token has no quotes, but stands between them. */
static void say_id(struct batch_case *batch)
{
    struct json_token token;

    if (json_check(batch->text) || !json_find(batch->text, "id", &token)) {
        return;
    }
    const size_t quote = token.type == JSON_STRING;
    json_raw(&batch->inspect.say.json, "id", (const char *)token.text.data - quote,
             token.text.len + 2 * quote);
}

/* One line in, one line out; true when it was judged. */
static bool judge_line(const struct cli_args *batch_args, struct bytes text, size_t line)
{
    struct batch_case batch = { .text = text };

    batch.args.program = batch_args->program;
    batch.inspect.args = &batch.args;
    batch.inspect.no_stdin = true;
    say_begin(&batch.inspect.say, stdout, true);
    batch.inspect.say.is_brief = !cli_flag(batch_args, "details");
    json_integer(&batch.inspect.say.json, "line", (int64_t)line);
    say_id(&batch);
    const int code = judge_case(&batch);
    say_end(&batch.inspect.say);
    fflush(stdout);
    inspect_close(&batch.inspect);
    return code != CLI_USAGE;
}

static bool is_blank(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] != ' ' && text.data[i] != '\t' && text.data[i] != '\r') {
            return false;
        }
    }
    return true;
}

static int run_lines(const struct cli_args *args, FILE *file)
{
    char *line = NULL;
    size_t cap = 0;
    size_t number = 0;
    size_t not_judged = 0;
    ssize_t chars = getline(&line, &cap, file);

    for (; chars >= 0; chars = getline(&line, &cap, file)) {
        const size_t bytes = (size_t)chars - (chars > 0 && line[chars - 1] == '\n');
        number++;
        if (!is_blank(bytes_of(line, bytes))) {
            not_judged += !judge_line(args, bytes_of(line, bytes), number);
        }
    }
    free(line);
    if (ferror(file)) {
        return cli_fail(args, CLI_USAGE, "the cases can't be read to their end");
    }
    return not_judged == 0 ? CLI_OK
                           : cli_fail(args, CLI_USAGE, "%zu cases could not be judged", not_judged);
}

static int run(const struct cli_args *args)
{
    const char *path = cli_operand(args, 0);
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");

    if (file == NULL) {
        return cli_fail(args, CLI_USAGE, "can't read %s", path);
    }
    const int code = run_lines(args, file);

    if (file != stdin) {
        fclose(file);
    }
    return code;
}

const struct cli_command inspect_batch = {
    .words = "batch",
    .operands = "FILE",
    .purpose = "many cases: a JSON object a line in, a verdict a line out",
    .examples =
        "  echo '{\"kind\":\"chain\",\"id\":\"a\",\"anchor\":[\"root.pem\"],\"host\":\"ca.example\",'\\\n"
        "      '\"file\":\"presented.pem\"}' | imprint-inspect batch -\n"
        "\nThe members are the options of the command that `kind` names; `file` is its FILE, `id`\n"
        "comes back. A line that can't be judged says so and does not stop the others.\n"
        "\nExit codes of this command: 0 all were judged, whatever the verdicts; 2 some were not\n",
    .options = options,
    .run = run,
};
