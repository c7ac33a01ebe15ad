/* Option tables: the one description of a setting that the command line, JSON
 * configurations, checks and help texts are made from. */
#ifndef GNN_OPTION_H
#define GNN_OPTION_H

#include <gnn/status.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum gnn_option_type {
    GNN_OPTION_BOOL,   /**< bool */
    GNN_OPTION_INT,    /**< int64_t */
    GNN_OPTION_REAL,   /**< double */
    GNN_OPTION_CHOICE, /**< int: place in the blank-separated list `choices` */
    GNN_OPTION_TEXT    /**< char[most], NUL-terminated; initially "" (or `choices`) */
} gnn_option_type;

/** One field of an option struct. Tables end with an entry whose name is NULL. */
typedef struct gnn_option {
    const char *name; /**< as in `name=value` and `--name value`: words joined by
                          *   '-' */
    gnn_option_type type;
    size_t offset;       /**< of the field in the option struct */
    double initial;      /**< default; a choice's place */
    double least, most;  /**< inclusive range of INT and REAL; TEXT: most is the field's
                          *   size */
    const char *choices; /**< CHOICE: "none batch layer"; TEXT: the default, or NULL:
                          *   "" */
    const char *help;    /**< one line */
} gnn_option;

/** Fill the struct with the defaults of a table. */
GNN_API void gnn_options_init(const gnn_option *table, void *options);
/** Set fields from "name=value,name=value" (NULL or "": none). Unknown names, values that
 *  don't parse or lie out of range are GNN_ERR_ARGUMENT, naming them and what is
 *  known. */
GNN_API gnn_status gnn_options_parse(const gnn_option *table, const char *what,
                                     const char *text, void *options);
/** Set one field. */
GNN_API gnn_status gnn_options_set(const gnn_option *table, const char *what,
                                   const char *name, const char *value, void *options);
/** The value of a field as text that gnn_options_set reads back, written into buffer. */
GNN_API const char *gnn_options_get(const gnn_option *entry, const void *options,
                                    char *buffer, size_t size);

#ifdef __cplusplus
}
#endif

#endif
