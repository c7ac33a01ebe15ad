/* Option tables: fields of plain structs by name, from text and to text. */
#include "core/option.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "core/number.h"

/* Longest value; longest list of what is known in a message. */
enum { VALUE_SIZE = 256, KNOWN_SIZE = 600 };

/* ---- lists of words ---- */

const char *gnn_i_options_choice(const char *choices, int place, size_t *size) {
    const char *word = choices + strspn(choices, " ");
    for (; *word != '\0'; place--) {
        *size = strcspn(word, " ");
        if (place == 0) return word;
        word += *size;
        word += strspn(word, " ");
    }
    return NULL;
}

int gnn_i_options_place(const char *choices, const char *word, size_t size) {
    size_t length;
    for (int place = 0;; place++) {
        const char *choice = gnn_i_options_choice(choices, place, &length);
        if (choice == NULL) return -1;
        if (length == size && memcmp(choice, word, size) == 0) return place;
    }
}

const char *gnn_i_options_list(const char *choices, char *list, size_t size) {
    size_t used = 0, length;
    const char *word;
    if (size > 0) list[0] = '\0';
    for (int place = 0; (word = gnn_i_options_choice(choices, place, &length)); place++)
        if (used < size)
            used += (size_t)snprintf(list + used, size - used, "%s%.*s",
                                     place > 0 ? ", " : "", (int)length, word);
    return list;
}

/* ---- fields ---- */

static void *field(const gnn_option *entry, void *options) {
    return (char *)options + entry->offset;
}

static void put(const gnn_option *entry, double value, void *options) {
    switch (entry->type) {
    case GNN_OPTION_BOOL: *(bool *)field(entry, options) = value != 0; break;
    case GNN_OPTION_INT: *(int64_t *)field(entry, options) = (int64_t)value; break;
    case GNN_OPTION_REAL: *(double *)field(entry, options) = value; break;
    case GNN_OPTION_CHOICE: *(int *)field(entry, options) = (int)value; break;
    case GNN_OPTION_TEXT:
        snprintf(field(entry, options), (size_t)entry->most, "%s",
                 entry->choices != NULL ? entry->choices : "");
        break;
    }
}

void gnn_options_init(const gnn_option *table, void *options) {
    for (const gnn_option *entry = table; entry != NULL && entry->name != NULL; entry++)
        put(entry, entry->initial, options);
}

const gnn_option *gnn_i_options_find(const gnn_option *table, const char *name,
                                     size_t size) {
    for (const gnn_option *entry = table; entry != NULL && entry->name != NULL; entry++)
        if (strlen(entry->name) == size && memcmp(entry->name, name, size) == 0)
            return entry;
    return NULL;
}

/* ---- from text ---- */

static gnn_status refuse(const gnn_option *entry, const char *what, const char *value,
                         const char *expected) {
    return gnn_fail(GNN_ERR_ARGUMENT, "%s: %s is '%s', expected %s", what, entry->name,
                    value, expected);
}

static gnn_status set_bool(const gnn_option *entry, const char *what, const char *value,
                           void *options) {
    static const char yes[] = "true yes on 1", no[] = "false no off 0";
    bool is_yes = gnn_i_options_place(yes, value, strlen(value)) >= 0;
    if (!is_yes && gnn_i_options_place(no, value, strlen(value)) < 0)
        return refuse(entry, what, value, "true or false");
    *(bool *)field(entry, options) = is_yes;
    return GNN_OK;
}

static gnn_status set_int(const gnn_option *entry, const char *what, const char *value,
                          void *options) {
    char *end, expected[VALUE_SIZE * 2];
    long long parsed =
        strtoll(value, &end, 10); /* saturates: then it is out of range, too */
    bool inside = (double)parsed >= entry->least && (double)parsed <= entry->most;
    if (end == value || *end != '\0' || !inside) {
        snprintf(expected, sizeof expected, "a whole number from %.0f to %.0f",
                 entry->least, entry->most);
        return refuse(entry, what, value, expected);
    }
    *(int64_t *)field(entry, options) = parsed;
    return GNN_OK;
}

static gnn_status set_real(const gnn_option *entry, const char *what, const char *value,
                           void *options) {
    const char *end;
    char expected[VALUE_SIZE * 2], least[GNN_I_REAL_SIZE], most[GNN_I_REAL_SIZE];
    double parsed;
    if (!gnn_i_real_parse(value, &end, &parsed) || *end != '\0' ||
        !(parsed >= entry->least && parsed <= entry->most)) {
        snprintf(expected, sizeof expected, "a number from %s to %s",
                 gnn_i_real_print(entry->least, least),
                 gnn_i_real_print(entry->most, most));
        return refuse(entry, what, value, expected);
    }
    *(double *)field(entry, options) = parsed;
    return GNN_OK;
}

static gnn_status set_choice(const gnn_option *entry, const char *what, const char *value,
                             void *options) {
    int place = gnn_i_options_place(entry->choices, value, strlen(value));
    if (place < 0) {
        char known[KNOWN_SIZE], expected[KNOWN_SIZE + 8];
        snprintf(expected, sizeof expected, "one of %s",
                 gnn_i_options_list(entry->choices, known, sizeof known));
        return refuse(entry, what, value, expected);
    }
    *(int *)field(entry, options) = place;
    return GNN_OK;
}

static gnn_status set_text(const gnn_option *entry, const char *what, const char *value,
                           void *options) {
    size_t size = strlen(value) + 1;
    if (size > (size_t)entry->most)
        return gnn_fail(GNN_ERR_ARGUMENT, "%s: %s is longer than %.0f bytes", what,
                        entry->name, entry->most - 1);
    memcpy(field(entry, options), value, size);
    return GNN_OK;
}

static gnn_status set_entry(const gnn_option *entry, const char *what, const char *value,
                            void *options) {
    switch (entry->type) {
    case GNN_OPTION_BOOL: return set_bool(entry, what, value, options);
    case GNN_OPTION_INT: return set_int(entry, what, value, options);
    case GNN_OPTION_REAL: return set_real(entry, what, value, options);
    case GNN_OPTION_CHOICE: return set_choice(entry, what, value, options);
    case GNN_OPTION_TEXT: return set_text(entry, what, value, options);
    }
    return gnn_fail(GNN_ERR_ARGUMENT, "%s: %s has an unknown type", what, entry->name);
}

static bool known_before(const gnn_i_option_set *sets, int s, const char *name) {
    for (int i = 0; i < s; i++)
        if (gnn_i_options_find(sets[i].table, name, strlen(name)) != NULL) return true;
    return false;
}

/* "unknown option 'x'; known: a, b, c" over all tables. */
static gnn_status fail_unknown(const gnn_i_option_set *sets, int n, const char *what,
                               const char *name, size_t size) {
    char known[KNOWN_SIZE] = "";
    size_t used = 0;
    for (int s = 0; s < n; s++)
        for (const gnn_option *e = sets[s].table; e != NULL && e->name != NULL; e++)
            if (used < sizeof known && !known_before(sets, s, e->name))
                used += (size_t)snprintf(known + used, sizeof known - used, "%s%s",
                                         used > 0 ? ", " : "", e->name);
    return gnn_fail(GNN_ERR_ARGUMENT, "%s: unknown option '%.*s'; known: %s", what,
                    (int)(size < VALUE_SIZE ? size : VALUE_SIZE), name,
                    used > 0 ? known : "none");
}

static gnn_status set_in_sets(const gnn_i_option_set *sets, int n, const char *what,
                              const char *name, size_t size, const char *value) {
    for (int s = 0; s < n; s++) {
        const gnn_option *entry = gnn_i_options_find(sets[s].table, name, size);
        if (entry != NULL) return set_entry(entry, what, value, sets[s].options);
    }
    return fail_unknown(sets, n, what, name, size);
}

gnn_status gnn_options_set(const gnn_option *table, const char *what, const char *name,
                           const char *value, void *options) {
    const gnn_i_option_set set = {table, options};
    return set_in_sets(&set, 1, what, name, strlen(name), value);
}

/* Length of the item that begins here: up to the next comma, and beyond it while what
 * follows is no name=value: texts may hold commas, "fanout=10,5,batch=512" sets two
 * options. */
static size_t item_size(const char *item) {
    size_t size = strcspn(item, ",");
    if (size < strcspn(item, "=")) return size;
    while (item[size] == ',') {
        const char *next = item + size + 1;
        size_t length = strcspn(next, ",");
        if (length > strcspn(next, "=") || length == 0) break;
        size += 1 + length;
    }
    return size;
}

gnn_status gnn_i_options_parse(const gnn_i_option_set *sets, int n, const char *what,
                               const char *text) {
    for (const char *item = text; item != NULL && *item != '\0';) {
        size_t size = item_size(item), name = strcspn(item, "=");
        if (name >= size)
            return gnn_fail(GNN_ERR_ARGUMENT, "%s: '%.*s' is not name=value", what,
                            (int)size, item);
        char value[VALUE_SIZE];
        size_t length = size - name - 1;
        if (length >= sizeof value)
            return gnn_fail(GNN_ERR_ARGUMENT, "%s: the value of '%.*s' is too long", what,
                            (int)name, item);
        memcpy(value, item + name + 1, length);
        value[length] = '\0';
        gnn_status status = set_in_sets(sets, n, what, item, name, value);
        if (status != GNN_OK) return status;
        item += size;
        item += *item == ',';
    }
    return GNN_OK;
}

gnn_status gnn_options_parse(const gnn_option *table, const char *what, const char *text,
                             void *options) {
    const gnn_i_option_set set = {table, options};
    return gnn_i_options_parse(&set, 1, what, text);
}

/* ---- to text ---- */

const char *gnn_options_get(const gnn_option *entry, const void *options, char *buffer,
                            size_t size) {
    const void *value = (const char *)options + entry->offset;
    char number[GNN_I_REAL_SIZE];
    size_t length = 0;
    const char *word;
    switch (entry->type) {
    case GNN_OPTION_BOOL:
        snprintf(buffer, size, "%s", *(const bool *)value ? "true" : "false");
        break;
    case GNN_OPTION_INT:
        snprintf(buffer, size, "%lld", (long long)*(const int64_t *)value);
        break;
    case GNN_OPTION_REAL:
        snprintf(buffer, size, "%s", gnn_i_real_print(*(const double *)value, number));
        break;
    case GNN_OPTION_TEXT: return value;
    case GNN_OPTION_CHOICE:
        word = gnn_i_options_choice(entry->choices, *(const int *)value, &length);
        snprintf(buffer, size, "%.*s", (int)length, word != NULL ? word : "");
        break;
    }
    return buffer;
}

static bool is_allowed(const gnn_option *entry, const void *options) {
    const void *value = (const char *)options + entry->offset;
    size_t length;
    switch (entry->type) {
    case GNN_OPTION_BOOL: break;
    case GNN_OPTION_INT: {
        double number = (double)*(const int64_t *)value;
        return number >= entry->least && number <= entry->most;
    }
    case GNN_OPTION_REAL: /* NaN fails both comparisons */
        return *(const double *)value >= entry->least &&
               *(const double *)value <= entry->most;
    case GNN_OPTION_CHOICE:
        return *(const int *)value >= 0 &&
               gnn_i_options_choice(entry->choices, *(const int *)value, &length);
    case GNN_OPTION_TEXT: return memchr(value, '\0', (size_t)entry->most) != NULL;
    }
    return true;
}

gnn_status gnn_i_options_check(const gnn_option *table, const char *what,
                               const void *options) {
    char value[VALUE_SIZE], least[GNN_I_REAL_SIZE], most[GNN_I_REAL_SIZE];
    for (const gnn_option *e = table; e != NULL && e->name != NULL; e++) {
        if (is_allowed(e, options)) continue;
        if (e->type == GNN_OPTION_TEXT)
            return gnn_fail(GNN_ERR_ARGUMENT, "%s: %s is a text without end", what,
                            e->name);
        if (e->type == GNN_OPTION_CHOICE)
            return gnn_fail(GNN_ERR_ARGUMENT, "%s: %s is choice %d of: %s", what, e->name,
                            *(const int *)((const char *)options + e->offset),
                            e->choices);
        return gnn_fail(GNN_ERR_ARGUMENT, "%s: %s is %s, expected %s to %s", what,
                        e->name, gnn_options_get(e, options, value, sizeof value),
                        gnn_i_real_print(e->least, least),
                        gnn_i_real_print(e->most, most));
    }
    return GNN_OK;
}

/* Writes at most `size` bytes; returns how many characters the whole text has. */
static size_t print_sets(const gnn_i_option_set *sets, int n, char *text, size_t size) {
    size_t used = 0;
    char value[VALUE_SIZE];
    for (int s = 0; s < n; s++)
        for (const gnn_option *e = sets[s].table; e != NULL && e->name != NULL; e++) {
            if (known_before(sets, s, e->name)) continue;
            const char *got = gnn_options_get(e, sets[s].options, value, sizeof value);
            size_t room = used < size ? size - used : 0;
            used += (size_t)snprintf(room > 0 ? text + used : NULL, room, "%s%s=%s",
                                     used > 0 ? "," : "", e->name, got);
        }
    return used;
}

gnn_status gnn_i_options_text(const gnn_i_option_set *sets, int n, char **text) {
    size_t size = print_sets(sets, n, NULL, 0) + 1;
    gnn_status status = gnn_i_alloc(text, size, 1, "options as text");
    if (status != GNN_OK) return status;
    (*text)[0] = '\0';
    print_sets(sets, n, *text, size);
    return GNN_OK;
}
