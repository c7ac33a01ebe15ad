/* Settings from and to JSON. cJSON parses; the text is written here, so that numbers are
 * short and exact and the order is kept. */
#include "run/config.h"

#include <math.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "core/alloc.h"
#include "run/file.h"
#include "run/text.h"

enum {
    LARGEST_FILE = 16 << 20,
    MOST_FIELDS = 4096, /* of one object: each name is looked for among those before it */
    DEEPEST = 16,       /* objects inside of objects */
    INDENT = 2
};

/* ---- writing ---- */

/* A line break and the indentation of its line; a negative indent stands for one line. */
static void put_break(gnn_i_text *text, int indent) {
    if (indent < 0) return;
    gnn_i_text_puts(text, "\n");
    gnn_i_text_repeat(text, ' ', (size_t)indent);
}

static void put_object(gnn_i_text *text, const gnn_config *config, int indent) {
    int inner = indent < 0 ? -1 : indent + INDENT;
    gnn_i_text_puts(text, "{");
    for (int64_t i = 0; i < config->n; i++) {
        if (i > 0) gnn_i_text_puts(text, indent < 0 ? ", " : ",");
        put_break(text, inner);
        gnn_i_text_json_string(text, config->fields[i].name);
        gnn_i_text_puts(text, ": ");
        gnn_i_field_put(text, &config->fields[i], inner);
    }
    if (config->n > 0) put_break(text, indent);
    gnn_i_text_puts(text, "}");
}

void gnn_i_field_put(gnn_i_text *text, const gnn_i_field *field, int indent) {
    switch (field->kind) {
    case GNN_CONFIG_ABSENT: break;
    case GNN_CONFIG_BOOL: gnn_i_text_puts(text, field->flag ? "true" : "false"); break;
    case GNN_CONFIG_NUMBER: gnn_i_text_json_number(text, field->number); break;
    case GNN_CONFIG_STRING: gnn_i_text_json_string(text, field->string); break;
    case GNN_CONFIG_OBJECT: put_object(text, field->object, indent); break;
    case GNN_CONFIG_NUMBERS:
    case GNN_CONFIG_STRINGS:
        gnn_i_text_puts(text, "[");
        for (int64_t i = 0; i < field->n; i++) {
            if (i > 0) gnn_i_text_puts(text, ", ");
            if (field->kind == GNN_CONFIG_NUMBERS)
                gnn_i_text_json_number(text, field->numbers[i]);
            else
                gnn_i_text_json_string(text, field->strings[i]);
        }
        gnn_i_text_puts(text, "]");
        break;
    }
}

const char *gnn_config_text(gnn_config *config, bool one_line) {
    gnn_i_text_reset(&config->text);
    put_object(&config->text, config, one_line ? -1 : 0);
    if (!one_line) gnn_i_text_puts(&config->text, "\n");
    return gnn_i_text_check(&config->text) == GNN_OK ? config->text.bytes : NULL;
}

gnn_status gnn_config_save(gnn_config *config, const char *path) {
    const char *text = gnn_config_text(config, false);
    if (text == NULL) return GNN_ERR_MEMORY;
    gnn_i_replacement file;
    gnn_status status;
    GNN_TRY(gnn_i_replacement_open(&file, path));
    GNN_TRY(gnn_i_replacement_write(&file, text, strlen(text)));
    GNN_TRY(gnn_i_replacement_commit(&file, true));
cleanup:
    gnn_i_replacement_drop(&file);
    return status;
}

/* ---- reading ---- */

static gnn_status fail_value(const gnn_config *config, const cJSON *value,
                             const char *what) {
    return gnn_fail(GNN_ERR_INPUT, "%s: field '%s%s' %s", config->file,
                    config->prefix != NULL ? config->prefix : "", value->string, what);
}

static gnn_status take_list(gnn_config *config, const cJSON *list) {
    static const char expected[] =
        "is a list of something else than numbers, or than texts";
    gnn_status status = GNN_OK;
    size_t n = 0;
    double *numbers = NULL;
    const char **strings = NULL;
    bool has_strings = cJSON_IsString(list->child);
    for (const cJSON *item = list->child; item != NULL; item = item->next, n++)
        if (has_strings ? !cJSON_IsString(item) : !cJSON_IsNumber(item))
            return fail_value(config, list, expected);
    if (has_strings) {
        GNN_TRY(gnn_i_alloc(&strings, n, sizeof *strings, "settings"));
        n = 0;
        for (const cJSON *item = list->child; item != NULL; item = item->next)
            strings[n++] = item->valuestring;
        GNN_TRY(gnn_config_set_strings(config, list->string, (int64_t)n, strings));
    } else {
        GNN_TRY(gnn_i_alloc(&numbers, n, sizeof *numbers, "settings"));
        n = 0;
        for (const cJSON *item = list->child; item != NULL; item = item->next) {
            if (!isfinite(item->valuedouble)) {
                status =
                    fail_value(config, list, "holds a number that no double can hold");
                goto cleanup;
            }
            numbers[n++] = item->valuedouble;
        }
        GNN_TRY(gnn_config_set_numbers(config, list->string, (int64_t)n, numbers));
    }
cleanup:
    gnn_i_free(numbers);
    gnn_i_free(strings);
    return status;
}

/* Copy a parsed object; `depth` objects are around it. */
static gnn_status take_object(gnn_config *config, const cJSON *object, int depth) {
    gnn_status status = GNN_OK;
    for (const cJSON *value = object->child; status == GNN_OK && value != NULL;
         value = value->next) {
        const char *name = value->string;
        gnn_config *inner;
        if (config->n >= MOST_FIELDS)
            return fail_value(config, value, "is one field too many");
        if (gnn_config_has(config, name))
            return fail_value(config, value, "is there twice");
        if (cJSON_IsBool(value))
            status = gnn_config_set_bool(config, name, cJSON_IsTrue(value));
        else if (cJSON_IsString(value))
            status = gnn_config_set_string(config, name, value->valuestring);
        else if (cJSON_IsArray(value))
            status = take_list(config, value);
        else if (cJSON_IsNumber(value))
            status =
                isfinite(value->valuedouble)
                    ? gnn_config_set_real(config, name, value->valuedouble)
                    : fail_value(config, value, "is a number that no double can hold");
        else if (!cJSON_IsObject(value))
            status = fail_value(config, value, "is null, expected a value");
        else if (depth >= DEEPEST)
            status = fail_value(config, value, "lies too deep");
        else {
            status = gnn_config_set_object(config, name, &inner);
            if (status == GNN_OK) status = take_object(inner, value, depth + 1);
        }
    }
    return status;
}

static int line_of(const char *text, const char *place) {
    int line = 1;
    for (; text < place && *text != '\0'; text++) line += *text == '\n';
    return line;
}

gnn_status gnn_config_load(const char *path, gnn_config **config) {
    gnn_status status;
    gnn_config *made = NULL;
    cJSON *json = NULL;
    char *text = NULL;
    const char *end;
    size_t size;
    *config = NULL;
    GNN_TRY(gnn_i_read_file(path, LARGEST_FILE, &text, &size));
    end = text;
    json = cJSON_ParseWithLengthOpts(text, size, &end, false);
    GNN_CHECK(json != NULL, GNN_ERR_INPUT, "%s:%d: not JSON: '%.20s'", path,
              line_of(text, end), end);
    end += strspn(end, " \t\r\n");
    GNN_CHECK(end == text + size, GNN_ERR_INPUT, "%s:%d: '%.20s' follows the JSON object",
              path, line_of(text, end), end);
    GNN_CHECK(cJSON_IsObject(json), GNN_ERR_INPUT, "%s:1: not a JSON object: '%.20s'",
              path, text);
    GNN_TRY(gnn_config_new(&made));
    GNN_TRY(gnn_i_strdup(&made->file, path));
    GNN_TRY(take_object(made, json, 0));
    *config = made;
    made = NULL;
cleanup:
    gnn_config_free(made);
    cJSON_Delete(json);
    gnn_i_free(text);
    return status;
}
