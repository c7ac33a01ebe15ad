/* Option tables inside the library: writing them down, and settings spread over several
 * tables (a model's own, its layer's own, those that all layers share). */
#ifndef GNN_CORE_OPTION_H
#define GNN_CORE_OPTION_H

#include <stddef.h>

#include <gnn/option.h>

/* Entries of a table: the struct, its field, the name, the default, the range, one
 * line. */
#define GNN_I_OPTION_BOOL(type, field, name, initial, help)                              \
    { name, GNN_OPTION_BOOL, offsetof(type, field), initial, 0, 1, NULL, help }
#define GNN_I_OPTION_INT(type, field, name, initial, least, most, help)                  \
    { name, GNN_OPTION_INT, offsetof(type, field), initial, least, most, NULL, help }
#define GNN_I_OPTION_REAL(type, field, name, initial, least, most, help)                 \
    { name, GNN_OPTION_REAL, offsetof(type, field), initial, least, most, NULL, help }
#define GNN_I_OPTION_CHOICE(type, field, name, initial, choices, help)                   \
    { name, GNN_OPTION_CHOICE, offsetof(type, field), initial, 0, 0, choices, help }
#define GNN_I_OPTION_TEXT(type, field, name, initial, help)                              \
    {                                                                                    \
        name, GNN_OPTION_TEXT, offsetof(type, field), 0, 0, sizeof(((type *)0)->field),  \
            initial, help                                                                \
    }
#define GNN_I_OPTION_END                                                                 \
    { NULL, GNN_OPTION_BOOL, 0, 0, 0, 0, NULL, NULL }

/* A table and the struct it describes. */
typedef struct gnn_i_option_set {
    const gnn_option *table; /* NULL: empty */
    void *options;
} gnn_i_option_set;

/* As gnn_options_parse over n tables: a name belongs to the first table that knows it. */
gnn_status gnn_i_options_parse(const gnn_i_option_set *sets, int n, const char *what,
                               const char *text);
/* Every setting of n tables as "name=value,…", in the order of the tables; a name that an
 * earlier table has is left out. *text is made by gnn_i_alloc. */
gnn_status gnn_i_options_text(const gnn_i_option_set *sets, int n, char **text);
/* Whether fields that nobody parsed are what the table allows: GNN_ERR_ARGUMENT names the
 * first that is not, and its value. */
gnn_status gnn_i_options_check(const gnn_option *table, const char *what,
                               const void *options);
/* The entry of that name (`size` characters), NULL when unknown. */
const gnn_option *gnn_i_options_find(const gnn_option *table, const char *name,
                                     size_t size);
/* Word number `place` of a blank-separated list, with its length; NULL beyond the end. */
const char *gnn_i_options_choice(const char *choices, int place, size_t *size);
/* The place of a word of `size` characters in a blank-separated list, -1 when it is not
 * there. */
int gnn_i_options_place(const char *choices, const char *word, size_t size);
/* The words with commas between them, for messages, cut to `size` bytes. Returns list. */
const char *gnn_i_options_list(const char *choices, char *list, size_t size);

#endif
