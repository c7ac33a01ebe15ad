/* The inner loop of the edge reader: a chunk of lines → rows, weights, types, features.
 * Private to edges.c. */
#ifndef DATASETS_TEXT_EDGES_PARSE_H
#define DATASETS_TEXT_EDGES_PARSE_H

#include "text/edges.h"
#include "text/window.h"

enum { DATA_I_EDGE_COLUMNS = 4096 };

/* What the columns are: 0 source, 1 target, then in any order at most one weight, at
 * most one type, and features. */
typedef struct data_i_edge_columns {
    int n;
    int weight, type; /* their columns, -1 for none */
    int n_features;   /* all the others */
} data_i_edge_columns;

/* What became of a chunk. */
typedef struct data_i_edge_chunk {
    data_i_outcome outcome;
    gnn_id largest; /* integer mode: largest id, -1 for none */
} data_i_edge_chunk;

/* One window's parsing: every chunk writes from its own first line on. */
typedef struct data_i_edge_job {
    const data_i_source *source;
    const data_i_ids *ids;
    data_i_layout layout;
    data_i_edge_columns columns;
    const char *header; /* where the line begins that named the columns; NULL: not here */
    data_i_edge_chunk *chunks;
    /* Where line 0 of the window goes. Rows, unless ids are texts that may be new. */
    gnn_id *source_row, *target_row;
    gnn_real *weight, *features;
    /* Texts to be looked up afterwards; source and target by turns. */
    const char **id_texts;
    uint32_t *id_lengths;
    const char **type_texts;
    uint32_t *type_lengths;
} data_i_edge_job;

/* A gnn_block_body over the chunks of the window; argument: data_i_edge_job. */
void data_i_edges_parse(void *argument, int64_t block, int thread);

/* The columns that a header line names. False when the line is no header. */
bool data_i_edge_header(data_i_field line, const data_i_layout *layout,
                        data_i_edge_columns *columns, char message[DATA_I_COMPLAINT]);

#endif
