/* Settings from JSON, which cJSON parses. */
#include "run/config.h"

#include <math.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "core/alloc.h"
#include "run/file.h"

enum {
    LARGEST_FILE = 16 << 20,
    MOST_FIELDS = 4096, /* of one object: each name is looked for among those before it */
    DEEPEST = 16        /* objects inside of objects */
};

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
