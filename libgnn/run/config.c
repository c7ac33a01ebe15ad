/* Settings: an ordered list of named fields. */
#include "run/config.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "core/alloc.h"
#include "run/text.h"

gnn_status gnn_config_new(gnn_config **config) {
    return gnn_i_calloc(config, 1, sizeof **config, "settings");
}

/* Free what the field holds; its name and place stay. */
static void clear_value(gnn_i_field *field) {
    gnn_i_free(field->string);
    gnn_i_free(field->numbers);
    for (int64_t i = 0; field->strings != NULL && i < field->n; i++)
        gnn_i_free(field->strings[i]);
    gnn_i_free(field->strings);
    gnn_config_free(field->object);
    *field = (gnn_i_field){.name = field->name};
}

void gnn_config_free(gnn_config *config) {
    if (config == NULL) return;
    for (int64_t i = 0; i < config->n; i++) {
        clear_value(&config->fields[i]);
        gnn_i_free(config->fields[i].name);
    }
    gnn_i_free(config->fields);
    gnn_i_free(config->file);
    gnn_i_free(config->prefix);
    gnn_i_text_clear(&config->text);
    gnn_i_free(config);
}

static gnn_i_field *find(const gnn_config *config, const char *name) {
    for (int64_t i = 0; i < config->n; i++)
        if (strcmp(config->fields[i].name, name) == 0) return &config->fields[i];
    return NULL;
}

/* ---- setting ---- */

/* Put a made value, which is moved or, on failure, freed, under a name. */
static gnn_status put(gnn_config *config, const char *name, gnn_i_field value) {
    gnn_status status = GNN_OK;
    gnn_i_field *field = find(config, name);
    if (field == NULL) {
        if (config->n == config->capacity) {
            int64_t capacity = config->capacity > 0 ? 2 * config->capacity : 8;
            GNN_TRY(gnn_i_realloc(&config->fields, (size_t)capacity,
                                  sizeof *config->fields, "settings"));
            config->capacity = capacity;
        }
        field = &config->fields[config->n];
        *field = (gnn_i_field){.name = NULL};
        GNN_TRY(gnn_i_strdup(&field->name, name));
        config->n++;
    }
    clear_value(field);
    value.name = field->name;
    *field = value;
    return GNN_OK;
cleanup:
    clear_value(&value);
    return status;
}

gnn_status gnn_config_set_bool(gnn_config *config, const char *name, bool value) {
    return put(config, name, (gnn_i_field){.kind = GNN_CONFIG_BOOL, .flag = value});
}

gnn_status gnn_config_set_real(gnn_config *config, const char *name, double value) {
    if (!isfinite(value))
        return gnn_fail(GNN_ERR_ARGUMENT,
                        "setting '%s' is %g: JSON keeps finite numbers only", name,
                        value);
    return put(config, name, (gnn_i_field){.kind = GNN_CONFIG_NUMBER, .number = value});
}

gnn_status gnn_config_set_int(gnn_config *config, const char *name, int64_t value) {
    static const int64_t largest = (int64_t)1 << 53;
    if (value < -largest || value > largest)
        return gnn_fail(GNN_ERR_ARGUMENT,
                        "setting '%s' is %" PRId64
                        ": JSON keeps integers up to 2^53 only",
                        name, value);
    return gnn_config_set_real(config, name, (double)value);
}

gnn_status gnn_config_set_string(gnn_config *config, const char *name,
                                 const char *value) {
    gnn_i_field field = {.kind = GNN_CONFIG_STRING};
    gnn_status status = gnn_i_strdup(&field.string, value);
    return status == GNN_OK ? put(config, name, field) : status;
}

gnn_status gnn_config_set_numbers(gnn_config *config, const char *name, int64_t n,
                                  const double *values) {
    for (int64_t i = 0; i < n; i++)
        if (!isfinite(values[i]))
            return gnn_fail(GNN_ERR_ARGUMENT,
                            "setting '%s' holds %g: JSON keeps finite numbers only", name,
                            values[i]);
    gnn_i_field field = {.kind = GNN_CONFIG_NUMBERS, .n = n};
    gnn_status status =
        gnn_i_alloc(&field.numbers, (size_t)n, sizeof *values, "settings");
    if (status != GNN_OK) return status;
    if (n > 0) memcpy(field.numbers, values, (size_t)n * sizeof *values);
    return put(config, name, field);
}

gnn_status gnn_config_set_strings(gnn_config *config, const char *name, int64_t n,
                                  const char *const *values) {
    gnn_i_field field = {.kind = GNN_CONFIG_STRINGS, .n = n};
    gnn_status status =
        gnn_i_calloc(&field.strings, (size_t)n, sizeof(char *), "settings");
    for (int64_t i = 0; status == GNN_OK && i < n; i++)
        status = gnn_i_strdup(&field.strings[i], values[i]);
    if (status == GNN_OK) return put(config, name, field);
    clear_value(&field);
    return status;
}

gnn_status gnn_config_set_object(gnn_config *config, const char *name,
                                 gnn_config **object) {
    gnn_status status;
    gnn_i_field *field = find(config, name);
    gnn_config *made = NULL;
    if (field == NULL || field->kind != GNN_CONFIG_OBJECT) {
        gnn_i_text prefix = {0};
        GNN_TRY(gnn_config_new(&made));
        if (config->prefix != NULL) gnn_i_text_puts(&prefix, config->prefix);
        gnn_i_text_puts(&prefix, name);
        gnn_i_text_puts(&prefix, ".");
        made->prefix = prefix.bytes;
        GNN_TRY(gnn_i_text_check(&prefix));
        if (config->file != NULL) GNN_TRY(gnn_i_strdup(&made->file, config->file));
        gnn_config *moved = made;
        made = NULL; /* put frees it when it fails */
        GNN_TRY(
            put(config, name, (gnn_i_field){.kind = GNN_CONFIG_OBJECT, .object = moved}));
        field = find(config, name);
    }
    *object = field->object;
    return GNN_OK;
cleanup:
    gnn_config_free(made);
    return status;
}

/* ---- getting ---- */

int64_t gnn_config_count(const gnn_config *config) {
    return config->n;
}

const char *gnn_config_name(const gnn_config *config, int64_t i) {
    return i >= 0 && i < config->n ? config->fields[i].name : NULL;
}

gnn_config_kind gnn_config_kind_of(const gnn_config *config, const char *name) {
    const gnn_i_field *field = find(config, name);
    return field != NULL ? field->kind : GNN_CONFIG_ABSENT;
}

bool gnn_config_has(const gnn_config *config, const char *name) {
    return find(config, name) != NULL;
}

/* The failure of a get: the field is missing, or is something else than `expected`. */
static gnn_status fail_get(const gnn_config *config, const char *name,
                           const char *expected) {
    const char *file = config->file != NULL ? config->file : "settings";
    const char *prefix = config->prefix != NULL ? config->prefix : "";
    const gnn_i_field *field = find(config, name);
    if (field == NULL)
        return gnn_fail(GNN_ERR_INPUT, "%s: field '%s%s' is missing, expected %s", file,
                        prefix, name, expected);
    gnn_i_text value = {0};
    gnn_i_field_put(&value, field, -1);
    gnn_status status = gnn_fail(
        GNN_ERR_INPUT, "%s: field '%s%s' is %.200s, expected %s", file, prefix, name,
        value.bytes != NULL && !value.failed ? value.bytes : "something else", expected);
    gnn_i_text_clear(&value);
    return status;
}

gnn_status gnn_config_get_bool(const gnn_config *config, const char *name, bool *value) {
    const gnn_i_field *field = find(config, name);
    if (field == NULL || field->kind != GNN_CONFIG_BOOL)
        return fail_get(config, name, "true or false");
    *value = field->flag;
    return GNN_OK;
}

gnn_status gnn_config_get_int(const gnn_config *config, const char *name,
                              int64_t *value) {
    const gnn_i_field *field = find(config, name);
    if (field == NULL || field->kind != GNN_CONFIG_NUMBER ||
        !(fabs(field->number) <= 0x1p53) || field->number != floor(field->number))
        return fail_get(config, name, "a whole number");
    *value = (int64_t)field->number;
    return GNN_OK;
}

gnn_status gnn_config_get_real(const gnn_config *config, const char *name,
                               double *value) {
    const gnn_i_field *field = find(config, name);
    if (field == NULL || field->kind != GNN_CONFIG_NUMBER)
        return fail_get(config, name, "a number");
    *value = field->number;
    return GNN_OK;
}

gnn_status gnn_config_get_string(const gnn_config *config, const char *name,
                                 const char **value) {
    const gnn_i_field *field = find(config, name);
    if (field == NULL || field->kind != GNN_CONFIG_STRING)
        return fail_get(config, name, "a text");
    *value = field->string;
    return GNN_OK;
}

static bool is_empty_list(const gnn_i_field *field) {
    return (field->kind == GNN_CONFIG_NUMBERS || field->kind == GNN_CONFIG_STRINGS) &&
           field->n == 0;
}

gnn_status gnn_config_get_numbers(const gnn_config *config, const char *name, int64_t *n,
                                  const double **values) {
    const gnn_i_field *field = find(config, name);
    if (field == NULL || (field->kind != GNN_CONFIG_NUMBERS && !is_empty_list(field)))
        return fail_get(config, name, "a list of numbers");
    *n = field->n;
    *values = field->numbers;
    return GNN_OK;
}

gnn_status gnn_config_get_strings(const gnn_config *config, const char *name, int64_t *n,
                                  const char *const **values) {
    const gnn_i_field *field = find(config, name);
    if (field == NULL || (field->kind != GNN_CONFIG_STRINGS && !is_empty_list(field)))
        return fail_get(config, name, "a list of texts");
    *n = field->n;
    *values = (const char *const *)field->strings;
    return GNN_OK;
}

gnn_status gnn_config_get_object(const gnn_config *config, const char *name,
                                 const gnn_config **object) {
    const gnn_i_field *field = find(config, name);
    if (field == NULL || field->kind != GNN_CONFIG_OBJECT)
        return fail_get(config, name, "an object");
    *object = field->object;
    return GNN_OK;
}
