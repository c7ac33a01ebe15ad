/* The settings object from inside: what config.c keeps, config_read.c fills and
 * config_write.c prints. */
#ifndef GNN_RUN_CONFIG_H
#define GNN_RUN_CONFIG_H

#include <gnn/run.h>

#include "run/text.h"

typedef struct gnn_i_field {
    char *name;
    gnn_config_kind kind;
    bool flag;          /* BOOL */
    double number;      /* NUMBER */
    char *string;       /* STRING */
    int64_t n;          /* NUMBERS, STRINGS */
    double *numbers;    /* (n) */
    char **strings;     /* (n) */
    gnn_config *object; /* OBJECT */
} gnn_i_field;

struct gnn_config {
    char *file;   /* where it was read from, for messages; NULL: nowhere */
    char *prefix; /* of its fields' names in messages: "train." in the object train */
    int64_t n, capacity;
    gnn_i_field *fields;
    gnn_i_text text; /* what gnn_config_text returned */
};

/* The value of a field as JSON on one line, for messages and files alike. */
void gnn_i_field_put(gnn_i_text *text, const gnn_i_field *field, int indent);

#endif
